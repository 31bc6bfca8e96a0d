"""What is said of an activity becomes dates in the calendar, which keep their identity when said anew."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign.db import db
from campaign.events import activities, services
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import EventKind, EventState, Opening, Session
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.events.wording import Occasion, day_text, hour_text, type_of
from tests import builders
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.lasting import database as database

LATER = NOW + timedelta(days=3)
NBSP = "\u00a0"

sittings = st.builds(
    Sitting,
    day=st.dates(date(2027, 1, 1), date(2028, 12, 31)),
    starts=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    ends=st.none() | st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    last_day=st.none() | st.dates(date(2029, 1, 1), date(2029, 12, 31)),
)
contents = st.builds(
    ActivityContent,
    title=st.text(min_size=1, max_size=80),
    description=st.text(max_size=200),
    kind=st.sampled_from(EventKind),
    activity_type=st.sampled_from(ActivityType),
    organizer_kind=st.sampled_from(OrganizerKind),
    sittings=st.lists(sittings, max_size=4).map(tuple),
    format=st.sampled_from(Format),
    opening=st.sampled_from(Opening),
    audiences=st.lists(st.sampled_from(Audience), unique=True).map(tuple),
    themes=st.lists(st.sampled_from(Theme), unique=True).map(tuple),
    accessibility=st.lists(st.sampled_from(Accessibility), unique=True).map(tuple),
    languages=st.lists(st.sampled_from(SpokenLanguage), unique=True).map(tuple),
    cost=st.sampled_from(Cost),
    max_participants=st.none() | st.integers(1, 10_000),
    is_contact_public=st.booleans(),
)


@given(contents)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_content_is_read_back_as_it_was_written(told: ActivityContent) -> None:
    assert ActivityContent.from_json(told.to_json()) == told


@pytest.mark.usefixtures("session")
def test_an_activity_says_what_was_told() -> None:
    told = content(
        audiences=(Audience.BABIES,), cost=Cost.PRICE, price="5 $", accessibility=(Accessibility.STROLLER,)
    )

    event = publish(told)

    # The kind of an organizer is that of its file, which this one does not have.
    assert activities.content_of(event) == replace(told, organizer_kind=OrganizerKind.OTHER)
    assert type_of(event) == "heure-du-conte"
    assert event.slug == "heure-du-conte-en-pyjama-hebertville"


@pytest.mark.usefixtures("session")
def test_hours_are_those_of_the_clocks_there() -> None:
    event = publish(content(geo_code=builders.SAINT_AUGUSTIN_OF_THE_COAST))

    (sitting,) = event.sessions

    assert (sitting.starts_at, sitting.ends_at) == (
        datetime(2027, 11, 15, 14, tzinfo=UTC),
        datetime(2027, 11, 15, 15, tzinfo=UTC),
    )
    assert hour_text(Occasion.of(event)) == f"de 10{NBSP}h à 11{NBSP}h, heure normale de l’Atlantique"


@pytest.mark.usefixtures("session")
def test_an_evening_may_end_after_midnight() -> None:
    event = publish(content(sittings=(Sitting(day=DAY_J, starts=time(22), ends=time(1)),)))

    assert event.sessions[0].ends_at == datetime(2027, 11, 16, 6, tzinfo=UTC)


@pytest.mark.usefixtures("session")
def test_whole_days_are_told_as_a_period() -> None:
    event = publish(content(sittings=(Sitting(day=DAY_J, last_day=date(2027, 11, 21)),)))

    occasion = Occasion.of(event)

    assert (day_text(occasion), hour_text(occasion)) == (f"du 15 au 21{NBSP}novembre{NBSP}2027", "")


@pytest.mark.usefixtures("session")
def test_each_date_has_an_identity_of_its_own_and_keeps_it() -> None:
    days = [DAY_J + timedelta(days=number) for number in range(3)]
    told = content(sittings=tuple(Sitting(day=day, starts=time(10), ends=time(11)) for day in days))
    event = publish(told)
    uids = {row.starts_on: row.uid for row in event.sessions}
    moved = replace(told.sittings[1], day=days[2] + timedelta(days=1))

    changed = activities.update(
        event,
        replace(told, sittings=(told.sittings[0], moved, told.sittings[2])),
        territory=builders.territory(),
        now=LATER,
    )
    db.session.flush()

    assert changed
    assert len({event.uid, *filter(None, uids.values())}) == 3
    assert [(row.starts_on, row.uid, row.sequence) for row in event.sessions] == [
        (days[0], uids[days[0]], 0),
        (moved.day, uids[days[1]], 1),
        (days[2], uids[days[2]], 0),
    ]
    assert event.sequence == 0


@pytest.mark.usefixtures("session")
def test_a_date_taken_out_of_what_was_published_is_called_off() -> None:
    first, second = (Sitting(day=DAY_J + timedelta(days=number), starts=time(10)) for number in range(2))
    event = publish(content(sittings=(first, second)))

    activities.update(event, content(sittings=(first,)), territory=builders.territory(), now=LATER)
    db.session.flush()

    assert [row.state for row in event.sessions] == [None, EventState.CANCELLED]
    assert activities.content_of(event).sittings == (first,)


@pytest.mark.usefixtures("session")
def test_saying_the_same_again_changes_nothing() -> None:
    event = publish()

    assert not activities.update(event, content(), territory=builders.territory(), now=LATER)
    assert (event.sequence, event.updated_at) == (0, NOW)


@pytest.mark.usefixtures("session")
def test_what_is_private_is_never_published() -> None:
    event = activities.create(
        content(is_private=True, kind=EventKind.MEETING),
        edition=builders.edition(),
        territory=builders.territory(),
        now=NOW,
    )

    with pytest.raises(Exception, match="privé"):
        services.publish(event, now=NOW)
    assert not event.is_published


TEN = Sitting(day=DAY_J, starts=time(10), ends=time(11))
NEXT_DAY = replace(TEN, day=DAY_J + timedelta(days=1))


@pytest.mark.usefixtures("session")
def test_a_date_postponed_without_a_new_day_survives_a_correction_of_the_words() -> None:
    event = publish(content(sittings=(TEN, NEXT_DAY)))
    services.postpone_sitting(event, event.sessions[1], moved=Session(), reason="Neige.", now=NOW)

    told = replace(activities.content_of(event), title="Heure du conte en pantoufles")
    activities.update(event, told, territory=builders.territory(), now=LATER)
    db.session.flush()

    assert [(row.starts_on, row.state) for row in event.sessions] == [
        (DAY_J, None),
        (None, EventState.POSTPONED),
    ]


@pytest.mark.usefixtures("session")
def test_a_date_that_waits_for_its_day_is_not_taken_by_another_that_moves() -> None:
    event = publish(content(sittings=(TEN, NEXT_DAY)))
    services.postpone_sitting(event, event.sessions[0], moved=Session(), reason="Neige.", now=NOW)
    moved = replace(NEXT_DAY, day=DAY_J + timedelta(days=3))

    activities.update(event, content(sittings=(moved,)), territory=builders.territory(), now=LATER)
    db.session.flush()

    assert [(row.starts_on, row.state) for row in event.sessions] == [
        (None, EventState.POSTPONED),
        (moved.day, None),
    ]


@pytest.mark.usefixtures("session")
def test_a_date_corrected_back_to_its_first_day_is_not_postponed_any_more() -> None:
    event = publish(content(sittings=(TEN,)))
    later = Session(
        starts_on=NEXT_DAY.day,
        starts_at=datetime(2027, 11, 16, 15, tzinfo=UTC),
        ends_at=datetime(2027, 11, 16, 16, tzinfo=UTC),
    )
    services.postpone_sitting(event, event.sessions[0], moved=later, reason="Neige.", now=NOW)

    activities.update(event, content(sittings=(TEN,)), territory=builders.territory(), now=LATER)
    db.session.flush()

    (row,) = event.sessions
    assert (row.starts_on, row.state, row.state_reason) == (DAY_J, None, "")
    assert (row.postponed_from_on, row.postponed_from_at, row.sequence) == (None, None, 2)


@pytest.mark.usefixtures("session")
def test_a_date_that_was_called_off_and_is_said_again_takes_place_after_all() -> None:
    event = publish(content(sittings=(TEN, NEXT_DAY)))
    activities.update(event, content(sittings=(TEN,)), territory=builders.territory(), now=NOW)

    activities.update(event, content(sittings=(TEN, NEXT_DAY)), territory=builders.territory(), now=LATER)
    db.session.flush()

    assert [(row.starts_on, row.state, row.sequence) for row in event.sessions] == [
        (DAY_J, None, 0),
        (NEXT_DAY.day, None, 2),
    ]
