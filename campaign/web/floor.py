"""One request at a time has the floor of a server process.

Python computes in one thread at a time, whatever their number. Requests that take this turn from one another
at each statement of the database finish no sooner, and whoever has the right to write makes all others wait.
The other threads are for what waits on the network: readers that are slow, bodies that come in pieces.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 0.1
"""Whoever waited that long goes on without the floor: somebody makes a large file, or waits for a row."""


class Floor:
    """Stands before the application: requests that come together are answered one after the other."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner
        self._floor = threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        turn = _Turn(self._floor)
        environ["wsgi.input"] = _Body(environ["wsgi.input"], turn)
        turn.take()
        try:
            return self.inner(environ, start_response)
        finally:
            turn.leave()


class _Turn:
    """What one request has of the floor."""

    def __init__(self, floor: threading.Lock) -> None:
        self._floor = floor
        self._has_it = False

    def take(self) -> None:
        self._has_it = self._floor.acquire(timeout=PATIENCE_SECONDS)

    def leave(self) -> None:
        if self._has_it:
            self._has_it = False
            self._floor.release()

    @contextmanager
    def left(self) -> Iterator[None]:
        """Give the floor to others while the network is waited for."""
        self.leave()
        try:
            yield
        finally:
            self.take()


class _Body:
    """What the reader sends, as slowly as they please: the floor is not theirs meanwhile (PEP 3333)."""

    def __init__(self, inner: InputStream, turn: _Turn) -> None:
        self._inner = inner
        self._turn = turn

    def read(self, *size: int) -> bytes:
        with self._turn.left():
            return self._inner.read(*size)

    def readline(self, *size: int) -> bytes:
        with self._turn.left():
            return self._inner.readline(*size)

    def readlines(self, *hint: int) -> list[bytes]:
        with self._turn.left():
            return self._inner.readlines(*hint)

    def __iter__(self) -> Iterator[bytes]:
        while line := self.readline():
            yield line
