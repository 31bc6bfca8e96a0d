"""The morning of a storm: two people of the team confirm the same changes at the same second."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.db import db, transaction
from campaign.events.content import Sitting
from campaign.events.models import Event, EventMove, Follower, Session
from campaign.outbox.models import Message
from tests import builders
from tests.events.activities import content, publish
from tests.serving import Person, serving, together

REPORTS = "/gestion/reports"
HOW_MANY = 4
ANA = "ana@exemple.quebec"


@pytest.fixture
def tomorrow() -> date:
    return clock.today(clock.now()) + timedelta(days=1)


@pytest.fixture
def host(app: Flask, directory: None, tomorrow: date) -> Iterator[str]:
    now = clock.now()
    with app.app_context(), transaction() as session:
        for number in range(HOW_MANY):
            told = content(
                title=f"Conte {number}", sittings=(Sitting(day=tomorrow, starts=time(10), ends=time(11)),)
            )
            event = publish(told, now=now)
            session.add_all(
                follower(event, email, now) for email in ("ana@exemple.quebec", f"{number}@ex.quebec")
            )
        builders.confirm(answers=builders.details(flag_on=tomorrow), now=now)
    with serving(app) as host:
        yield host


def follower(event: Event, email: str, now: datetime) -> Follower:
    token = f"{event.id} {email}"
    return Follower(event_id=event.id, email=email, token_hash=token, created_at=now, verified_at=now)


def signed_in(app: Flask, host: str, email: str) -> Person:
    with app.app_context(), transaction():
        user = accounts.save_user(email, Role.ORGANIZER, name="Dominique Roy", now=clock.now())
        address = accounts.sign_in_address(
            accounts.issue_link(user, life=timedelta(hours=1), now=clock.now())
        )
    person = Person(host)
    path = address.removeprefix("http://localhost")
    person.send(path, person.fill(path, "main form"))
    return person


def preview_of(person: Person, day: date) -> dict[str, object]:
    asked = f"region=02&since={day.isoformat()}&gesture=reporter-jours&days=1&reason=Neige&tell=1"
    return person.fill(f"{REPORTS}/apercu?{asked}", "main form")


def stored(app: Flask) -> tuple[set[date | None], int, list[str]]:
    with app.app_context():
        days = set(db.session.scalars(sa.select(Session.starts_on)))
        moves = db.session.scalar(sa.select(sa.func.count(EventMove.id))) or 0
        return days, moves, sorted(db.session.scalars(sa.select(Message.to_email)))


TOLD = [
    "0@ex.quebec",
    "1@ex.quebec",
    "2@ex.quebec",
    "3@ex.quebec",
    "ana@exemple.quebec",
    "manon@exemple.quebec",
]


def test_a_double_click_moves_once_and_tells_once(app: Flask, host: str, tomorrow: date) -> None:
    jeanne = signed_in(app, host, "jeanne@exemple.quebec")
    sheet = preview_of(jeanne, tomorrow)

    replies = together(*[partial(jeanne.send, REPORTS, sheet)] * 2)

    assert {(reply.status, reply.path) for reply in replies} == {(303, f"{REPORTS}/{sheet['lot'][0]}")}  # type: ignore[index]  # fields are lists
    assert stored(app) == ({tomorrow + timedelta(days=1)}, HOW_MANY + 1, TOLD)


def test_of_two_people_at_once_one_moves_it_and_everybody_is_told_once(
    app: Flask, host: str, tomorrow: date
) -> None:
    people = [signed_in(app, host, f"{name}@exemple.quebec") for name in ("jeanne", "luc")]
    sheets = [preview_of(person, tomorrow) for person in people]

    pairs = zip(people, sheets, strict=True)
    replies = together(*(partial(person.send, REPORTS, sheet) for person, sheet in pairs))

    assert [reply.status for reply in replies] == [303, 303]
    assert stored(app) == ({tomorrow + timedelta(days=1)}, HOW_MANY + 1, TOLD)


def test_a_town_that_postpones_by_its_own_link_meanwhile_is_left_as_it_said(
    app: Flask, host: str, tomorrow: date
) -> None:
    jeanne = signed_in(app, host, "jeanne@exemple.quebec")
    sheet = preview_of(jeanne, tomorrow)
    manon, link = Person(host), builders.personal_link(app)
    hers = manon.fill(link, "form:has([value=reporter])")
    day = (tomorrow + timedelta(days=5)).isoformat()
    hers |= {"reporter-flag_on": day, "reporter-flag_time": "14 h", "reporter-reason": "Verglas"}

    together(partial(jeanne.send, REPORTS, sheet), partial(manon.send, link, hers))

    with app.app_context():
        ceremony = sa.select(Session.starts_on).join(Event).where(Event.title.startswith("Lever"))
        assert db.session.scalar(ceremony) == tomorrow + timedelta(days=5)
