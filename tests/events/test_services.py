"""What changes an event, and what calendars are told of it."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from campaign import clock
from campaign.db import db
from campaign.errors import Conflict
from campaign.events import services
from campaign.events.models import Event, EventKind, EventState, Opening
from campaign.events.services import When
from tests import builders
from tests.builders import DAY_J, NOW
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")

LATER = NOW + timedelta(hours=1)
TEN = When(day=DAY_J, at=time(10))


def planned(slug: str = "Lever du drapeau à L’Isle-Verte", zone: str = "America/Toronto") -> Event:
    event = services.plan(
        kind=EventKind.FLAG_RAISING,
        edition_id=builders.edition().id,
        territory_id=builders.territory().id,
        title="Lever du drapeau",
        slug=slug,
        when=TEN,
        place="Quai",
        zone=zone,
        opening=Opening.PUBLIC,
        now=NOW,
    )
    db.session.flush()
    return event


def sitting(event: Event) -> tuple[date | None, datetime | None, datetime | None]:
    only = event.sessions[0]
    return only.starts_on, only.starts_at, only.ends_at


def test_a_plan_lasts_an_hour_and_is_not_public_yet() -> None:
    event = planned()

    assert (event.state, event.is_published, event.sequence) == (EventState.PLANNED, False, 0)
    assert sitting(event) == (
        DAY_J, datetime(2027, 11, 15, 15, tzinfo=UTC), datetime(2027, 11, 15, 16, tzinfo=UTC),
    )  # fmt: skip


def test_events_of_one_name_have_their_own_addresses_and_calendar_identifiers() -> None:
    events = [planned() for _ in range(3)]

    assert [event.slug for event in events] == [
        "lever-du-drapeau-a-l-isle-verte",
        "lever-du-drapeau-a-l-isle-verte-2",
        "lever-du-drapeau-a-l-isle-verte-3",
    ]
    assert len({event.uid for event in events}) == 3


def test_an_hour_that_does_not_exist_is_refused_with_the_one_that_does() -> None:
    with pytest.raises(clock.NonexistentTime) as refusal:
        When(day=date(2027, 3, 14), at=time(2, 30)).instant("America/Toronto")

    assert refusal.value.suggestion == time(3)


def test_a_day_without_an_hour_is_kept_as_such() -> None:
    event = planned()

    unknown = When(day=DAY_J, at=None)
    services.change(event, when=unknown, place="Quai", opening=Opening.PUBLIC, description="", now=LATER)

    assert sitting(event) == (DAY_J, None, None)


@pytest.mark.parametrize(
    ("change", "is_one"),
    [
        ({}, False),
        ({"place": "Parc"}, True),
        ({"opening": Opening.CLOSED}, True),
        ({"when": When(day=DAY_J, at=time(11))}, True),
        ({"is_indoors": True}, True),
        ({"description": "En cas de pluie, à l’aréna."}, True),
    ],
)
def test_only_a_real_change_grows_the_sequence(change: dict[str, object], is_one: bool) -> None:
    event = planned()
    known: dict[str, object] = {
        "when": TEN,
        "place": "Quai",
        "opening": Opening.PUBLIC,
        "description": "",
    }

    said = services.change(event, **(known | change), now=LATER)  # type: ignore[arg-type]  # a table of keywords

    assert (said, event.sequence, event.updated_at) == (is_one, int(is_one), LATER if is_one else NOW)


def test_each_step_that_calendars_must_take_grows_the_sequence_and_keeps_the_identifier() -> None:
    event = planned()
    uid = event.uid
    services.publish(event, now=LATER)
    steps = [event.sequence]
    services.postpone(event, when=When(day=DAY_J, at=time(13)), reason="Vent", place="Quai", now=LATER)
    steps.append(event.sequence)
    services.move_indoors(event, place="Aréna", reason="Vent", now=LATER)
    steps.append(event.sequence)
    services.cancel(event, reason="Tempête", now=LATER)
    steps.append(event.sequence)
    services.cancel(event, reason="Tempête", now=LATER)
    steps.append(event.sequence)
    services.reinstate(event, now=LATER)
    steps.append(event.sequence)

    assert (steps, event.uid) == ([0, 1, 2, 3, 3, 4], uid)


def test_the_first_day_is_remembered_through_two_postponements() -> None:
    event = planned()
    for day in (16, 17):
        when = When(day=date(2027, 11, day), at=time(10))
        services.postpone(event, when=when, reason="Vent", place="Quai", now=LATER)

    assert event.postponed_from_at == datetime(2027, 11, 15, 15, tzinfo=UTC)
    assert event.sessions[0].starts_on == date(2027, 11, 17)


@pytest.mark.parametrize(
    "end", [services.mark_held, lambda event, now: services.cancel(event, reason="", now=now)]
)
def test_what_is_over_or_called_off_is_neither_postponed_nor_moved(end: object) -> None:
    event = planned()
    assert callable(end)
    end(event, now=LATER)

    with pytest.raises(Conflict):
        services.postpone(event, when=TEN, reason="", place="Quai", now=LATER)
    with pytest.raises(Conflict):
        services.move_indoors(event, place="Aréna", reason="", now=LATER)


def test_another_town_another_zone_the_same_hour_on_the_wall() -> None:
    event = planned(zone="America/Blanc-Sablon")
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 14, tzinfo=UTC)

    services.relocate(
        event, territory_id=builders.territory("92005").id, title="Ici", zone="America/Toronto", now=LATER
    )

    assert sitting(event)[1:] == (
        datetime(2027, 11, 15, 15, tzinfo=UTC),
        datetime(2027, 11, 15, 16, tzinfo=UTC),
    )
    assert (event.title, event.time_zone, event.sequence) == ("Ici", "America/Toronto", 1)


def test_the_same_ten_o_clock_is_another_instant_where_clocks_differ() -> None:
    starts = {
        zone: planned(zone=zone).sessions[0].starts_at
        for zone in ("America/Toronto", "America/Halifax", "America/Blanc-Sablon")
    }

    assert starts == {
        "America/Toronto": datetime(2027, 11, 15, 15, tzinfo=UTC),
        "America/Halifax": datetime(2027, 11, 15, 14, tzinfo=UTC),
        "America/Blanc-Sablon": datetime(2027, 11, 15, 14, tzinfo=UTC),
    }


def test_what_was_said_held_by_mistake_is_ahead_again() -> None:
    event = planned()
    services.mark_held(event, now=LATER)

    services.undo_held(event, now=LATER)

    assert event.state is EventState.PLANNED


def test_withdrawing_hides_once() -> None:
    event = planned()
    services.publish(event, now=LATER)
    services.withdraw(event, now=LATER)
    services.withdraw(event, now=LATER)

    assert (event.is_published, event.sequence) == (False, 1)
