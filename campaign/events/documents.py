"""An event as a calendar entry and as a poster: the same words everywhere, on the page and on paper.

What a closed ceremony hides from the public (hour and place) is hidden here once, for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from campaign.campaigns.models import Edition, Organization
from campaign.events import wording
from campaign.events.ical import CalendarEntry, Status
from campaign.events.models import Event, EventState, Opening, Session
from campaign.events.poster import PosterContent
from campaign.events.vocabulary import TYPES
from campaign.territory import grammar
from campaign.territory.models import Territory
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
        place=event.place,
    )


def calendar_entry(
    event: Event,
    territory: Territory | None,
    url: str,
    *,
    sitting: Session | None = None,
    to_owner: bool = False,
) -> CalendarEntry | None:
    """One sitting for calendars, the first when none is named; None while its day is not known."""
    if sitting is None and event.sessions:
        sitting = event.sessions[0]
    shown = showing(event, sitting, to_owner=to_owner)
    if shown.day is None or sitting is None:
        return None
    is_cancelled = wording.state_of(event, sitting) is EventState.CANCELLED
    status: Status = "CANCELLED" if is_cancelled else "CONFIRMED"
    place = ", ".join(part for part in (shown.place, territory.name if territory else "") if part)
    timed = shown.starts_at is not None
    return CalendarEntry(
        uid=sitting.uid or event.uid,
        sequence=event.sequence + sitting.sequence,
        created_at=event.created_at,
        updated_at=max(event.updated_at, sitting.updated_at or event.updated_at),
        zone=event.time_zone,
        title=event.title,
        starts_at=shown.starts_at,
        ends_at=shown.ends_at,
        starts_on=None if timed else shown.day,
        ends_on=None if timed else shown.last_day or shown.day,
        description=description(event, url, sitting),
        location=place,
        url=url,
        status=status,
        latitude=territory.latitude if territory and shown.place else None,
        longitude=territory.longitude if territory and shown.place else None,
        categories=(TYPES[wording.type_of(event)],),
    )


def description(event: Event, url: str, sitting: Session | None = None) -> str:
    """Plain text for a calendar: who may come, what changed, where to read more."""
    occasion = wording.Occasion.of(event, sitting)
    lines = [wording.OPENINGS[event.opening] + ".", *([event.description] if event.description else [])]
    first = wording.first_day(occasion)
    if occasion.state is EventState.POSTPONED and first is not None:
        is_masculine = event.kind in wording.MASCULINE
        moved, planned = ("Reporté", "il était prévu") if is_masculine else ("Reportée", "elle était prévue")
        lines.append(f"{moved}{NBSP}: {planned} le {full_date(first)}.")
    if event.is_indoors and event.opening is not Opening.CLOSED:
        lines.append("À l’intérieur.")
    if occasion.state_reason:
        lines.append(occasion.state_reason)
    lines.append(url)
    return "\n".join(lines)


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
