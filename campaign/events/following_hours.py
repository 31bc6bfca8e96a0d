"""The parts of a programme follow their sitting: what began half an hour after it still does.

Each part has an instant of its own, read on the clocks of the place. A sitting that moves to another day or
hour, or to a place whose clocks differ, takes its parts with it by as much on the clocks there: the night on
which they change takes nothing from anybody.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import NamedTuple

from campaign import clock


class Moment(NamedTuple):
    """When a sitting begins: its day, its instant when it has an hour, the clocks that it is read on."""

    day: date
    at: datetime | None
    zone: str

    def on_clocks(self) -> datetime:
        """What the clocks say there; midnight without an hour."""
        if self.at is None:
            return datetime.combine(self.day, time())
        return clock.to_local(self.at, self.zone).replace(tzinfo=None)


def followed(instant: datetime, before: Moment, after: Moment) -> datetime:
    """That instant of a sitting, once the sitting is at another moment. An hour given to a sitting, or taken
    from it, leaves those of its parts."""
    if before.at is None or after.at is None:
        gap = after.day - before.day
    else:
        gap = after.on_clocks() - before.on_clocks()
    told = clock.to_local(instant, before.zone).replace(tzinfo=None) + gap
    return _instant(told, after.zone)


def _instant(told: datetime, zone: str) -> datetime:
    """The instant at which the clocks say that, or land when they jump over it."""
    try:
        return clock.to_utc(told.date(), told.time(), zone)
    except clock.NonexistentTime as jump:
        return clock.to_utc(told.date(), jump.suggestion, zone)


def moment(
    day: date | None, at: datetime | None, left_on: date | None, left_at: datetime | None, zone: str
) -> Moment | None:
    """When a sitting is or, while it waits for another day, the moment that it left; None when nobody ever
    knew one."""
    if day is not None:
        return Moment(day, at, zone)
    if left_at is not None:
        return Moment(clock.to_local(left_at, zone).date(), left_at, zone)
    return Moment(left_on, None, zone) if left_on is not None else None
