"""Files that programs come back for: strong validators, gzip, and 304 to who has the same bytes already."""

from __future__ import annotations

import gzip
import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache

from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header, parse_date, parse_etags

from campaign import clock

GZIP_LEVEL = 1
"""Twice as quick as 4 on a calendar, for a tenth more bytes: the first reader after a change waits for it."""

PIECE_LEVEL = 6
"""A piece is pressed once for many answers."""

_GZIP_HEAD = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF))
_GZIP_LAST_BLOCK = zlib.compressobj(wbits=-zlib.MAX_WBITS).flush()

KEPT_BY_READERS = "public, no-cache"
"""Anybody may keep it and must ask each time whether it is still the same: a change is seen at once."""

KEPT_BY_ONE_READER = "private, no-cache"
"""The same for what one person alone may read: nobody keeps it on the way."""


@dataclass(frozen=True)
class RenewedFile:
    """The bytes of one state. Its mark comes from them alone: every process and version agrees on it."""

    body: bytes
    mimetype: str
    changed_second: int | None
    """Of Unix time. No two states that differ may share it, as dates of HTTP have no smaller part; None for
    what tells no date."""

    @cached_property
    def mark(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def gzipped(self) -> bytes:
        """Made when a reader first asks for it: few do not."""
        return gzip.compress(self.body, GZIP_LEVEL, mtime=0)


Piece = tuple[bytes, ...]
"""Texts that stand together in a file, and are seldom written again one without the other."""


@dataclass(frozen=True)
class _Pressed:
    """What is computed once of a piece, when it is first asked for."""

    piece: Piece

    @cached_property
    def digest(self) -> bytes:
        return hashlib.sha256(b"".join(self.piece)).digest()

    @cached_property
    def deflated(self) -> bytes:
        """By itself and up to a whole octet: such blocks may follow one another (RFC 1951 §3.2)."""
        press = zlib.compressobj(PIECE_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        return press.compress(b"".join(self.piece)) + press.flush(zlib.Z_FULL_FLUSH)


@dataclass(frozen=True)
class PiecedFile(RenewedFile):
    """A long file of which one piece changes at a time: the others are neither read nor compressed again.

    Its mark and its compressed form are still those of the bytes alone, whatever came before.
    """

    pressed: tuple[_Pressed, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def of(
        cls,
        pieces: Iterable[Piece],
        mimetype: str,
        changed_second: int | None,
        before: RenewedFile | None = None,
    ) -> PiecedFile:
        """The file of these pieces, of which `before` may know some already."""
        known = {each.piece: each for each in before.pressed} if isinstance(before, PiecedFile) else {}
        pressed = tuple(known.get(piece) or _Pressed(piece) for piece in pieces)
        body = b"".join(text for each in pressed for text in each.piece)
        return cls(body, mimetype, changed_second, pressed)

    @cached_property
    def mark(self) -> str:
        return hashlib.sha256(b"".join(each.digest for each in self.pressed)).hexdigest()[:32]

    @cached_property
    def gzipped(self) -> bytes:
        end = struct.pack("<LL", zlib.crc32(self.body), len(self.body) & 0xFFFFFFFF)
        blocks = (each.deflated for each in self.pressed)
        return b"".join((_GZIP_HEAD, *blocks, _GZIP_LAST_BLOCK, end))


def answer_renewed(file: RenewedFile, kept: str = KEPT_BY_READERS) -> Response:
    """The file, or 304 to a reader who shows its mark or, having none, its date."""
    asked = request.headers
    is_pressed = takes_gzip(asked.get("Accept-Encoding", ""))
    if is_known(file, asked.get("If-None-Match"), asked.get("If-Modified-Since")):
        response = Response(status=304)
    elif is_pressed:
        response = Response(file.gzipped, mimetype=file.mimetype)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(file.body, mimetype=file.mimetype)
    # Strong marks tell encodings apart: the bytes differ.
    response.set_etag(f"{file.mark}-gzip" if is_pressed else file.mark)
    if file.changed_second is not None:
        # Never later than this answer, as HTTP wants; earlier than the change is harmless, it is asked again.
        shown = min(file.changed_second, clock.machine_second())
        response.last_modified = datetime.fromtimestamp(shown, UTC)
    response.headers["Cache-Control"] = kept
    response.headers["Vary"] = "Accept-Encoding"
    return response


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether a reader who says that takes compressed files; the same few say the same thing for years."""
    return bool(parse_accept_header(accepted, Accept)["gzip"] > 0)


def is_known(file: RenewedFile, marks: str | None, since: str | None) -> bool:
    """A mark, when there is one, is believed rather than a date; proxies that compress make it weak."""
    if marks is not None:
        known = parse_etags(marks)
        return known.contains_weak(file.mark) or known.contains_weak(f"{file.mark}-gzip")
    day = parse_date(since)
    if day is None or file.changed_second is None:
        return False
    return int(day.timestamp()) >= file.changed_second
