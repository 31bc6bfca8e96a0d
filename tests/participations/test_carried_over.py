"""The form filled as last year, or for the first time."""

from datetime import date, time

import pytest

from campaign.campaigns.models import Edition
from campaign.participations.details import carried_over, first_time
from campaign.participations.models import Mode, PlanB, ResolutionState
from tests import builders
from tests.builders import DAY_J
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_as_last_year_is_the_same_day_of_the_week_without_what_has_passed() -> None:
    last = builders.confirm(
        answers=builders.details(
            flag_on=date(2027, 11, 17),
            plan_b=PlanB.POSTPONED,
            plan_b_on=date(2027, 11, 18),
            resolution_state=ResolutionState.ADOPTED,
            resolution_on=date(2027, 10, 4),
            resolution_number="145",
            wants_kit=True,
            kit_flags=2,
            elected_name="Le maire d’alors",
            children_count=25,
        )
    )
    monday, sunday = date(2028, 11, 20), date(2028, 11, 26)
    after = Edition(number=13, year=2028, start_on=monday, end_on=sunday, flag_on=monday)

    proposed = carried_over(last, after)

    assert proposed == builders.details(
        flag_on=date(2028, 11, 22), lowered_on=date(2028, 11, 26), has_flag=True
    )


def test_the_first_time_proposes_day_j_at_ten() -> None:
    proposed = first_time(builders.edition())

    assert (proposed.modes, proposed.flag_on, proposed.flag_time) == ((Mode.FLAG,), DAY_J, time(10))
