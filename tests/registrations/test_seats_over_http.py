"""The real form of a real server: two hundred people send it at the same instant for fifty seats."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.db import db, transaction
from campaign.events.models import Event
from campaign.registrations import capacity
from campaign.registrations.models import PoolKind, Registration, RegistrationState
from tests.registrations import world
from tests.serving import Person, Reply, serving, together

pytestmark = pytest.mark.usefixtures("directory")

PEOPLE, SEATS = 200, 50


def test_fifty_are_confirmed_and_the_others_wait_in_order(app: Flask) -> None:
    with app.app_context(), transaction():
        event_id = world.gathering(SEATS).event_id
        address = f"/evenements/{db.session.get_one(Event, event_id).slug}/inscription"

    with serving(app) as host:
        sheets = [_filled(host, address, number) for number in range(PEOPLE)]
        replies = together(*(partial(person.send, address, sheet) for person, sheet in sheets))

    assert Counter(reply.status for reply in replies) == {303: PEOPLE}
    assert {reply.path for reply in replies} == {f"{address}/merci"}
    with app.app_context():
        rows = db.session.execute(sa.select(Registration.state, Registration.rank)).all()
        taken = {pool.taken for pool in capacity.list_pools(event_id) if pool.kind is PoolKind.EVENT}
    states = Counter(state for state, _rank in rows)
    assert states == {RegistrationState.CONFIRMED: SEATS, RegistrationState.WAITING: PEOPLE - SEATS}
    ranks = sorted(rank for state, rank in rows if state is RegistrationState.WAITING)
    assert ranks == list(range(1, PEOPLE - SEATS + 1))
    assert taken == {SEATS}


def test_one_sheet_sent_five_times_at_once_is_one_registration(app: Flask) -> None:
    with app.app_context(), transaction():
        event_id = world.gathering(SEATS).event_id
        address = f"/evenements/{db.session.get_one(Event, event_id).slug}/inscription"

    with serving(app) as host:
        person, sheet = _filled(host, address, 1)
        replies: list[Reply] = together(*[partial(person.send, address, sheet)] * 5)

    assert {(reply.status, reply.path) for reply in replies} == {(303, replies[0].path)}
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Registration)) == 1


def _filled(host: str, address: str, number: int) -> tuple[Person, dict[str, object]]:
    person = Person(host)
    sheet = person.fill(
        address,
        **{
            "people-0-first_name": f"P{number}",
            "people-0-last_name": "Tremblay",
            "people-0-email": f"p{number}@exemple.quebec",
        },
    )
    return person, sheet
