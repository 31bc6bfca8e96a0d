"""How far this process's clock is from the one that all its neighbours share.

A worker whose clock is wrong would send tomorrow's letters today, and take for dead those who are at work.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from campaign import clock
from campaign.db import db
from campaign.errors import CampaignError

TOLERANCE = timedelta(minutes=1)


class ClockWrong(CampaignError):
    """This process and its neighbours do not agree on the time: it does nothing."""


_SERVER_NOW = sa.select(sa.func.clock_timestamp())


def measure(folder: Path) -> timedelta | None:
    """How much ahead of the shared clock this process is; None in a rehearsal, or when nobody can tell.

    The database server's clock is the one that counts. With SQLite all processes are on one machine: the
    clock of its file system, as seen on a file just made in `folder`, does not follow a process that was
    started with another time.
    """
    if clock.is_pretended():
        return None
    before = clock.now()
    shared = _server_time() if db.engine.dialect.name == "postgresql" else _file_time(folder)
    if shared is None:
        return None
    after = clock.now()
    if before <= shared <= after:
        return timedelta(0)
    return before - shared if shared < before else after - shared


def is_right(drift: timedelta | None) -> bool:
    """Whether a process may act with this clock. What nobody can tell stops nobody."""
    return drift is None or abs(drift) <= TOLERANCE


def refuse_wrong_clock(folder: Path) -> None:
    """Raise `ClockWrong` when this process is too far away from the clock that all share; see `measure`."""
    ahead = measure(folder)
    if not is_right(ahead):
        seconds = round(ahead.total_seconds()) if ahead else 0
        raise ClockWrong(
            f"L’horloge de ce processus est décalée de {seconds} secondes : rien n’est envoyé. "
            "Activez la synchronisation de l’heure, puis relancez le planificateur."
        )


def _server_time() -> datetime | None:
    with db.engine.connect() as connection:
        told: datetime | None = connection.scalar(_SERVER_NOW)
    return told


def _file_time(folder: Path) -> datetime | None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except OSError:
        return None
