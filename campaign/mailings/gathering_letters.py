"""The words of a reminder: the sittings, the tickets, the link of those who attend online."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.events.models import Event, Session
from campaign.i18n import _
from campaign.mailings import gathering_rules as rules
from campaign.mailings.models import ReminderKind
from campaign.outbox.rendering import public_link
from campaign.registrations import links, tickets
from campaign.registrations.models import Attendee, RegistrationRules


@dataclass(frozen=True, kw_only=True)
class Told:
    """One sitting, as one person attends it."""

    title: str
    """Empty when it is the event's."""
    day: str
    hour: str
    place: str
    note: str
    link: str
    """Empty for those who are in the room."""


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """What one person reads, of those who share an address."""

    name: str
    code: str
    url: str
    manage_url: str
    group: str
    sittings: Sequence[Told]
    later: Sequence[Told]
    """The other dates of that person, after these."""


def ticket_of(event: Event, attendee: Attendee, own: Sequence[Session], told: Sequence[Session]) -> Ticket:
    """The ticket of somebody who attends `own`, in a letter about `told`."""
    last = max((sitting.starts_on for sitting in told if sitting.starts_on), default=date.max)
    return Ticket(
        name=f"{attendee.first_name} {attendee.last_name}",
        code=tickets.spoken(attendee.short_code),
        url=public_link("registrations.ticket", token=links.ticket_token(attendee)),
        manage_url=public_link("registrations.manage", token=links.registration_token(attendee.registration)),
        group=attendee.cohort.name if attendee.cohort else "",
        sittings=[told_to(event, sitting, attends_online=attendee.attends_online) for sitting in told],
        later=[
            told_to(event, sitting, attends_online=attendee.attends_online)
            for sitting in own
            if sitting.starts_on and sitting.starts_on > last
        ],
    )


def told_to(event: Event, sitting: Session, *, attends_online: bool) -> Told:
    """One sitting in words: a link or a place, as the person attends it."""
    words = tickets.told(event, sitting)
    by_link = rules.is_online(event, sitting, attends_online=attends_online)
    return Told(
        title="" if words.title == event.title else words.title,
        day=words.day,
        hour=words.hour,
        place="" if by_link else _place(event, words.place),
        note=words.note,
        link=rules.link_of(event, sitting) if by_link else "",
    )


def _place(event: Event, place: str) -> str:
    town = event.territory.name if event.territory else ""
    return ", ".join(dict.fromkeys(filter(None, (place, town if town not in place else ""))))


def context_of(
    kind: ReminderKind,
    event: Event,
    registration_rules: RegistrationRules,
    people: Sequence[Ticket],
    *,
    day: date,
    leaves_at: datetime,
) -> Mapping[str, object]:
    """What the template of a reminder says."""
    return {
        "kind": kind.value,
        "event": event,
        "when": in_how_long((day - clock.today(leaves_at, event.time_zone)).days),
        "tickets": people,
        "manage_urls": {one.manage_url: one.name for one in reversed(people)},
        "message": registration_rules.message,
        "contact": registration_rules.contact_email,
        "organization": campaigns.organization(),
        "edition_is_simulated": event.edition.is_simulated,
    }


def in_how_long(days: int) -> str:
    """« Dans 7 jours », « Demain », « Aujourd’hui »: counted on the calendar, as people do."""
    if days <= 0:
        return _("Aujourd’hui")
    if days == 1:
        return _("Demain")
    return _("Dans %(days)s\u00a0jours", days=days)
