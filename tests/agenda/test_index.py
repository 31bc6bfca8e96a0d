"""The calendar in memory gives what the database holds, whatever is asked and whatever was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, time, timedelta
from math import acos, cos, radians, sin
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import joinedload, selectinload

from campaign.agenda import index, words
from campaign.agenda.filters import CHOICES, CalendarFilter
from campaign.agenda.index import Index, Row
from campaign.db import CALENDAR, db, record_changes, revisions, table_of, touch_public
from campaign.events import activities, services
from campaign.events.models import Event, EventState, Opening, Session
from campaign.events.vocabulary import TYPES, Accessibility, ActivityType, Audience, Cost, Format, Theme
from campaign.events.wording import Occasion, first_day, state_of, type_of
from campaign.identifiers import new_uid
from campaign.territory.models import Region, Territory, TerritoryAlias
from tests import builders
from tests.builders import DAY_J, HEBERTVILLE, MONTREAL, MONTREAL_BOROUGHS, NOW
from tests.events.activities import content, publish
from tests.lasting import database as database
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("session")

SAGUENAY = "94068"
TOWNS = (HEBERTVILLE, SAGUENAY, MONTREAL_BOROUGHS[0], builders.SAINT_AUGUSTIN_OF_THE_COAST, "")

sittings = st.lists(st.integers(-3, 12), max_size=3, unique=True).map(
    lambda numbers: tuple(
        replace(content().sittings[0], day=DAY_J + timedelta(days=number)) for number in sorted(numbers)
    )
)


workshops = st.lists(
    st.builds(
        dict,
        title=st.sampled_from(["Atelier du jeu", "Atelier des tout·e·s-petit·e·s"]),
        place=st.sampled_from(["", "Salle Aurore"]),
        block=st.sampled_from(["", "Après-midi", "Après-midi", "Soirée"]),
        starts_on=st.sampled_from([None, DAY_J, DAY_J, DAY_J + timedelta(days=1)]),
        state=st.sampled_from([None, None, EventState.CANCELLED, EventState.POSTPONED]),
        postponed_from_on=st.sampled_from([DAY_J, DAY_J + timedelta(days=2)]),
    ),
    max_size=5,
)
"""What takes place at the same time, or nearly: some are chosen from, some moved, some called off."""


def some(kind: Any) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(kind), unique=True, max_size=2).map(tuple)


contents = st.builds(
    content,
    title=st.sampled_from(["Heure du conte", "Fête des tout·e·s-petit·e·s", "Marche au parc", "Œufs"]),
    description=st.sampled_from(["", "Avec des éducateur·trice·s.", "Une doudou à la main"]),
    activity_type=st.sampled_from(ActivityType),
    sittings=sittings,
    geo_code=st.sampled_from(TOWNS),
    region_code=st.sampled_from(["", "02"]),
    format=st.sampled_from(Format),
    opening=st.sampled_from(Opening),
    cost=st.sampled_from(Cost),
    audiences=some(Audience),
    themes=some(Theme),
    accessibility=some(Accessibility),
    is_private=st.sampled_from([False, False, True]),
)

filters = st.builds(
    CalendarFilter,
    words=st.sampled_from(
        [
            "",
            "",
            "conte",
            "tout-petits",
            "éducatrice",
            "chicoutimi",
            "doudou heure",
            "aurore",
            "après-midi",
            "saguenay",
        ]
    ),
    region=st.sampled_from(["", "", "02", "06"]),
    mrc=st.sampled_from(["", "", "930"]),
    municipality=st.sampled_from(["", "", HEBERTVILLE, MONTREAL]),
    near=st.sampled_from(["", "", HEBERTVILLE]),
    radius=st.sampled_from([10, 60, 100]),
    types=st.lists(st.sampled_from(sorted(TYPES)), max_size=2, unique=True).map(tuple),
    themes=some(sorted(CHOICES["theme"])),
    audiences=some(sorted(CHOICES["public"])),
    costs=some(sorted(CHOICES["cout"])),
    accessibility=some(sorted(CHOICES["acces"])),
    formats=some(sorted(CHOICES["format"])),
    languages=some(sorted(CHOICES["langue"])),
    is_open=st.booleans(),
    since=st.none() | st.integers(-3, 12).map(lambda number: DAY_J + timedelta(days=number)),
    until=st.none() | st.integers(-3, 12).map(lambda number: DAY_J + timedelta(days=number)),
)


def identity(row: Row) -> tuple[int, date | None, bool]:
    return row.session_id, row.day, row.is_moved


# --- the same question asked without any index ------------------------------------------------------


def brute(asked: CalendarFilter, *, with_closed: bool = False, with_moved: bool = False) -> set[Any]:
    """Each published sitting of the database looked at in turn."""
    found = set()
    events = db.session.scalars(
        sa.select(Event)
        .where(Event.is_published)
        .options(selectinload(Event.sessions), joinedload(Event.details), joinedload(Event.territory))
        .execution_options(populate_existing=True)
    ).unique()
    for event in events:
        for sitting in event.sessions:
            several = beside(event, sitting)
            if several[0] is not sitting:
                continue
            days = [(sitting.starts_on, sitting.ends_on or sitting.starts_on, False)]
            voice = voice_of(several)
            left = first_day(Occasion.of(event, voice))
            is_moved = state_of(event, voice) is EventState.POSTPONED and left not in (
                None,
                sitting.starts_on,
            )
            if is_moved and with_moved:
                days.append((left, left, True))
            found |= {
                (sitting.id, first, moved)
                for first, last, moved in days
                if (with_closed or event.opening is not Opening.CLOSED)
                and answers(asked, event, several)
                and in_period(asked, first, last)
            }
    return found


def beside(event: Event, sitting: Session) -> list[Session]:
    """Those that the public is told of as one with it, in the order in which they were planned."""
    if not sitting.block:
        return [sitting]
    together = [
        each for each in event.sessions if (each.block, each.starts_on) == (sitting.block, sitting.starts_on)
    ]
    return sorted(together, key=lambda each: each.position)


def voice_of(several: list[Session]) -> Session:
    """What goes on as planned speaks for all, then what goes on."""
    ranks = {None: 0, EventState.POSTPONED: 1, EventState.CANCELLED: 2}
    return min(several, key=lambda each: (ranks[each.state], each.position))


def in_period(asked: CalendarFilter, first: date | None, last: date | None) -> bool:
    if asked.since is None and asked.until is None:
        return True
    if first is None or last is None:
        return False
    return last >= (asked.since or date.min) and first <= (asked.until or date.max)


def answers(asked: CalendarFilter, event: Event, several: list[Session]) -> bool:
    details, town = event.details, event.territory
    assert details is not None
    region = town.region_code if town else event.region_code
    chosen: list[tuple[tuple[str, ...], set[str]]] = [
        (asked.types, {type_of(event)}),
        (asked.themes, set(details.themes)),
        (asked.audiences, set(details.audiences)),
        (asked.costs, {details.cost.value}),
        (asked.accessibility, set(details.accessibility)),
        (asked.formats, {details.format.value}),
        (asked.languages, set(details.languages)),
        ((asked.region,) if asked.region else (), {region or ""}),
        ((asked.mrc,) if asked.mrc else (), {(town.mrc_code if town else None) or ""}),
        ((asked.municipality,) if asked.municipality else (), codes_of(town)),
    ]
    return (
        all(not wanted or set(wanted) & has for wanted, has in chosen)
        and (not asked.is_open or event.opening is Opening.PUBLIC)
        and (not asked.near or (town is not None and distance(asked.near, town) <= asked.radius))
        and all(
            any(words.answers(word, form) for form in words.forms(told(event, several)))
            for word in words.asked(asked.words)
        )
    )


def codes_of(town: Territory | None) -> set[str]:
    return {town.geo_code, town.geo_code.partition("-")[0]} if town else set()


def distance(geo_code: str, town: Territory) -> float:
    """On the sphere, where the index reckons on a plane."""
    middle = builders.territory(geo_code)
    assert middle.latitude
    assert middle.longitude
    assert town.latitude
    assert town.longitude
    first, second = radians(middle.latitude), radians(town.latitude)
    turned = radians(middle.longitude - town.longitude)
    if middle.id == town.id:
        return 0
    return 6371 * acos(sin(first) * sin(second) + cos(first) * cos(second) * cos(turned))


def told(event: Event, several: list[Session]) -> str:
    details, town = event.details, event.territory
    assert details is not None
    parts = [event.title, details.organizer_name, TYPES[type_of(event)]]
    parts += [each.title for each in several]
    if len(several) > 1:
        parts.append(several[0].block)
    if event.opening is not Opening.CLOSED:
        kept = [each for each in several if each.state is not EventState.CANCELLED]
        is_told = event.state is not EventState.CANCELLED and len(several) > 1
        parts += [each.place for each in (kept if is_told else several if len(several) == 1 else [])]
    parts += [CHOICES["theme"][theme] for theme in details.themes]
    if event.opening is not Opening.CLOSED:
        parts += [event.place, event.description]
    if town is None and event.region_code:
        parts.append(db.session.get_one(Region, event.region_code).name)
    if town is not None:
        place = builders.territory(town.geo_code)
        around = [town.id, *([place.parent.id] if place.parent else [])]
        names = sa.select(TerritoryAlias.name).where(TerritoryAlias.territory_id.in_(around))
        parts += [place.name, *db.session.scalars(names)]
        parts += [each.name for each in (place.mrc, place.region, place.parent) if each]
    return "\n".join(parts)


# --- the same answers -------------------------------------------------------------------------------


def fresh(memory: Index) -> index.Calendar:
    """What a request would read now, as after each transaction."""
    db.session.flush()
    record_changes(db.session())
    return memory.calendar(revisions())


@given(
    st.lists(st.tuples(contents, workshops), max_size=6),
    st.lists(filters, min_size=1, max_size=4),
    st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_it_finds_what_looking_at_each_event_finds(
    told_: list[Any], asked: list[CalendarFilter], is_wide: bool
) -> None:
    with undone():
        for each, parallel in told_:
            add(each, parallel)
        calendar = fresh(Index())
        scope = {"with_closed": is_wide, "with_moved": is_wide}

        for each in asked:
            rows = calendar.matching(each, **scope)

            assert {identity(row) for row in rows} == brute(each, **scope)
            assert rows == sorted(rows, key=lambda row: row.order)
            assert calendar.count(each) == len(calendar.matching(each))
            check_counts(calendar, each)


def check_counts(calendar: index.Calendar, asked: CalendarFilter) -> None:
    """Each number is that of the list one would get by choosing that value alone for that word."""
    counted = calendar.counts(asked)
    for word in ("type", "public", "cout", "acces"):
        for value, number in counted[word].items():
            alone = asked.without(word).adding(word, value)
            assert number == len(calendar.matching(alone))
    anywhere = asked.without("region").without("mrc").without("municipalite")
    for region, number in counted["region"].items():
        assert number == len(calendar.matching(replace(anywhere, region=region)))
    assert counted["ouvert"] == {"oui": len(calendar.matching(replace(asked, is_open=True)))}


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of what is written is kept, nor what was read of it: numbers are given again."""
    try:
        with db.session.begin_nested() as nested:
            yield
            nested.rollback()
    finally:
        db.session.expunge_all()


