"""What is printed for the door: the list to tick when no telephone works, the badges, the name tents."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from campaign.events.qr import qr_svg
from campaign.events.typesetting import typeset_pdf
from campaign.i18n import _

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
    """« ABC 234 »"""
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
    """« Imprimé le 12 octobre 2027 à 16 h »: the list is right as of then."""


def render(paper: Paper, event: PrintedEvent, people: Sequence[PrintedPerson]) -> bytes:
    """A letter-size PDF; people come in the order given."""
    titles = {
        Paper.LIST: _("Liste de la porte : %(title)s", title=event.title),
        Paper.BADGES: _("Badges : %(title)s", title=event.title),
        Paper.TENTS: _("Chevalets : %(title)s", title=event.title),
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
