"""Our time zone blocks, read back by independent readers, against the zone database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import vobject
from hypothesis import assume, given
from hypothesis import strategies as st

from campaign.events.vtimezone import vtimezone_lines
from campaign.territory.zones import ZONES

_FIRST, _LAST = datetime(2007, 3, 12), datetime(2040, 12, 31)  # noqa: DTZ001 - wall-clock times, no zone yet

wall_times = st.datetimes(min_value=_FIRST, max_value=_LAST).map(lambda moment: moment.replace(microsecond=0))


def _calendar_with(zone: str, wall_time: datetime) -> str:
    """One event under a zone name that no reader knows, so that it must trust the block."""
    event = ["BEGIN:VEVENT", "UID:1", f"DTSTART;TZID={zone}:{wall_time:%Y%m%dT%H%M%S}", "END:VEVENT"]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:test",
        *vtimezone_lines(zone),
        *event,
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).replace(zone, f"Essai/{zone}")


def _happens_once(wall_time: datetime, zone: str) -> bool:
    offsets = {wall_time.replace(tzinfo=ZoneInfo(zone), fold=fold).utcoffset() for fold in (0, 1)}
    return len(offsets) == 1


def _true_offset(wall_time: datetime, zone: str) -> timedelta | None:
    return wall_time.replace(tzinfo=ZoneInfo(zone)).utcoffset()


def _offset_read_by_vobject(text: str) -> timedelta | None:
    return vobject.readOne(text).vevent.dtstart.value.utcoffset()


def _offset_read_by_icalendar(zone: str, wall_time: datetime) -> timedelta | None:
    block = icalendar.Timezone.from_ical("\r\n".join([*vtimezone_lines(zone), ""]))
    return wall_time.replace(tzinfo=block.to_tz(lookup_tzid=False)).utcoffset()


@given(zone=st.sampled_from(ZONES), wall_time=wall_times)
def test_vobject_places_every_hour_as_the_zone_database_does(zone: str, wall_time: datetime) -> None:
    assume(_happens_once(wall_time, zone))

    assert _offset_read_by_vobject(_calendar_with(zone, wall_time)) == _true_offset(wall_time, zone)


@given(zone=st.sampled_from(ZONES), wall_time=wall_times)
def test_icalendar_places_every_hour_as_the_zone_database_does(zone: str, wall_time: datetime) -> None:
    assume(_happens_once(wall_time, zone))

    assert _offset_read_by_icalendar(zone, wall_time) == _true_offset(wall_time, zone)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("year", range(2008, 2041, 4))
def test_the_days_around_each_clock_change_are_right(zone: str, year: int) -> None:
    for month, days in ((3, range(7, 17)), (11, range(1, 10))):
        for day in days:
            wall_time = datetime(year, month, day, 10)  # noqa: DTZ001 - a wall-clock time

            assert _offset_read_by_vobject(_calendar_with(zone, wall_time)) == _true_offset(wall_time, zone)


def test_the_offsets_of_november_and_june_are_those_of_the_law() -> None:
    hours = {
        (zone, month): datetime(2026, month, 16, 10, tzinfo=ZoneInfo(zone)).astimezone(UTC).hour
        for zone in ZONES
        for month in (6, 11)
    }

    assert hours == {
        ("America/Toronto", 6): 14,
        ("America/Toronto", 11): 15,
        ("America/Halifax", 6): 13,
        ("America/Halifax", 11): 14,
        ("America/Blanc-Sablon", 6): 14,
        ("America/Blanc-Sablon", 11): 14,
    }


def test_a_zone_that_québec_does_not_use_is_refused() -> None:
    with pytest.raises(ValueError, match="Europe/Paris"):
        vtimezone_lines("Europe/Paris")
