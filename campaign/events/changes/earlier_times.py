"""When a date was first to be, and when it was last known to be, as the changes made to it remember."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from campaign.events.models import EventMove, EventState, Session
from campaign.events.times import Times


def first_times(row: Session, moves: Sequence[EventMove]) -> Times:
    """When it was first to be, before it was postponed."""
    for move in reversed(moves):
        told = _told_before(move, row.id)
        if told is not None and told["state"] != EventState.POSTPONED.value:
            times = _times(told)
            if times.starts_on == row.postponed_from_on and times.starts_at == row.postponed_from_at:
                return times
            break
    return _first_day(row, row)


def last_times(row: Session, moves: Sequence[EventMove]) -> Times:
    """When it was last known to be, for what has no day any more."""
    if row.starts_on is not None:
        return Times.of(row)
    for move in reversed(moves):
        told = _told_before(move, row.id)
        if told is not None and told["starts_on"] is not None:
            return _times(told)
    return _first_day(row, None)


def _first_day(row: Session, lasting: Session | None) -> Times:
    """The first day as the date itself remembers it; it lasts as long as it does now."""
    first, starts_at = row.postponed_from_on, row.postponed_from_at
    ends_at = None
    if lasting and starts_at and lasting.starts_at and lasting.ends_at:
        ends_at = starts_at + (lasting.ends_at - lasting.starts_at)
    last = None
    if lasting and first and lasting.starts_on and lasting.ends_on:
        last = first + (lasting.ends_on - lasting.starts_on)
    return Times(first, starts_at, ends_at, last)


def _told_before(move: EventMove, sitting_id: int) -> Mapping[str, Any] | None:
    return next((told for told in move.before.get("sittings", ()) if told["id"] == sitting_id), None)


def _times(told: Mapping[str, Any]) -> Times:
    def at(name: str) -> datetime | None:
        return datetime.fromisoformat(told[name]) if told[name] else None

    def on(name: str) -> date | None:
        return date.fromisoformat(told[name]) if told[name] else None

    return Times(on("starts_on"), at("starts_at"), at("ends_at"), on("ends_on"))
