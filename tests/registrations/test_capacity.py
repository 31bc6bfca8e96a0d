"""The seats of a group are those of its smallest sitting; limits changed later stay true."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from campaign.db import db
from campaign.errors import Conflict
from campaign.events import changes
from campaign.events.changes import Change
from campaign.events.models import Cohort, Event, EventAction, EventState
from campaign.registrations import capacity, organizing, queries, services
from campaign.registrations.capacity import WHOLE_EVENT, PoolKey
from campaign.registrations.gatherings import get_gathering
from campaign.registrations.models import PoolKind, Registration, RegistrationRules, RegistrationState
from campaign.registrations.offering import Standing, offer_of
from tests.builders import NOW
from tests.lasting import database as database
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("session")

BEFORE = datetime(2021, 12, 1, tzinfo=UTC)
"""The eve of the dates of the training."""

CONFIRMED, WAITING, OFFERED = (
    RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.OFFERED,
)  # fmt: skip


def event_of(rules: RegistrationRules) -> Event:
    return queries.get_event(rules.event_id)


def training(*limits: int | None) -> tuple[RegistrationRules, list[Cohort]]:
    """Two groups of 20 seats and two dates each, of which the rooms have these."""
    rules, groups = world.training(seats=20)
    set_rooms(rules, limits)
    return rules, groups


def set_rooms(rules: RegistrationRules, limits: Sequence[int | None]) -> None:
    event = event_of(rules)
    for sitting, limit in zip(event.sessions, limits, strict=True):
        sitting.capacity = limit
    capacity.set_limits(event, rules, capacity=None)


def join(rules: RegistrationRules, group: Cohort, *names: str) -> Registration:
    return register(rules, *(person(name, cohort_id=group.id) for name in names))


def taken(rules: RegistrationRules) -> list[int]:
    """In each sitting, in their order."""
    pools = {PoolKey(one.kind, one.target): one.taken for one in capacity.list_pools(rules.event_id)}
    return [pools[PoolKey(PoolKind.SESSION, str(one.id))] for one in event_of(rules).sessions]


def notes(rules: RegistrationRules) -> list[str]:
    return [one.note for one in offer_of(get_gathering(rules.event_id), now=NOW).cohorts]


def test_a_group_is_full_when_its_smallest_sitting_is() -> None:
    rules, (first, second) = training(15, 2, None, None)

    states = [join(rules, first, f"A{n}").state for n in range(3)] + [join(rules, second, "B").state]

    assert states == [CONFIRMED, CONFIRMED, WAITING, CONFIRMED]
    assert taken(rules) == [2, 2, 0, 0]
    assert notes(rules) == ["Complet\N{NO-BREAK SPACE}: liste d’attente", "19 places"]


def test_people_who_come_together_all_have_a_seat_or_none_has() -> None:
    rules, (first, _second) = training(None, 2, None, None)

    party = join(rules, first, "A", "B", "C")

    assert party.state is WAITING
    assert taken(rules) == [0, 0, 0, 0]
    assert capacity.free_seats(rules.event_id)[PoolKey(PoolKind.COHORT, str(first.id))] == 2


def test_what_is_refused_is_the_group_and_not_a_workshop() -> None:
    rules, (first, _second) = training(None, 1, None, None)
    rules.has_waiting_list = False
    join(rules, first, "A")

    with pytest.raises(Conflict, match="Ce groupe est complet"):
        join(rules, first, "B")


def test_when_every_group_has_a_full_sitting_the_event_is_full() -> None:
    rules, (first, second) = training(1, None, None, 1)
    join(rules, first, "A")
    before = offer_of(get_gathering(rules.event_id), now=BEFORE).standing

    join(rules, second, "B")

    after = offer_of(get_gathering(rules.event_id), now=BEFORE).standing
    assert (before, after) == (Standing.OPEN, Standing.WAITING)


def test_a_seat_given_back_in_a_group_is_offered_with_those_of_its_sittings() -> None:
    rules, (first, _second) = training(3, 1, None, None)
    one, two = join(rules, first, "A"), join(rules, first, "B")

    services.cancel(one, author=services.PERSON, now=NOW)

    assert two.state is OFFERED
    assert taken(rules) == [1, 1, 0, 0]


def test_whoever_changes_group_changes_sittings() -> None:
    rules, (first, second) = training(5, 5, 5, 1)
    mover, _settled = join(rules, first, "A"), join(rules, second, "B")

    def move(group: Cohort) -> None:
        services.choose(
            rules, mover, mover.attendees[0], cohort_id=group.id, session_ids=(), author="A", now=NOW
        )

    with pytest.raises(Conflict, match="Ce groupe est complet"):
        move(second)
    refused = taken(rules)
    set_rooms(rules, (5, 5, 5, 2))
    move(second)

    assert refused == [1, 1, 1, 1]
    assert taken(rules) == [0, 0, 2, 2]


def test_a_limit_given_to_a_sitting_later_counts_who_is_there_already() -> None:
    rules, (first, _second) = training(None, None, None, None)
    people = [join(rules, first, f"A{n}") for n in range(3)]

    with pytest.raises(Conflict):
        set_rooms(rules, (None, 2, None, None))
    set_rooms(rules, (None, 3, None, None))
    full = join(rules, first, "B").state
    services.cancel(people[0], author=services.PERSON, now=NOW)

    assert full is WAITING
    assert taken(rules)[1] == 3  # the two who stay, and the one who is offered the place


def test_a_limit_taken_away_and_put_back_is_still_true() -> None:
    rules, (first, _second) = training(4, None, None, None)
    people = [join(rules, first, f"A{n}") for n in range(3)]

    set_rooms(rules, (None, None, None, None))
    services.cancel(people[0], author=services.PERSON, now=NOW)
    join(rules, first, "B", "C")
    set_rooms(rules, (4, None, None, None))

    assert taken(rules)[0] == 4


def test_a_raised_sitting_gives_its_seats_to_who_waits() -> None:
    rules, (first, _second) = training(None, 1, None, None)
    join(rules, first, "A")
    waiting = join(rules, first, "B")
    event = event_of(rules)
    event.sessions[1].capacity = 2

    offered = organizing.apply_limits(event, now=NOW)

    assert (offered, waiting.state, taken(rules)[1]) == (1, OFFERED, 2)


def test_a_sitting_that_changes_group_takes_the_people_of_the_new_one() -> None:
    rules, (first, second) = training(5, 5, 5, 5)
    two = join(rules, first, "A", "B")
    join(rules, second, "C")
    event = event_of(rules)

    event.sessions[1].cohort_id = second.id
    db.session.flush()
    capacity.set_limits(event, rules, capacity=None)
    join(rules, second, "D")

    moved = taken(rules)
    services.cancel(two, author=services.PERSON, now=NOW)

    assert [moved, taken(rules)] == [[2, 2, 2, 2], [0, 2, 2, 2]]


def test_the_room_that_everybody_sits_in_limits_the_event() -> None:
    rules = world.gathering(50)
    event = event_of(rules)
    event.sessions[0].capacity = 1
    capacity.set_limits(event, rules, capacity=50)

    states = [register(rules, person(name)).state for name in ("A", "B")]

    assert states == [CONFIRMED, WAITING]
    assert capacity.free_seats(rules.event_id)[WHOLE_EVENT] == 0


def change(rules: RegistrationRules, action: EventAction, *places: int) -> None:
    """What the team does to these dates, to all when none is named."""
    (event,) = changes.list_locked([rules.event_id])
    numbers = frozenset(event_of(rules).sessions[place].id for place in places)
    changes.apply(event, Change(action=action, sitting_ids=numbers), author="Jeanne", now=BEFORE)


def test_a_sitting_called_off_no_more_limits_its_group() -> None:
    rules, (first, _second) = training(3, 1, None, None)
    join(rules, first, "A")
    waiting, party = join(rules, first, "B"), join(rules, first, "C", "D")

    change(rules, EventAction.CANCEL, 1)

    assert [waiting.state, party.state] == [OFFERED, WAITING]
    assert taken(rules)[0] == 2
    told = [(one.name, one.capacity) for one in organizing.list_limits(event_of(rules))]
    assert told[1] == ("Groupe 1", 3)
    assert len(told) == 4  # the event, the groups, the room that is left
    assert offer_of(get_gathering(rules.event_id), now=BEFORE).cohorts[0].label == (
        "Groupe 1\N{NO-BREAK SPACE}: 15\N{NO-BREAK SPACE}décembre\N{NO-BREAK SPACE}2021"
    )


def test_a_sitting_that_takes_place_after_all_limits_its_group_again() -> None:
    rules, (first, _second) = training(3, 2, None, None)
    join(rules, first, "A")
    change(rules, EventAction.CANCEL, 1)
    join(rules, first, "B")

    change(rules, EventAction.REINSTATE, 1)

    assert taken(rules) == [2, 2, 0, 0]
    assert join(rules, first, "C").state is WAITING


def test_a_sitting_that_its_people_no_more_fit_in_is_not_reinstated() -> None:
    rules, (first, _second) = training(3, 1, None, None)
    join(rules, first, "A")
    change(rules, EventAction.CANCEL, 1)
    join(rules, first, "B")

    with pytest.raises(Conflict, match="Augmentez ses places dans le programme"):
        change(rules, EventAction.REINSTATE, 1)


def test_a_room_called_off_no_more_limits_who_attends_everything() -> None:
    rules = world.gathering(50)
    event = event_of(rules)
    event.sessions[0].capacity = 1
    event.sessions[0].state = EventState.CANCELLED

    capacity.set_limits(event, rules, capacity=50)

    assert [register(rules, person(name)).state for name in ("A", "B")] == [CONFIRMED, CONFIRMED]


def test_nobody_is_offered_a_seat_of_an_event_that_is_called_off() -> None:
    rules = world.gathering(1)
    one, two = (register(rules, person(name)) for name in ("A", "B"))
    event_of(rules).state = EventState.CANCELLED

    services.cancel(one, author=services.PERSON, now=NOW)

    assert two.state is WAITING


def test_a_seat_given_back_while_the_event_was_called_off_is_offered_once_it_takes_place() -> None:
    rules = world.gathering(1)
    one, two = (register(rules, person(name)) for name in ("A", "B"))
    change(rules, EventAction.CANCEL)
    services.cancel(one, author=services.PERSON, now=NOW)
    assert two.state is WAITING

    change(rules, EventAction.REINSTATE)

    assert two.state is OFFERED


def test_the_team_reads_what_the_smallest_sitting_leaves() -> None:
    rules, (first, _second) = training(15, 12, None, None)
    join(rules, first, "A", "B")

    told = [(one.name, one.taken, one.capacity) for one in organizing.list_limits(event_of(rules))]

    assert told[:3] == [("Tout l’événement", 2, None), ("Groupe 1", 2, 12), ("Groupe 2", 0, 20)]
    assert [(held, seats) for _name, held, seats in told[3:]] == [(2, 15), (2, 12)]


def test_a_limit_for_organizations_counts_those_who_came_before_it() -> None:
    rules = world.gathering(10, has_waiting_list=False)
    first, second, third = (register(rules, person(name, email=f"{name}@exemple.quebec")) for name in "abc")
    rules.organization_limit = 2

    capacity.set_limits(event_of(rules), rules, capacity=10)
    with pytest.raises(Conflict):
        register(rules, person("d", email="d@exemple.quebec"))
    for registration in (first, second, third):
        services.cancel(registration, author="La personne", now=NOW)
    fourth = register(rules, person("e", email="e@exemple.quebec"))

    assert fourth.state is CONFIRMED
    (pool,) = (one for one in capacity.list_pools(rules.event_id) if one.kind is PoolKind.ORGANIZATION)
    assert pool.taken == 1
