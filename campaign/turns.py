"""Whose turn it is to write on SQLite, among the threads and the processes of one machine."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

PAUSE = 0.000_5
"""Seconds between two looks at another process's turn, which lasts some milliseconds."""

_turns = threading.Lock()
_time_passes = threading.Event()


@contextmanager
def turn_to_write(engine: sa.Engine, seconds: float) -> Iterator[None]:
    """Threads and processes take turns on SQLite, where whoever waits for the lock of the file sleeps up to
    a tenth of a second, again and again, while others pass. Other databases need no turn.

    Whoever gets none within these seconds goes on, and is told by SQLite what is wrong. A turn ends with its
    process.
    """
    if engine.dialect.name != "sqlite":
        yield
        return
    patient_until = time.monotonic() + seconds
    has_turn = _turns.acquire(timeout=seconds)
    try:
        with _turn_of_process(engine.url.database, patient_until):
            yield
    finally:
        if has_turn:
            _turns.release()


@contextmanager
def _turn_of_process(database: str | None, patient_until: float) -> Iterator[None]:
    """The turn is a lock on the folder of the file: nothing to leave behind, and none of SQLite's own locks,
    which closing the file once more would drop. Such a lock knows no deadline: it is looked at until free."""
    if not database or database == ":memory:":
        yield
        return
    turn = os.open(os.path.dirname(database) or ".", os.O_RDONLY)
    try:
        while not _is_taken(turn) and time.monotonic() < patient_until:
            _time_passes.wait(PAUSE)
        yield
    finally:
        os.close(turn)  # whoever waits goes


def _is_taken(turn: int) -> bool:
    try:
        fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
