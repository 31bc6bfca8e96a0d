"""An event as a calendar entry and as a poster: the same words everywhere, on the page and on paper.

What a closed ceremony hides from the public (hour and place) is hidden here once, for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from flask import current_app

from campaign import clock
from campaign.campaigns.models import Edition, Organization
from campaign.events import parallel, queries, wording
from campaign.events.ical import CalendarEntry, Status
from campaign.events.models import Event, EventDetails, EventKind, EventState, Opening, Session
from campaign.events.pictures import name_of
from campaign.events.poster import PosterContent
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    THEMES,
    TYPES,
    Accessibility,
    Audience,
    Cost,
    Format,
    SpokenLanguage,
    Theme,
)
from campaign.i18n import _
from campaign.territory import grammar
from campaign.territory.models import Territory
from campaign.territory.names import search_key
from campaign.web.filters import NBSP, date_range, full_date, local_hour, ordinal

STATE_WORDS = {
    EventState.TO_PLAN: "à planifier",
    EventState.PLANNED: "prévue",
    EventState.POSTPONED: "reportée",
    EventState.CANCELLED: "annulée",
    EventState.HELD: "tenue",
}


@dataclass(frozen=True, kw_only=True)
class Showing:
    """When and where, as far as the reader may know; a closed ceremony gives its day only."""

    day: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    hour: str
    place: str
    last_day: date | None = None


def showing(event: Event, sitting: Session | None = None, *, to_owner: bool = False) -> Showing:
    """What the public may read of one sitting of an event, the first when none is named; the municipality
    itself (`to_owner`) reads everything."""
    if sitting is None and event.sessions:
        sitting = event.sessions[0]
    if sitting is None:
        return Showing(day=None, starts_at=None, ends_at=None, hour="", place="")
    if event.opening is Opening.CLOSED and not to_owner:
        return Showing(
            day=sitting.starts_on, starts_at=None, ends_at=None, hour="", place="", last_day=sitting.ends_on
        )
    return Showing(
        day=sitting.starts_on,
        last_day=sitting.ends_on,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        hour=local_hour(sitting.starts_at, event.time_zone),
        place=wording.place_of(event, sitting.place),
    )


def _showing_entry(event: Event, entry: parallel.Entry, *, to_owner: bool) -> Showing:
    """The same, for workshops to choose from: while they last, at the place where all are."""
    shown = showing(event, parallel.spokesman(entry), to_owner=to_owner)
    if len(entry) == 1:
        return shown
    occasion = wording.Occasion.of_entry(event, entry)
    is_told = to_owner or occasion.is_open
    return replace(
        shown,
        last_day=occasion.ends_on,
        starts_at=occasion.starts_at if is_told else None,
        ends_at=occasion.ends_at if is_told else None,
        place=occasion.place if is_told else "",
    )


def calendar_entry(
    event: Event,
    territory: Territory | None,
    url: str,
    *,
    sitting: Session | None = None,
    to_owner: bool = False,
    is_whole: bool = False,
) -> CalendarEntry | None:
    """One sitting for calendars, the first when none is named; None while its day is not known.

    What was postponed to a day that nobody knows yet keeps the place where people noted it, as cancelled.
    `is_whole` tells, with a workshop, those among which it is chosen: see `parallel`. Its event has its
    sessions loaded, as that of any workshop.
    """
    if sitting is None and event.sessions:
        sitting = event.sessions[0]
    if sitting is None:
        return None
    entry = parallel.entry_of(event, sitting) if is_whole else (sitting,)
    shown = _showing_entry(event, entry, to_owner=to_owner)
    occasion = wording.Occasion.of_entry(event, entry)
    state = occasion.state
    is_awaited = shown.day is None
    if is_awaited:
        shown = _as_noted(event, parallel.spokesman(entry), shown, to_owner=to_owner)
    if shown.day is None:
        return None
    is_postponed = is_awaited and state is EventState.POSTPONED
    status: Status = "CANCELLED" if is_awaited or state is EventState.CANCELLED else "CONFIRMED"
    timed = shown.starts_at is not None
    details = _details(event)
    is_somewhere = bool(shown.place) and not (details and details.format is Format.ONLINE)
    title = occasion.full_title
    return CalendarEntry(
        uid=entry[0].uid or event.uid,
        sequence=parallel.sequence_of(event, entry[0]),
        created_at=event.created_at,
        updated_at=max(event.updated_at, *(row.updated_at or event.updated_at for row in entry)),
        zone=event.time_zone,
        title=_("%(title)s (date à confirmer)", title=title) if is_postponed else title,
        prefix="REPORTÉ – " if is_postponed else None,
        starts_at=shown.starts_at,
        ends_at=shown.ends_at,
        starts_on=None if timed else shown.day,
        ends_on=None if timed else shown.last_day or shown.day,
        description=description(event, url, entry, to_owner=to_owner),
        location=_location(shown, details, event, territory),
        url=url,
        status=status,
        latitude=territory.latitude if territory and is_somewhere else None,
        longitude=territory.longitude if territory and is_somewhere else None,
        categories=_categories(event, details),
        conference=_public_conference(event, details),
        is_private=event.is_private,
        **_picture(details),
    )


def _as_noted(event: Event, sitting: Session, shown: Showing, *, to_owner: bool) -> Showing:
    """When it was to take place, before it was postponed to a day that is not known yet."""
    at, day = sitting.postponed_from_at, sitting.postponed_from_on
    if at is None and day is None:
        at = event.postponed_from_at
    if at is not None:
        day = clock.to_local(at, event.time_zone).date()
    tells_hour = to_owner or event.opening is not Opening.CLOSED
    return replace(shown, day=day, starts_at=at if tells_hour else None)


def _details(event: Event) -> EventDetails | None:
    """What describes it; a ceremony has none, and its readers need not load them."""
    return None if event.kind is EventKind.FLAG_RAISING else event.details


def _location(shown: Showing, details: EventDetails | None, event: Event, territory: Territory | None) -> str:
    """The place as a stranger finds it on a map: its municipality too, its region when two have that name."""
    if details and details.format is Format.ONLINE:
        return shown.place or FORMATS[Format.ONLINE]
    parts = [shown.place] if shown.place else []
    for name in _surroundings(event, territory):
        if not any(_names(part, name) for part in parts):
            parts.append(name)
    if details and details.format is Format.HYBRID:
        parts.append(_("et en ligne"))
    return ", ".join(parts)


def _surroundings(event: Event, territory: Territory | None) -> Iterator[str]:
    """The municipality of an event; the region of one that has a homonym, or of what a whole region holds."""
    if territory is not None:
        yield territory.name
        if not territory.is_homonym:
            return
    region = queries.region_around(event, territory)
    if region is not None:
        yield region.name


def _names(place: str, name: str) -> bool:
    """Whether a part of that address is this name: « Mairie, Armagh (Québec)  G0R 1A0 » names Armagh,
    « 5, rue Armagh » does not."""
    wanted = search_key(name)
    said = (search_key(part) for part in place.split(","))
    return any(one == wanted or one.startswith((f"{wanted} quebec", f"{wanted} qc")) for one in said)


def _categories(event: Event, details: EventDetails | None) -> tuple[str, ...]:
    themes = [THEMES[Theme(value)] for value in details.themes] if details else []
    return (TYPES[wording.type_of(event)], *themes)


def _public_conference(event: Event, details: EventDetails | None) -> str:
    """Where anybody may join it; nothing for what is reserved to some, whatever was ticked."""
    is_for_all = event.opening is Opening.PUBLIC and not event.is_private
    if details is None or not is_for_all or not details.is_online_url_public:
        return ""
    return details.online_url if _is_online(details) else ""


def _is_online(details: EventDetails) -> bool:
    return details.format is not Format.IN_PERSON


def _picture(details: EventDetails | None) -> dict[str, str]:
    if details is None or details.picture_id is None or details.picture is None:
        return {}
    root: str = current_app.extensions["settings"].public_url
    return {
        "picture": f"{root}/images/{name_of(details.picture)}",
        "picture_type": details.picture.media_type,
    }


def description(event: Event, url: str, entry: parallel.Entry, *, to_owner: bool = False) -> str:
    """Plain text for a calendar: who may come, what to choose from, what changed, what people ask before they
    come, where to read more."""
    occasion = wording.Occasion.of_entry(event, entry)
    told = (wording.OPENINGS[event.opening] + ".", event.description, wording.workshops_text(event, entry))
    lines = [line for line in told if line]
    first = wording.first_day(occasion)
    if occasion.state is EventState.POSTPONED and first is not None:
        is_masculine = event.kind in wording.MASCULINE
        moved, planned = ("Reporté", "il était prévu") if is_masculine else ("Reportée", "elle était prévue")
        lines.append(f"{moved}{NBSP}: {planned} le {full_date(first)}.")
    if occasion.month_on is not None:
        lines.append(_("Nouvelle date : %(day)s.", day=wording.day_text(occasion)))
    if event.is_indoors and event.opening is not Opening.CLOSED:
        lines.append("À l’intérieur.")
    if occasion.state_reason:
        lines.append(occasion.state_reason)
    details = _details(event)
    if details is not None:
        lines += _practical_lines(event, details, to_owner=to_owner)
    lines += [url] if url else []
    return "\n".join(lines)


def _practical_lines(event: Event, details: EventDetails, *, to_owner: bool) -> list[str]:
    """What people ask before they come, one line each; what nobody said is left out, and how to register for
    those who have."""
    contact = (details.contact_name, details.contact_phone, details.contact_email)
    said = (
        (_("Pour"), _words(AUDIENCES, Audience, details.audiences)),
        (_("Coût"), _cost(details)),
        (_("Inscription"), "" if to_owner else details.registration),
        (_("Places"), str(details.max_participants) if details.max_participants else ""),
        (_("Accessibilité"), _words(ACCESSIBILITY, Accessibility, details.accessibility)),
        (_("Langue"), _words(LANGUAGES, SpokenLanguage, details.languages)),
        (_("En ligne"), _way_in(event, details, to_owner=to_owner)),
        (_("En cas de pluie"), details.rain_plan),
        (_("Organisation"), details.organizer_name),
        (_("Pour nous joindre"), ", ".join(filter(None, contact)) if details.is_contact_public else ""),
    )
    lines = [f"{name}{NBSP}: {text}" for name, text in said if text]
    return [*lines, details.hashtags] if details.hashtags else lines


def _words(words: Mapping[Any, str], kind: type[StrEnum], values: Sequence[str]) -> str:
    return ", ".join(words[kind(value)] for value in values)


def _cost(details: EventDetails) -> str:
    word = COSTS.get(details.cost, "")
    if details.cost is Cost.FREE or not details.price:
        return word
    return details.price if details.cost is Cost.PRICE else f"{word} ({details.price})"


def _way_in(event: Event, details: EventDetails, *, to_owner: bool) -> str:
    """How to join it online; an address that is not for everybody is told to those of the house alone."""
    if not _is_online(details):
        return ""
    if to_owner and details.online_url:
        return details.online_url
    return _public_conference(event, details) or _("le lien est remis aux personnes inscrites")


def poster_content(
    event: Event, territory: Territory, edition: Edition, organization: Organization, url: str
) -> PosterContent:
    """What the poster of a ceremony prints."""
    shown = showing(event)
    name = grammar.legal_name_with_article(territory.designation_name, territory.name, territory.de_form)
    is_closed = event.opening is Opening.CLOSED
    invitation = "lève le drapeau des tout-petits" if is_closed else "vous invite à la cérémonie"
    return PosterContent(
        title_line="Levons le drapeau pour les tout-petits",
        municipality_sentence=_capital(f"{name} {invitation}."),
        official_name=territory.name,
        date_text=_capital(full_date(shown.day)),
        time_text=shown.hour,
        place=shown.place,
        edition_text=(
            f"{ordinal(edition.number)}{NBSP}édition – {date_range(edition.start_on, edition.end_on)}"
        ),
        url=url,
        url_text=url.partition("://")[2],
        organization=organization.name,
        opening_text=wording.OPENINGS[event.opening],
        is_simulated=edition.is_simulated,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
