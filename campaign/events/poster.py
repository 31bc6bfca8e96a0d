"""The poster of a ceremony: a letter-size PDF that any screen reader can read and any phone can scan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from campaign.events.qr import qr_svg
from campaign.web.fonts import FONT_DIRECTORY

if TYPE_CHECKING:
    import typst

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
    is_simulated: bool = False


def render_poster(content: PosterContent) -> bytes:
    """The PDF, the same bytes for the same content."""
    data = asdict(content) | {
        "document_title": f"{content.title_line} – {content.official_name}",
        "qr_svg": qr_svg(content.url, title="Code QR"),
        "qr_description": f"Code QR qui mène à {content.url_text}",
    }
    return _compiled(json.dumps(data))


def _compiled(data: str) -> bytes:
    """Our own faces first. A script that they lack takes the machine's; in the last resort it shows as boxes.

    PDF/UA refuses a letter that no face can draw; a poster with one odd letter is worth more than none.
    """
    import typst  # noqa: PLC0415 - seven megabytes in each server process, for a page that few open

    failure: typst.TypstError | None = None
    for fonts, standard in _attempts():
        compiler = typst.Compiler(
            TEMPLATE, root=TEMPLATE.parent, font_paths=fonts, sys_inputs={"content": data}
        )
        try:
            pdf = compiler.compile(format="pdf", pdf_standards=standard)
        except typst.TypstError as error:
            if "could not be displayed" not in error.message:
                raise
            failure = error
            continue
        if isinstance(pdf, bytes):
            return pdf
    raise RuntimeError("the poster could not be set") from failure


def _attempts() -> Iterator[tuple[typst.Fonts, Literal["ua-1"] | None]]:
    yield _fonts(with_system=False), "ua-1"
    yield _fonts(with_system=True), "ua-1"
    yield _fonts(with_system=True), None


@lru_cache(maxsize=2)
def _fonts(*, with_system: bool) -> typst.Fonts:
    import typst  # noqa: PLC0415 - as above

    return typst.Fonts(include_system_fonts=with_system, font_paths=[FONT_DIRECTORY])
