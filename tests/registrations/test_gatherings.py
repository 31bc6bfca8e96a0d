"""What each process keeps of a gathering is never older than what another process has written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.app import create_app
from campaign.campaigns.models import Organization
from campaign.config import Settings
from campaign.db import db, transaction
from campaign.errors import NotFound
from campaign.events import services
from campaign.events.models import Cohort, Event, EventDetails, EventKind, Opening
from campaign.registrations import capacity, queries
from campaign.registrations.gatherings import Gathering, get_gathering, get_to_register
from campaign.registrations.models import (
    Attendee,
    Question,
    QuestionKind,
    Registration,
    RegistrationState,
)
from campaign.territory.models import Territory
from tests import builders
from tests.builders import NOW
from tests.pages import Client
from tests.queries import count_queries
from tests.registrations import world

pytestmark = pytest.mark.usefixtures("directory")


@pytest.fixture
def other(settings: Settings, app: Flask) -> Iterator[Flask]:
    """Another process of the same server: it has a memory of its own."""
    made = create_app(settings)
    yield made
    with made.app_context():
        db.engine.dispose()


def opened(app: Flask, seats: int | None = 50, **rules: object) -> int:
    with app.app_context(), transaction():
        return world.gathering(seats, **rules).event_id


def remembered(app: Flask, event_id: int) -> Gathering:
    with app.app_context():
        return get_gathering(event_id)


def test_what_has_not_changed_costs_one_small_statement(app: Flask) -> None:
    event_id = opened(app)
    known = remembered(app, event_id)

    with count_queries(app) as said:
        again = remembered(app, event_id)

    assert again is known
    assert len(said) == 1


def rename(event: Event) -> None:
    event.title = "Autre titre"


def move(event: Event) -> None:
    event.sessions[0].place = "Salle B"


def question_of(event: Event) -> Question:
    return Question(event_id=event.id, kind=QuestionKind.TEXT, label="Venez-vous à vélo?", options=[])


CHANGES: dict[str, Callable[[Event], None]] = {
    "the event": rename,
    "a sitting": move,
    "the rules": lambda event: setattr(queries.get_rules(event.id), "party_max", 2),
    "a question": lambda event: db.session.add(question_of(event)),
    "a group": lambda event: db.session.add(Cohort(event_id=event.id, name="Groupe 1")),
    "the details": lambda event: setattr(event.details, "online_url", "https://visio.exemple.quebec/1"),
    "the edition": lambda event: setattr(event.edition, "theme", "Jouer dehors"),
    "the organization": lambda event: db.session.add(Organization(name="Collectif")),
    "its municipality": lambda event: setattr(event.territory, "name", "Autre nom"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
@pytest.mark.parametrize("is_private", [False, True], ids=["public", "private"])
def test_what_another_process_changes_is_read_again(
    app: Flask, other: Flask, change: Callable[[Event], None], is_private: bool
) -> None:
    event_id = opened(app)
    with app.app_context(), transaction() as session:
        event = queries.get_event(event_id)
        event.is_published, event.is_private = not is_private, is_private
        event.territory_id = session.scalars(sa.select(Territory.id).limit(1)).one()
        event.details = event.details or EventDetails(event_id=event_id)
    known = remembered(app, event_id)

    with other.app_context(), transaction():
        change(queries.get_event(event_id))

    assert remembered(app, event_id) is not known


def planned_ceremony() -> Event:
    event = services.plan(
        kind=EventKind.FLAG_RAISING,
        edition_id=builders.edition().id,
        territory_id=builders.territory().id,
        title="Lever du drapeau",
        slug="lever-du-drapeau",
        when=services.When(day=builders.DAY_J, at=time(10)),
        place="Quai",
        zone="America/Toronto",
        opening=Opening.PUBLIC,
        now=NOW,
    )
    db.session.flush()
    return event


def test_a_flag_raising_leaves_them_as_they_are(app: Flask) -> None:
    event_id = opened(app)
    with app.app_context(), transaction():
        ceremony_id = planned_ceremony().id
    known = remembered(app, event_id)

    with app.app_context(), transaction():
        ceremony = queries.get_event(ceremony_id)
        ceremony.title, ceremony.sessions[0].place = "Autre titre", "Salle B"

    assert remembered(app, event_id) is known


def test_a_transaction_sees_what_it_changes_and_keeps_it_for_nobody(app: Flask) -> None:
    event_id = opened(app)
    known = remembered(app, event_id)

    with app.app_context(), pytest.raises(LookupError), transaction():  # noqa: PT012 - what is rolled back
        rename(queries.get_event(event_id))
        db.session.flush()
        seen = get_gathering(event_id).event.title
        raise LookupError

    assert seen == "Autre titre"
    assert remembered(app, event_id) is known


def test_a_form_drawn_before_a_change_gives_no_seat_after_it(
    app: Flask, other: Flask, client: Client
) -> None:
    """The other process closes registration between the form and its sending."""
    event_id = opened(app)
    page = client.visit(f"/evenements/{remembered(app, event_id).event.slug}/inscription")

    with other.app_context(), transaction():
        queries.get_rules(event_id).closes_at = clock.now() - timedelta(days=1)
    refused = client.submit(page, status=409, **RENEE)

    assert "Les inscriptions sont closes." in refused.text
    assert count(app) == 0


def test_a_limit_that_another_process_lowers_is_never_passed(
    app: Flask, other: Flask, client: Client
) -> None:
    event_id = opened(app, seats=50)
    page = client.visit(f"/evenements/{remembered(app, event_id).event.slug}/inscription")

    with other.app_context(), transaction():
        capacity.set_limits(queries.get_event(event_id), queries.get_rules(event_id), capacity=0)
    client.submit(page, **RENEE)

    assert states(app) == [RegistrationState.WAITING]


def test_a_question_that_another_process_adds_is_asked_at_once(
    app: Flask, other: Flask, client: Client
) -> None:
    event_id = opened(app)
    address = f"/evenements/{remembered(app, event_id).event.slug}/inscription"
    before = client.visit(address)

    with other.app_context(), transaction() as session:
        asked = question_of(queries.get_event(event_id))
        asked.is_required = True
        session.add(asked)
    refused = client.submit(before, status=422, **RENEE)

    assert "Répondez à la question" in refused.text
    assert "Venez-vous à vélo?" in client.visit(address).text
    assert count(app) == 0


def test_what_becomes_private_is_found_by_nobody(app: Flask, other: Flask) -> None:
    event_id = opened(app)
    with app.app_context():
        slug = get_gathering(event_id).event.slug
        assert get_to_register(slug).event.id == event_id

    with other.app_context(), transaction():
        event = queries.get_event(event_id)
        event.is_published, event.is_private = False, True

    with app.app_context():
        with pytest.raises(NotFound):
            get_to_register(slug)
        assert get_to_register(slug, invited_to=event_id).event.id == event_id


RENEE = {
    "people-0-first_name": "Renée",
    "people-0-last_name": "Côté",
    "people-0-email": "renee@exemple.quebec",
}


def states(app: Flask) -> list[RegistrationState]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Registration.state)))


def count(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Attendee)) or 0
