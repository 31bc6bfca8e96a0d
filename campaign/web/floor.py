"""One request at a time has the floor of a server process.

Python computes in one thread at a time, whatever their number. Requests that take this turn from one another
at each statement of the database finish no sooner, and whoever has the right to write makes all others wait.
The other threads are for what waits on the network: readers that are slow, bodies that come in pieces.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 0.1
"""How long a request waits in all. Who keeps the floor for longer makes a large file, or waits for a row."""


class Floor:
    """Stands before the application: requests that come together are answered one after the other."""

    def __init__(self, inner: WSGIApplication) -> None:
        self.inner = inner
        self._room = _Room()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        turn = _Turn(self)
        environ["wsgi.input"] = _Body(environ["wsgi.input"], turn)
        turn.take()
        try:
            return self.inner(environ, start_response)
        finally:
            turn.leave()

    def take(self, patience: float) -> _Room | None:
        """The room that is theirs, after so many seconds at most; None when others came first all that time.

        Who keeps it too long is left there alone: the next ones take another, and do not wait for it.
        """
        room = self._room
        if not room.take(0 if room.is_kept else patience):
            if self._room is not room or not room.is_kept:
                return None
            room = _Room()
            room.take(0)
            self._room = room
        return room


class _Room:
    """Where one request at a time computes."""

    def __init__(self) -> None:
        self._floor = threading.Lock()
        self._taken_at = math.inf

    @property
    def is_kept(self) -> bool:
        """Whoever is there has been for too long."""
        return time.monotonic() - self._taken_at > PATIENCE_SECONDS

    def take(self, patience: float) -> bool:
        is_taken = self._floor.acquire(timeout=patience)
        if is_taken:
            self._taken_at = time.monotonic()
        return is_taken

    def leave(self) -> None:
        self._taken_at = math.inf
        self._floor.release()


class _Turn:
    """What one request has of the floor."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor
        self._room: _Room | None = None
        self._patience = PATIENCE_SECONDS

    def take(self) -> None:
        began = time.monotonic()
        self._room = self._floor.take(self._patience)
        self._patience = max(0.0, self._patience - (time.monotonic() - began))

    def leave(self) -> None:
        if self._room is not None:
            self._room.leave()
            self._room = None

    @contextmanager
    def left(self) -> Iterator[None]:
        """Give the floor to others while the network is waited for.

        Who had none takes none afterwards: a body read once the answer has begun would keep it for ever.
        """
        had_it = self._room is not None
        self.leave()
        try:
            yield
        finally:
            if had_it:
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
