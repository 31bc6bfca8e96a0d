from datetime import UTC, date, datetime, time

import pytest

from campaign.web import filters
from tests.typography import faults

NBSP = "\u00a0"
NARROW = "\u202f"


def spaced(text: str) -> str:
    """« _ » stands for the non-breaking space."""
    return text.replace("_", NBSP)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (filters.long_date(date(2027, 11, 15)), "15_novembre_2027"),
        (filters.long_date(date(2027, 12, 1)), "1er_décembre_2027"),
        (filters.long_date(None), ""),
        (filters.full_date(date(2027, 11, 15)), "lundi 15_novembre_2027"),
        (filters.day_month(date(2027, 8, 1)), "1er_août"),
        (filters.weekday(date(2027, 11, 21)), "dimanche"),
        (filters.date_range(date(2027, 11, 15), date(2027, 11, 21)), "du 15 au 21_novembre_2027"),
        (filters.date_range(date(2027, 11, 29), date(2027, 12, 5)), "du 29_novembre au 5_décembre_2027"),
        (filters.date_range(date(2027, 12, 29), date(2028, 1, 4)), "du 29_décembre_2027 au 4_janvier_2028"),
        (filters.date_range(date(2027, 11, 15), date(2027, 11, 15)), "le 15_novembre_2027"),
        (filters.date_range(None, date(2027, 11, 21)), ""),
        (filters.hour(time(10)), "10_h"),
        (filters.hour(time(9, 5)), "9_h_05"),
        (filters.hour(time(0)), "0_h"),
        (filters.hour(None), ""),
        (filters.number(1098), "1_098"),
        (filters.number(1.5), "1,5"),
        (filters.number(0), "0"),
        (filters.number(2.0), "2"),
        (filters.number(1234567), "1_234_567"),
        (filters.ordinal(1), "1re"),
        (filters.ordinal(12), "12e"),
        (filters.telephone("4187563554", "12"), "418_756-3554, poste_12"),
        (filters.telephone("4187563554"), "418_756-3554"),
        (filters.telephone("911"), "911"),
        (filters.telephone("", "12"), ""),
        (filters.capitalize_first("la Ville de Varennes"), "La Ville de Varennes"),
        (filters.capitalize_first("élue"), "Élue"),
        (filters.capitalize_first(""), ""),
    ],
)
def test_it_is_written_as_in_quebec(written: str, expected: str) -> None:
    assert written == spaced(expected)
    assert NARROW not in written
    assert list(faults(written)) == []


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("America/Toronto", "10_h"),
        ("America/Halifax", "11_h, heure de l’Atlantique"),
        ("America/Blanc-Sablon", "11_h, heure normale de l’Atlantique"),
    ],
)
def test_the_zone_is_said_only_where_it_is_not_the_usual_one(zone: str, expected: str) -> None:
    assert filters.local_hour(datetime(2027, 11, 15, 15, tzinfo=UTC), zone) == spaced(expected)


def test_a_figure_says_of_when_it_is() -> None:
    instant = datetime(2027, 11, 15, 14, 30, tzinfo=UTC)

    assert filters.as_of(instant) == spaced("en date du 15_novembre_2027 à 9_h_30")
    assert filters.stamp(instant) == spaced("15_novembre_2027 à 9_h_30")
    assert filters.stamp(None) == ""
