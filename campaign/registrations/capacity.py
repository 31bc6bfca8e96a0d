"""Seats: exactly as many are given as there are, whatever happens at the same instant.

Each limit (the event, a group, a workshop, an organization) is one row that counts the seats taken. Taking is
one conditional statement per row, always in the same order: whoever comes second waits for the first, then
sees what is left. The database refuses one too many by itself (`ck_seat_pool_never_oversold`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from campaign.db import PUBLIC, db, table_of, touch
from campaign.errors import Conflict
from campaign.events.models import Event
from campaign.registrations.models import Attendee, PoolKind, RegistrationRules, SeatPool


class PoolKey(NamedTuple):
    """One limit of an event."""

    kind: PoolKind
    target: str = ""


Demand = Mapping[PoolKey, int]
"""How many seats are asked of each pool."""

WHOLE_EVENT = PoolKey(PoolKind.EVENT)

_pools = table_of(SeatPool)
_OF_EVENT = _pools.c.event_id == sa.bindparam("of_event")
_ONE = sa.and_(
    _OF_EVENT, _pools.c.kind == sa.bindparam("of_kind"), _pools.c.target == sa.bindparam("of_target")
)
_SEATS = sa.bindparam("seats", type_=sa.Integer)
_TAKE = (
    sa.update(_pools)
    .where(_ONE, sa.or_(_pools.c.capacity.is_(None), _pools.c.taken + _SEATS <= _pools.c.capacity))
    .values(taken=_pools.c.taken + _SEATS)
    .returning(_pools.c.taken, _pools.c.capacity)
)
_RELEASE = (
    sa.update(_pools)
    .where(_ONE)
    .values(taken=_pools.c.taken - _SEATS)
    .returning(_pools.c.taken, _pools.c.capacity)
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
    """Take all these seats, or none: gives the first limit that is reached, or None when all were taken."""
    _prepare_organizations(rules, demand)
    taken: dict[PoolKey, int] = {}
    for pool in _ordered(demand):
        if _move(_TAKE, rules.event_id, pool, demand[pool]):
            taken[pool] = demand[pool]
        elif _has_limit(rules, pool):
            release(rules.event_id, taken)
            return pool
    return None


def release(event_id: int, demand: Demand) -> None:
    """Give these seats back."""
    for pool in _ordered(demand):
        _move(_RELEASE, event_id, pool, demand[pool], given_back=True)


def next_rank(event_id: int) -> int:
    """The next number of the waiting list: asked for one after the other, even at the same instant."""
    rank: int = db.session.execute(_NEXT_RANK, _named(event_id, WHOLE_EVENT)).scalar_one()
    return rank


def set_limits(event: Event, rules: RegistrationRules, *, capacity: int | None) -> None:
    """Write the limits of an event whose sessions and cohorts are loaded; its pools are made if needed.

    Raises `Conflict` for a limit under what is taken already: nobody loses a seat that was given.
    """
    wanted: dict[PoolKey, int | None] = {WHOLE_EVENT: capacity}
    wanted |= {PoolKey(PoolKind.COHORT, str(one.id)): one.capacity for one in event.cohorts}
    wanted |= {PoolKey(PoolKind.SESSION, str(one.id)): one.capacity for one in event.sessions}
    for pool, limit in wanted.items():
        _ensure(event.id, pool, limit)
        changed = db.session.execute(
            sa.update(_pools)
            .where(_ONE, sa.or_(sa.literal(limit is None), _pools.c.taken <= (limit or 0)))
            .values(capacity=limit)
            .returning(_pools.c.id),
            _named(event.id, pool),
        )
        if changed.one_or_none() is None:
            raise Conflict(
                "Cette limite est plus petite que le nombre de places déjà données. Augmentez-la, ou annulez "
                "d’abord des inscriptions."
            )
    db.session.execute(
        sa.update(_pools)
        .where(_OF_EVENT, _pools.c.kind == PoolKind.ORGANIZATION)
        .values(
            capacity=sa.case(
                (_pools.c.taken > (rules.organization_limit or 0), _pools.c.taken),
                else_=rules.organization_limit,
            )
            if rules.organization_limit is not None
            else None
        ),
        {"of_event": event.id},
    )
    touch(PUBLIC)


def list_pools(event_id: int) -> Sequence[SeatPool]:
    """Every limit of an event, with what is taken."""
    return db.session.scalars(
        sa.select(SeatPool).where(SeatPool.event_id == event_id).execution_options(populate_existing=True)
    ).all()


def free_seats(event_id: int) -> Demand:
    """What is left in each limit that has one, read without waiting: `take` alone decides."""
    rows = db.session.execute(
        sa.select(_pools.c.kind, _pools.c.target, _pools.c.capacity - _pools.c.taken).where(
            _OF_EVENT, _pools.c.capacity.is_not(None)
        ),
        {"of_event": event_id},
    )
    return {PoolKey(PoolKind(kind), target): left for kind, target, left in rows}


def _ordered(demand: Demand) -> list[PoolKey]:
    """The same order for everybody: two people who want the same two workshops never wait for each other."""
    return sorted(pool for pool, seats in demand.items() if seats)


def _has_limit(rules: RegistrationRules, pool: PoolKey) -> bool:
    """A pool without a row (an organization when nothing limits it) has no limit."""
    return db.session.execute(sa.select(sa.exists().where(_ONE)), _named(rules.event_id, pool)).scalar_one()


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
) -> bool:
    """Whether that row took it. Pages are told when « complet » begins or ceases to be true."""
    row = db.session.execute(statement, _named(event_id, pool) | {"seats": seats}).one_or_none()
    if row is None:
        return False
    taken, capacity = row
    before = taken + seats if given_back else taken - seats
    if capacity is not None and (taken >= capacity) != (before >= capacity):
        touch(PUBLIC)
    return True


def _named(event_id: int, pool: PoolKey) -> dict[str, object]:
    return {"of_event": event_id, "of_kind": pool.kind, "of_target": pool.target}
