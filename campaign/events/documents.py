"""An event as a calendar entry and as a poster: the same words everywhere, on the page and on paper.

What a closed ceremony hides from the public (hour and place) is hidden here once, for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from campaign import clock
from campaign.campaigns.models import Edition, Organization
from campaign.events.ical import CalendarEntry, Status
from campaign.events.models import Event, EventState, Opening
from campaign.events.poster import PosterContent
from campaign.i18n import _
from campaign.territory import grammar
from campaign.territory.models import Territory
from campaign.web.filters import NBSP, date_range, full_date, local_hour, ordinal

OPENINGS = {
    Opening.PUBLIC: "Ouvert au public",
    Opening.CLOSED: "Cérémonie réservée aux personnes invitées par la municipalité",
    Opening.INVITATION: "Sur invitation",
}

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


def showing(event: Event, *, to_owner: bool = False) -> Showing:
    """What the public may read of an event; the municipality itself (`to_owner`) reads everything."""
    sitting = event.sessions[0] if event.sessions else None
    if sitting is None:
        return Showing(day=None, starts_at=None, ends_at=None, hour="", place="")
    if event.opening is Opening.CLOSED and not to_owner:
        return Showing(day=sitting.starts_on, starts_at=None, ends_at=None, hour="", place="")
    return Showing(
        day=sitting.starts_on,
        starts_at=sitting.starts_at,
        ends_at=sitting.ends_at,
        hour=local_hour(sitting.starts_at, event.time_zone),
        place=event.place,
    )


def calendar_entry(
    event: Event, territory: Territory, url: str, *, to_owner: bool = False
) -> CalendarEntry | None:
    """The event for calendars; None while its day is not known."""
    shown = showing(event, to_owner=to_owner)
    if shown.day is None:
        return None
    status: Status = "CANCELLED" if event.state is EventState.CANCELLED else "CONFIRMED"
    place = ", ".join(part for part in (shown.place, territory.name) if part)
    timed = shown.starts_at is not None
    return CalendarEntry(
        uid=event.uid,
        sequence=event.sequence,
        created_at=event.created_at,
        updated_at=event.updated_at,
        zone=event.time_zone,
        title=event.title,
        starts_at=shown.starts_at,
        ends_at=shown.ends_at,
        starts_on=None if timed else shown.day,
        ends_on=None if timed else shown.day,
        description=description(event, url),
        location=place,
        url=url,
        status=status,
        latitude=territory.latitude if shown.place else None,
        longitude=territory.longitude if shown.place else None,
        categories=(_("Lever de drapeau"),),
    )


def description(event: Event, url: str) -> str:
    """Plain text for a calendar: who may come, what changed, where to read more."""
    lines = [OPENINGS[event.opening] + ".", *([event.description] if event.description else [])]
    if event.state is EventState.POSTPONED and event.postponed_from_at is not None:
        before = clock.to_local(event.postponed_from_at, event.time_zone)
        lines.append(f"Reportée{NBSP}: elle était prévue le {full_date(before.date())}.")
    if event.is_indoors and event.opening is not Opening.CLOSED:
        lines.append("À l’intérieur.")
    if event.state_reason:
        lines.append(event.state_reason)
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
        opening_text=OPENINGS[event.opening],
        is_simulated=edition.is_simulated,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
