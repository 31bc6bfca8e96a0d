"""Papers and pictures set by typst, with the faces of the product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from campaign.web.fonts import FONT_DIRECTORY

if TYPE_CHECKING:
    import typst

LAST_OF_OUR_FACES = "\u052f"
"""Latin, Greek and Cyrillic letters come before; other scripts take the machine's faces."""


LONGEST_WORD = 28
"""A longer one may be cut there, so that the whole is not shrunk for it."""


def breakable(text: str) -> str:
    """The same, its longest words cut where a line may end."""
    return re.sub(rf"(\S{{{LONGEST_WORD}}})(?=\S)", "\\1\u200b", text)


def typeset_pdf(template: Path, data: str) -> bytes:
    """A tagged PDF. Our own faces first; a script that they lack takes the machine's; in the last resort it
    shows as boxes.

    PDF/UA refuses a letter that no face can draw; a poster with one odd letter is worth more than none.
    """
    import typst  # noqa: PLC0415 - seven megabytes in each server process, for a page that few open

    failure: typst.TypstError | None = None
    for fonts, standard in _attempts():
        compiler = typst.Compiler(
            template, root=template.parent, font_paths=fonts, sys_inputs={"content": data}
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
    raise RuntimeError("the paper could not be set") from failure


def typeset_png(template: Path, data: str, *, script_of: str) -> bytes:
    """A picture of one page, a pixel for each point. `script_of` says whether our own faces are enough."""
    import typst  # noqa: PLC0415 - as above

    fonts = _fonts(with_system=max(script_of, default="") > LAST_OF_OUR_FACES)
    compiler = typst.Compiler(template, root=template.parent, font_paths=fonts, sys_inputs={"content": data})
    png = compiler.compile(format="png", ppi=72)
    if not isinstance(png, bytes):
        raise RuntimeError("the picture has more than one page")
    return png


def _attempts() -> Iterator[tuple[typst.Fonts, Literal["ua-1"] | None]]:
    yield _fonts(with_system=False), "ua-1"
    yield _fonts(with_system=True), "ua-1"
    yield _fonts(with_system=True), None


@lru_cache(maxsize=2)
def _fonts(*, with_system: bool) -> typst.Fonts:
    import typst  # noqa: PLC0415 - as above

    return typst.Fonts(include_system_fonts=with_system, font_paths=[FONT_DIRECTORY])
