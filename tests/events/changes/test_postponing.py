"""Another date: the hour on the clocks stays, the first date is remembered."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from campaign import clock
from campaign.errors import Conflict
from campaign.events import changes
from campaign.events.changes import Change
from campaign.events.content import Sitting
from campaign.events.models import EventAction
from campaign.events.times import Times
from tests import builders
from tests.builders import DAY_J
from tests.events.activities import content
from tests.events.changing import (
    A_DAY_LATER,
    CANCELLED,
    NBSP,
    STORM,
    TAKEN_BACK,
    THREE_DAYS,
    apply,
    days_of,
    entries_of,
    known,
)
from tests.lasting import database as database


@pytest.mark.usefixtures("session")
def test_one_date_of_several_moves_alone() -> None:
    event = known(content(sittings=THREE_DAYS))
    entries = entries_of(event)

    apply(event, replace(A_DAY_LATER, days=7, sitting_ids=frozenset({event.sessions[1].id})))

    moved = entries_of(event)
    assert days_of(event) == [DAY_J, DAY_J + timedelta(days=8), DAY_J + timedelta(days=2)]
    assert [entries[0], entries[2]] == [moved[0], moved[2]]
    assert (moved[1].uid, moved[1].sequence) == (entries[1].uid, entries[1].sequence + 1)


@pytest.mark.usefixtures("session")
def test_all_dates_keep_their_distance_from_the_first() -> None:
    event = known(content(sittings=THREE_DAYS))

    apply(event, Change(action=EventAction.POSTPONE, day=date(2027, 11, 22), at=time(13, 30), reason=STORM))

    assert days_of(event) == [date(2027, 11, 22) + timedelta(days=number) for number in range(3)]
    hours = [changes.words_of(event, row).split(", ")[1] for row in event.sessions]
    assert set(hours) == {f"de 13{NBSP}h{NBSP}30 à 14{NBSP}h{NBSP}30"}


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("geo_code", "day", "before", "after"),
    [
        (builders.HEBERTVILLE, date(2027, 11, 6), 14, 15),
        ("01023", date(2027, 11, 6), 13, 14),
        (builders.SAINT_AUGUSTIN_OF_THE_COAST, date(2027, 11, 6), 14, 14),
    ],
    ids=["Hébertville", "Les Îles-de-la-Madeleine", "Basse-Côte-Nord"],
)
def test_a_day_across_the_change_of_clocks_keeps_the_hour_there(
    geo_code: str, day: date, before: int, after: int
) -> None:
    event = known(content(geo_code=geo_code, sittings=(Sitting(day=day, starts=time(10), ends=time(11)),)))
    now = datetime(2027, 11, 1, tzinfo=UTC)
    assert event.sessions[0].starts_at == datetime(2027, 11, 6, before, tzinfo=UTC)

    apply(event, A_DAY_LATER, now=now)

    assert Times.of(event.sessions[0]) == Times(
        date(2027, 11, 7),
        datetime(2027, 11, 7, after, tzinfo=UTC),
        datetime(2027, 11, 7, after + 1, tzinfo=UTC),
        None,
    )


@pytest.mark.usefixtures("session")
def test_an_hour_over_which_the_clocks_jump_is_refused_before_anything_is_written() -> None:
    event = known(content(sittings=(Sitting(day=date(2027, 3, 13), starts=time(2, 30)),)))
    before = changes.standing_of(event)

    with pytest.raises(clock.NonexistentTime) as refusal:
        apply(event, A_DAY_LATER, now=datetime(2027, 3, 1, tzinfo=UTC))

    assert refusal.value.suggestion == time(3)
    assert changes.standing_of(event) == before


@pytest.mark.usefixtures("session")
def test_without_a_new_date_it_stays_readable_everywhere() -> None:
    event = known()

    seen = apply(event, Change(action=EventAction.POSTPONE, reason=STORM)).effects

    (date_effect,) = seen.dates
    assert seen.headline == "Reportée, date à confirmer"
    assert date_effect.after == "date à confirmer, Bibliothèque municipale"
    assert date_effect.labels == (("reportée, date à confirmer", "warning"),)
    entry = date_effect.entry
    assert entry is not None
    assert (entry.uid, entry.sequence, entry.status) == (event.uid, 1, "CANCELLED")
    assert entry.starts_at == datetime(2027, 11, 15, 15, tzinfo=UTC)


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("sittings", [THREE_DAYS, (Sitting(day=DAY_J, last_day=DAY_J + timedelta(days=2)),)])
@pytest.mark.parametrize(
    "change",
    [
        A_DAY_LATER,
        Change(action=EventAction.POSTPONE),
        Change(action=EventAction.POSTPONE, day=date(2027, 11, 20), at=time(15)),
    ],
)
def test_what_was_postponed_is_taken_back_to_its_first_date(
    sittings: tuple[Sitting, ...], change: Change
) -> None:
    event = known(content(sittings=sittings))
    times = [Times.of(row) for row in event.sessions]
    apply(event, change)
    if change.days:
        apply(event, replace(A_DAY_LATER, days=2))

    apply(event, TAKEN_BACK)

    assert [Times.of(row) for row in event.sessions] == times
    assert {(row.state, row.postponed_from_on) for row in event.sessions} == {(None, None)}


@pytest.mark.usefixtures("session")
def test_what_is_called_off_is_not_postponed() -> None:
    event = known()
    apply(event, CANCELLED)

    with pytest.raises(Conflict, match="Rétablissez"):
        apply(event, A_DAY_LATER)
