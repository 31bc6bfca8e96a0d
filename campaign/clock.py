"""The present instant and the only place that knows time zones.

Inside, an instant is aware UTC. People speak in wall-clock time at a place: this module turns one into
the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

EASTERN = "America/Toronto"
"""Legal time of almost all of Québec (Loi sur le temps légal, RLRQ c. T-5.1)."""

ZONE_WORDS = {
    EASTERN: "heure de l’Est",
    "America/Halifax": "heure de l’Atlantique",
    "America/Blanc-Sablon": "heure normale de l’Atlantique",
}

_pretended: ContextVar[datetime | None] = ContextVar("pretended_now", default=None)


class NonexistentTime(ValueError):
    """The clocks jump over this hour; `suggestion` is the wall time at which they land."""

    def __init__(self, suggestion: time) -> None:
        self.suggestion = suggestion
        super().__init__(suggestion.isoformat())


def now() -> datetime:
    """The present instant in UTC. Called at entrances only; services take it as an argument."""
    return _pretended.get() or datetime.now(UTC)


def machine_second() -> int:
    """The second of Unix time, even in a rehearsal: for dates compared with those of other machines."""
    return int(datetime.now(UTC).timestamp())


def is_pretended() -> bool:
    """Whether this is a rehearsal, at an instant chosen by a person."""
    return _pretended.get() is not None


@contextmanager
def pretend(instant: datetime) -> Iterator[None]:
    """Make it another instant, for a rehearsal."""
    if instant.tzinfo is None:
        raise ValueError("an instant carries its zone")
    token = _pretended.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _pretended.reset(token)


@cache
def zone(name: str) -> ZoneInfo:
    """The IANA zone of that name."""
    return ZoneInfo(name)


def to_utc(day: date, wall_time: time, zone_name: str, *, second_occurrence: bool = False) -> datetime:
    """The instant at which clocks of that zone show that time on that day.

    An hour that exists twice (November) is taken the first time unless told otherwise; one that does not
    exist (March) raises `NonexistentTime` with the hour at which the clocks land.
    """
    local = datetime.combine(
        day, wall_time.replace(tzinfo=None, fold=int(second_occurrence)), zone(zone_name)
    )
    instant = local.astimezone(UTC)
    shown = instant.astimezone(zone(zone_name))
    if shown.replace(tzinfo=None, fold=0) != local.replace(tzinfo=None, fold=0):
        raise NonexistentTime(_first_hour_after_gap(day, wall_time, zone_name))
    return instant


def _first_hour_after_gap(day: date, wall_time: time, zone_name: str) -> time:
    """02:30 on the night of the change becomes 03:00: the moment at which the clocks land."""
    place = zone(zone_name)
    before = datetime.combine(day, wall_time, place).replace(fold=0).utcoffset()
    after = datetime.combine(day, wall_time, place).replace(fold=1).utcoffset()
    if before is None or after is None:  # pragma: no cover - an IANA zone always has an offset
        return wall_time
    gap = abs(after - before)
    moment = datetime.combine(day, wall_time)
    while True:
        earlier = moment - timedelta(minutes=1)
        if _exists(earlier, zone_name):
            return (moment + gap).time()
        moment = earlier


def _exists(naive: datetime, zone_name: str) -> bool:
    local = naive.replace(tzinfo=zone(zone_name))
    return local.astimezone(UTC).astimezone(zone(zone_name)).replace(tzinfo=None) == naive


def happens_twice(day: date, wall_time: time, zone_name: str) -> bool:
    """The clocks show this hour two times that day (the night of the autumn change)."""
    first = datetime.combine(day, wall_time, zone(zone_name)).replace(fold=0)
    second = first.replace(fold=1)
    return first.utcoffset() != second.utcoffset() and _exists(first.replace(tzinfo=None), zone_name)


def to_local(instant: datetime, zone_name: str) -> datetime:
    """That instant as the clocks of the zone show it."""
    return instant.astimezone(zone(zone_name))


def today(instant: datetime, zone_name: str = EASTERN) -> date:
    """The day it is in that zone at that instant."""
    return to_local(instant, zone_name).date()
