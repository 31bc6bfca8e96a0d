"""The events of the public calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from campaign.agenda.filters import CalendarFilter
from campaign.db import db
from campaign.events.models import Event, Opening, Session
from campaign.territory.models import Territory

KEPT_IN_FEEDS = timedelta(days=365)
"""What is past or called off stays a year in feeds: taken out, it would vanish from people's calendars."""

EventVersion = tuple[int, int, Any]
"""The number of an event, its sequence, and the instant of its last change as the database writes it."""

_IN_FEEDS = (Event.is_published.is_(True), Session.position == 0)
_VERSIONS = (
    sa.select(Event.id, Event.sequence, sa.type_coerce(Event.updated_at, sa.String))
    .join(Event.sessions)
    .where(*_IN_FEEDS, Event.territory_id.is_not(None))
)
_VERSIONS_BY_PLACE = _VERSIONS.join(Event.territory)
"""For who asks for a part of Québec; all of it is read faster without the territories."""

_LAST_DAY = (
    sa.select(sa.func.max(Session.starts_on))
    .select_from(Event)
    .join(Event.sessions)
    .join(Event.territory)
    .where(*_IN_FEEDS)
)


def select_published(asked: CalendarFilter) -> sa.Select[Event]:
    """The published events of a part of Québec, in the order of their day, hour and place."""
    return asked.applied_to(
        sa.select(Event)
        .join(Event.sessions)
        .join(Event.territory)
        .where(Event.is_published.is_(True))
        .options(selectinload(Event.sessions), contains_eager(Event.territory))
        .order_by(Session.starts_on, Session.starts_at, Territory.sort_key, Event.id)
    )


def select_of_edition(edition_id: int, asked: CalendarFilter) -> sa.Select[Event]:
    """Those of one edition that receive somebody; a closed ceremony is told by its municipality's page."""
    return select_published(asked).where(Event.edition_id == edition_id, Event.opening != Opening.CLOSED)


def count(events: sa.Select[Event]) -> int:
    """How many a selection holds."""
    numbered = events.with_only_columns(Event.id).order_by(None).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(numbered)) or 0


def list_page(events: sa.Select[Event], *, page: int, size: int) -> Sequence[Event]:
    """One page of a selection; the first is 1."""
    return db.session.scalars(events.offset((page - 1) * size).limit(size)).all()


def list_versions_for_feed(asked: CalendarFilter, *, today: date) -> Sequence[EventVersion]:
    """What subscribers receive: to come, of the past year, called off. Without a day, nothing.

    Nothing but each event's number and version is read: most often, their text is ready.
    """
    events = asked.applied_to(_VERSIONS_BY_PLACE) if asked.arguments else _VERSIONS
    return db.session.execute(events.where(Session.starts_on >= today - KEPT_IN_FEEDS)).all()


def find_last_day_left(asked: CalendarFilter, *, today: date) -> date | None:
    """The day on which the feed of that part last lost an event that had become too old."""
    last = db.session.scalar(asked.applied_to(_LAST_DAY.where(Session.starts_on < today - KEPT_IN_FEEDS)))
    return last + KEPT_IN_FEEDS + timedelta(days=1) if last else None


def list_by_number(numbers: Sequence[int]) -> Sequence[Event]:
    """Those events with what calendars say of them, whatever their order."""
    events = (
        sa.select(Event)
        .where(Event.id.in_(numbers))
        .options(joinedload(Event.sessions), joinedload(Event.territory))
    )
    return db.session.scalars(events).unique().all()
