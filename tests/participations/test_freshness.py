"""Kept public pages grow old when, and only when, what the public sees changes."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.db import db, public_revision, transaction
from campaign.events.models import Event
from campaign.events.services import When
from campaign.participations import links, services, states
from campaign.participations.models import (
    HIDDEN,
    PRIVATE,
    KitState,
    Mode,
    Participation,
    ParticipationMove,
    ResolutionState,
    State,
)
from campaign.participations.services import MUNICIPALITY_BY_LINK
from campaign.web import responses
from tests import builders
from tests.builders import DAY_J, HEBERTVILLE, MANON, NOW, TEAM, edition, territory
from tests.pages import Client

LATER = NOW + timedelta(days=3)
PAGES = (
    "/",
    "/municipalites",
    "/municipalites?etat=toutes",
    "/municipalites?etat=drapeau-hisse",
    "/municipalites?region=02",
    f"/municipalites/{HEBERTVILLE}",
    "/calendrier.ics",
)

Act = Callable[[Participation], object]


@pytest.fixture(autouse=True)
def _one_instant() -> Iterator[None]:
    """So that pages differ by what changed, not by their hour."""
    with clock.pretend(NOW):
        yield


def by(act: Callable[..., object], **told: Any) -> Act:
    return lambda participation: act(participation, author=TEAM, now=LATER, **told)


def register(**options: Any) -> Act:
    return lambda _: builders.register(**options)


def revise(**answers: Any) -> Act:
    return by(services.revise, details=builders.details(**answers))


def decline(_: Participation) -> None:
    services.decline(edition(), territory(), author=MUNICIPALITY_BY_LINK, now=LATER, reason="")


def issue_link(_: Participation) -> None:
    links.issue(edition(), territory(), now=NOW)


def rename_contact(participation: Participation) -> None:
    assert participation.contact is not None
    participation.contact.last_name = "Gagnon"


def withdraw_the_resolution(participation: Participation) -> None:
    services.set_resolution(participation, ResolutionState.NONE, on=None, number="", author=TEAM, now=LATER)


ADOPTED = {"on": DAY_J, "number": "27-11"}
POSTPONED = {"when": When(day=DAY_J + timedelta(days=1), at=None), "reason": "Tempête"}
CONFIRM = by(services.confirm)

HISTORIES: dict[str, list[tuple[Act, bool]]] = {
    "registered, changed, confirmed": [
        (register(), False),
        (issue_link, False),
        (revise(place="Parc"), False),
        (rename_contact, False),
        (CONFIRM, True),
        (rename_contact, False),
        (by(services.set_kit, state=KitState.REQUESTED), False),
        (revise(place="Parc", contact=MANON), False),
        (revise(place="Aréna"), True),
    ],
    "to be checked": [
        (register(needs_review=True), False),
        (CONFIRM, False),
        (revise(place="Parc"), False),
        (by(services.approve), True),
    ],
    "the ceremony": [
        (register(), False),
        (CONFIRM, True),
        (by(services.postpone, **POSTPONED), True),
        (by(services.move_indoors, place="Aréna", reason="Pluie"), True),
        (by(services.cancel, reason="Deuil"), True),
        (by(services.reinstate), True),
        (by(services.mark_held), True),
    ],
    "the resolution": [
        (register(), False),
        (CONFIRM, True),
        (by(services.set_resolution, state=ResolutionState.ADOPTED, **ADOPTED), True),
        (withdraw_the_resolution, True),
    ],
    "called off, then a fresh form": [
        (register(), False),
        (CONFIRM, True),
        (by(services.cancel, reason="Deuil"), True),
        (register(now=LATER), True),
        (CONFIRM, True),
    ],
    "declined": [(decline, False), (register(), False), (CONFIRM, True)],
}


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_pages_are_drawn_again_when_the_public_sees_a_change(
    app: Flask, client: Client, history: list[tuple[Act, bool]]
) -> None:
    builders.open_edition(app)
    grew = []
    for act, _ in history:
        shown = pages(app, client)
        before = revision(app)
        with app.app_context(), transaction():
            participation = services.find_participation(edition().id, territory().id)
            act(participation)  # type: ignore[arg-type]  # the first act of a history needs none
        grew.append(revision(app) > before)
        kept = pages(app, client)
        forget(app)
        assert kept == pages(app, client)
        assert grew[-1] or kept == shown

    assert grew == [is_seen for _, is_seen in history]


def test_what_is_deleted_is_missed_if_it_counted(app: Flask, directory: None) -> None:
    with app.app_context(), transaction():
        builders.confirm(answers=builders.details(modes=(Mode.DISPLAY,)))
    before = revision(app)
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(ParticipationMove))
        session.delete(session.scalars(sa.select(Participation)).one())

    assert revision(app) > before


def test_an_event_that_is_not_published_is_not_seen(app: Flask, directory: None) -> None:
    with app.app_context(), transaction():
        builders.register()
    before = revision(app)
    with app.app_context(), transaction() as session:
        hidden = session.scalars(sa.select(Event)).one()
        hidden.place = "Parc"
    unseen = revision(app)
    with app.app_context(), transaction() as session:
        session.scalars(sa.select(Event)).one().is_published = True

    assert before == unseen < revision(app)


def test_each_state_is_counted_hidden_or_called_off() -> None:
    assert HIDDEN | states.COUNTED | {State.CANCELLED} == set(State)
    assert not HIDDEN & states.COUNTED


def test_private_answers_are_answers() -> None:
    assert set(sa.inspect(Participation).attrs.keys()) >= PRIVATE


def revision(app: Flask) -> int:
    with app.app_context():
        return public_revision()


def pages(app: Flask, client: Client) -> list[bytes]:
    with app.app_context():
        slugs = db.session.scalars(sa.select(Event.slug).where(Event.is_published)).all()
    return [client.get(page).data for page in (*PAGES, *(f"/evenements/{slug}" for slug in slugs))]


def forget(app: Flask) -> None:
    """Nothing that was kept is of any use."""
    responses.init_app(app)
    app.extensions["public_materials"].clear()
