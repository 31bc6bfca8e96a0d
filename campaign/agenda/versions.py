"""What subscribers receive: the number of each date of the calendar, and the version that it has now.

Nothing but numbers and versions is read: most often, the text of the dates is ready.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from campaign import clock
from campaign.agenda import index
from campaign.agenda.filters import CalendarFilter
from campaign.db import EVERY_DATE, CalendarChange, db
from campaign.events.models import Event, EventDetails, EventKind, Session
from campaign.events.wording import first_day
from campaign.territory.models import Territory
from campaign.web.freshness import revisions_read

KEPT_IN_FEEDS = timedelta(days=365)
"""What is past or called off stays a year in feeds: taken out, it would vanish from people's calendars."""

Versions = dict[int, index.Version]
"""The version of each sitting, by its number."""

_last_day = sa.func.coalesce(Session.ends_on, Session.starts_on, Session.postponed_from_on)
"""By which it ages; what was postponed to an unknown day, by the day that people noted."""

_VERSIONS = (
    sa.select(
        Session.id,
        Event.sequence,
        Session.sequence,
        Event.updated_at,
        Session.updated_at,
        sa.func.coalesce(CalendarChange.number, 0),
    )
    .join(Session.event)
    .outerjoin(CalendarChange, CalendarChange.event_id == Event.id)
)


_other = aliased(Session)
_is_told_with_another = sa.and_(
    Session.block != "",
    sa.exists().where(
        _other.event_id == Session.event_id,
        _other.block == Session.block,
        _other.starts_on.is_not_distinct_from(Session.starts_on),
        _other.position < Session.position,
    ),
)
"""A workshop that the first of its block tells: see `events.parallel`."""


def _has_day(first: date) -> sa.ColumnElement[bool]:
    """Somebody noted it for that day or a later one. Without any day, nobody noted it."""
    midnight = clock.to_utc(first, time(), clock.EASTERN)
    return sa.or_(_last_day >= first, sa.and_(_last_day.is_(None), Event.postponed_from_at >= midnight))


def published(asked: CalendarFilter, *, today: date) -> tuple[Versions, date | None]:
    """To come, of the past year, called off: each date that answers, and the day on which one last became too
    old. A date that was moved elsewhere answers by the day that people noted too: it does not vanish."""
    kept: Versions = {}
    oldest, left = today - KEPT_IN_FEEDS, None
    for row in index.matching(asked, with_closed=True, with_moved=True):
        last = row.last_day or row.day or first_day(row.occasion)
        if last is None or last >= oldest:  # its text says whether people noted what has no day
            kept[row.session_id] = row.version
        elif left is None or last > left:
            left = last
    return kept, left + KEPT_IN_FEEDS + timedelta(days=1) if left else None


def list_of_team(regions: frozenset[str] | None, *, today: date) -> Versions:
    """What is published or private in these regions, or in all of Québec; what is neither waits."""
    sittings = _VERSIONS.where(
        sa.or_(Event.is_published.is_(True), Event.is_private.is_(True)),
        _has_day(today - KEPT_IN_FEEDS),
        sa.not_(_is_told_with_another),
    )
    if regions is not None:
        region = sa.func.coalesce(Territory.region_code, Event.region_code)
        sittings = sittings.outerjoin(Event.territory).where(region.in_(regions))
    every_date = revisions_read().get(EVERY_DATE, 0)
    return {
        number: (sequence, own, at, own_at, max(stamp, every_date))
        for number, sequence, own, at, own_at, stamp in db.session.execute(sittings)
    }


def numbers_of_ceremonies(territory: Territory) -> set[int]:
    """The sittings that are ceremonies of that municipality itself."""
    own = (Event.kind == EventKind.FLAG_RAISING, Event.territory_id == territory.id)
    return set(db.session.scalars(sa.select(Session.id).join(Session.event).where(*own)))


def list_by_number(numbers: Sequence[int]) -> Sequence[Session]:
    """Those sittings with what calendars say of them, whatever their order."""
    if read := index.just_read(numbers):
        return read
    around = joinedload(Session.event)
    return db.session.scalars(
        sa.select(Session)
        .where(Session.id.in_(numbers))
        .options(
            around.joinedload(Event.territory),
            around.joinedload(Event.details).joinedload(EventDetails.picture),
            around.selectinload(Event.sessions),
            around.selectinload(Event.sessions),
        )
    ).all()
