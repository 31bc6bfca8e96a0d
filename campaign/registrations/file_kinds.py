"""What a file may be that somebody sends to a question, and under which name it is kept.

What it is, is read in its first bytes, never in its name. Nothing is unpacked: an image is drawn again
without any hidden data, everything else is kept as it came, to be saved by whoever reads it and never shown.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata

from campaign.errors import CampaignError
from campaign.events import pictures
from campaign.i18n import _
from campaign.registrations.answers import GivenFile

MAX_BYTES = pictures.MAX_BYTES
LONGEST_SIDE = 2000
"""A letter photographed or scanned stays easy to read."""

PDF = "application/pdf"
_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
DOCX, PPTX = f"{_OFFICE}.wordprocessingml.document", f"{_OFFICE}.presentationml.presentation"
ODT, ODP = f"{_OPEN}.text", f"{_OPEN}.presentation"
EXTENSIONS = {PDF: "pdf", DOCX: "docx", PPTX: "pptx", ODT: "odt", ODP: "odp", pictures.JPEG: "jpg"}

ACCEPTED = ".pdf,.docx,.odt,.pptx,.odp,.jpg,.jpeg,.png,.webp"
"""What a browser offers to choose."""

ADVICE = _(
    "Joignez un PDF, une image, un document (.docx, .odt) ou une présentation (.pptx, .odp), de 8 Mo au "
    "plus chacun."
)
TOO_HEAVY = _(
    "Ce fichier pèse plus de 8 Mo. Allégez-le, par exemple en l’enregistrant en PDF, puis joignez-le."
)
EMPTY = _("Ce fichier est vide. Choisissez-en un autre.")
UNKNOWN = _(
    "Ce genre de fichier n’est pas accepté. Joignez un PDF, une image, un document (.docx, .odt) ou une "
    "présentation (.pptx, .odp)."
)
OLD_OFFICE = _(
    "Ce document est d’un ancien format, ou protégé par un mot de passe. Enregistrez-le en PDF, puis "
    "joignez-le."
)
WITH_MACROS = _("Ce document contient des macros. Enregistrez-le en PDF, puis joignez-le.")

_SIGNED_IMAGES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_CONTAINED_IMAGES = (b"avif", b"avis", b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1")
_UNSAFE = re.compile(r'[<>:"|?*/\\]')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Windows opens devices under these names."""


class Unfit(CampaignError):
    """This file is not taken; the sentence says why, and what to do."""

    status = 422


def read(filename: str, data: bytes) -> GivenFile:
    """The file as it will be kept; `Unfit` otherwise."""
    if len(data) > MAX_BYTES:
        raise Unfit(TOO_HEAVY)
    if not data:
        raise Unfit(EMPTY)
    media_type = _kind_of(data)
    content = data
    if media_type is None:
        try:
            drawn = pictures.redraw(data, longest_side=LONGEST_SIDE, on_white=True)
        except pictures.Unreadable as refusal:
            raise Unfit(refusal.message) from refusal
        media_type, content = drawn.media_type, drawn.data
    return GivenFile(
        name=clean_name(filename, media_type),
        media_type=media_type,
        size_bytes=len(content),
        digest=hashlib.sha256(data).hexdigest(),
        content=content,
    )


def _kind_of(data: bytes) -> str | None:
    """What these bytes are; None for an image, which is to be drawn again."""
    if data[:64].lstrip().startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return _kind_of_zip(data)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise Unfit(OLD_OFFICE)
    is_contained = data[4:8] == b"ftyp" and data[8:12] in _CONTAINED_IMAGES
    is_webp = data.startswith(b"RIFF") and data[8:12] == b"WEBP"
    if data.startswith(_SIGNED_IMAGES) or is_contained or is_webp:
        return None
    raise Unfit(UNKNOWN)


def _kind_of_zip(data: bytes) -> str:
    """The names of what such a document holds are written in clear: it is not opened."""
    if b"vbaProject.bin" in data:
        raise Unfit(WITH_MACROS)
    if data[30:38] == b"mimetype":
        for kind in (ODT, ODP):
            if data[38:].startswith(kind.encode() + b"PK"):
                return kind
    if b"[Content_Types].xml" in data:
        if b"word/document.xml" in data:
            return DOCX
        if b"ppt/presentation.xml" in data:
            return PPTX
    raise Unfit(UNKNOWN)


def clean_name(filename: str, media_type: str) -> str:
    """The name to show and to save under: no folder, nothing invisible, the extension of what it is."""
    last = re.split(r"[/\\]", filename)[-1]
    stem, dot, extension = last.rpartition(".")
    return named(stem if dot and len(extension) <= 5 else last, media_type)


def named(words: str, media_type: str) -> str:
    """These words as the name of a file that every system accepts."""
    seen = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in words)
    plain = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", seen)).split())
    stem = plain.strip(". ")[:100].strip(". ") or "fichier"
    return f"{'_' if _RESERVED.fullmatch(stem) else ''}{stem}.{EXTENSIONS[media_type]}"
