"""What changes is told once to each person registered, with the calendar file of their own dates."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import Session

from campaign.db import db
from campaign.events import changes, following
from campaign.events.announcing import Post
from campaign.events.changes import Change
from campaign.events.models import Event, EventAction, Follower
from campaign.outbox.models import Attachment, Message
from campaign.registrations import queries
from campaign.registrations.models import Registration, RegistrationState
from tests.builders import NOW
from tests.registrations import world
from tests.registrations.world import person

pytestmark = pytest.mark.usefixtures("directory")


def change(event_id: int, **wanted: object) -> int:
    """Carry it out as the team does; gives how many letters are new."""
    (event,) = changes.list_locked([event_id])
    asked = Change(**wanted)  # type: ignore[arg-type]  # the words of a test
    around = changes.read_around([event], asked)
    seen = changes.preview(event, asked, now=NOW, around=around)
    done = changes.apply(event, asked, author="Jeanne", now=NOW, around=around)
    post = Post()
    post.announce(done, around, tells=asked.tell)
    assert seen.letters == len(post.items)
    return post.send(now=NOW)


def written(session: Session) -> dict[str, Message]:
    """The letters about the change, by address."""
    rows = session.scalars(sa.select(Message).where(Message.dedupe_key.startswith("change:")))
    return {message.to_email: message for message in rows}


def test_each_address_is_told_once_whatever_it_asked_for(session: Session) -> None:
    rules = world.gathering()
    registration = world.register(rules, person("Renée"), person("Luc"), person("Ève", email=""))
    event = queries.get_event(rules.event_id)
    following.follow(event, "renee@exemple.quebec", now=NOW)
    follower = session.scalars(sa.select(Follower)).one()
    follower.verified_at = NOW

    letters = change(event.id, action=EventAction.POSTPONE, day=date(2027, 10, 20), reason="Tempête")

    assert letters == 2
    told = written(session)
    assert set(told) == {"renee@exemple.quebec", "luc@exemple.quebec"}
    assert "/inscriptions/" in str(told["renee@exemple.quebec"].values)
    assert "/billet/" in str(told["luc@exemple.quebec"].values)
    assert registration.state is RegistrationState.CONFIRMED


def test_the_file_has_the_dates_of_the_person_alone(session: Session) -> None:
    rules, groups = world.training()
    event = queries.get_event(rules.event_id)
    for place, sitting in enumerate(event.sessions, 1):
        sitting.starts_on, sitting.starts_at, sitting.ends_at = date(2027, 12, place), None, None
    world.register(rules, person("Renée", cohort_id=groups[0].id))
    world.register(rules, person("Luc", cohort_id=groups[1].id))

    assert change(event.id, action=EventAction.CANCEL, sitting_ids=frozenset({event.sessions[3].id})) == 1
    assert set(written(session)) == {"luc@exemple.quebec"}
    (file,) = session.scalars(
        sa.select(Attachment.data).join(Message).where(Message.dedupe_key.startswith("change:"))
    )
    entries = Calendar.from_ical(file).walk("VEVENT")
    assert [(str(one["UID"]), str(one["STATUS"])) for one in entries] == [
        (event.sessions[3].uid, "CANCELLED")
    ]


def test_a_cancelled_event_is_told_to_all_and_takes_nobodys_seat(session: Session) -> None:
    rules = world.gathering(1)
    world.register(rules, person("Renée"))
    world.register(rules, person("Luc"))

    change(rules.event_id, action=EventAction.CANCEL, reason="Tempête")

    assert set(written(session)) == {"renee@exemple.quebec", "luc@exemple.quebec"}
    states = session.scalars(sa.select(Registration.state).order_by(Registration.id)).all()
    assert states == [RegistrationState.CONFIRMED, RegistrationState.WAITING]


def test_who_comes_to_a_private_event_is_told_without_an_address_that_opens_nothing(session: Session) -> None:
    rules = world.gathering()
    event = session.get_one(Event, rules.event_id)
    event.is_published, event.is_private = False, True
    world.register(rules, person("Renée"))

    change(event.id, action=EventAction.MOVE, place="Hôtel de ville")

    (message,) = written(session).values()
    assert event.slug not in message.text + str(message.values)
    assert "/inscriptions/" in str(message.values)


def test_a_change_that_is_not_to_be_told_is_told_to_nobody(session: Session) -> None:
    rules = world.gathering()
    world.register(rules, person("Renée"))

    assert change(rules.event_id, action=EventAction.MOVE, place="Hôtel de ville", tell=False) == 0
    assert written(session) == {}


def test_who_left_is_told_nothing_more(app: Flask, session: Session) -> None:
    rules = world.gathering()
    registration = queries.get_registration(world.register(rules, person("Renée")).id)
    registration.state = RegistrationState.CANCELLED
    db.session.flush()

    assert change(rules.event_id, action=EventAction.MOVE, place="Hôtel de ville") == 0
