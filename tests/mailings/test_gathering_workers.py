"""Reminders written by several workers, by one that is killed, and the thanks of the day after."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Barrier, Event

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock, jobs
from campaign.checkin import afterwards
from campaign.checkin.models import Attendance
from campaign.config import Settings
from campaign.db import db, transaction
from campaign.mailings import gatherings
from campaign.mailings.models import GatheringReminder, GatheringRound, ReminderKind
from campaign.outbox.models import Message
from campaign.registrations import queries
from campaign.registrations.models import Attendee, Survey
from tests.mailings.test_gatherings import ON_MONTH, ON_WEEK, SUMMER
from tests.registrations import world
from tests.registrations.world import person, register
from tests.workers import Order, nursery

pytestmark = pytest.mark.usefixtures("directory")

PEOPLE = 60
"""More than two chunks."""

PATIENCE = 60


@pytest.fixture
def event_id(app: Flask) -> int:
    """A gathering to which sixty people come."""
    with app.app_context(), transaction():
        rules = world.gathering(PEOPLE)
        for number in range(0, PEOPLE, 6):
            register(
                rules,
                *(person(f"P{number + n}", organization="") for n in range(6)),
                now=SUMMER,
            )
        return rules.event_id


def plan(app: Flask, now: datetime) -> int:
    """One tick; gives how many reminders it wrote."""
    counts = jobs.Counts()
    with clock.pretend(now):
        jobs.Worker(app).plan(counts)
    return counts.reminded


def letters(app: Flask, template: str = "gathering_reminder") -> Counter[str]:
    with app.app_context():
        return Counter(db.session.scalars(sa.select(Message.to_email).where(Message.template == template)))


def everybody() -> Counter[str]:
    return Counter(f"p{number}@exemple.quebec" for number in range(PEOPLE))


def test_two_workers_at_once_write_once_to_each_person(app: Flask, event_id: int) -> None:
    barrier = Barrier(2)

    def work(_number: int) -> int:
        barrier.wait()
        return plan(app, ON_MONTH)

    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(work, range(2)))
    plan(app, ON_MONTH)

    assert sum(written) == PEOPLE
    assert letters(app) == everybody()


def test_two_chunks_at_the_same_instant_are_told_apart(app: Flask, event_id: int) -> None:
    """On PostgreSQL the second leaves the event to the first; on SQLite it waits for its turn."""
    with app.app_context():
        (due,) = gatherings.list_due(ON_MONTH)
    barrier = Barrier(2)

    def chunk(_number: int) -> int:
        with app.app_context():
            barrier.wait()
            with transaction():
                return gatherings.advance(due, now=ON_MONTH).letters

    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(chunk, range(2)))

    assert sum(letters(app).values()) == sum(written)
    assert set(letters(app).values()) == {1}


def test_a_worker_killed_in_the_middle_leaves_nobody_out_and_writes_to_nobody_twice(
    app: Flask, settings: Settings, event_id: int, tmp_path: Path
) -> None:
    with nursery(settings, tmp_path / "workers.log") as workers:
        first = workers.start(Order(now=ON_MONTH))
        told = _wait_for_the_first(app)
        workers.kill(first)
        assert workers.wait(workers.start(Order(now=ON_MONTH + timedelta(hours=1)))) == 0

    assert told > 0
    assert letters(app) == everybody()
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(GatheringReminder)) == PEOPLE


def _wait_for_the_first(app: Flask) -> int:
    pause = Event()
    for _attempt in range(PATIENCE * 100):
        with app.app_context():
            told = db.session.scalar(sa.select(sa.func.count()).select_from(GatheringReminder)) or 0
            db.session.rollback()
        if told:
            return told
        pause.wait(0.01)
    return 0


def test_what_is_wrong_with_one_gathering_stops_no_other(
    app: Flask, event_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context(), transaction():
        other = world.gathering(5)
        register(other, person("Autre"), now=SUMMER)
    honest = gatherings.advance

    def advance(due: gatherings.Due, *, now: datetime) -> gatherings.Progress:
        if due.event_id == event_id:
            raise ValueError("a template that cannot be written")
        return honest(due, now=now)

    monkeypatch.setattr(gatherings, "advance", advance)

    assert plan(app, ON_MONTH) == 1
    assert letters(app) == Counter(["autre@exemple.quebec"])


def test_a_round_that_is_over_is_closed(app: Flask, event_id: int) -> None:
    plan(app, ON_WEEK)

    with app.app_context():
        closed = db.session.execute(
            sa.select(GatheringRound.kind, GatheringRound.day_on, GatheringRound.was_off)
        ).all()
        assert {tuple(row) for row in closed} == {
            (kind, date(2027, 10, 13), False)
            for kind in (ReminderKind.MONTH, ReminderKind.FORTNIGHT, ReminderKind.WEEK)
        }
        assert gatherings.list_due(ON_WEEK) == []


# --- the day after ----------------------------------------------------------------------------------------

AFTER = datetime(2027, 10, 14, 13, tzinfo=UTC)
"""9 h there, the day after the gathering."""


def come(app: Flask, event_id: int, count: int) -> None:
    """The first of them were at the gathering."""
    with app.app_context(), transaction():
        (sitting,) = queries.get_event(event_id).sessions
        people = db.session.scalars(sa.select(Attendee.id).order_by(Attendee.id).limit(count)).all()
        db.session.add_all(
            Attendance(attendee_id=number, session_id=sitting.id, admitted_at=AFTER - timedelta(days=1))
            for number in people
        )


def thank(app: Flask, now: datetime) -> int:
    counts = jobs.Counts()
    with clock.pretend(now):
        jobs.Worker(app).thank(counts)
    return counts.reminded


def test_whoever_came_is_thanked_once_at_nine_the_day_after(app: Flask, event_id: int) -> None:
    come(app, event_id, 2)

    counts = [thank(app, AFTER + timedelta(minutes=n)) for n in (-1, 0, 1)]

    assert counts == [0, 2, 0]
    assert letters(app, "gathering_survey") == Counter(["p0@exemple.quebec", "p1@exemple.quebec"])


def test_thanks_of_a_worker_killed_in_the_middle_reach_everybody_once(
    app: Flask, settings: Settings, event_id: int, tmp_path: Path
) -> None:
    come(app, event_id, PEOPLE)

    with nursery(settings, tmp_path / "workers.log") as workers:
        first = workers.start(Order(now=AFTER))
        told = _wait_for_thanks(app)
        workers.kill(first)
        assert workers.wait(workers.start(Order(now=AFTER + timedelta(hours=1)))) == 0

    assert told in (afterwards.AT_ONCE, PEOPLE)  # batches are whole
    assert letters(app, "gathering_survey") == everybody()
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Survey)) == PEOPLE


def _wait_for_thanks(app: Flask) -> int:
    pause = Event()
    for _attempt in range(PATIENCE * 100):
        told = sum(letters(app, "gathering_survey").values())
        if told:
            return told
        pause.wait(0.01)
    return 0


def test_thanks_of_two_workers_at_once_reach_everybody_once(app: Flask, event_id: int) -> None:
    come(app, event_id, PEOPLE)
    barrier = Barrier(2)

    def work(_number: int) -> int:
        barrier.wait()
        return thank(app, AFTER)

    with ThreadPoolExecutor(2) as pool:
        written = list(pool.map(work, range(2)))

    assert sum(written) == PEOPLE
    assert letters(app, "gathering_survey") == everybody()


def test_what_is_wrong_with_the_thanks_of_one_gathering_stops_no_other(
    app: Flask, event_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    come(app, event_id, 1)
    with app.app_context(), transaction():
        other = world.gathering(5)
        register(other, person("Autre"), now=SUMMER)
        (sitting,) = queries.get_event(other.event_id).sessions
        number = db.session.scalars(sa.select(Attendee.id).where(Attendee.event_id == other.event_id)).one()
        db.session.add(
            Attendance(attendee_id=number, session_id=sitting.id, admitted_at=AFTER - timedelta(days=1))
        )
    honest = gatherings.thank

    def failing(gathering_id: int, *, after: int = 0, now: datetime) -> afterwards.Progress:
        if gathering_id == event_id:
            raise ValueError("a letter that cannot be written")
        return honest(gathering_id, after=after, now=now)

    monkeypatch.setattr(gatherings, "thank", failing)

    assert thank(app, AFTER) == 1
    assert letters(app, "gathering_survey") == Counter(["autre@exemple.quebec"])


def test_thanks_that_the_team_switched_off_do_not_leave(app: Flask, event_id: int) -> None:
    come(app, event_id, 2)
    with app.app_context(), transaction():
        gatherings.silence(event_id, ReminderKind.THANKS, author="Jeanne", now=SUMMER)

    assert thank(app, AFTER) == 0


def test_whoever_is_noted_present_later_is_thanked_then(app: Flask, event_id: int) -> None:
    thank(app, AFTER)
    come(app, event_id, 1)

    assert thank(app, AFTER + timedelta(days=3)) == 1
