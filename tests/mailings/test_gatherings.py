"""What people registered to a gathering receive before and after each sitting, and what stops it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock, jobs
from campaign.db import db, transaction
from campaign.events.content import Sitting
from campaign.events.models import EventKind
from campaign.mailings.models import ReminderKind
from campaign.outbox.models import Message, MessageState
from campaign.registrations.models import Attendee, RegistrationRules
from tests.events.activities import content, publish
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("directory")

EASTERN, ISLANDS = "America/Toronto", "America/Halifax"
MONTH, FORTNIGHT, WEEK, EVE, MORNING, THANKS = ReminderKind

AUTUMN = datetime(2021, 10, 4, 14, tzinfo=UTC)


def eastern(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return clock.to_utc(date(year, month, day), time(hour, minute), EASTERN)


TRAINING = {
    "groupe1@exemple.quebec": [
        ("2021-11-15 14:00Z", "Dans 30 jours"),
        ("2021-12-01 14:00Z", "Dans 14 jours"),
        ("2021-12-08 14:00Z", "Dans 7 jours"),
        ("2021-12-13 14:00Z", "Dans 2 jours"),
        ("2022-01-17 14:00Z", "Dans 30 jours"),
        ("2022-02-02 14:00Z", "Dans 14 jours"),
        ("2022-02-09 14:00Z", "Dans 7 jours"),
        ("2022-02-14 14:00Z", "Dans 2 jours"),
    ],
    "groupe2@exemple.quebec": [
        ("2021-11-22 14:00Z", "Dans 30 jours"),
        ("2021-12-08 14:00Z", "Dans 14 jours"),
        ("2021-12-15 14:00Z", "Dans 7 jours"),
        ("2021-12-20 14:00Z", "Dans 2 jours"),
        ("2022-02-21 14:00Z", "Dans 30 jours"),
        ("2022-03-09 14:00Z", "Dans 14 jours"),
        # The clocks went forward on 13 March: 9 h is an hour earlier in universal time.
        ("2022-03-16 13:00Z", "Dans 7 jours"),
        ("2022-03-21 13:00Z", "Dans 2 jours"),
    ],
}
"""The training of 2021-22, by hand: Groupe 1 on 15 December and 16 February, Groupe 2 on 22 December and 23
March, at 9 h. No date of the other group."""


def tick(app: Flask, now: datetime) -> int:
    """What the worker does every thirty seconds; gives how many reminders it wrote."""
    counts = jobs.Counts()
    with clock.pretend(now):
        jobs.Worker(app).plan(counts)
    return counts.reminded


@contextmanager
def writing(app: Flask) -> Iterator[None]:
    with app.app_context(), transaction():
        yield


def written(app: Flask) -> list[tuple[str, str, str]]:
    """To whom, when, and the words before the title, in the order of writing."""
    with app.app_context():
        return [
            (message.to_email, f"{message.not_before:%Y-%m-%d %H:%MZ}", start_of(message.subject))
            for message in reminders()
        ]


def reminders() -> list[Message]:
    kept = sa.select(Message).where(Message.template == "gathering_reminder").order_by(Message.id)
    return list(db.session.scalars(kept))


def start_of(subject: str) -> str:
    return subject.replace("\u00a0", " ").partition(" : ")[0]


def subjects(app: Flask) -> list[str]:
    return [start for _to, _when, start in written(app)]


def deliver(app: Flask) -> None:
    """All that waits has left."""
    with writing(app):
        db.session.execute(
            sa.update(Message).where(Message.state == MessageState.QUEUED).values(state=MessageState.SENT)
        )


def gathering(day: date = date(2027, 10, 13), *, zone_of: str = "", **changes: object) -> RegistrationRules:
    """A gathering from 9 h to noon."""
    told = content(
        title="Rassemblement régional",
        kind=EventKind.GATHERING,
        sittings=(Sitting(day=day, starts=time(9), ends=time(12)),),
    )
    event = publish(replace(told, **changes))  # type: ignore[arg-type]  # names of its fields
    return world.open_to(event, 50)


def travel(app: Flask, first: date, last: date) -> None:
    """The worker at 8 h 59 and at 9 h of each day; what it writes leaves at once."""
    day = first
    while day <= last:
        for at in (time(8, 59), time(9)):
            tick(app, clock.to_utc(day, at, EASTERN))
            deliver(app)
        day += timedelta(days=1)


# --- the training in two groups ---------------------------------------------------------------------------


def test_each_group_is_reminded_of_its_own_two_dates(app: Flask) -> None:
    with writing(app):
        rules, groups = world.training()
        for group in groups:
            name = f"Groupe{group.position + 1}"
            register(rules, person(name, cohort_id=group.id), now=AUTUMN)

    travel(app, date(2021, 11, 10), date(2022, 3, 28))

    received: dict[str, list[tuple[str, str]]] = {}
    for to, at, words in written(app):
        received.setdefault(to, []).append((at, words))
    assert received == TRAINING


def test_the_letter_names_the_sitting_and_the_one_that_follows(app: Flask) -> None:
    with writing(app):
        rules, groups = world.training()
        rules.message = "Stationnement à l’arrière."
        register(rules, person("Manon", cohort_id=groups[0].id), now=AUTUMN)

    tick(app, eastern(2021, 12, 8))

    with app.app_context():
        letter = reminders()[0]
        attendee = db.session.scalars(sa.select(Attendee)).one()
        assert letter.subject == "Dans 7\u00a0jours\u00a0: Formation 0-5 ans"
        text = letter.text.replace("\u00a0", " ")
        first, _, rest = text.partition("Vos dates suivantes :")
        assert "15 décembre 2021" in first
        assert "Groupe 1" in first
        assert "9 h à 12 h" in first
        assert f"{attendee.short_code[:3]} {attendee.short_code[3:]}" in first
        assert "16 février 2022" in rest
        assert "Stationnement à l’arrière." in rest
        assert "/billet/" in first
        assert "/inscriptions/" in rest
        assert not [words for words in ("22 décembre", "23 mars", "Groupe 2") if words in text]
