from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.campaigns.week import Week, coming_year, number_of, week_from, week_of

YEARS = st.integers(min_value=2016, max_value=2200)
DAYS = st.dates(min_value=date(2016, 1, 1), max_value=date(2200, 12, 31))


@pytest.mark.parametrize(
    ("year", "start_on"),
    [
        (2022, date(2022, 11, 14)),
        (2023, date(2023, 11, 20)),
        (2024, date(2024, 11, 18)),
        (2025, date(2025, 11, 17)),
        (2026, date(2026, 11, 16)),
        (2027, date(2027, 11, 15)),
    ],
)
def test_week_is_the_one_that_was_held_or_announced(year: int, start_on: date) -> None:
    assert week_of(year) == Week(start_on=start_on, end_on=start_on + timedelta(days=6), flag_on=start_on)


@given(YEARS)
def test_week_runs_from_monday_to_sunday_around_20_november(year: int) -> None:
    week = week_of(year)

    assert week.start_on.isoweekday() == 1
    assert week.end_on.isoweekday() == 7
    assert week.end_on - week.start_on == timedelta(days=6)
    assert week.start_on <= date(year, 11, 20) <= week.end_on
    assert week.flag_on == week.start_on


def test_an_organizer_may_choose_any_first_day_and_any_day_j() -> None:
    week = week_from(date(2027, 5, 9), flag_on=date(2027, 5, 11))

    assert week == Week(start_on=date(2027, 5, 9), end_on=date(2027, 5, 15), flag_on=date(2027, 5, 11))


@pytest.mark.parametrize(
    ("today", "year"),
    [
        (date(2026, 1, 1), 2026),
        (date(2026, 11, 16), 2026),  # day J itself
        (date(2026, 11, 17), 2027),
        (date(2026, 11, 22), 2027),  # the Sunday on which the 11th week ends
        (date(2026, 12, 31), 2027),
        (date(2027, 11, 15), 2027),
    ],
)
def test_coming_year_changes_the_day_after_the_flags_went_up(today: date, year: int) -> None:
    assert coming_year(today) == year


@given(DAYS)
def test_coming_year_is_the_first_whose_day_j_has_not_passed(today: date) -> None:
    year = coming_year(today)

    assert week_of(year).flag_on >= today
    assert week_of(year - 1).flag_on < today


def test_editions_are_numbered_from_the_first() -> None:
    assert [number_of(year) for year in (2016, 2025, 2026, 2027)] == [1, 10, 11, 12]
