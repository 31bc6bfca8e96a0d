"""The ceremony is postponed, moved indoors, held: what each does, records and refuses."""

from contextlib import nullcontext
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from campaign.errors import Conflict
from campaign.events.models import EventState
from campaign.events.services import When
from campaign.participations import services
from campaign.participations.models import Channel, State, Track
from campaign.participations.services import MUNICIPALITY_BY_LINK, Author
from tests import builders
from tests.builders import DAY_J, NOW, TEAM
from tests.lasting import database as database
from tests.participations.record import LATER, moves

STORM = "Tempête annoncée"

pytestmark = pytest.mark.usefixtures("session")


def test_a_postponed_ceremony_still_counts_and_remembers_its_first_day() -> None:
    participation = builders.confirm()
    event = participation.event
    assert event is not None
    sequence = event.sequence

    services.postpone(
        participation,
        when=When(day=date(2027, 11, 17), at=time(13, 30)),
        reason=STORM,
        author=MUNICIPALITY_BY_LINK,
        now=LATER,
    )

    assert (event.state, event.state_reason, event.sequence) == (EventState.POSTPONED, STORM, sequence + 1)
    assert event.postponed_from_at == datetime(2027, 11, 15, 15, tzinfo=UTC)
    assert event.sessions[0].starts_at == datetime(2027, 11, 17, 18, 30, tzinfo=UTC)
    assert moves(participation, Track.CEREMONY)[-1] == (
        Track.CEREMONY, "planifiee", "reportee", MUNICIPALITY_BY_LINK.name, Channel.LINK, STORM, LATER,
    )  # fmt: skip


def test_the_same_postponement_sent_twice_is_one() -> None:
    participation = builders.confirm()
    when = When(day=date(2027, 11, 17), at=time(10))
    for instant in (NOW, LATER):
        services.postpone(participation, when=when, reason=STORM, author=MUNICIPALITY_BY_LINK, now=instant)

    assert participation.event is not None
    assert (participation.event.updated_at, len(moves(participation, Track.CEREMONY))) == (NOW, 2)


@pytest.mark.parametrize(
    ("day", "author", "is_taken"),
    [
        (date(2027, 8, 31), MUNICIPALITY_BY_LINK, False),
        (date(2027, 8, 31), TEAM, True),
        (date(2027, 9, 1), MUNICIPALITY_BY_LINK, True),
        (date(2020, 1, 1), TEAM, False),
        (date(2072, 11, 17), MUNICIPALITY_BY_LINK, False),
    ],
    ids=["past", "noted-by-the-team", "today", "another-edition", "mistyped-year"],
)
def test_a_ceremony_is_postponed_to_a_day_of_its_edition_to_come(
    day: date, author: Author, is_taken: bool
) -> None:
    participation = builders.confirm()
    assert participation.event is not None
    when = When(day=day, at=time(10))

    with nullcontext() if is_taken else pytest.raises(Conflict):
        services.postpone(participation, when=when, reason="", author=author, now=NOW)

    assert (participation.event.sessions[0].starts_on == day) is is_taken


def test_indoors_keeps_day_and_hour() -> None:
    participation = builders.confirm()
    assert participation.event is not None

    services.move_indoors(participation, place="Aréna", reason=STORM, author=MUNICIPALITY_BY_LINK, now=LATER)

    event = participation.event
    assert (event.place, event.is_indoors, event.state) == ("Aréna", True, EventState.PLANNED)
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 15, tzinfo=UTC)
    assert moves(participation, Track.CEREMONY)[-1][2] == "a_l_interieur"


@pytest.mark.parametrize("act", ["postpone", "move_indoors"])
def test_a_cancelled_ceremony_is_neither_postponed_nor_moved(act: str) -> None:
    participation = builders.confirm()
    services.cancel(participation, reason="Deuil", author=MUNICIPALITY_BY_LINK, now=NOW)
    told: dict[str, Any] = {"when": When(day=DAY_J, at=time(11))} if act == "postpone" else {"place": "Aréna"}

    with pytest.raises(Conflict):
        getattr(services, act)(participation, reason=STORM, author=MUNICIPALITY_BY_LINK, now=LATER, **told)


def test_done_is_said_and_unsaid_by_the_team() -> None:
    participation = builders.confirm()

    services.mark_held(participation, author=TEAM, now=NOW, reason="Photo reçue")
    assert participation.event is not None
    assert (participation.state, participation.event.state) == (State.DONE, EventState.HELD)

    services.undo_held(participation, author=TEAM, now=LATER, reason="Mauvaise photo")
    assert (participation.state, participation.event.state) == (State.CONFIRMED, EventState.PLANNED)


def test_the_municipality_does_not_say_done_itself() -> None:
    participation = builders.confirm()

    with pytest.raises(Conflict):
        services.mark_held(participation, author=MUNICIPALITY_BY_LINK, now=NOW)
