from datetime import date

import pytest

from campaign.participations.models import Mode, ResolutionState
from campaign.participations.steps import coming_steps
from tests import builders
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def days(today: date, **changes: object) -> list[date]:
    participation = builders.confirm(answers=builders.details(**changes))
    return [step.day for step in coming_steps(participation, builders.edition(), today=today)]


def test_from_the_council_to_the_report() -> None:
    assert days(
        date(2027, 9, 1), resolution_state=ResolutionState.ON_AGENDA, resolution_on=date(2027, 10, 4)
    ) == [date(2027, 10, 4), date(2027, 11, 8), date(2027, 11, 14), date(2027, 11, 15), date(2027, 11, 22)]


@pytest.mark.parametrize(
    ("today", "ahead"),
    [(date(2027, 11, 15), [date(2027, 11, 15), date(2027, 11, 22)]), (date(2027, 12, 1), [])],
)
def test_what_has_passed_is_not_announced(today: date, ahead: list[date]) -> None:
    assert days(today) == ahead


def test_the_steps_follow_the_ceremony_s_own_day() -> None:
    assert days(date(2027, 11, 16), flag_on=date(2027, 11, 18)) == [
        date(2027, 11, 17),
        date(2027, 11, 18),
        date(2027, 11, 25),
    ]


def test_without_a_flag_the_day_of_the_week_is_day_j() -> None:
    assert days(date(2027, 11, 10), modes=(Mode.RESOLUTION,)) == [
        date(2027, 11, 14),
        date(2027, 11, 15),
        date(2027, 11, 22),
    ]
