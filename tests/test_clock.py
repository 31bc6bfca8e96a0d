"""Wall-clock time at a place and the instant it is: hours that do not exist, or that exist twice."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign import clock

TORONTO, HALIFAX, BLANC_SABLON = "America/Toronto", "America/Halifax", "America/Blanc-Sablon"
SPRING, AUTUMN = date(2027, 3, 14), date(2026, 11, 1)

zones = st.sampled_from([TORONTO, HALIFAX, BLANC_SABLON])


def test_ten_in_the_morning_in_each_zone_winter_and_summer() -> None:
    hours = {
        (zone, day.month): clock.to_utc(day, time(10), zone).hour
        for zone in (TORONTO, HALIFAX, BLANC_SABLON)
        for day in (date(2026, 11, 16), date(2026, 6, 16))
    }

    assert hours == {
        (TORONTO, 11): 15,
        (TORONTO, 6): 14,
        (HALIFAX, 11): 14,
        (HALIFAX, 6): 13,
        (BLANC_SABLON, 11): 14,
        (BLANC_SABLON, 6): 14,
    }


@pytest.mark.parametrize(
    ("wall", "landing"), [(time(2), time(3)), (time(2, 30), time(3)), (time(2, 59), time(3))]
)
def test_an_hour_that_the_clocks_jump_over_is_refused_with_where_they_land(wall: time, landing: time) -> None:
    with pytest.raises(clock.NonexistentTime) as refusal:
        clock.to_utc(SPRING, wall, TORONTO)

    assert refusal.value.suggestion == landing
    assert clock.to_utc(SPRING, landing, TORONTO) == datetime(2027, 3, 14, 7, tzinfo=UTC)


def test_the_hours_on_either_side_of_the_jump_exist() -> None:
    assert clock.to_utc(SPRING, time(1, 59), TORONTO) == datetime(2027, 3, 14, 6, 59, tzinfo=UTC)
    assert clock.to_utc(SPRING, time(3), TORONTO) == datetime(2027, 3, 14, 7, tzinfo=UTC)


def test_half_past_two_exists_where_the_clocks_do_not_change() -> None:
    assert clock.to_utc(SPRING, time(2, 30), BLANC_SABLON) == datetime(2027, 3, 14, 6, 30, tzinfo=UTC)


def test_an_hour_that_exists_twice_is_the_first_unless_told_otherwise() -> None:
    first = clock.to_utc(AUTUMN, time(1, 30), TORONTO)
    second = clock.to_utc(AUTUMN, time(1, 30), TORONTO, second_occurrence=True)

    assert (first, second) == (
        datetime(2026, 11, 1, 5, 30, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 30, tzinfo=UTC),
    )


def test_only_the_hour_of_the_autumn_change_happens_twice() -> None:
    twice = [hour for hour in range(24) if clock.happens_twice(AUTUMN, time(hour, 30), TORONTO)]

    assert twice == [1]
    assert not clock.happens_twice(SPRING, time(2, 30), TORONTO)
    assert not clock.happens_twice(AUTUMN, time(1, 30), BLANC_SABLON)


def test_a_weekly_series_keeps_its_wall_time_across_the_change() -> None:
    days = [date(2027, 11, 4) + timedelta(weeks=week) for week in range(2)]

    instants = [clock.to_utc(day, time(9, 30), TORONTO) for day in days]

    assert [instant.hour for instant in instants] == [13, 14]
    assert [clock.to_local(instant, TORONTO).time() for instant in instants] == [time(9, 30)] * 2


@given(st.dates(date(2007, 4, 1), date(2040, 12, 31)), st.times(), zones)
def test_what_is_written_is_what_the_clocks_show(day: date, wall: time, zone: str) -> None:
    wanted = wall.replace(fold=0)
    try:
        instant = clock.to_utc(day, wanted, zone)
    except clock.NonexistentTime as refusal:
        wanted = refusal.suggestion
        instant = clock.to_utc(day, wanted, zone)

    shown = clock.to_local(instant, zone)

    assert instant.tzinfo is UTC
    assert (shown.date(), shown.time()) == (day, wanted)
    assert wanted == wall.replace(fold=0) or (wall.hour, wanted) == (2, time(3))


def test_the_day_is_the_one_it_is_at_the_place() -> None:
    late = datetime(2026, 11, 17, 4, 30, tzinfo=UTC)

    assert clock.today(late) == date(2026, 11, 16)
    assert clock.today(late, HALIFAX) == date(2026, 11, 17)


def test_a_rehearsal_pretends_that_it_is_another_instant() -> None:
    instant = datetime(2027, 11, 15, 15, tzinfo=UTC)

    with clock.pretend(instant):
        assert clock.now() == instant
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_rehearsal_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"), clock.pretend(datetime(2027, 11, 15, 15)):  # noqa: DTZ001 - meant
        pass
