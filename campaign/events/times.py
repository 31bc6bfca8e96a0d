"""When a date is: its days and its instants, whether it has begun, whether it is over."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from campaign import clock
from campaign.events.models import Event, Session
from campaign.events.services import CEREMONY_LENGTH


class Times(NamedTuple):
    """When one date is: its first and last day, its instants."""

    starts_on: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    ends_on: date | None

    @classmethod
    def of(cls, sitting: Session) -> Times:
        return cls(sitting.starts_on, sitting.starts_at, sitting.ends_at, sitting.ends_on)

    def ends(self) -> datetime | None:
        """When it is over, an hour after it began when nobody said; None without an hour."""
        return self.ends_at or (self.starts_at + CEREMONY_LENGTH if self.starts_at else None)

    def are_over(self, now: datetime, zone: str) -> bool:
        """All of it is behind; without a day, it never is."""
        ends = self.ends()
        if ends is not None:
            return ends <= now
        last = self.ends_on or self.starts_on
        return last is not None and last < clock.today(now, zone)

    def moved_by(self, days: int, at: time | None, zone: str) -> Times:
        """So many days later, at the same hour on the clocks there or at this one, lasting as long on them.

        Raises `clock.NonexistentTime` for an hour over which the clocks jump.
        """
        if self.starts_on is None:
            return self
        gap = timedelta(days=days)
        first, last = self.starts_on + gap, self.ends_on + gap if self.ends_on else None
        if self.starts_at is None:
            if at is None:
                return Times(first, None, None, last)
            return Times(first, clock.to_utc(first, at, zone), None, None)
        begins = clock.to_local(self.starts_at, zone).replace(tzinfo=None)
        moved = datetime.combine(begins.date() + gap, at or begins.time())
        return Times(
            first,
            clock.to_utc(moved.date(), moved.time(), zone),
            _shifted(self.ends_at, moved - begins, zone),
            last,
        )


def _shifted(instant: datetime | None, gap: timedelta, zone: str) -> datetime | None:
    """That instant, so much later on the clocks there."""
    if instant is None:
        return None
    moved = clock.to_local(instant, zone).replace(tzinfo=None) + gap
    return clock.to_utc(moved.date(), moved.time(), zone)


def is_over(event: Event, sitting: Session, now: datetime) -> bool:
    """That date is behind; one without a day never is."""
    return Times.of(sitting).are_over(now, event.time_zone)


def has_begun(event: Event, sitting: Session, now: datetime) -> bool:
    """That date is under way, or over."""
    if sitting.starts_at is not None:
        return sitting.starts_at <= now
    return sitting.starts_on is not None and sitting.starts_on < clock.today(now, event.time_zone)