def add(told_: Any, parallel: list[dict[str, Any]] | tuple[()] = ()) -> Event:
    """Published, unless it is private."""
    territory = builders.territory(told_.geo_code) if told_.geo_code else None
    event = activities.create(told_, edition=builders.edition(), territory=territory, now=NOW)
    for values in parallel:
        position = len(event.sessions)
        event.sessions.append(Session(position=position, uid=new_uid(), sequence=0, **values))
    if not told_.is_private:
        services.publish(event, now=NOW)
    db.session.flush()
    return event


# --- changes ----------------------------------------------------------------------------------------


def loaded(number: int) -> Event:
    return db.session.scalars(
        sa.select(Event)
        .where(Event.id == number)
        .options(selectinload(Event.sessions), joinedload(Event.details), joinedload(Event.territory))
    ).one()


def _postpone(event: Event, day: date | None) -> None:
    sitting = event.sessions[-1] if event.sessions else None
    if sitting and sitting.state is None and event.state is EventState.PLANNED:
        services.postpone_sitting(event, sitting, moved=Session(starts_on=day), reason="Neige", now=NOW)


def _say_again(event: Event, told_: Any) -> None:
    if event.state is EventState.PLANNED:
        territory = builders.territory(told_.geo_code) if told_.geo_code else None
        activities.update(event, replace(told_, is_private=False), territory=territory, now=NOW)


