"""The answers are kept whole, and corrected without overwriting what others did meanwhile."""

from datetime import date

import pytest

from campaign.events.models import EventState, Opening
from campaign.participations import services
from campaign.participations.details import Person, details_of
from campaign.participations.models import KitState, Mode, PlanB, ResolutionState, State, Track
from campaign.participations.services import MUNICIPALITY_BY_LINK, ChangedMeanwhile
from tests import builders
from tests.builders import NOW, TEAM
from tests.lasting import database as database
from tests.participations.record import LATER, moves

pytestmark = pytest.mark.usefixtures("session")


def test_all_the_answers_are_kept() -> None:
    answers = builders.details(
        modes=(Mode.FLAG, Mode.MAE_FLAG, Mode.OTHER),
        other_mode="Lâcher de ballons",
        opening=Opening.INVITATION,
        elected_name="Éloïse O’Bomsawin",
        plan_b=PlanB.POSTPONED,
        plan_b_on=date(2027, 11, 16),
        resolution_state=ResolutionState.ON_AGENDA,
        resolution_on=date(2027, 10, 4),
        wants_kit=True,
        kit_flags=2,
        delivery_address="12, rue Principale, Hébertville (Québec) G8N 1A1",
        second_contact=Person(first_name="Luc", last_name="Roy", email="luc@exemple.quebec"),
        media_may_call=True,
    )

    kept = details_of(builders.register(answers=answers))

    assert kept == answers


def test_what_somebody_else_changed_meanwhile_is_not_overwritten() -> None:
    participation = builders.confirm()
    seen = services.version_of(participation)
    services.revise(
        participation, builders.details(place="Parc"), author=MUNICIPALITY_BY_LINK, now=LATER, seen=seen
    )

    with pytest.raises(ChangedMeanwhile):
        services.revise(participation, builders.details(), author=MUNICIPALITY_BY_LINK, now=LATER, seen=seen)

    assert participation.event is not None
    assert participation.event.place == "Parc"


def test_without_a_flag_any_more_the_ceremony_is_called_off_and_the_participation_goes_on() -> None:
    participation = builders.confirm()

    services.revise(
        participation, builders.details(modes=(Mode.RESOLUTION,)), author=MUNICIPALITY_BY_LINK, now=LATER
    )

    assert participation.event is not None
    assert (participation.state, participation.event.state) == (State.CONFIRMED, EventState.CANCELLED)
    assert participation.event.state_reason == "La municipalité participe autrement."


def test_the_flag_comes_back_with_the_same_calendar_identifier() -> None:
    participation = builders.confirm()
    assert participation.event is not None
    uid, sequence = participation.event.uid, participation.event.sequence
    services.revise(
        participation, builders.details(modes=(Mode.RESOLUTION,)), author=MUNICIPALITY_BY_LINK, now=LATER
    )

    services.revise(participation, builders.details(), author=MUNICIPALITY_BY_LINK, now=LATER)

    assert (participation.event.uid, participation.event.state) == (uid, EventState.PLANNED)
    assert participation.event.sequence > sequence
    assert [after for _t, _before, after, *_ in moves(participation, Track.CEREMONY)] == [
        "planifiee",
        "annulee",
        "planifiee",
    ]


def test_a_correction_does_not_stop_a_kit_under_way() -> None:
    participation = builders.confirm(answers=builders.details(wants_kit=True, kit_flags=1))
    services.set_kit(participation, KitState.SHIPPED, author=TEAM, now=NOW)

    services.revise(participation, builders.details(wants_kit=False), author=MUNICIPALITY_BY_LINK, now=LATER)

    assert participation.kit_state is KitState.SHIPPED
