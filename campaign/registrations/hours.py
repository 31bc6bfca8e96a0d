"""Decent hours: when a letter about a registration may leave, and until when an offer waits."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from campaign import clock

OPENS, CLOSES = time(8), time(20)
"""By the clocks of the place where the event is held."""

EARLIEST_DEADLINE = time(9)
"""Nobody finds in the morning that an offer ended in the night."""


def next_decent(now: datetime, zone: str) -> datetime:
    """Now, or the next opening when it is too early or too late to write to somebody."""
    local = clock.to_local(now, zone)
    if local.time() < OPENS:
        return clock.to_utc(local.date(), OPENS, zone)
    if local.time() >= CLOSES:
        return clock.to_utc(local.date() + timedelta(days=1), OPENS, zone)
    return now


def deadline(now: datetime, length: timedelta, zone: str) -> datetime:
    """The end of an offer made now: its length is counted from the letter, and it ends at a decent hour."""
    end = next_decent(now, zone) + length
    local = clock.to_local(end, zone)
    if local.time() < EARLIEST_DEADLINE:
        return clock.to_utc(local.date(), EARLIEST_DEADLINE, zone)
    if local.time() >= CLOSES:
        return clock.to_utc(local.date() + timedelta(days=1), EARLIEST_DEADLINE, zone)
    return end
