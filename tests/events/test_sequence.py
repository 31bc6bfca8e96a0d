"""The sequence of an event: it grows with what calendars say, even when nobody thought of it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from campaign.events.models import Event
from tests import builders
from tests.lasting import database as database


def ceremony() -> Event:
    event = builders.confirm().event
    assert event is not None
    return event


def test_a_change_made_without_the_services_grows_it_once(session: Session) -> None:
    event = ceremony()
    before = event.sequence

    event.title, event.description = "Grand lever du drapeau", "Avec la fanfare"
    session.flush()

    assert event.sequence == before + 1


@pytest.mark.parametrize("name", ["starts_at", "ends_at"])
def test_moving_its_sitting_alone_grows_it_too(session: Session, name: str) -> None:
    event = ceremony()
    before = event.sequence

    setattr(event.sessions[0], name, datetime(2027, 11, 16, 18, tzinfo=UTC))
    session.flush()

    assert event.sequence == before + 1


def test_what_calendars_do_not_say_leaves_it(session: Session) -> None:
    event = ceremony()
    before = event.sequence

    event.is_published = not event.is_published
    event.title = str(event.title)
    session.flush()

    assert event.sequence == before
