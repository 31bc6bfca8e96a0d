"""Files that programs come back for: strong validators, gzip, and 304 to who has the same bytes already."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from flask import Response, request

from campaign import clock

GZIP_LEVEL = 1
"""Twice as quick as 4 on a calendar, for a tenth more bytes: the first reader after a change waits for it."""

KEPT_BY_READERS = "public, no-cache"
"""Anybody may keep it and must ask each time whether it is still the same: a change is seen at once."""


@dataclass(frozen=True)
class RenewedFile:
    """The bytes of one state. Its mark comes from them alone: every process and version agrees on it."""

    body: bytes
    mimetype: str
    changed_second: int
    """Of Unix time. No two states that differ may share it, as dates of HTTP have no smaller part."""

    @cached_property
    def mark(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:32]

    @cached_property
    def gzipped(self) -> bytes:
        """Made when a reader first asks for it: few do not."""
        return gzip.compress(self.body, GZIP_LEVEL, mtime=0)


def answer_renewed(file: RenewedFile) -> Response:
    """The file, or 304 to a reader who shows its mark or, having none, its date."""
    takes_gzip = request.accept_encodings["gzip"] > 0
    # Strong marks tell encodings apart: the bytes differ.
    mark = f"{file.mark}-gzip" if takes_gzip else file.mark
    if _is_known(file):
        response = Response(status=304)
    elif takes_gzip:
        response = Response(file.gzipped, mimetype=file.mimetype)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(file.body, mimetype=file.mimetype)
    response.set_etag(mark)
    # Never later than this answer, as HTTP wants; earlier than the change is harmless, it is asked again.
    shown = min(file.changed_second, clock.machine_second())
    response.last_modified = datetime.fromtimestamp(shown, UTC)
    response.headers["Cache-Control"] = KEPT_BY_READERS
    response.headers["Vary"] = "Accept-Encoding"
    return response


def _is_known(file: RenewedFile) -> bool:
    """A mark, when there is one, is believed rather than a date; proxies that compress make it weak."""
    if "If-None-Match" in request.headers:
        known = request.if_none_match
        return known.contains_weak(file.mark) or known.contains_weak(f"{file.mark}-gzip")
    since = request.if_modified_since
    return since is not None and int(since.timestamp()) >= file.changed_second
