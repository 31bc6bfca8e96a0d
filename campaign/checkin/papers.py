"""What is printed for the door: the list to tick when no telephone works, the badges, the name tents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from campaign.events import wording
from campaign.events.models import Event, Session
from campaign.events.qr import qr_svg
from campaign.events.typesetting import typeset_pdf
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.registrations import tickets
from campaign.registrations.models import Attendee
from campaign.web.filters import capitalize_first, stamp

TEMPLATE = Path(__file__).with_name("papers.typ")


class Paper(StrEnum):
    LIST = "liste"
    BADGES = "badges"
    TENTS = "chevalets"


@dataclass(frozen=True, kw_only=True)
class PrintedPerson:
    """One person as printed: nothing sensitive, and the code in two halves as it is read aloud."""

    first_name: str
    last_name: str
    organization: str
    code: str
    """« ABC 234 »"""
    choices: str
    """Group and workshops, in words."""
    url: str
    """What the QR code holds."""


@dataclass(frozen=True, kw_only=True)
class PrintedEvent:
    """What the papers say of the event."""

    title: str
    when_text: str
    organization: str
    printed_text: str
    """« Imprimé le 12 octobre 2027 à 16 h »: the list is right as of then."""


def printed_event(event: Event, sitting: Session | None, *, organization: str, now: datetime) -> PrintedEvent:
    """What the papers say of an event, or of one of its sittings; its sessions are loaded."""
    return PrintedEvent(
        title=event.title,
        when_text=when_text(event, sitting) if sitting else days_text(event),
        organization=organization,
        printed_text=_("Imprimé le %(when)s", when=stamp(now)),
    )


def days_text(event: Event) -> str:
    """« Jeudi 13 octobre 2022, vendredi 14 octobre 2022 »; the hour too when there is one sitting."""
    known = [each for each in event.sessions if each.starts_on]
    if len(known) == 1:
        return when_text(event, known[0])
    days = (wording.day_text(wording.Occasion.of(event, each)) for each in known)
    return capitalize_first(", ".join(dict.fromkeys(days)))


def when_text(event: Event, sitting: Session) -> str:
    """« Mercredi 13 octobre 2027, de 9 h à 12 h, Atelier B »"""
    occasion = wording.Occasion.of(event, sitting)
    parts = (wording.day_text(occasion), wording.hour_text(occasion), sitting.title)
    return capitalize_first(", ".join(part for part in parts if part))


def printed_person(attendee: Attendee, event: Event) -> PrintedPerson:
    """One person, with the group and the workshops that they chose; both are loaded."""
    titles = {sitting.id: sitting.title for sitting in event.sessions}
    chosen = [titles.get(choice.session_id, "") for choice in attendee.choices]
    group = attendee.cohort.name if attendee.cohort else ""
    return PrintedPerson(
        first_name=attendee.first_name,
        last_name=attendee.last_name,
        organization=attendee.organization,
        code=tickets.spoken(attendee.short_code),
        choices=", ".join(part for part in (group, *chosen) if part),
        url=public_link("checkin.arrive", code=attendee.ticket_code),
    )


def render(paper: Paper, event: PrintedEvent, people: Sequence[PrintedPerson]) -> bytes:
    """A letter-size PDF; people come in the order given."""
    titles = {
        Paper.LIST: _("Liste de la porte : %(title)s", title=event.title),
        Paper.BADGES: _("Badges : %(title)s", title=event.title),
        Paper.TENTS: _("Chevalets : %(title)s", title=event.title),
    }
    data = asdict(event) | {
        "paper": paper.value,
        "document_title": titles[paper],
        "short_title": event.title if len(event.title) <= 44 else event.title[:43].rstrip() + "…",
        "headings": [_("Présent"), _("Nom"), _("Organisation"), _("Code"), _("Choix")],
        "people": [_printed(paper, person) for person in people],
    }
    return typeset_pdf(TEMPLATE, json.dumps(data))


def _printed(paper: Paper, person: PrintedPerson) -> dict[str, str]:
    values = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name": f"{person.last_name}, {person.first_name}",
        "organization": person.organization,
        "code": person.code,
        "choices": person.choices,
    }
    if paper is Paper.LIST:
        return values
    name = f"{person.first_name} {person.last_name}"
    return values | {
        "qr_svg": qr_svg(person.url, title=_("Code QR")),
        "qr_description": _("Code QR du billet de %(name)s", name=name),
    }
