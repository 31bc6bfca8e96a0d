"""A thousand people, fifty seats, the same instant: exactly fifty are confirmed, the others wait in order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.db import db, transaction
from campaign.errors import Conflict
from campaign.outbox.models import Message
from campaign.registrations import capacity, queries, services
from campaign.registrations.models import Attendee, PoolKind, Registration, RegistrationState
from tests.builders import NOW
from tests.registrations import world
from tests.registrations.world import person

pytestmark = pytest.mark.usefixtures("directory")

HANDS = 16
PEOPLE = 1_000
SEATS = 50


def at_once(app: Flask, act: Callable[[int], None], times: int) -> None:
    """Call `act` for each number, by hands that begin together and never wait for each other after."""
    barrier = Barrier(HANDS)

    def hand(first: int) -> None:
        barrier.wait()
        for number in range(first, times, HANDS):
            with app.app_context():
                act(number)

    with ThreadPoolExecutor(HANDS) as hands:
        for done in [hands.submit(hand, first) for first in range(HANDS)]:
            done.result()


def opened(app: Flask, seats: int = SEATS) -> int:
    with app.app_context(), transaction():
        return world.gathering(seats).event_id


def register_one(event_id: int, number: int) -> None:
    with transaction():
        rules = queries.get_rules(event_id)
        one = person(f"P{number}", organization="")
        services.register(rules, world.answers(one), form_token=f"f{number}", now=NOW)


def test_exactly_as_many_are_confirmed_as_there_are_seats(app: Flask) -> None:
    event_id = opened(app)

    at_once(app, lambda number: register_one(event_id, number), PEOPLE)

    with app.app_context():
        rows = db.session.execute(
            sa.select(Registration.state, Registration.rank).order_by(Registration.rank)
        ).all()
        pool = capacity.list_pools(event_id)
    states = Counter(state for state, _rank in rows)
    assert states == {RegistrationState.CONFIRMED: SEATS, RegistrationState.WAITING: PEOPLE - SEATS}
    ranks = [rank for state, rank in rows if state is RegistrationState.WAITING]
    assert ranks == list(range(1, PEOPLE - SEATS + 1))
    assert {one.taken for one in pool if one.kind is PoolKind.EVENT} == {SEATS}


def test_without_the_lock_more_are_confirmed_than_there_are_seats(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the conditional statement guards from: look, then take."""
    event_id = opened(app, seats=10)
    barrier = Barrier(HANDS)
    monkeypatch.setattr(capacity, "take", lambda _rules, _demand: None)

    def careless(number: int) -> None:
        """One person of the sixteen: looks while the others do, as readers who do not wait may."""
        with db.engine.connect() as connection:
            seen = connection.scalar(
                sa.select(sa.func.count())
                .select_from(Registration)
                .where(Registration.state == RegistrationState.CONFIRMED)
            )
        barrier.wait()
        if (seen or 0) < 10:
            register_one(event_id, number)

    at_once(app, careless, HANDS)

    with app.app_context():
        confirmed = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Registration)
            .where(Registration.state == RegistrationState.CONFIRMED)
        )
    assert confirmed == HANDS


def test_seats_given_back_while_others_come_are_neither_lost_nor_given_twice(app: Flask) -> None:
    event_id = opened(app, seats=20)
    with app.app_context(), transaction():
        rules = queries.get_rules(event_id)
        first = [
            services.register(rules, world.answers(person(f"A{n}")), form_token=f"a{n}", now=NOW).id
            for n in range(20)
        ]

    def act(number: int) -> None:
        if number % 3:
            register_one(event_id, number)
        elif number // 3 < len(first):
            with transaction():
                registration = queries.get_registration(first[number // 3], to_change=True)
                services.cancel(registration, author=services.PERSON, now=NOW)

    at_once(app, act, 120)

    with app.app_context():
        held = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Registration)
            .where(Registration.state.in_(services.HOLDING))
        )
        whole = next(one for one in capacity.list_pools(event_id) if one.kind is PoolKind.EVENT)
    assert (held, whole.taken) == (20, 20)


def small_rooms(app: Flask) -> tuple[int, list[int]]:
    """Two groups of thirty seats, of which one sitting has ten only."""
    with app.app_context(), transaction():
        rules, groups = world.training(seats=30)
        event = queries.get_event(rules.event_id)
        for sitting, seats in zip(event.sessions, (25, 10, 10, 25), strict=True):
            sitting.capacity = seats
        capacity.set_limits(event, rules, capacity=None)
        return rules.event_id, [group.id for group in groups]


