"""The ticket to print: one person, the event, the code, the dates, on a letter-size page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from campaign.events.qr import qr_svg
from campaign.events.typesetting import breakable, typeset_pdf
from campaign.i18n import _
from campaign.registrations.tickets import Attended
from campaign.web.filters import capitalize_first

TEMPLATE = Path(__file__).with_name("ticket.typ")


@dataclass(frozen=True, kw_only=True)
class PaperTicket:
    """What the paper says."""

    title: str
    name: str
    organization: str
    code: str
    """« ABC 234 »"""
    url: str
    """What the QR code holds."""
    sittings: Sequence[Attended]
    carrier: str
    """Who organizes."""
    is_simulated: bool


def render(ticket: PaperTicket) -> bytes:
    """A tagged PDF of one page."""
    data = {
        "document_title": _("Billet : %(title)s", title=ticket.title),
        "kind": _("Billet"),
        "title": breakable(ticket.title),
        "name": breakable(ticket.name),
        "organization": breakable(ticket.organization),
        "say": _("Code à dire à l’accueil"),
        "code": ticket.code,
        "qr_svg": qr_svg(ticket.url, title=_("Code QR")),
        "qr_description": _("Code QR du billet de %(name)s", name=ticket.name),
        "sittings": [_line(one) for one in ticket.sittings],
        "carrier": ticket.carrier,
        "advice": _("Montrez ce code à l’accueil, sur papier ou sur un téléphone. Il ne contient aucun nom."),
        "notice": _("Démonstration : inscription simulée.") if ticket.is_simulated else "",
    }
    return typeset_pdf(TEMPLATE, json.dumps(data))


def _line(one: Attended) -> dict[str, str]:
    told = [one.title, one.hour, one.place]
    return {
        "day": capitalize_first(one.day),
        "what": breakable(", ".join(filter(None, told))),
        "note": _("Annulé") if one.is_cancelled else one.note,
    }
