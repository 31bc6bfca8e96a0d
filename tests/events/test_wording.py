from datetime import UTC, date, datetime

import pytest
from flask import Flask

from campaign.events.models import EventKind, EventState, Opening
from campaign.events.wording import (
    Occasion,
    agenda_line,
    change_text,
    day_text,
    hour_text,
    labels,
    machine_instant,
    place_text,
)

pytestmark = pytest.mark.usefixtures("in_application")

NBSP = "\u00a0"
BEFORE = datetime(2027, 11, 1, tzinfo=UTC)
PLANNED = Occasion(
    slug="lever-du-drapeau-a-rimouski-2027",
    title="Lever du drapeau à Rimouski",
    kind=EventKind.FLAG_RAISING,
    state=EventState.PLANNED,
    state_reason="",
    opening=Opening.PUBLIC,
    is_indoors=False,
    time_zone="America/Toronto",
    place="hôtel de ville",
    starts_on=date(2027, 11, 15),
    starts_at=datetime(2027, 11, 15, 15, tzinfo=UTC),
    postponed_from_at=None,
)


@pytest.fixture
def in_application(app: Flask):
    with app.test_request_context():
        yield


def words(occasion: Occasion, now: datetime = BEFORE) -> list[str]:
    return [word for word, _ in labels(occasion, now=now)]


def test_a_planned_ceremony_says_hour_and_place_without_a_label():
    line = agenda_line(PLANNED, now=BEFORE)

    assert (line.day, line.when, line.where, line.note, line.labels, line.off) == (
        date(2027, 11, 15),
        f"10{NBSP}h",
        "hôtel de ville",
        "",
        (),
        False,
    )
    assert line.machine == "2027-11-15T10:00:00-05:00"


def test_the_zone_is_told_where_clocks_differ():
    islands = PLANNED._replace(time_zone="America/Halifax")

    assert hour_text(islands) == f"11{NBSP}h, heure de l’Atlantique"
    assert machine_instant(islands) == "2027-11-15T11:00:00-04:00"


def test_a_closed_ceremony_tells_its_day_only():
    closed = PLANNED._replace(opening=Opening.CLOSED)

    assert (hour_text(closed), place_text(closed), machine_instant(closed)) == ("", "", "2027-11-15")
    assert words(closed) == ["sans public"]


def test_a_postponed_ceremony_says_to_when_and_from_when():
    postponed = PLANNED._replace(
        state=EventState.POSTPONED,
        state_reason="Tempête",
        starts_on=date(2027, 11, 17),
        starts_at=datetime(2027, 11, 17, 15, tzinfo=UTC),
        postponed_from_at=datetime(2027, 11, 15, 15, tzinfo=UTC),
    )

    assert words(postponed) == [f"reportée au 17{NBSP}novembre"]
    assert change_text(postponed) == (
        f"D’abord prévue le lundi 15{NBSP}novembre{NBSP}2027. Raison donnée{NBSP}: Tempête"
    )
    assert change_text(postponed._replace(kind=EventKind.GATHERING)).startswith("D’abord prévu le")


def test_a_cancelled_ceremony_stays_and_is_crossed_out():
    line = agenda_line(PLANNED._replace(state=EventState.CANCELLED), now=BEFORE)

    assert line.off
    assert line.labels == (("annulée", "off"),)


def test_indoors_and_invitation_are_said_in_words():
    moved = PLANNED._replace(is_indoors=True, opening=Opening.INVITATION)

    assert words(moved) == ["à l’intérieur", "sur invitation"]


def test_the_flag_is_up_from_its_hour_at_its_place():
    one_hour_earlier = PLANNED._replace(starts_at=datetime(2027, 11, 15, 14, tzinfo=UTC))
    between = datetime(2027, 11, 15, 14, 30, tzinfo=UTC)

    assert words(one_hour_earlier, between) == ["drapeau hissé"]
    assert words(PLANNED, between) == []
    assert words(PLANNED._replace(state=EventState.CANCELLED), datetime(2028, 1, 1, tzinfo=UTC)) == [
        "annulée"
    ]


def test_a_day_without_hour_and_an_unknown_day_are_to_be_confirmed():
    no_hour = PLANNED._replace(starts_at=None)
    unknown = no_hour._replace(starts_on=None)

    assert (hour_text(no_hour), machine_instant(no_hour)) == ("heure à confirmer", "2027-11-15")
    assert (hour_text(unknown), machine_instant(unknown)) == ("", None)


def test_what_has_only_a_month_says_it() -> None:
    awaited = PLANNED._replace(starts_on=None, starts_at=None, month_on=date(2028, 2, 1))

    assert day_text(awaited) == f"en février{NBSP}2028 (date à confirmer)"
    assert agenda_line(awaited, now=BEFORE).when == f"en février{NBSP}2028"
    assert day_text(awaited._replace(month_on=None)) == "date à confirmer"
