"""Public pages drawn once per state of the data: unchanged, they answer 304 or from memory."""

from __future__ import annotations

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from flask import Flask, Response, current_app, request, session

from campaign import __version__
from campaign.web.assets import static_version

MEMORY_BYTES = 24_000_000
"""How much drawn text one process keeps."""

GZIP_LEVEL = 4
"""Three times as quick as the usual 6 on a page with a map, for three bytes in a hundred."""


@dataclass(frozen=True)
class _Drawn:
    body: bytes
    gzipped: bytes
    mimetype: str
    key: str
    """Of the state that it shows."""

    @property
    def size(self) -> int:
        return len(self.body) + len(self.gzipped)


class _Memory:
    """The most recently used drawn pages, one for each address, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.lock = threading.Lock()
        self.pages: OrderedDict[str, _Drawn] = OrderedDict()

    def get(self, address: str, key: str) -> _Drawn | None:
        with self.lock:
            page = self.pages.get(address)
            if page is None or page.key != key:
                return None
            self.pages.move_to_end(address)
            return page

    def put(self, address: str, page: _Drawn) -> None:
        """In the place of the page of another state, which nobody will ask for again."""
        with self.lock:
            known = self.pages.pop(address, None)
            self.size += page.size - (known.size if known else 0)
            self.pages[address] = page
            while self.size > self.limit and len(self.pages) > 1:
                _, dropped = self.pages.popitem(last=False)
                self.size -= dropped.size


def conditional(
    state: object,
    draw: Callable[[], str | bytes],
    *,
    reads: Collection[str] = (),
    mimetype: str = "text/html",
) -> Response:
    """Answer 304 when the reader already has this state, else the page from memory, else draw it.

    `state` is all that the page depends on besides its address: the public revision, the hour shown. `reads`
    names the words of the query string that the page looks at: the others, which social networks and
    letters add (« ?fbclid=… »), must neither draw the same page again nor push other pages out. The page
    must be the same for everyone who shares that state (no CSRF token, no name). A waiting message is for
    one person: the page is then drawn for them alone and not kept.
    """
    if _has_message_waiting():
        return Response(draw(), mimetype=mimetype, headers={"Cache-Control": "no-store"})
    database = current_app.config["SQLALCHEMY_DATABASE_URI"]
    address = repr((database, _address(reads)))
    key = hashlib.sha256(repr((__version__, static_version(), address, state)).encode()).hexdigest()[:32]
    memory: _Memory = current_app.extensions["drawn_pages"]
    if request.if_none_match.contains_weak(key):
        return _with_validators(Response(status=304), key)
    page = memory.get(address, key)
    if page is None:
        drawn = draw()
        body = drawn.encode() if isinstance(drawn, str) else drawn
        page = _Drawn(body, gzip.compress(body, GZIP_LEVEL, mtime=0), mimetype, key)
        memory.put(address, page)
    return _with_validators(_encoded(page), key)


def _address(reads: Collection[str]) -> tuple[object, ...]:
    """The path, and the words of the query string that matter to it."""
    return request.path, *((name, request.args.getlist(name)) for name in sorted(reads))


def _has_message_waiting() -> bool:
    """Without a cookie there is no session to open."""
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies and bool(session.get("_flashes"))


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


def init_app(app: Flask) -> None:
    """One memory per application."""
    app.extensions["drawn_pages"] = _Memory(MEMORY_BYTES)