def _delete(event: Event) -> None:
    db.session.delete(event)


def _workshop(event: Event, act: Callable[[Event, Session], None]) -> None:
    """Something happens to the first workshop: that under whose name the others are told too."""
    row = next((each for each in event.sessions if each.block), None)
    if row is not None and event.state is EventState.PLANNED:
        act(event, row)


def _move_workshop(event: Event, row: Session) -> None:
    if row.state is not EventState.CANCELLED:
        moved = Session(starts_on=(row.starts_on or DAY_J) + timedelta(days=1))
        services.postpone_sitting(event, row, moved=moved, reason="Salle prise", now=NOW)


def _take_out(event: Event, row: Session) -> None:
    event.sessions.remove(row)


def _free(event: Event, row: Session) -> None:
    row.block = ""


def _rename_in_bulk(event: Event, told_: Any) -> None:
    """A statement of which the database session knows nothing, and which leaves the version as it is."""
    db.session.execute(
        sa.update(table_of(Event)).where(Event.id == event.id).values(title=f"{told_.title} !")
    )
    touch_public()


CHANGES: list[Callable[[Event, Any], None]] = [
    lambda event, _told: services.cancel(event, reason="Neige", now=NOW),
    lambda event, _told: services.reinstate(event, now=NOW),
    lambda event, told_: _postpone(event, DAY_J + timedelta(days=len(told_.title))),
    lambda event, _told: _postpone(event, None),
    lambda event, _told: services.withdraw(event, now=NOW),
    lambda event, _told: _delete(event),
    _rename_in_bulk,
    _say_again,
    lambda event, _told: _workshop(event, _move_workshop),
    lambda event, _told: _workshop(event, _take_out),
    lambda event, _told: _workshop(event, _free),
    lambda event, _told: _workshop(
        event, lambda event, row: services.cancel_sitting(event, row, reason="Grippe", now=NOW)
    ),
]


