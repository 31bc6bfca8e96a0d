from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
from email_validator import validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign.campaigns.week import coming_year, week_of
from campaign.clock import today
from campaign.events.models import Opening
from campaign.participations.details import ParticipationDetails
from campaign.simulation import (
    BOROUGHS_AND_OTHERS,
    EXPECTED_AT_THE_USUAL_HOUR,
    TOOK_PART_AND_SILENT,
    Act,
    Step,
    Town,
    imagine,
    invited,
)
from campaign.territory.directory import PACKAGED_DIRECTORY, packaged_reference, read_directory

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROWS = read_directory(PACKAGED_DIRECTORY)
TOWNS = sorted(
    (
        Town(
            geo_code=row.geo_code,
            name=row.name,
            region_code=row.region_code or "",
            population=row.population or 0,
        )
        for row in ROWS
        if row.is_local
    ),
    key=lambda town: town.geo_code,
)
OTHERS = [
    Town(geo_code=code, name=code, region_code="", population=0) for code in sorted(BOROUGHS_AND_OTHERS)
]


def _steps(now: datetime = NOW) -> list[Step]:
    return imagine(TOWNS, OTHERS, week_of(coming_year(today(now))), now)


def _registered(steps: list[Step]) -> dict[str, ParticipationDetails]:
    return {step.geo_code: step.details for step in steps if step.act is Act.REGISTER and step.details}


def test_the_same_instant_gives_the_same_stories() -> None:
    assert _steps() == _steps()


def test_about_450_registrations_touch_every_region() -> None:
    registered = _registered(_steps())

    by_region = Counter(town.region_code for town in TOWNS if town.geo_code in registered)

    assert 440 <= len(registered) <= 460
    assert set(by_region) == set(packaged_reference().regions)


def test_each_zone_has_a_public_ceremony_at_10_on_day_j() -> None:
    registered = _registered(_steps())

    ceremonies = {
        (d.flag_on, d.flag_time, d.opening)
        for code, d in registered.items()
        if code in EXPECTED_AT_THE_USUAL_HOUR
    }

    assert set(EXPECTED_AT_THE_USUAL_HOUR) <= set(registered)
    assert ceremonies == {(date(2027, 11, 15), time(10), Opening.PUBLIC)}


def test_nobody_real_is_written_to() -> None:
    registered = _registered(_steps()).values()

    people = [person for d in registered for person in (d.contact, d.second_contact) if person.email]

    assert {person.email.rpartition("@")[2] for person in people} == {"example.org"}
    assert all(validate_email(person.email, check_deliverability=False) for person in people)
    assert all(person.phone[3:8] == "55501" for person in people if person.phone)
    assert len({person.email for person in people}) == len(people)


def test_those_who_took_part_before_are_invited_and_silent() -> None:
    steps = _steps()

    assert set(TOOK_PART_AND_SILENT) <= set(invited(TOWNS, steps))
    assert not set(TOOK_PART_AND_SILENT) & {step.geo_code for step in steps}


def test_a_town_of_nobody_is_left_alone() -> None:
    steps = _steps()
    empty = {town.geo_code for town in TOWNS if town.population < 60}

    assert empty
    assert not empty & ({step.geo_code for step in steps} | set(invited(TOWNS, steps)))


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0, max_value=6 * 365 * 24 * 60))
def test_at_any_instant_acts_follow_each_other_up_to_now(minutes: int) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    steps = _steps(now)
    week = week_of(coming_year(today(now)))

    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert now - timedelta(weeks=9) < steps[0].at
    assert steps[-1].at <= now
    for step in steps:
        assert step.on is None or step.on <= week.end_on
    first_acts = {step.geo_code: step.act for step in reversed(steps)}
    assert set(first_acts.values()) == {Act.REGISTER, Act.REFLECT, Act.DECLINE}


@pytest.mark.parametrize("act", list(Act))
def test_every_act_is_shown(act: Act) -> None:
    assert act in {step.act for step in _steps()}
