"""The short way to a feed that has not changed since somebody was given it.

Programs come back for a calendar by the thousand, most often to hear that it is the same. What the whole
application answered once, with all its headers, is answered again after the same question to the database;
whatever differs in the least goes through the whole application.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.agenda.feeds import ANSWERED, Feeds, Subscription, state_of
from campaign.db import db, revisions_by_driver
from campaign.web.freshness import READ
from campaign.web.renewed import is_known, takes_gzip

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

KNOWN = 2_000
"""Addresses of which one process remembers the answer."""

Key = tuple[str, str, bool, bool]
"""The path, what follows « ? », whether compressed, whether 304."""


class _Known(NamedTuple):
    """What the whole application said with a file of that mark."""

    asked: Subscription
    mark: str
    status: str
    headers: list[tuple[str, str]]


class Express:
    """Stands before the application, and answers in its place what it would answer again."""

    def __init__(self, app: Flask, inner: WSGIApplication) -> None:
        self.app = app
        self.inner = inner
        self.known: OrderedDict[Key, _Known] = OrderedDict()
        self.answered = 0
        """How many answers took the short way."""
        self._engine: sa.Engine | None = None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/calendrier") or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return self.inner(environ, start_response)
        answer = self._again(environ, path, start_response)
        if answer is not None:
            return answer
        return self._in_full(environ, path, start_response)

    def _again(
        self, environ: WSGIEnvironment, path: str, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        query, is_pressed = environ.get("QUERY_STRING", ""), _is_pressed(environ)
        # Both answers are of one feed: either tells which.
        seen = self.known.get((path, query, is_pressed, False)) or self.known.get(
            (path, query, is_pressed, True)
        )
        if seen is None:
            return None
        started = time.perf_counter()
        feeds: Feeds = self.app.extensions["feeds"]
        kept = feeds.kept.get(seen.asked)
        if kept is None or kept.state != self._state(environ):
            return None
        is_same = is_known(
            kept.file, environ.get("HTTP_IF_NONE_MATCH"), environ.get("HTTP_IF_MODIFIED_SINCE")
        )
        ready = self.known.get((path, query, is_pressed, is_same))
        if ready is None or ready.mark != kept.file.mark:
            return None
        self.answered += 1
        start_response(ready.status, list(ready.headers))
        self._log(environ["REQUEST_METHOD"], path, 304 if is_same else 200, started)
        if is_same or environ["REQUEST_METHOD"] == "HEAD":
            return ()
        return (kept.file.gzipped if is_pressed else kept.file.body,)

    def _state(self, environ: WSGIEnvironment) -> object:
        """What feeds depend on now, read once for both ways; nothing when the database does not answer, which
        is told in full."""
        if self._engine is None:
            with self.app.app_context():
                self._engine = db.engine
        try:
            numbers = revisions_by_driver(self._engine)
        except (sa.exc.SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error):
            return None
        environ[READ] = numbers
        return state_of(numbers, clock.today(clock.now()))

    def _log(self, method: str, path: str, status: int, started: float) -> None:
        write_line = self.app.extensions.get("access_log")
        if write_line is not None:
            write_line(method, path, status, started)

    def _in_full(self, environ: WSGIEnvironment, path: str, start_response: StartResponse) -> Iterable[bytes]:
        def remember(status: str, headers: list[tuple[str, str]], *trouble: object) -> object:
            asked: Subscription | None = environ.get(ANSWERED)
            said = dict(headers)
            # A cookie, or another reason to differ, is somebody's own.
            if asked is not None and said.get("Vary") == "Accept-Encoding" and "Set-Cookie" not in said:
                self._remember(environ, path, asked, status, headers)
            return start_response(status, headers, *trouble)  # type: ignore[arg-type]  # as they came

        return self.inner(environ, remember)  # type: ignore[arg-type]  # what comes is passed on

    def _remember(
        self,
        environ: WSGIEnvironment,
        path: str,
        asked: Subscription,
        status: str,
        headers: list[tuple[str, str]],
    ) -> None:
        mark = dict(headers).get("ETag", "").strip('"').removesuffix("-gzip")
        key = (path, environ.get("QUERY_STRING", ""), _is_pressed(environ), status.startswith("304"))
        if status[:3] not in ("200", "304"):
            return
        self.known.pop(key, None)
        self.known[key] = _Known(asked, mark, status, list(headers))
        while len(self.known) > KNOWN:
            self.known.popitem(last=False)


def _is_pressed(environ: WSGIEnvironment) -> bool:
    return takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))


def init_app(app: Flask) -> None:
    """Put it before everything else."""
    express = Express(app, app.wsgi_app)
    app.extensions["express"] = express
    app.wsgi_app = express  # type: ignore[method-assign]  # the documented way to install it
