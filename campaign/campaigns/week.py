"""The week of an edition, computed from the year: Monday to Sunday, around the World Children's Day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

FIRST_YEAR = 2016
"""The first edition; there has been one every year since."""

WEEK_LENGTH = timedelta(days=6)


@dataclass(frozen=True)
class Week:
    """The days of one edition. `flag_on` is day J, when the flags go up together."""

    start_on: date
    end_on: date
    flag_on: date


def week_of(year: int) -> Week:
    """The Monday-to-Sunday week that contains 20 November; day J is its Monday."""
    children_day = date(year, 11, 20)
    return week_from(children_day - timedelta(days=children_day.weekday()))


def week_from(start_on: date, flag_on: date | None = None) -> Week:
    """The seven days from a chosen first day: what an organizer decides overrides the computed week."""
    return Week(start_on=start_on, end_on=start_on + WEEK_LENGTH, flag_on=flag_on or start_on)


def coming_year(today: date) -> int:
    """The year of the edition to prepare on that day: the one whose day J has not passed.

    From the day after the flags went up, whoever installs the campaign prepares the next one: on Sunday
    22 November 2026, last day of the 11th week, that is 2027. An edition already open stays the current
    one as long as nobody opens another (`queries.current_edition`); the calendar closes nothing by itself.
    """
    return today.year if today <= week_of(today.year).flag_on else today.year + 1


def number_of(year: int) -> int:
    """« 12e édition » for 2027: one edition a year since the first."""
    return year - FIRST_YEAR + 1
