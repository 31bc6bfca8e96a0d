"""The parts of a programme stay where they are in their sitting, wherever it goes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa

from campaign import clock
from campaign.db import db
from campaign.events import changes, planning
from campaign.events.changes import Change
from campaign.events.content import Sitting
from campaign.events.following_hours import Moment, followed, moment
from campaign.events.models import EventAction, ItemKind, ProgrammeItem
from campaign.events.planning import ItemPlan, SittingPlan
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.lasting import database as database

QUEBEC, COAST, ISLANDS = "America/Toronto", "America/Blanc-Sablon", "America/Halifax"
BEFORE_CHANGE, AFTER_CHANGE = date(2027, 11, 2), date(2027, 11, 9)
"""A Tuesday of daylight time, and the next one, of standard time."""


def at(day: date, hour: int, minute: int = 0, zone: str = QUEBEC) -> datetime:
    return clock.to_utc(day, time(hour, minute), zone)


def nine(day: date, zone: str = QUEBEC) -> Moment:
    return Moment(day, at(day, 9, zone=zone), zone)


# --- the rule -----------------------------------------------------------------------------------------


def test_a_week_later_is_the_same_hour_on_the_clocks_whatever_they_did() -> None:
    item = at(BEFORE_CHANGE, 10, 45)

    moved = followed(item, nine(BEFORE_CHANGE), nine(AFTER_CHANGE))

    assert moved == at(AFTER_CHANGE, 10, 45)
    assert (item.hour, moved.hour) == (14, 15)
    assert followed(moved, nine(AFTER_CHANGE), nine(BEFORE_CHANGE)) == item


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (nine(DAY_J), Moment(DAY_J, at(DAY_J, 13, 30), QUEBEC), at(DAY_J, 14)),
        (nine(DAY_J), Moment(DAY_J, None, QUEBEC), at(DAY_J, 9, 30)),
        (Moment(DAY_J, None, QUEBEC), nine(DAY_J), at(DAY_J, 9, 30)),
        (
            Moment(DAY_J, None, QUEBEC),
            Moment(date(2027, 12, 1), None, QUEBEC),
            at(date(2027, 12, 1), 9, 30),
        ),
        (nine(DAY_J), nine(DAY_J, COAST), at(DAY_J, 9, 30, COAST)),
        (nine(DAY_J), nine(date(2027, 6, 15), ISLANDS), at(date(2027, 6, 15), 9, 30, ISLANDS)),
    ],
)
def test_it_keeps_its_distance(before: Moment, after: Moment, expected: datetime) -> None:
    assert followed(at(DAY_J, 9, 30), before, after) == expected


def test_an_hour_that_clocks_jump_over_is_that_at_which_they_land() -> None:
    first, jump = date(2027, 3, 13), date(2027, 3, 14)
    before, after = (Moment(day, at(day, 1), QUEBEC) for day in (first, jump))

    assert followed(at(first, 2, 30), before, after) == datetime(2027, 3, 14, 7, tzinfo=UTC)
    assert followed(at(first, 3, 30), before, after) == at(jump, 3, 30)


def test_a_sitting_that_waits_for_its_day_remembers_the_one_it_left() -> None:
    left = at(DAY_J, 9)

    assert moment(None, None, DAY_J, left, QUEBEC) == nine(DAY_J)
    assert moment(None, None, DAY_J, None, QUEBEC) == Moment(DAY_J, None, QUEBEC)
    assert moment(None, None, None, None, QUEBEC) is None


# --- whoever moves it ---------------------------------------------------------------------------------


def planned(day: date = BEFORE_CHANGE) -> int:
    """A morning from 9 h, with a word at 9 h 30, a break without hour and a talk at 10 h 45."""
    told = content(sittings=(Sitting(day=day, starts=time(9), ends=time(12)),))
    event = planning.get_event(publish(told).id)
    for title, hour in (("Mot", time(9, 30)), ("Pause", None), ("Conférence", time(10, 45))):
        item = ItemPlan(kind=ItemKind.TALK, title=title, at=hour)
        planning.add_item(event, event.sessions[0], item, now=NOW)
    db.session.expire_all()
    return event.id


def hours(number: int) -> list[str | None]:
    """When each part is, on the clocks of the place."""
    db.session.expire_all()
    event = planning.get_event(number)
    return [
        f"{clock.to_local(item.starts_at, event.time_zone):%d/%m %H:%M}" if item.starts_at else None
        for item in event.sessions[0].programme
    ]


def change(number: int, **told: Any) -> None:
    (event,) = changes.list_locked([number])
    changes.apply(event, Change(**told), author="Jeanne", now=NOW)


@pytest.mark.usefixtures("session")
def test_parts_go_with_a_postponed_sitting_and_come_back_with_it() -> None:
    number = planned()

    change(number, action=EventAction.POSTPONE, days=7)
    assert hours(number) == ["09/11 09:30", None, "09/11 10:45"]
    change(number, action=EventAction.POSTPONE, day=date(2027, 11, 16), at=time(13))
    assert hours(number) == ["16/11 13:30", None, "16/11 14:45"]
    change(number, action=EventAction.REINSTATE)
    assert hours(number) == ["02/11 09:30", None, "02/11 10:45"]


@pytest.mark.usefixtures("session")
def test_parts_wait_with_a_date_to_be_confirmed() -> None:
    number = planned()
    change(number, action=EventAction.POSTPONE, days=7, at=time(13))
    change(number, action=EventAction.POSTPONE)
    change(number, action=EventAction.POSTPONE, day=date(2027, 12, 1), at=time(8))

    assert hours(number) == ["01/12 08:30", None, "01/12 09:45"]


@pytest.mark.usefixtures("session")
def test_undoing_takes_parts_back() -> None:
    number = planned()
    (event,) = changes.list_locked([number])
    standing = changes.standing_of(event)
    change(number, action=EventAction.POSTPONE, days=7, at=time(14))
    (event,) = changes.list_locked([number])
    changes.restore(event, standing, now=NOW)
    db.session.flush()

    assert hours(number) == ["02/11 09:30", None, "02/11 10:45"]


@pytest.mark.usefixtures("session")
def test_the_same_hours_on_other_clocks() -> None:
    """In the Basse-Côte-Nord, where it is another instant."""
    number = planned(DAY_J)
    before = [
        item.starts_at
        for item in db.session.scalars(sa.select(ProgrammeItem).order_by(ProgrammeItem.id)).all()
    ]
    change(number, action=EventAction.MOVE, geo_code="98012", place="Aréna")
    after = [
        item.starts_at
        for item in db.session.scalars(sa.select(ProgrammeItem).order_by(ProgrammeItem.id)).all()
    ]

    assert hours(number) == ["15/11 09:30", None, "15/11 10:45"]
    assert [(one - other).total_seconds() for one, other in zip(before, after, strict=True) if one] == [
        3600,
        3600,
    ]


@pytest.mark.usefixtures("session")
def test_parts_follow_the_pages_of_the_programme_and_not_a_mere_title() -> None:
    number = planned()
    event = planning.get_event(number, locked=True)
    plan = SittingPlan(title="Matinée", day=BEFORE_CHANGE, starts=time(9), ends=time(12))
    planning.change_sitting(event, event.sessions[0], plan, now=NOW)
    assert hours(number) == ["02/11 09:30", None, "02/11 10:45"]

    event = planning.get_event(number, locked=True)
    plan = SittingPlan(day=AFTER_CHANGE, starts=time(10), ends=time(12))
    planning.change_sitting(event, event.sessions[0], plan, now=NOW)
    assert hours(number) == ["09/11 10:30", None, "09/11 11:45"]
