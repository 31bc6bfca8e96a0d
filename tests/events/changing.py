"""Builds an activity of the calendar, changes it, and has people follow it."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from campaign.db import db
from campaign.events import changes
from campaign.events.changes import Change, Done
from campaign.events.content import ActivityContent, Sitting
from campaign.events.documents import calendar_entry
from campaign.events.ical import CalendarEntry
from campaign.events.models import Event, EventAction, Follower
from tests.builders import DAY_J, NOW
from tests.events.activities import publish

LATER = datetime(2027, 11, 12, 15, tzinfo=UTC)
"""The Friday before the week, at 10 h."""

NBSP = "\u00a0"

STORM = "Tempête de neige."

THREE_DAYS = tuple(
    Sitting(day=DAY_J + timedelta(days=number), starts=time(10), ends=time(11)) for number in range(3)
)

A_DAY_LATER = Change(action=EventAction.POSTPONE, days=1, reason=STORM)

CANCELLED = Change(action=EventAction.CANCEL, reason=STORM)

TAKEN_BACK = Change(action=EventAction.REINSTATE)


def known(told: ActivityContent | None = None) -> Event:
    """The activity in the calendar, as a change reads it."""
    event = publish(told)
    db.session.expire_all()
    return changes.get_event(event.id)


def apply(event: Event, change: Change, *, now: datetime = LATER, **options: Any) -> Done:
    (locked,) = changes.list_locked([event.id])
    return changes.apply(locked, change, author="Jeanne", now=now, **options)


def days_of(event: Event) -> list[date | None]:
    return [row.starts_on for row in event.sessions]


def follow(event: Event, email: str, *, is_verified: bool = True) -> None:
    db.session.add(
        Follower(
            event_id=event.id,
            email=email,
            token_hash=f"{event.id}{email}",
            created_at=NOW,
            verified_at=NOW if is_verified else None,
        )
    )
    db.session.flush()


def entries_of(event: Event) -> list[CalendarEntry]:
    """The dates of the event as subscribed calendars receive them."""
    entries = (
        calendar_entry(event, event.territory, "http://localhost/", sitting=row) for row in event.sessions
    )
    return [entry for entry in entries if entry is not None]
