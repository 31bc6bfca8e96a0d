"""One action on an event: what its preview says is what happens, and nothing published vanishes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaign import clock
from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import changes
from campaign.events.announcing import Post
from campaign.events.changes import Change, ChangedMeanwhile, Done, Effects, Times
from campaign.events.content import ActivityContent, Sitting
from campaign.events.documents import calendar_entries
from campaign.events.models import Event, EventAction, EventMove, EventState, Follower
from campaign.events.signals import event_changed
from campaign.events.vocabulary import Format
from campaign.outbox.models import Attachment, Message, Stencil
from tests import builders
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.lasting import database as database

LATER = datetime(2027, 11, 12, 15, tzinfo=UTC)
"""The Friday before the week, at 10 h."""
NBSP = "\u00a0"
STORM = "Tempête de neige."
THREE_DAYS = tuple(
    Sitting(day=DAY_J + timedelta(days=number), starts=time(10), ends=time(11)) for number in range(3)
)
A_DAY_LATER = Change(action=EventAction.POSTPONE, days=1, reason=STORM)
CANCELLED = Change(action=EventAction.CANCEL, reason=STORM)
TAKEN_BACK = Change(action=EventAction.REINSTATE)


def known(told: ActivityContent | None = None) -> Event:
    """The activity in the calendar, as a change reads it."""
    event = publish(told)
    db.session.expire_all()
    return changes.get_event(event.id)


def apply(event: Event, change: Change, *, now: datetime = LATER, **options: Any) -> Done:
    (locked,) = changes.list_locked([event.id])
    return changes.apply(locked, change, author="Jeanne", now=now, **options)


def days_of(event: Event) -> list[date | None]:
    return [row.starts_on for row in event.sessions]


def follow(event: Event, email: str, *, is_verified: bool = True) -> None:
    db.session.add(
        Follower(
            event_id=event.id,
            email=email,
            token_hash=f"{event.id}{email}",
            created_at=NOW,
            verified_at=NOW if is_verified else None,
        )
    )
    db.session.flush()


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
def test_one_date_of_several_moves_alone() -> None:
    event = known(content(sittings=THREE_DAYS))
    entries = calendar_entries(event, "http://localhost/")

    apply(event, replace(A_DAY_LATER, days=7, sitting_ids=frozenset({event.sessions[1].id})))

    moved = calendar_entries(event, "http://localhost/")
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
def test_what_was_postponed_then_called_off_comes_back_postponed() -> None:
    event = known()
    apply(event, A_DAY_LATER)
    apply(event, CANCELLED)

    apply(event, TAKEN_BACK)

    assert (event.state, event.sessions[0].state) == (EventState.PLANNED, EventState.POSTPONED)
    assert days_of(event) == [DAY_J + timedelta(days=1)]


@pytest.mark.usefixtures("session")
def test_only_what_is_ahead_is_called_off() -> None:
    event = known(content(sittings=THREE_DAYS))

    seen = apply(event, CANCELLED, now=datetime(2027, 11, 16, 12, tzinfo=UTC)).effects

    assert event.state is EventState.PLANNED
    assert [row.state for row in event.sessions] == [None, EventState.CANCELLED, EventState.CANCELLED]
    assert [each.is_changed for each in seen.dates] == [False, True, True]


@pytest.mark.usefixtures("session")
def test_another_municipality_keeps_the_hour_on_the_clocks_there() -> None:
    event = known()
    change = Change(
        action=EventAction.MOVE,
        geo_code=builders.SAINT_AUGUSTIN_OF_THE_COAST,
        place="Salle communautaire",
        reason="Dégât d’eau.",
    )

    seen = changes.preview(event, change, now=LATER)
    done = apply(event, change)

    assert done.effects == seen
    assert event.time_zone == "America/Blanc-Sablon"
    assert event.sessions[0].starts_at == datetime(2027, 11, 15, 14, tzinfo=UTC)
    assert seen.dates[0].after.endswith("heure normale de l’Atlantique, Salle communautaire")


@pytest.mark.usefixtures("session")
def test_put_online_it_says_so_and_may_be_brought_back() -> None:
    event = known()
    change = Change(action=EventAction.PUT_ONLINE, online_url="https://exemple.quebec/direct", reason=STORM)

    seen = apply(event, change).effects

    assert event.details is not None
    assert (event.details.format, event.place) == (Format.ONLINE, "")
    assert seen.dates[0].after.endswith(", En ligne")
    assert seen.dates[0].entry is not None
    assert seen.dates[0].entry.conference == "https://exemple.quebec/direct"
    apply(event, Change(action=EventAction.MOVE, place="Gymnase"))
    assert (event.details.format, event.details.online_url, event.place) == (Format.IN_PERSON, "", "Gymnase")


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
def test_what_is_called_off_is_not_postponed() -> None:
    event = known()
    apply(event, CANCELLED)

    with pytest.raises(Conflict, match="Rétablissez"):
        apply(event, A_DAY_LATER)


@pytest.mark.usefixtures("session")
def test_the_same_place_at_the_same_hour_is_a_warning() -> None:
    known(content(title="Bricolage", sittings=(Sitting(day=DAY_J + timedelta(days=1), starts=time(10, 30)),)))
    event = known(content(place="bibliothèque  municipale"))

    seen = changes.preview(event, A_DAY_LATER, now=LATER)

    assert seen.warnings == (
        f"Même lieu, même heure{NBSP}: «{NBSP}Bricolage{NBSP}», "
        f"le mardi 16{NBSP}novembre{NBSP}2027 à 10{NBSP}h{NBSP}30.",
    )


@pytest.mark.usefixtures("session")
def test_outside_the_week_is_a_warning() -> None:
    seen = changes.preview(known(), replace(A_DAY_LATER, days=10), now=LATER)

    assert seen.warnings == (f"Le jeudi 25{NBSP}novembre{NBSP}2027 est en dehors de la semaine.",)


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


# --- letters ----------------------------------------------------------------------------------------------


def letters() -> list[tuple[str, str]]:
    found = db.session.execute(sa.select(Message.to_email, Message.subject).order_by(Message.id))
    return [(row.to_email, row.subject) for row in found]


def tell(done: Done, change: Change, **options: Any) -> int:
    post = Post(**options)
    post.announce(done, changes.read_around([done.event]), tells=change.tell)
    return post.send(now=LATER)


@pytest.mark.usefixtures("session")
def test_who_asked_is_told_once_and_who_never_confirmed_is_not() -> None:
    event = known()
    follow(event, "ana@exemple.quebec")
    follow(event, "bo@exemple.quebec", is_verified=False)
    done = apply(event, A_DAY_LATER)

    assert (tell(done, A_DAY_LATER), tell(done, A_DAY_LATER)) == (1, 0)

    assert done.effects.followers == 1
    assert letters() == [
        ("ana@exemple.quebec", f"Reportée au 16{NBSP}novembre{NBSP}: Heure du conte en pyjama")
    ]
    message = db.session.scalars(sa.select(Message)).one()
    text = db.session.get_one(Stencil, message.stencil_id).text
    assert f"Avant{NBSP}: lundi 15{NBSP}novembre" in text
    assert f"Maintenant{NBSP}: mardi 16{NBSP}novembre" in text
    assert message.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    stop = message.values[f"lien_{event.id}"]
    assert stop.startswith("http://localhost/suivi/")
    assert message.headers["List-Unsubscribe"] == f"<{stop}>"
    calendar = db.session.scalars(sa.select(Attachment.data)).one().decode()
    assert "METHOD:PUBLISH" in calendar
    assert f"UID:{event.uid}" in calendar
    assert "DTSTART;TZID=America/Toronto:20271116T100000" in calendar


@pytest.mark.usefixtures("session")
def test_each_change_of_many_dates_has_its_letter() -> None:
    many = tuple(replace(THREE_DAYS[0], day=DAY_J + timedelta(days=number)) for number in range(35))
    event = known(content(sittings=many))
    follow(event, "ana@exemple.quebec")
    for row in event.sessions[-2:]:
        change = replace(CANCELLED, sitting_ids=frozenset({row.id}))
        tell(apply(event, change), change)

    assert len(letters()) == 2


@pytest.mark.usefixtures("session")
def test_several_events_of_one_batch_make_one_letter() -> None:
    first, second = known(), known(content(title="Marche des lutins"))
    post = Post("lot")
    for event in (first, second):
        follow(event, "ana@exemple.quebec")
    follow(second, "bo@exemple.quebec")
    for event in (first, second):
        done = apply(event, CANCELLED, batch="lot")
        post.announce(done, changes.read_around([event]), tells=True)

    post.send(now=LATER)

    assert letters() == [
        (
            "ana@exemple.quebec",
            f"2{NBSP}activités changent{NBSP}: Heure du conte en pyjama, Marche des lutins",
        ),
        ("bo@exemple.quebec", f"Annulée{NBSP}: Marche des lutins"),
    ]


@pytest.mark.usefixtures("session")
def test_nobody_is_told_when_nobody_is_to_be() -> None:
    event = known()
    follow(event, "ana@exemple.quebec")
    silent = replace(A_DAY_LATER, tell=False)

    done = apply(event, silent)

    assert (done.effects.letters, tell(done, silent)) == (0, 0)
    assert letters() == []


# --- what is seen is what happens -------------------------------------------------------------------------

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
    uids = {entry.uid: entry.sequence for entry in calendar_entries(event, "http://localhost/")}
    for step, (change, which) in enumerate(steps):
        if which is not None:
            change = alone(event, change, which)
        moment = now + timedelta(hours=step)
        before = changes.standing_of(event)

        seen = outcome(lambda: changes.preview(event, change, now=moment))  # noqa: B023 - asked at once
        done = outcome(lambda: apply(event, change, now=moment))  # noqa: B023 - done at once

        assert done == seen
        entries = {entry.uid: entry.sequence for entry in calendar_entries(event, "http://localhost/")}
        assert entries.keys() == uids.keys(), "nothing vanishes from calendars"
        if isinstance(seen, Effects):
            changed = [date for date in seen.dates if date.is_changed]
            assert all(entries[date.entry.uid] > uids[date.entry.uid] for date in changed if date.entry)
        else:
            assert changes.standing_of(event) == before, "a refusal writes nothing"
        uids = entries
