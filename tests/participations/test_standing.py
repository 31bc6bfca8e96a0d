"""Undecided, invited, withdrawn and back: where a municipality stands, and its ceremony with it."""

from datetime import date, time

import pytest

from campaign.events.models import EventState
from campaign.events.services import When
from campaign.participations import services
from campaign.participations.models import State, Track
from campaign.participations.services import MUNICIPALITY_BY_LINK
from tests import builders
from tests.builders import DAY_J, NOW, TEAM
from tests.lasting import database as database
from tests.participations.record import LATER, moves

STORM = "Tempête annoncée"

pytestmark = pytest.mark.usefixtures("session")


def test_undecided_says_when_the_council_sits() -> None:
    participation = services.reflect(
        builders.edition(), builders.territory(), decides_on=DAY_J, author=MUNICIPALITY_BY_LINK, now=NOW
    )

    assert (participation.state, participation.decides_on) == (State.UNDECIDED, DAY_J)


def test_an_invitation_does_not_disturb_an_answer() -> None:
    builders.confirm()

    participation = services.invite(builders.edition(), builders.territory(), author=TEAM, now=LATER)

    assert participation.state is State.CONFIRMED


def test_cancelling_calls_the_ceremony_off_and_keeps_it_visible_to_those_who_had_noted_it() -> None:
    participation = builders.confirm()

    services.cancel(participation, reason="Mât brisé", author=MUNICIPALITY_BY_LINK, now=LATER)

    event = participation.event
    assert event is not None
    assert (participation.state, event.state, event.is_published) == (
        State.CANCELLED,
        EventState.CANCELLED,
        True,
    )
    assert [move[0] for move in moves(participation)[-2:]] == [Track.CEREMONY, Track.STATE]
    assert {move[5] for move in moves(participation)[-2:]} == {"Mât brisé"}


def test_a_reinstated_ceremony_keeps_the_day_to_which_it_was_postponed() -> None:
    participation = builders.confirm()
    when = When(day=date(2027, 11, 17), at=time(10))
    services.postpone(participation, when=when, reason=STORM, author=MUNICIPALITY_BY_LINK, now=NOW)
    services.cancel(participation, reason="Mât brisé", author=MUNICIPALITY_BY_LINK, now=NOW)

    services.reinstate(participation, author=MUNICIPALITY_BY_LINK, now=LATER)

    assert participation.event is not None
    assert (participation.state, participation.event.state) == (State.CONFIRMED, EventState.POSTPONED)
    assert participation.event.sessions[0].starts_on == date(2027, 11, 17)
    assert moves(participation, Track.CEREMONY)[-1][1:3] == ("annulee", "reportee")
