"""Which days town halls are closed, and when municipal elections are near."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.campaigns.holidays import (
    closing_reason,
    election_warning,
    is_working_day,
    municipal_election_on,
    working_days_after,
)
from tests.typography import faults


@pytest.mark.parametrize(
    ("year", "labour", "thanksgiving"),
    [
        (2026, date(2026, 9, 7), date(2026, 10, 12)),
        (2027, date(2027, 9, 6), date(2027, 10, 11)),
        (2028, date(2028, 9, 4), date(2028, 10, 9)),
        (2029, date(2029, 9, 3), date(2029, 10, 8)),
        (2035, date(2035, 9, 3), date(2035, 10, 8)),
    ],
)
def test_every_closing_day_of_a_year_outside_weekends(year: int, labour: date, thanksgiving: date) -> None:
    days = [date(year, 1, 1) + timedelta(days=shift) for shift in range(366)]

    closed = {day for day in days if day.year == year and day.weekday() < 5 and not is_working_day(day)}

    rest = {date(year, 1, 1), date(year, 1, 2), date(year, 6, 24), date(year, 7, 1)}
    rest |= {date(year, 12, day) for day in range(25, 32)}
    assert closed == {labour, thanksgiving} | {day for day in rest if day.weekday() < 5}


@pytest.mark.parametrize(
    ("day", "reason"),
    [
        (date(2027, 10, 11), "jour de l’Action de grâce"),
        (date(2027, 9, 6), "jour de la fête du Travail"),
        (date(2027, 6, 24), "jour de la Fête nationale"),
        (date(2027, 7, 1), "jour de la fête du Canada"),
        (date(2027, 12, 27), "dans le congé des Fêtes"),
        (date(2027, 12, 25), "dans le congé des Fêtes"),
        (date(2028, 1, 2), "dans le congé des Fêtes"),
        (date(2027, 11, 14), "jour de fin de semaine"),
        (date(2027, 11, 15), None),
        (date(2028, 1, 3), None),
        (date(2027, 12, 24), None),
    ],
)
def test_the_reason_of_a_closing(day: date, reason: str | None) -> None:
    assert closing_reason(day) == reason


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        (date(2027, 11, 15), date(2027, 11, 17)),
        (date(2027, 11, 18), date(2027, 11, 22)),
        (date(2027, 11, 20), date(2027, 11, 23)),
        (date(2027, 10, 8), date(2027, 10, 13)),
    ],
)
def test_two_working_days_skip_the_days_when_nobody_is_there(asked: date, due: date) -> None:
    assert working_days_after(asked, 2) == due


def test_the_vote_is_on_the_first_sunday_of_november_every_four_years() -> None:
    votes = [vote for year in range(2000, 2034) if (vote := municipal_election_on(year))]

    assert votes == [
        date(2005, 11, 6),
        date(2009, 11, 1),
        date(2013, 11, 3),
        date(2017, 11, 5),
        date(2021, 11, 7),
        date(2025, 11, 2),
        date(2029, 11, 4),
        date(2033, 11, 6),
    ]


@pytest.mark.parametrize(
    ("day", "is_warned"),
    [
        (date(2025, 9, 18), False),
        (date(2025, 9, 19), True),
        (date(2025, 11, 2), True),
        (date(2025, 11, 3), False),
        (date(2029, 10, 5), True),
        (date(2027, 10, 5), False),
    ],
)
def test_a_sending_day_between_candidacies_and_vote_is_warned(day: date, is_warned: bool) -> None:
    assert (election_warning(day) is not None) is is_warned


def test_the_warning_tells_the_dates_and_what_to_avoid() -> None:
    warning = election_warning(date(2029, 10, 5))

    assert warning == (
        "Le vendredi 5\u00a0octobre\u00a02029 tombe en période électorale municipale (candidatures à partir "
        "du 21\u00a0septembre\u00a02029, vote le 4\u00a0novembre\u00a02029)\u00a0: ne nommez et ne montrez "
        "aucune personne candidate, et n’attendez pas de résolution, car le conseil peut ne pas siéger."
    )
    assert faults(warning) == []


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 12, 31)))
def test_a_working_day_is_at_most_a_few_days_away(day: date) -> None:
    coming = [day + timedelta(days=shift) for shift in range(12)]

    assert any(is_working_day(each) for each in coming)
    assert not any(is_working_day(each) for each in coming if each.weekday() >= 5)