def join(event_id: int, number: int, cohort_id: int) -> None:
    with transaction():
        one = person(f"P{number}", organization="", cohort_id=cohort_id)
        services.register(queries.get_rules(event_id), world.answers(one), form_token=f"f{number}", now=NOW)


def change_group(number: int, cohort_id: int) -> None:
    """Of that person, who keeps their group when the other is full."""
    with transaction():
        form = services.find_by_form(f"f{number}")
        assert form is not None
        registration = queries.get_registration(form.id, to_change=True)
        rules = queries.get_rules(registration.event_id)
        with suppress(Conflict):
            services.choose(
                rules,
                registration,
                registration.attendees[0],
                cohort_id=cohort_id,
                session_ids=(),
                author=services.PERSON,
                now=NOW,
            )


def held_by_group(event_id: int) -> Counter[int | None]:
    return Counter(
        db.session.scalars(
            sa.select(Attendee.cohort_id)
            .join(Registration)
            .where(Registration.event_id == event_id, Registration.state.in_(services.HOLDING))
        )
    )


def test_a_group_gives_the_seats_of_its_smallest_sitting_and_no_more(app: Flask) -> None:
    """Forty people for each group at once, then some who cross from one to the other."""
    event_id, groups = small_rooms(app)
    at_once(app, lambda number: join(event_id, number, groups[number % 2]), 80)
    with app.app_context():
        filled = held_by_group(event_id)

    at_once(app, lambda number: change_group(number, groups[(number + 1) % 2]), 32)

    with app.app_context():
        pools = capacity.list_pools(event_id)
        held = held_by_group(event_id)
        taken = [one.taken for one in pools if one.kind is PoolKind.SESSION]
    first, second = (held[group] for group in groups)
    assert filled == {groups[0]: 10, groups[1]: 10}
    assert first <= 10 >= second
    assert taken == [first, first, second, second]


def test_without_its_sittings_a_group_is_oversold(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the row of the group guards from, by naming them."""
    monkeypatch.setattr(capacity, "_limited_sittings", lambda _event, _pool: [])
    event_id, groups = small_rooms(app)

    at_once(app, lambda number: join(event_id, number, groups[0]), 20)

    with app.app_context():
        assert held_by_group(event_id) == {groups[0]: 20}


def test_the_same_person_who_sends_sixteen_forms_at_once_has_one_seat(app: Flask) -> None:
    event_id = opened(app)

    def again(number: int) -> None:
        with transaction():
            form = world.answers(person("Luc", organization=""))
            services.register(queries.get_rules(event_id), form, form_token=f"f{number}", now=NOW)

    at_once(app, again, HANDS)

    with app.app_context():
        whole = next(one for one in capacity.list_pools(event_id) if one.kind is PoolKind.EVENT)
        letters = Counter(db.session.scalars(sa.select(Message.template)))
    assert whole.taken == 1
    assert letters == {"registration_confirmed": 1, "registration_already": 1}


def test_an_offer_that_two_processes_find_late_expires_once(app: Flask) -> None:
    event_id = opened(app, seats=1)
    with app.app_context(), transaction():
        rules = queries.get_rules(event_id)
        one, two, _three = (
            services.register(rules, world.answers(person(f"A{n}")), form_token=None, now=NOW)
            for n in range(3)
        )
        services.cancel(one, author=services.PERSON, now=NOW)
        late = two.offer_expires_at
    assert late is not None
    expired: list[int] = []

    def expire(_number: int) -> None:
        with transaction():
            expired.append(services.expire(now=late))

    at_once(app, expire, HANDS)

    assert sum(expired) == 1
    with app.app_context():
        states = db.session.scalars(sa.select(Registration.state).order_by(Registration.id)).all()
        assert states == [
            RegistrationState.CANCELLED,
            RegistrationState.EXPIRED,
            RegistrationState.OFFERED,
        ]


def test_the_same_button_pressed_everywhere_at_once_acts_once(app: Flask) -> None:
    with app.app_context(), transaction():
        rules = world.gathering(5, needs_verification=True)
        event_id, number = rules.event_id, world.register(rules).id

    def press(action: str) -> Counter[str]:
        def one(_number: int) -> None:
            with transaction():
                registration = queries.get_registration(number, to_change=True)
                if action == "confirmer":
                    services.verify(registration, queries.get_rules(event_id), now=NOW)
                else:
                    services.cancel(registration, author=services.PERSON, now=NOW)

        at_once(app, one, HANDS)
        with app.app_context():
            pools = capacity.list_pools(event_id)
            return Counter({one.kind: one.taken for one in pools if one.kind is PoolKind.EVENT})

    assert [press("confirmer"), press("annuler")] == [{PoolKind.EVENT: 1}, {PoolKind.EVENT: 0}]
