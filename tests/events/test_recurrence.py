"""« Chaque semaine jusqu’au … »: the same hour on the clocks, however they change meanwhile."""

from datetime import date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign import clock
from campaign.events import activities
from campaign.events.content import Sitting
from campaign.events.recurrence import MOST_DATES, STEPS, Rhythm, TooManyDates, expand
from tests import builders
from tests.builders import NOW
from tests.events.activities import content
from tests.lasting import database as database

FIRST = Sitting(day=date(2027, 10, 26), starts=time(9, 30), ends=time(11))
ZONES = {
    builders.HEBERTVILLE: "America/Toronto",
    builders.SAINT_AUGUSTIN_OF_THE_COAST: "America/Blanc-Sablon",
    "01023": "America/Halifax",
}


def days(*sittings: Sitting) -> list[date]:
    return [sitting.day for sitting in sittings]


def test_each_week_until_that_day_included() -> None:
    found = expand([FIRST], Rhythm.WEEKLY, date(2027, 11, 16))

    assert days(*found) == [date(2027, 10, 26), date(2027, 11, 2), date(2027, 11, 9), date(2027, 11, 16)]
    assert {(one.starts, one.ends) for one in found} == {(time(9, 30), time(11))}


def test_two_dates_repeated_are_told_in_order() -> None:
    thursday = Sitting(day=date(2027, 10, 28), starts=time(14))

    found = expand([thursday, FIRST], Rhythm.FORTNIGHTLY, date(2027, 11, 11))

    assert days(*found) == [
        date(2027, 10, 26), date(2027, 10, 28), date(2027, 11, 9), date(2027, 11, 11),
    ]  # fmt: skip


def test_the_same_date_twice_is_one() -> None:
    assert expand([FIRST, FIRST], Rhythm.ONCE, None) == (FIRST,)


def test_periods_move_as_a_whole() -> None:
    weekend = Sitting(day=date(2027, 11, 13), last_day=date(2027, 11, 14))

    found = expand([weekend], Rhythm.WEEKLY, date(2027, 11, 20))

    assert found == (weekend, Sitting(day=date(2027, 11, 20), last_day=date(2027, 11, 21)))


def test_sixty_dates_and_no_more() -> None:
    last = FIRST.day + timedelta(days=MOST_DATES - 1)

    assert len(expand([FIRST], Rhythm.DAILY, last)) == MOST_DATES
    with pytest.raises(TooManyDates, match="60"):
        expand([FIRST], Rhythm.DAILY, last + timedelta(days=1))


def test_a_day_that_is_centuries_away_is_refused_at_once() -> None:
    with pytest.raises(TooManyDates):
        expand([FIRST], Rhythm.DAILY, date(9999, 12, 31))


@pytest.mark.usefixtures("session")
@given(
    geo_code=st.sampled_from(sorted(ZONES)),
    first=st.dates(date(2026, 9, 1), date(2028, 4, 1)),
    starts=st.times(time(3), time(22, 59)).map(lambda at: at.replace(second=0, microsecond=0)),
    rhythm=st.sampled_from(sorted(STEPS)),
    times=st.integers(0, 30),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_hour_stays_when_the_clocks_change(
    geo_code: str, first: date, starts: time, rhythm: Rhythm, times: int
) -> None:
    until = first + STEPS[rhythm] * times
    told = content(geo_code=geo_code, sittings=expand([Sitting(day=first, starts=starts)], rhythm, until))

    event = activities.create(
        told, edition=builders.edition(), territory=builders.territory(geo_code), now=NOW
    )

    assert event.time_zone == ZONES[geo_code]
    shown = [clock.to_local(one.starts_at, ZONES[geo_code]) for one in event.sessions if one.starts_at]
    assert [(one.date(), one.time()) for one in shown] == [
        (first + STEPS[rhythm] * step, starts) for step in range(times + 1)
    ]
