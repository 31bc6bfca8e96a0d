"""Seats: exactly as many are given as there are, whatever happens at the same instant.

Each limit (the event, a group, a sitting, an organization) is one row that counts the seats taken. Taking is
one conditional statement per row, always in the same order, the event's first: whoever comes second waits for
the first, then sees what is left. The database refuses one too many by itself
(`ck_seat_pool_never_oversold`).

A group is full when its smallest sitting is: whoever has a seat in it has one in each of its sittings that
has a limit, and whoever comes to the event, in each of those that everybody attends. The row of the group
names these sittings, so that holding it is knowing them: `set_limits` writes both, and counts again. A
sitting that is called off limits nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from campaign.db import PUBLIC, db, table_of, touch
from campaign.errors import Conflict
from campaign.events.models import Event, EventState, Session
from campaign.i18n import _
from campaign.registrations.models import (
    Attendee,
    AttendeeChoice,
    PoolKind,
    Registration,
    RegistrationRules,
    RegistrationState,
    SeatPool,
)


class PoolKey(NamedTuple):
    """One limit of an event."""

    kind: PoolKind
    target: str = ""


Demand = Mapping[PoolKey, int]
"""How many seats are asked of each pool."""

WHOLE_EVENT = PoolKey(PoolKind.EVENT)

HOLDING = (RegistrationState.CONFIRMED, RegistrationState.OFFERED)
"""What holds seats."""

_pools = table_of(SeatPool)
_OF_EVENT = _pools.c.event_id == sa.bindparam("of_event")
_ALL = sa.select(_pools).where(_OF_EVENT)
_ONE = sa.and_(
    _OF_EVENT, _pools.c.kind == sa.bindparam("of_kind"), _pools.c.target == sa.bindparam("of_target")
)
_ID = sa.select(_pools.c.id).where(_ONE)
_SEATS = sa.bindparam("seats", type_=sa.Integer)
_TAKE = (
    sa.update(_pools)
    .where(_ONE, sa.or_(_pools.c.capacity.is_(None), _pools.c.taken + _SEATS <= _pools.c.capacity))
    .values(taken=_pools.c.taken + _SEATS)
    .returning(_pools.c.taken, _pools.c.capacity, _pools.c.sittings)
)
_RELEASE = (
    sa.update(_pools)
    .where(_ONE)
    .values(taken=_pools.c.taken - _SEATS)
    .returning(_pools.c.taken, _pools.c.capacity, _pools.c.sittings)
)
_NEXT_RANK = (
    sa.update(_pools).where(_ONE).values(last_rank=_pools.c.last_rank + 1).returning(_pools.c.last_rank)
)


def demand_of(attendees: Iterable[Attendee]) -> Demand:
    """The seats that these people hold or ask for; their choices are loaded. Who came without a ticket holds
    none."""
    asked: Counter[PoolKey] = Counter()
    for attendee in attendees:
        if not attendee.is_active or attendee.is_walk_in:
            continue
        asked[WHOLE_EVENT] += 1
        if attendee.cohort_id is not None:
            asked[PoolKey(PoolKind.COHORT, str(attendee.cohort_id))] += 1
        for choice in attendee.choices:
            asked[PoolKey(PoolKind.SESSION, str(choice.session_id))] += 1
        if attendee.organization_key:
            asked[PoolKey(PoolKind.ORGANIZATION, attendee.organization_key)] += 1
    return asked


def take(rules: RegistrationRules, demand: Demand) -> PoolKey | None:
    """Take all these seats, or none: gives the first limit that is reached, or None when all were taken. A
    sitting that is full fills its group."""
    _prepare_organizations(rules, demand)
    taken: dict[PoolKey, int] = {}
    for step in _steps(_TAKE, rules.event_id, demand):
        if step.is_done:
            taken[step.pool] = step.seats
        elif _has_limit(rules, step.pool):
            for pool in sorted(taken):
                _move(_RELEASE, rules.event_id, pool, taken[pool], given_back=True)
            return step.filled
    return None


def release(event_id: int, demand: Demand) -> None:
    """Give these seats back, those of the sittings with them."""
    for _step in _steps(_RELEASE, event_id, demand):
        pass


def next_rank(event_id: int) -> int:
    """The next number of the waiting list: asked for one after the other, even at the same instant."""
    rank: int = db.session.connection().execute(_NEXT_RANK, _named(event_id, WHOLE_EVENT)).scalar_one()
    return rank


def set_limits(event: Event, rules: RegistrationRules, *, capacity: int | None) -> None:
    """Write the limits of an event whose sessions and cohorts are loaded; its pools are made if needed.

    Nobody takes a seat meanwhile: the row of the event is held first, as by everybody. The seats of the
    sittings are counted again, since a sitting may have changed group, or have had no limit before. Raises
    `Conflict` for a limit under what is taken already: nobody loses a seat that was given.
    """
    wanted: dict[PoolKey, int | None] = {WHOLE_EVENT: capacity}
    wanted |= {PoolKey(PoolKind.COHORT, str(one.id)): one.capacity for one in event.cohorts}
    wanted |= {PoolKey(PoolKind.SESSION, str(one.id)): _limit_of(one) for one in event.sessions}
    for pool, limit in wanted.items():
        _ensure(event.id, pool, limit)
    _move(_TAKE, event.id, WHOLE_EVENT, 0)
    held = _held_in_sittings(event)
    for pool, limit in wanted.items():
        values = {"capacity": limit, "sittings": _limited_sittings(event, pool)}
        taken = sa.literal(held[pool]) if pool in held else _pools.c.taken
        changed = db.session.execute(
            sa.update(_pools)
            .where(_ONE, sa.or_(sa.literal(limit is None), taken <= (limit or 0)))
            .values(taken=taken, **values)
            .returning(_pools.c.id),
            _named(event.id, pool),
        )
        if changed.one_or_none() is None:
            raise Conflict(
                _(
                    "Cette limite est plus petite que le nombre de places déjà données. Augmentez-la, ou "
                    "annulez d’abord des inscriptions."
                )
            )
    _limit_organizations(event.id, rules.organization_limit)
    touch(PUBLIC)


def _limit_organizations(event_id: int, limit: int | None) -> None:
    """As many for each; whoever has more already keeps them. Counted from the people: nothing was counted as
    long as there was no limit."""
    held = _held_by_organizations(event_id)
    for name in sorted(held) if limit is not None else ():
        _ensure(event_id, PoolKey(PoolKind.ORGANIZATION, name), limit)
    for pool in sorted(pool for pool in read_pools(event_id) if pool.kind is PoolKind.ORGANIZATION):
        taken = held.get(pool.target, 0)
        values = {"taken": taken, "capacity": None if limit is None else max(limit, taken)}
        db.session.execute(sa.update(_pools).where(_ONE).values(values), _named(event_id, pool))


def _limited_sittings(event: Event, pool: PoolKey) -> list[str]:
    """Those that have a limit, of a group, or that everybody attends."""
    if pool.kind is PoolKind.SESSION:
        return []
    group = int(pool.target) if pool.kind is PoolKind.COHORT else None
    return [
        str(one.id)
        for one in event.sessions
        if _limit_of(one) is not None and one.cohort_id == group and not (group is None and one.block)
    ]


def _limit_of(sitting: Session) -> int | None:
    """What its room holds; nobody sits in a room whose sitting is called off."""
    return None if sitting.state is EventState.CANCELLED else sitting.capacity


def _holds(event_id: int) -> sa.ColumnElement[bool]:
    """Who has a seat."""
    return sa.and_(
        Attendee.registration_id == Registration.id,
        Registration.state.in_(HOLDING),
        Attendee.event_id == event_id,
        Attendee.is_active,
        Attendee.is_walk_in.is_(False),
    )


def _held_by_organizations(event_id: int) -> dict[str, int]:
    counted = db.session.execute(
        sa.select(Attendee.organization_key, sa.func.count())
        .where(_holds(event_id), Attendee.organization_key != "")
        .group_by(Attendee.organization_key)
    )
    return dict(counted.all())


def _held_in_sittings(event: Event) -> dict[PoolKey, int]:
    """How many people hold a seat in each sitting, counted from the people themselves."""
    holds = _holds(event.id)
    groups = db.session.execute(
        sa.select(Attendee.cohort_id, sa.func.count()).where(holds).group_by(Attendee.cohort_id)
    )
    by_group: dict[int | None, int] = dict(groups.all())
    choices = db.session.execute(
        sa.select(AttendeeChoice.session_id, sa.func.count())
        .where(holds, AttendeeChoice.attendee_id == Attendee.id)
        .group_by(AttendeeChoice.session_id)
    )
    chosen: dict[int, int] = dict(choices.all())
    held: dict[PoolKey, int] = {}
    for one in event.sessions:
        attending = by_group.get(one.cohort_id, 0) if one.cohort_id is not None else 0
        if one.cohort_id is None and not one.block:
            attending = sum(by_group.values())
        held[PoolKey(PoolKind.SESSION, str(one.id))] = attending + chosen.get(one.id, 0)
    return held


def list_pools(event_id: int) -> Sequence[SeatPool]:
    """Every limit of an event, with what is taken."""
    return db.session.scalars(
        sa.select(SeatPool).where(SeatPool.event_id == event_id).execution_options(populate_existing=True)
    ).all()


def read_pools(event_id: int) -> Mapping[PoolKey, sa.Row[Any]]:
    """The same, by their keys, to look at only."""
    rows = db.session.connection().execute(_ALL, {"of_event": event_id})
    return {PoolKey(row.kind, row.target): row for row in rows}


def free_seats(event_id: int) -> Demand:
    """What is left in each limit, read without waiting: `take` alone decides."""
    rows = db.session.execute(
        sa.select(_pools.c.kind, _pools.c.target, _pools.c.capacity, _pools.c.taken, _pools.c.sittings).where(
            _OF_EVENT
        ),
        {"of_event": event_id},
    )
    pools = {PoolKey(PoolKind(row.kind), row.target): row for row in rows}
    left = {pool: left_in(pools, pool) for pool in pools}
    return {pool: seats for pool, seats in left.items() if seats is not None}


class Counted(Protocol):
    """What a pool says of itself."""

    @property
    def capacity(self) -> int | None: ...
    @property
    def taken(self) -> int: ...
    @property
    def sittings(self) -> list[str]: ...


def left_in(pools: Mapping[PoolKey, Counted], pool: PoolKey) -> int | None:
    """What is left there: in a group, what is left in the smallest of its sittings. None without a limit."""
    if pool not in pools:
        return None
    sittings = (PoolKey(PoolKind.SESSION, one) for one in pools[pool].sittings)
    limits = (pools[key] for key in (pool, *sittings) if key in pools)
    left = [max(one.capacity - one.taken, 0) for one in limits if one.capacity is not None]
    return min(left, default=None)


class _Step(NamedTuple):
    """The seats of one pool, asked for or given back."""

    pool: PoolKey
    seats: int
    is_done: bool
    filled: PoolKey
    """What is full when it was not done: a sitting says the group by which it was asked for."""


def _steps(statement: sa.UpdateBase, event_id: int, demand: Demand) -> Iterator[_Step]:
    """One pool after the other, in the same order for everybody: two people who want the same two workshops
    never wait for each other. The event comes first even when nothing is asked of it, as for who changes
    groups; sittings come last, those that the rows of the event and the group have just named among them."""
    waiting = {WHOLE_EVENT: 0} | {pool: seats for pool, seats in demand.items() if seats}
    asked_by: dict[PoolKey, PoolKey] = {}
    while waiting:
        pool = min(waiting)
        seats = waiting.pop(pool)
        named = _move(statement, event_id, pool, seats, given_back=statement is _RELEASE)
        yield _Step(pool, seats, named is not None, asked_by.get(pool, pool))
        for target in (named or ()) if seats else ():
            sitting = PoolKey(PoolKind.SESSION, target)
            waiting[sitting] = waiting.get(sitting, 0) + seats
            asked_by[sitting] = pool


def _ordered(demand: Demand) -> list[PoolKey]:
    return sorted(pool for pool, seats in demand.items() if seats)


def _has_limit(rules: RegistrationRules, pool: PoolKey) -> bool:
    """A pool without a row (an organization when nothing limits it) has no limit."""
    if pool.kind is PoolKind.ORGANIZATION and rules.organization_limit is None:
        return False
    return db.session.connection().scalar(_ID, _named(rules.event_id, pool)) is not None


def _prepare_organizations(rules: RegistrationRules, demand: Demand) -> None:
    if rules.organization_limit is None:
        return
    for pool in _ordered(demand):
        if pool.kind is PoolKind.ORGANIZATION:
            _ensure(rules.event_id, pool, rules.organization_limit)


def _ensure(event_id: int, pool: PoolKey, limit: int | None) -> None:
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(
        insert(SeatPool)
        .values(event_id=event_id, kind=pool.kind, target=pool.target, capacity=limit, taken=0, last_rank=0)
        .on_conflict_do_nothing(index_elements=["event_id", "kind", "target"])
    )


def _move(
    statement: sa.UpdateBase, event_id: int, pool: PoolKey, seats: int, *, given_back: bool = False
) -> list[str] | None:
    """The sittings that this row names; None when it did not take it. Pages are told when « complet » begins
    or ceases to be true."""
    named = _named(event_id, pool) | {"seats": seats}
    row = db.session.connection().execute(statement, named).one_or_none()
    if row is None:
        return None
    taken, capacity, sittings = row
    before = taken + seats if given_back else taken - seats
    if capacity is not None and (taken >= capacity) != (before >= capacity):
        touch(PUBLIC)
    return list(sittings)


def _named(event_id: int, pool: PoolKey) -> dict[str, object]:
    return {"of_event": event_id, "of_kind": pool.kind, "of_target": pool.target}
