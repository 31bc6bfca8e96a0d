"""One action on an event: what its preview says is what happens, and nothing published vanishes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign import clock
from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import changes
from campaign.events.changes import Change, ChangedMeanwhile, Done, Effects
from campaign.events.content import Sitting
from campaign.events.models import Event, EventAction, EventMove
from campaign.events.signals import event_changed
from tests import builders
from tests.builders import DAY_J
from tests.events.activities import content
from tests.events.changing import (
    A_DAY_LATER,
    CANCELLED,
    LATER,
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
def test_a_day_later_keeps_the_hour_and_says_when_it_was() -> None:
    event = known()

    seen = changes.preview(event, A_DAY_LATER, now=LATER)
    done = apply(event, A_DAY_LATER)

    assert done.effects == seen
    (date_effect,) = seen.dates
    assert (seen.headline, date_effect.before, date_effect.after) == (
        f"Reportée au 16{NBSP}novembre",
        f"lundi 15{NBSP}novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h, Bibliothèque municipale",
        f"mardi 16{NBSP}novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h, Bibliothèque municipale",
    )
    assert date_effect.labels == ((f"reportée au 16{NBSP}novembre", "warning"),)
    assert date_effect.note == (
        f"D’abord prévue le lundi 15{NBSP}novembre{NBSP}2027. Raison donnée{NBSP}: {STORM}"
    )
    assert date_effect.entry is not None
    assert (date_effect.entry.uid, date_effect.entry.sequence, date_effect.entry.status) == (
        event.uid,
        1,
        "CONFIRMED",
    )


@pytest.mark.usefixtures("session")
def test_a_preview_changes_nothing() -> None:
    event = known(content(sittings=THREE_DAYS))
    before = changes.standing_of(event)

    for change in (A_DAY_LATER, CANCELLED, Change(action=EventAction.PUT_ONLINE)):
        changes.preview(event, change, now=LATER)

    assert not db.session.dirty
    assert not db.session.new
    assert changes.standing_of(event) == before


@pytest.mark.usefixtures("session")
def test_what_changed_since_the_preview_is_refused() -> None:
    event = known()
    seen = changes.preview(event, A_DAY_LATER, now=LATER)
    apply(event, Change(action=EventAction.MOVE, place="Gymnase"))

    with pytest.raises(ChangedMeanwhile, match="a changé depuis cet aperçu"):
        apply(event, A_DAY_LATER, seen=seen.stamp)
    assert days_of(event) == [DAY_J]


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    ("change", "now", "words"),
    [
        (replace(A_DAY_LATER, days=1), datetime(2027, 11, 17, tzinfo=UTC), "passée"),
        (TAKEN_BACK, LATER, "rien à rétablir"),
        (Change(action=EventAction.POSTPONE, day=DAY_J), LATER, "déjà prévu"),
        (Change(action=EventAction.MOVE), LATER, "déjà le lieu"),
        (Change(action=EventAction.CANCEL), datetime(2027, 11, 17, tzinfo=UTC), "passée"),
    ],
)
def test_what_would_say_nothing_is_refused(change: Change, now: datetime, words: str) -> None:
    event = known()

    with pytest.raises(Conflict, match=words):
        apply(event, change, now=now)


@pytest.mark.usefixtures("session")
def test_a_date_of_another_event_is_not_found() -> None:
    event = known(content(sittings=THREE_DAYS))

    with pytest.raises(NotFound):
        apply(event, replace(A_DAY_LATER, sitting_ids=frozenset({event.sessions[0].id + 1000})))


@pytest.mark.usefixtures("session")
def test_what_was_done_is_kept_before_and_after() -> None:
    event = known()

    move = apply(event, A_DAY_LATER, batch="lot").move

    assert (move.author, move.action, move.reason, move.batch) == (
        "Jeanne",
        EventAction.POSTPONE,
        STORM,
        "lot",
    )
    assert [move.before["words"], move.after["words"]] == [
        [f"lundi 15{NBSP}novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h, Bibliothèque municipale"],
        [f"mardi 16{NBSP}novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h, Bibliothèque municipale"],
    ]


@contextmanager
def listening() -> Iterator[list[tuple[int, int]]]:
    heard: list[tuple[int, int]] = []

    def hear(event: Event, move: EventMove) -> None:
        heard.append((event.id, move.id))

    event_changed.connect(hear)
    try:
        yield heard
    finally:
        event_changed.disconnect(hear)


@pytest.mark.usefixtures("session")
def test_the_rooms_above_are_told() -> None:
    event = known()

    with listening() as heard:
        move = apply(event, A_DAY_LATER).move

    assert heard == [(event.id, move.id)]


hours = st.sampled_from([time(0, 30), time(1, 30), time(9), time(10, 15), time(23, 45)])

some_days = st.dates(date(2027, 10, 25), date(2027, 12, 5))

told = st.builds(
    Sitting,
    day=some_days,
    starts=st.none() | hours,
    ends=st.none() | hours,
    last_day=st.none(),
)

actions = st.builds(
    Change,
    action=st.sampled_from(EventAction),
    days=st.integers(0, 3),
    day=st.none() | some_days,
    at=st.none() | hours,
    place=st.sampled_from(["", "Gymnase", "Bibliothèque municipale"]),
    is_indoors=st.booleans(),
    geo_code=st.sampled_from(["", "01023", builders.HEBERTVILLE]),
    reason=st.sampled_from(["", STORM]),
    tell=st.booleans(),
)


def alone(event: Event, change: Change, which: int) -> Change:
    number = event.sessions[which % len(event.sessions)].id
    return replace(change, sitting_ids=frozenset({number}))


def outcome(act: Any) -> Effects | type[Exception]:
    """What an action gives, or the kind of its refusal."""
    try:
        done = act()
    except (Conflict, NotFound, clock.NonexistentTime) as refusal:
        return type(refusal)
    return done.effects if isinstance(done, Done) else done


@pytest.mark.usefixtures("session")
@given(
    sittings=st.lists(told, min_size=1, max_size=3, unique_by=lambda each: each.day),
    steps=st.lists(st.tuples(actions, st.none() | st.integers(0, 2)), min_size=1, max_size=6),
)
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    deadline=None,
)
def test_what_is_previewed_is_what_happens(
    sittings: list[Sitting], steps: list[tuple[Change, int | None]]
) -> None:
    event = known(content(sittings=tuple(sorted(sittings))))
    now = datetime(2027, 10, 20, tzinfo=UTC)
    uids = {entry.uid: entry.sequence for entry in entries_of(event)}
    for step, (change, which) in enumerate(steps):
        if which is not None:
            change = alone(event, change, which)
        moment = now + timedelta(hours=step)
        before = changes.standing_of(event)

        seen = outcome(lambda: changes.preview(event, change, now=moment))  # noqa: B023 - asked at once
        done = outcome(lambda: apply(event, change, now=moment))  # noqa: B023 - done at once

        assert done == seen
        entries = {entry.uid: entry.sequence for entry in entries_of(event)}
        assert entries.keys() == uids.keys(), "nothing vanishes from calendars"
        if isinstance(seen, Effects):
            changed = [date for date in seen.dates if date.is_changed]
            assert all(entries[date.entry.uid] > uids[date.entry.uid] for date in changed if date.entry)
        else:
            assert changes.standing_of(event) == before, "a refusal writes nothing"
        uids = entries
