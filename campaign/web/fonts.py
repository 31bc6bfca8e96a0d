"""The title face: cut down from its font package to the letters of French, once for a process."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path

import font_source_serif_pro

FONT_DIRECTORY = Path(font_source_serif_pro.font_directory)
"""The whole family; PDFs take it as it is."""

TITLE_FONT_SOURCE = "SourceSerifPro-Bold.otf"

# Kerning and ligatures, lining and tabular figures, superscript and ordinal letters (« 12e »).
_FEATURES = ("kern", "mark", "mkmk", "ccmp", "locl", "liga", "lnum", "tnum", "pnum", "case", "ordn", "sups")

_RANGES = (
    (0x0020, 0x007E),  # ASCII
    (0x00A0, 0x00FF),  # accents, « », the non-breaking space
    (0x2012, 0x2014),  # dashes
    (0x2018, 0x201E),  # quotation marks, the apostrophe
)
_OTHERS = "ŒœŸ‐…•€™−"
TITLE_CHARACTERS = frozenset(chr(code) for first, last in _RANGES for code in range(first, last + 1)) | set(
    _OTHERS
)


@lru_cache(maxsize=1)
def title_font_bytes() -> bytes:
    """The cut-down face as WOFF2, always the same bytes."""
    # The font tools take longer to load than most pages take to answer, and serve once.
    from fontTools import subset  # noqa: PLC0415

    options = subset.Options(flavor="woff2", layout_features=list(_FEATURES), name_IDs=[0, 1, 2, 5, 13, 14])
    options.desubroutinize = True
    octets = BytesIO()
    with subset.load_font(str(FONT_DIRECTORY / TITLE_FONT_SOURCE), options) as font:
        font.recalcTimestamp = False
        subsetter = subset.Subsetter(options)
        subsetter.populate(text="".join(sorted(TITLE_CHARACTERS)))
        subsetter.subset(font)
        font.flavor = "woff2"
        font.save(octets)
    return octets.getvalue()
