"""Public pages drawn once per state of the data: unchanged, they answer 304 or from memory."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, session

from campaign import __version__
from campaign.config import ROOT

MEMORY_BYTES = 24_000_000
"""How much drawn text one process keeps."""


@dataclass(frozen=True)
class _Drawn:
    body: bytes
    gzipped: bytes
    mimetype: str

    @property
    def size(self) -> int:
        return len(self.body) + len(self.gzipped)


class _Memory:
    """The most recently used drawn pages, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.lock = threading.Lock()
        self.pages: OrderedDict[str, _Drawn] = OrderedDict()

    def get(self, key: str) -> _Drawn | None:
        with self.lock:
            if key in self.pages:
                self.pages.move_to_end(key)
            return self.pages.get(key)

    def put(self, key: str, page: _Drawn) -> None:
        with self.lock:
            known = self.pages.pop(key, None)
            self.size += page.size - (known.size if known else 0)
            self.pages[key] = page
            while self.size > self.limit and len(self.pages) > 1:
                _, dropped = self.pages.popitem(last=False)
                self.size -= dropped.size


def conditional(state: object, draw: Callable[[], str | bytes], *, mimetype: str = "text/html") -> Response:
    """Answer 304 when the reader already has this state, else the page from memory, else draw it.

    `state` is all that the page depends on besides its address: the public revision, the hour shown. The page
    must be the same for everyone who shares that state (no CSRF token, no name). A waiting message is for
    one person: the page is then drawn for them alone and not kept.
    """
    if session.get("_flashes"):
        return Response(draw(), mimetype=mimetype, headers={"Cache-Control": "no-store"})
    database = current_app.config["SQLALCHEMY_DATABASE_URI"]
    key = hashlib.sha256(
        repr((__version__, static_version(), database, request.full_path, state)).encode()
    ).hexdigest()[:32]
    memory: _Memory = current_app.extensions["drawn_pages"]
    if request.if_none_match.contains_weak(key):
        return _with_validators(Response(status=304), key)
    page = memory.get(key)
    if page is None:
        drawn = draw()
        body = drawn.encode() if isinstance(drawn, str) else drawn
        page = _Drawn(body, gzip.compress(body, 6, mtime=0), mimetype)
        memory.put(key, page)
    return _with_validators(_encoded(page), key)


def _encoded(page: _Drawn) -> Response:
    if request.accept_encodings["gzip"] > 0 and len(page.gzipped) < len(page.body):
        response = Response(page.gzipped, mimetype=page.mimetype)
        response.headers["Content-Encoding"] = "gzip"
    else:
        response = Response(page.body, mimetype=page.mimetype)
    return response


def _with_validators(response: Response, key: str) -> Response:
    response.set_etag(key, weak=True)
    response.headers["Cache-Control"] = "no-cache"
    response.vary.add("Accept-Encoding")
    return response


@cache
def _digest(path: Path, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(path: str) -> str:
    """The address of a static file, carrying its content's hash: it may be kept for ever."""
    file = ROOT / "static" / path
    try:
        return f"/static/{path}?v={_digest(file, file.stat().st_mtime_ns)}"
    except FileNotFoundError:
        return f"/static/{path}"


@cache
def static_version() -> str:
    """One hash for all static files: drawn pages carry their addresses."""
    whole = hashlib.sha256()
    for file in sorted((ROOT / "static").rglob("*")):
        if file.is_file():
            whole.update(file.read_bytes())
    return whole.hexdigest()[:12]


def _keep_hashed_files(response: Response) -> Response:
    if request.path.startswith("/static/") and "v" in request.args and response.status_code in (200, 304):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def init_app(app: Flask) -> None:
    """One memory per application; hashed addresses for templates."""
    app.extensions["drawn_pages"] = _Memory(MEMORY_BYTES)
    app.add_template_global(static_url)
    app.after_request(_keep_hashed_files)
