"""The legal time of each territory, as the Loi sur le temps légal tells it."""

from collections import Counter
from datetime import UTC, date, datetime, time

import pytest

from campaign import clock
from campaign.territory.zones import zone_of
from tests.territory import packaged

NOVEMBER, JUNE = date(2026, 11, 16), date(2026, 6, 16)


@pytest.mark.parametrize(
    ("place", "code", "mrc", "november", "june"),
    [
        ("Montréal", "66023", "660", 15, 14),
        ("L’Île-d’Anticosti", "98020", "981", 15, 14),
        ("Natashquan", "98025", "981", 15, 14),
        ("Les Îles-de-la-Madeleine", "01023", "010", 14, 13),
        ("Grosse-Île", "01042", "010", 14, 13),
        ("Listuguj", "06804", "060", 14, 13),
        ("Blanc-Sablon", "98005", "982", 14, 14),
        ("Bonne-Espérance", "98010", "982", 14, 14),
        ("Saint-Augustin", "98012", "982", 14, 14),
        ("Gros-Mécatina", "98014", "982", 14, 14),
        ("Côte-Nord-du-Golfe-du-Saint-Laurent", "98015", "982", 14, 14),
        ("La Romaine", "98804", None, 14, 14),
    ],
)
def test_ten_in_the_morning_is_not_the_same_instant_everywhere(
    place: str, code: str, mrc: str | None, november: int, june: int
) -> None:
    zone = zone_of(code, mrc)

    assert clock.to_utc(NOVEMBER, time(10), zone) == datetime(2026, 11, 16, november, tzinfo=UTC), place
    assert clock.to_utc(JUNE, time(10), zone) == datetime(2026, 6, 16, june, tzinfo=UTC), place


def test_a_wrong_pick_among_homonyms_would_shift_the_hour() -> None:
    day = date(2027, 11, 15)

    assert clock.to_utc(day, time(10), zone_of("98012", "982")) == datetime(2027, 11, 15, 14, tzinfo=UTC)
    assert clock.to_utc(day, time(10), zone_of("92005", "920")) == datetime(2027, 11, 15, 15, tzinfo=UTC)


def test_each_listed_town_has_its_zone_by_code_alone() -> None:
    for code in ("98005", "98010", "98012", "98014", "98015"):
        assert zone_of(code) == "America/Blanc-Sablon"
    for code in ("01023", "01042", "06804"):
        assert zone_of(code) == "America/Halifax"
    for code in ("98020", "98025", "98030", "98035", "98040", "98045", "98050", "98055"):
        assert zone_of(code) == "America/Toronto"


def test_a_new_code_takes_the_zone_of_its_mrc_and_a_borough_that_of_its_city() -> None:
    assert zone_of("98017", "982") == "America/Blanc-Sablon"
    assert zone_of("01050", "010") == "America/Halifax"
    assert zone_of("98060", "981") == "America/Toronto"
    assert zone_of("982") == "America/Blanc-Sablon"
    assert zone_of("01023-01") == "America/Halifax"
    assert zone_of("66023-17", "660") == "America/Toronto"


def test_the_whole_directory_has_few_places_off_eastern_time() -> None:
    zones = Counter(zone_of(row["geo_code"], row["mrc_code"]) for row in packaged.entities())

    assert zones == {"America/Toronto": 1271, "America/Halifax": 3, "America/Blanc-Sablon": 7}


def test_no_place_east_of_63_is_forgotten() -> None:
    """The law's line is the meridian 63° W, but for the whole of Minganie."""
    east = [
        row
        for row in packaged.entities()
        if row["longitude"] and float(row["longitude"]) > -63 and row["mrc_code"] != "981"
    ]

    zones = {zone_of(row["geo_code"], row["mrc_code"]) for row in east}

    assert len(east) == 7
    assert zones == {"America/Halifax", "America/Blanc-Sablon"}