@given(
    st.lists(
        st.tuples(contents.map(lambda each: replace(each, is_private=False)), workshops),
        min_size=1,
        max_size=4,
    ),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(CHANGES), contents), max_size=6),
    filters,
)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_after_any_changes_it_is_what_a_new_process_would_read(
    told_: list[Any], changes: list[Any], asked: CalendarFilter
) -> None:
    with undone():
        memory = Index()
        numbers = [add(*each).id for each in told_]
        fresh(memory)
        for which, change, again in changes:
            if which < len(numbers) and db.session.get(Event, numbers[which]):
                change(loaded(numbers[which]), again)
                renewed, anew = fresh(memory), fresh(Index())

                assert [row for *_order, row in renewed.order] == [row for *_order, row in anew.order]
                assert (renewed.vocabulary, renewed.sets.keys()) == (anew.vocabulary, anew.sets.keys())
                assert renewed.matching(asked) == anew.matching(asked)
                assert renewed.counts(asked) == anew.counts(asked)


def test_an_edit_reads_one_sitting_and_shares_the_rest() -> None:
    for number in range(4):
        publish(content(title=f"Heure du conte {number}"))
    memory = Index()
    before = fresh(memory)
    event = loaded(db.session.scalars(sa.select(Event.id)).first() or 0)
    services.move_indoors(event, place="Aréna", reason="Pluie", now=NOW)

    after = fresh(memory)

    assert memory.read == 4 + 1
    assert [row.occasion.place for row in after.matching(CalendarFilter(words="aréna"))] == ["Aréna"]
    assert sum(any(row is other for other in before.rows) for row in after.rows) == 3
    assert before.matching(CalendarFilter(words="aréna")) == []


def test_sittings_of_one_event_come_and_go_and_the_others_are_not_read() -> None:
    other = publish(content(title="Marche au parc"))
    event = publish(content(title="Heure du conte"))
    memory = Index()
    fresh(memory)
    loaded(event.id).sessions.append(Session(position=1, sequence=0, starts_on=DAY_J))
    two = fresh(memory)
    del loaded(event.id).sessions[0]
    one = fresh(memory)
    db.session.delete(loaded(other.id))
    alone = fresh(memory)

    assert [len(each) for each in (two, one, alone)] == [3, 2, 1]
    assert [row.event_id for *_order, row in alone.order] == [event.id]
    assert memory.read == 2 + 2 + 1


def test_numbers_that_went_back_are_those_of_a_copy_and_all_is_read_again() -> None:
    """A copy of last week was put back under a process that goes on."""
    publish()
    memory = Index()
    fresh(memory)
    memory.calendar({**revisions(), CALENDAR: revisions()[CALENDAR] + 1_000_000})
    db.session.execute(sa.update(table_of(Event)).values(title="Comme avant"))

    assert [row.occasion.title for *_order, row in memory.calendar(revisions()).order] == ["Comme avant"]


