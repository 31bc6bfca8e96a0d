"""The title face: cut down from its font package to the letters of French, once, at set-up."""

import hashlib
import os
import tempfile
from functools import lru_cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path

import font_source_serif_pro

FONT_PACKAGE = "font-source-serif-pro"
FONT_DIRECTORY = Path(font_source_serif_pro.font_directory)
"""The whole family; PDFs take it as it is."""

TITLE_FONT_NAME = "titre.woff2"
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


def ensure_title_font(directory: Path) -> Path:
    """The web font in `directory`, made when it is absent or was cut from something else.

    Two processes may do it at the same time: each writes its own file and moves it into place whole, and both
    files hold the same bytes.
    """
    font, stamp = directory / TITLE_FONT_NAME, directory / f"{TITLE_FONT_NAME}.origine"
    recipe = _recipe()
    if font.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == recipe:
        return font
    directory.mkdir(parents=True, exist_ok=True)
    _replace(font, title_font_bytes())
    _replace(stamp, recipe.encode("ascii"))
    return font


@lru_cache(maxsize=1)
def title_font_bytes() -> bytes:
    """The cut-down face as WOFF2, the same bytes for the same recipe."""
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


def _recipe() -> str:
    """What the file was made from; another version, source, letter or feature means another file."""
    parts = (version(FONT_PACKAGE), TITLE_FONT_SOURCE, "".join(sorted(TITLE_CHARACTERS)), ",".join(_FEATURES))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _replace(path: Path, octets: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
