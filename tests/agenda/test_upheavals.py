"""Everything of a region changed in one action: each event apart, one letter for each address."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session as OrmSession

from campaign.agenda import upheavals
from campaign.agenda.upheavals import Area, Outcome, Plan
from campaign.db import db
from campaign.events import activities, changes
from campaign.events.announcing import Role
from campaign.events.changes import Change
from campaign.events.content import Sitting
from campaign.events.models import Event, EventAction, EventKind, EventMove, EventState, Follower
from campaign.events.vocabulary import ActivityType
from campaign.outbox.models import Message
from campaign.participations.models import ParticipationMove, Track
from tests import builders
from tests.builders import DAY_J, NOW, TEAM
from tests.events.activities import content, publish
from tests.lasting import database as database
from tests.queries import count_queries

MORNING = datetime(2027, 11, 15, 11, tzinfo=UTC)
"""6 h on day J."""
NBSP = "\u00a0"
STORM = "Tempête de neige."
SAGUENAY = "02"
A_DAY_LATER = Change(action=EventAction.POSTPONE, days=1, reason=STORM)
DAY = Area(since=DAY_J, until=DAY_J, region=SAGUENAY)
BATCH = "un-lot-de-tempete-0001"


def plan(change: Change = A_DAY_LATER, area: Area = DAY, **options: Any) -> Plan:
    db.session.flush()
    db.session.expire_all()
    asked = {"regions": None, "now": MORNING} | options
    return upheavals.plan(builders.edition(), area, change, **asked)


def apply(seen: Plan, change: Change = A_DAY_LATER, area: Area = DAY, **options: Any) -> Outcome:
    asked = dict(line.key.split(":") for line in seen.possible if not line.is_left_out)
    db.session.expire_all()
    given = {"batch": BATCH, "regions": None, "author": TEAM, "now": MORNING} | options
    outcome = upheavals.apply({int(number): stamp for number, stamp in asked.items()}, area, change, **given)
    db.session.flush()
    return outcome


def titles(lines: Any) -> list[str]:
    return [line.event.title for line in lines]


def event_of(title: str) -> Event:
    db.session.expire_all()
    number = db.session.scalars(sa.select(Event.id).where(Event.title == title)).one()
    return changes.get_event(number)


def day_of(title: str) -> date | None:
    return event_of(title).sessions[0].starts_on


def follow(event: Event, *emails: str) -> None:
    for email in emails:
        db.session.add(
            Follower(
                event_id=event.id,
                email=email,
                token_hash=f"{event.id}{email}",
                created_at=NOW,
                verified_at=NOW,
            )
        )


def letters() -> list[tuple[str, str]]:
    rows = db.session.execute(sa.select(Message.to_email, Message.subject).order_by(Message.id))
    return [(row.to_email, row.subject) for row in rows]


@pytest.mark.usefixtures("session")
def test_a_region_is_postponed_by_a_day_and_the_others_are_not() -> None:
    publish()
    publish(content(title="Marche au marché", geo_code=builders.MONTREAL))
    publish(content(title="Le lendemain", sittings=(Sitting(day=DAY_J + timedelta(days=1)),)))
    builders.confirm()

    seen = plan()
    outcome = apply(seen)

    assert titles(seen.possible) == ["Heure du conte en pyjama", "Lever du drapeau à Hébertville"]
    assert seen.letters == {Role.MUNICIPALITY: 1}
    assert [done.effects for done in outcome.done] == [line.effects for line in seen.possible]
    assert {title: day_of(title) for title in ("Marche au marché", "Le lendemain")} == {
        "Marche au marché": DAY_J,
        "Le lendemain": DAY_J + timedelta(days=1),
    }
    assert day_of("Lever du drapeau à Hébertville") == DAY_J + timedelta(days=1)
    assert letters() == [
        ("manon@exemple.quebec", f"Reportée au 16{NBSP}novembre{NBSP}: Lever du drapeau à Hébertville")
    ]


@pytest.mark.usefixtures("session")
def test_the_file_of_the_municipality_remembers_it() -> None:
    participation = builders.confirm()

    apply(plan())

    move = db.session.scalars(
        sa.select(ParticipationMove)
        .where(ParticipationMove.participation_id == participation.id)
        .order_by(ParticipationMove.id.desc())
    ).first()
    assert move is not None
    assert (move.track, move.after, move.reason, move.author) == (
        Track.CEREMONY,
        EventState.POSTPONED.value,
        STORM,
        "Jeanne",
    )


@pytest.mark.usefixtures("session")
def test_types_are_chosen_before_they_are_counted_and_some_never_pass_for_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upheavals, "MOST_EVENTS", 1)
    publish(content(title="Marche", activity_type=ActivityType.WALK))
    publish(content(title="Contes", sittings=(Sitting(day=DAY_J, starts=time(14)),)))
    builders.confirm()

    assert {
        value: titles(plan(area=replace(DAY, types=frozenset({value}))).lines)
        for value in ("heure-du-conte", "marche", "lever-de-drapeau")
    } == {
        "heure-du-conte": ["Contes"],
        "marche": ["Marche"],
        "lever-de-drapeau": ["Lever du drapeau à Hébertville"],
    }
    with pytest.raises(upheavals.TooMany, match="moins de jours"):
        plan()


@pytest.mark.usefixtures("session")
def test_only_the_dates_of_those_days_change() -> None:
    days = tuple(Sitting(day=DAY_J + timedelta(days=number), starts=time(10)) for number in range(3))
    publish(content(sittings=days))

    apply(plan(replace(A_DAY_LATER, days=7)), replace(A_DAY_LATER, days=7))

    rows = event_of("Heure du conte en pyjama").sessions
    assert [row.starts_on for row in rows] == [
        DAY_J + timedelta(days=7),
        DAY_J + timedelta(days=1),
        DAY_J + timedelta(days=2),
    ]
    move = db.session.scalars(sa.select(EventMove)).one()
    assert (move.session_id, move.batch) == (rows[0].id, BATCH)


@pytest.mark.usefixtures("session")
def test_what_refuses_is_said_by_name_and_keeps_none_of_the_others() -> None:
    publish()
    off = publish(content(title="Déjà annulée"))
    off.state = EventState.CANCELLED
    publish(
        content(title="Aux petites heures", sittings=(Sitting(day=date(2027, 3, 13), starts=time(2, 30)),))
    )
    area = replace(DAY, since=date(2027, 3, 13))

    seen = plan(area=area, now=datetime(2027, 3, 1, tzinfo=UTC))
    outcome = apply(seen, area=area, now=datetime(2027, 3, 1, tzinfo=UTC))

    assert [(line.event.title, line.refusal) for line in seen.refused] == [
        (
            "Aux petites heures",
            f"L’heure n’existe pas cette nuit-là{NBSP}: on avance l’heure. Ce serait 3{NBSP}h.",
        ),
        ("Déjà annulée", "Tout est annulé. Rétablissez d’abord l’activité."),
    ]
    assert [done.event.title for done in outcome.done] == ["Heure du conte en pyjama"]


@pytest.mark.usefixtures("session")
def test_what_has_begun_is_proposed_unticked() -> None:
    publish()

    (line,) = plan(now=datetime(2027, 11, 15, 15, 30, tzinfo=UTC)).possible

    assert line.is_left_out


@pytest.mark.usefixtures("session")
def test_what_changed_since_the_preview_is_left_as_it_is() -> None:
    publish()
    publish(content(title="Marche des lutins"))
    seen = plan()
    moved = event_of("Marche des lutins")
    changes.apply(
        moved, Change(action=EventAction.MOVE, place="Gymnase", reason="Dégât d’eau"), author="Ana", now=NOW
    )
    db.session.flush()

    outcome = apply(seen)

    assert outcome.refused == (
        (
            "Marche des lutins",
            f"«{NBSP}Marche des lutins{NBSP}» a changé depuis cet aperçu. Relisez-le avant de confirmer.",
        ),
    )
    assert (day_of("Heure du conte en pyjama"), day_of("Marche des lutins")) == (
        DAY_J + timedelta(days=1),
        DAY_J,
    )


@pytest.mark.usefixtures("session")
def test_the_same_batch_sent_again_does_nothing() -> None:
    follow(publish(), "ana@exemple.quebec")
    seen = plan()
    apply(seen)

    again = apply(seen)

    assert again == Outcome(done=(), refused=(), letters=0)
    assert day_of("Heure du conte en pyjama") == DAY_J + timedelta(days=1)
    assert len(letters()) == 1


@pytest.mark.usefixtures("session")
def test_an_address_that_has_several_reasons_receives_one_letter() -> None:
    first, second = publish(), publish(content(title="Marche des lutins"))
    builders.confirm()
    follow(first, "ana@exemple.quebec", "manon@exemple.quebec")
    follow(second, "ana@exemple.quebec")

    seen = plan()
    outcome = apply(seen)

    assert seen.letters == {Role.MUNICIPALITY: 1, Role.FOLLOWER: 1}
    assert outcome.letters == 2
    assert sorted(letters()) == [
        (
            "ana@exemple.quebec",
            f"2{NBSP}activités changent{NBSP}: Heure du conte en pyjama, Marche des lutins",
        ),
        (
            "manon@exemple.quebec",
            f"2{NBSP}activités changent{NBSP}: Heure du conte en pyjama, Lever du drapeau à Hébertville",
        ),
    ]


@pytest.mark.usefixtures("session")
def test_a_coordinator_changes_only_their_regions() -> None:
    publish()
    mine = frozenset({"01"})

    assert plan(area=replace(DAY, region=""), regions=mine).lines == ()
    outcome = apply(plan(), regions=mine)

    assert outcome.done == ()
    assert outcome.refused == (("Heure du conte en pyjama", "Cette activité n’est pas dans vos régions."),)
    assert day_of("Heure du conte en pyjama") == DAY_J


@pytest.mark.usefixtures("session")
def test_indoors_a_ceremony_goes_where_its_town_foresaw() -> None:
    participation = builders.confirm(answers=builders.details(place="Place de l’Église"))
    participation.plan_b_place = "Salle du conseil"
    indoors = Change(action=EventAction.MOVE, is_indoors=True, reason=STORM)

    seen = plan(indoors)
    outcome = apply(seen, indoors)

    assert [done.effects for done in outcome.done] == [line.effects for line in seen.possible]
    event = event_of("Lever du drapeau à Hébertville")
    assert (event.place, event.is_indoors) == ("Salle du conseil", True)


@pytest.mark.usefixtures("session")
@pytest.mark.parametrize(
    "change",
    [
        A_DAY_LATER,
        Change(action=EventAction.POSTPONE, day=date(2027, 11, 19), at=time(14), reason=STORM),
        Change(action=EventAction.POSTPONE, reason=STORM),
        Change(action=EventAction.CANCEL, reason=STORM),
        Change(action=EventAction.PUT_ONLINE, online_url="https://exemple.quebec/direct", reason=STORM),
        Change(action=EventAction.MOVE, is_indoors=True, place="Gymnase", reason=STORM),
    ],
    ids=["a day", "a date", "no date", "cancel", "online", "indoors"],
)
def test_undone_all_stands_as_before_and_calendars_know(change: Change) -> None:
    publish()
    builders.confirm()
    both = ("Heure du conte en pyjama", "Lever du drapeau à Hébertville")
    before = {title: changes.standing_of(event_of(title)) for title in both}
    done = apply(plan(change), change).done
    sequences = {one.event.title: changes.stamp_of(one.event) for one in done}

    outcome = upheavals.undo(BATCH, into=f"{BATCH}-2", regions=None, author=TEAM, now=MORNING)

    assert [one.event.title for one in outcome.done] == [one.event.title for one in done]
    assert {title: changes.standing_of(event_of(title)) for title in both} == before
    assert all(changes.stamp_of(event_of(title)) > stamp for title, stamp in sequences.items())


@pytest.mark.usefixtures("session")
def test_what_changed_since_is_not_undone() -> None:
    publish()
    apply(plan())
    changes.apply(
        event_of("Heure du conte en pyjama"),
        Change(action=EventAction.MOVE, place="Gymnase"),
        author="Ana",
        now=MORNING,
    )

    outcome = upheavals.undo(BATCH, into=f"{BATCH}-2", regions=None, author=TEAM, now=MORNING)

    assert outcome.refused == (("Heure du conte en pyjama", "Cette activité a changé depuis."),)
    assert day_of("Heure du conte en pyjama") == DAY_J + timedelta(days=1)


@pytest.mark.usefixtures("session")
def test_what_was_done_together_is_found_again_in_its_regions() -> None:
    publish()
    apply(plan())

    (batch,) = upheavals.list_batches(regions=frozenset({SAGUENAY}))

    assert (batch.key, batch.author, batch.action, batch.reason, batch.events) == (
        BATCH,
        "Jeanne",
        EventAction.POSTPONE,
        STORM,
        1,
    )
    assert upheavals.list_batches(regions=frozenset({"01"})) == []
    assert upheavals.list_moves(BATCH, regions=frozenset({"01"})) == []


@pytest.mark.usefixtures("session")
def test_private_meetings_are_nobody_s_storm() -> None:
    told = content(kind=EventKind.MEETING, is_private=True, title="Comité")
    activities.create(told, edition=builders.edition(), territory=builders.territory(), now=NOW)

    assert plan().lines == ()


def statements_for(app: Flask, session: OrmSession, count: int, act: Callable[[Plan], object]) -> int:
    session.rollback()
    session.connection(execution_options={"pavois_immediate": True})
    codes = ["93022", "93020", "93030", "93035", "93012", "93042"][:count]
    for code in codes:
        follow(publish(content(geo_code=code)), "ana@exemple.quebec", f"{code}@exemple.quebec")
        builders.confirm(code)
    seen = plan()
    assert len(seen.possible) == 2 * count
    session.expire_all()
    with count_queries(app) as statements:
        act(seen)
        session.flush()
    return len(statements)


@pytest.mark.parametrize(
    ("act", "each"),
    [(lambda seen: plan(), 0), (apply, 6)],
    ids=["preview", "confirmation"],
)
def test_each_event_costs_the_same_few_statements(
    app: Flask, session: OrmSession, act: Callable[[Plan], object], each: int
) -> None:
    counts = [statements_for(app, session, count, act) for count in (1, 2, 4)]

    steps = [(counts[1] - counts[0]) / 2, (counts[2] - counts[1]) / 4]
    assert max(steps) <= each, counts
    assert counts[0] < 40