def test_it_asks_as_many_queries_for_one_event_as_for_many(app: Flask) -> None:
    def asked() -> int:
        db.session.flush()
        touch_public()
        with count_queries(app) as statements:
            Index().calendar(revisions())
        return len(statements)

    publish()
    one = asked()
    for number in range(20):
        publish(content(title=f"Heure du conte {number}"))

    assert asked() == one


def test_nothing_is_read_while_nothing_changes(app: Flask) -> None:
    publish()
    memory = Index()
    calendar = fresh(memory)
    numbers = revisions()

    with count_queries(app) as statements:
        assert memory.calendar(numbers) is calendar
    assert len(statements) == 0


def test_another_name_of_a_municipality_is_found_once_it_is_known() -> None:
    publish()
    memory = Index()
    fresh(memory)
    builders.territory().name = "Hébertville-des-Neiges"
    db.session.flush()
    numbers = {**revisions(), "territories": revisions().get("territories", 0) + 1}

    assert memory.calendar(numbers).count(CalendarFilter(words="neiges")) == 1


def test_a_private_event_is_nowhere_and_a_closed_one_hides_its_place() -> None:
    add(content(title="Rencontre privée", is_private=True))
    add(content(title="Cérémonie fermée", opening=Opening.CLOSED, place="Salle Untel"))

    calendar = fresh(Index())

    assert calendar.matching(CalendarFilter(words="privée"), with_closed=True) == []
    assert calendar.matching(CalendarFilter(words="cérémonie")) == []
    assert calendar.count(CalendarFilter(words="cérémonie")) == 0
    assert len(calendar.matching(CalendarFilter(words="cérémonie"), with_closed=True)) == 1
    assert calendar.matching(CalendarFilter(words="untel"), with_closed=True) == []


def test_what_was_postponed_is_found_at_both_days() -> None:
    event = publish()
    moved = DAY_J + timedelta(days=3)
    services.postpone_sitting(
        event, event.sessions[0], moved=Session(starts_on=moved), reason="Neige", now=NOW
    )
    calendar = fresh(Index())

    def on(day: date, **scope: bool) -> list[bool]:
        return [row.is_moved for row in calendar.matching(CalendarFilter(since=day, until=day), **scope)]

    assert (on(DAY_J), on(DAY_J, with_moved=True)) == ([], [True])
    assert (on(moved), on(moved, with_moved=True)) == ([False], [False])


def test_what_lasts_several_days_is_found_on_each() -> None:
    last = DAY_J + timedelta(days=6)
    publish(content(sittings=(replace(content().sittings[0], starts=None, ends=None, last_day=last),)))
    calendar = fresh(Index())

    def is_on(day: date) -> bool:
        return bool(calendar.matching(CalendarFilter(since=day, until=day)))

    days = [DAY_J + timedelta(days=number) for number in range(-1, 8)]
    assert [is_on(day) for day in days] == [False, *[True] * 7, False]
    assert calendar.count(CalendarFilter()) == 1


def test_an_event_of_a_borough_is_also_of_its_city_and_a_sector_is_found_by_its_name() -> None:
    publish(content(geo_code=MONTREAL_BOROUGHS[0]))
    publish(content(geo_code=SAGUENAY, title="Marche"))

    calendar = fresh(Index())

    assert calendar.count(CalendarFilter(municipality=MONTREAL)) == 1
    assert [row.occasion.title for row in calendar.matching(CalendarFilter(words="Chicoutimi"))] == ["Marche"]


def test_dates_come_in_the_order_in_which_they_are_lived() -> None:
    usual = content().sittings[0]
    for title, sitting in (
        ("soir", replace(usual, starts=time(19), ends=time(20))),
        ("veille", replace(usual, day=DAY_J - timedelta(days=1))),
        ("jour", replace(usual, starts=None, ends=None)),
        ("matin", replace(usual, starts=time(8), ends=time(9))),
    ):
        publish(content(title=title, sittings=(sitting,)))

    rows = fresh(Index()).matching(CalendarFilter())

    assert [row.occasion.title for row in rows] == ["veille", "matin", "soir", "jour"]
