"""The poster of a ceremony or an activity: a letter-size PDF for screen readers, to scan by phone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from campaign.events.qr import qr_svg
from campaign.events.typesetting import typeset_pdf

TEMPLATE = Path(__file__).with_name("poster.typ")


@dataclass(frozen=True, kw_only=True)
class PosterContent:
    """What is printed, word for word: the caller has already written dates, hours and names in French."""

    title_line: str
    """« Levons le drapeau pour les tout-petits »."""
    municipality_sentence: str
    """« La Municipalité d’Hébertville vous invite à la cérémonie. »"""
    official_name: str
    date_text: str
    """« Lundi 15 novembre 2027 »."""
    time_text: str
    """« 10 h », or « 10 h, heure de l’Atlantique » where clocks differ from Montréal's."""
    place: str
    edition_text: str
    """« 12e édition – du 15 au 21 novembre 2027 »."""
    url: str
    url_text: str
    """The address as people type it, without « https:// »."""
    organization: str
    address: str = ""
    opening_text: str = ""
    """« Ouvert à toutes et à tous »."""
    dates: tuple[str, ...] = ()
    """Of an activity that has several, each with its hours: « Lundi 15 novembre, de 10 h à 11 h »."""
    is_simulated: bool = False
    simulated_text: str = "Exemple\u00a0: cérémonie fictive"


def render_poster(content: PosterContent) -> bytes:
    """The PDF, the same bytes for the same content."""
    data = asdict(content) | {
        "document_title": " – ".join(filter(None, (content.title_line, content.official_name))),
        "qr_svg": qr_svg(content.url, title="Code QR"),
        "qr_description": f"Code QR qui mène à {content.url_text}",
    }
    return typeset_pdf(TEMPLATE, json.dumps(data))
