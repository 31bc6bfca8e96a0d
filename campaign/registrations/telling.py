"""What the rooms below are told of registrations: who comes to an event, and whether people may register."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from campaign.db import db, key_of
from campaign.events.changes import Attending
from campaign.events.joining import Joining
from campaign.events.models import Event
from campaign.outbox.rendering import public_link
from campaign.registrations import capacity, links, queries, tickets
from campaign.registrations.capacity import PoolKey
from campaign.registrations.models import Attendee, Registration, RegistrationState
from campaign.registrations.offering import Standing, sentence_of, standing_of

COMING = (RegistrationState.CONFIRMED, RegistrationState.OFFERED, RegistrationState.WAITING)
"""Who counts on the event, or hopes for it."""


def list_attending(event_ids: Collection[int]) -> Mapping[int, Sequence[Attending]]:
    """Who comes to these events, one entry for each address: three statements, whatever their number.

    Whoever filled in the form is told for all its people; a colleague with an address, of their own dates.
    """
    people = db.session.scalars(
        sa.select(Attendee)
        .join(Attendee.registration)
        .where(Attendee.event_id.in_(event_ids), Attendee.is_active, Registration.state.in_(COMING))
        .options(
            contains_eager(Attendee.registration).joinedload(Registration.event).selectinload(Event.sessions),
            selectinload(Attendee.choices),
        )
        .order_by(Attendee.id)
    ).all()
    found: dict[tuple[int, str], Attending] = {}
    for one in people:
        owner = one.registration
        own = frozenset(key_of(sitting) for sitting in tickets.sittings_of(one, owner.event))
        _add(found, owner.event_id, owner.email, own, _page_of(owner))
        if one.email != owner.email:
            _add(found, owner.event_id, one.email, own, _ticket_of(one))
    told: dict[int, list[Attending]] = {}
    for (event_id, _email), entry in found.items():
        told.setdefault(event_id, []).append(entry)
    return told


def _add(
    found: dict[tuple[int, str], Attending], event_id: int, email: str, own: frozenset[int], link: str
) -> None:
    if not email:
        return  # registered by telephone: the team tells them
    known = found.get((event_id, email))
    if known is not None:
        own, link = own | known.sitting_ids, known.link
    found[event_id, email] = Attending(email=email, link=link, sitting_ids=own)


def _page_of(registration: Registration) -> str:
    return public_link("registrations.manage", token=links.registration_token(registration))


def _ticket_of(attendee: Attendee) -> str:
    return public_link("registrations.ticket", token=links.ticket_token(attendee))


def find_joining(event: Event, now: datetime) -> Joining | None:
    """What the page of an event says of registering to it; None when it takes no registration here."""
    rules = queries.find_rules(key_of(event))
    if rules is None:
        return None
    whole = db.session.scalar(
        sa.select(Event)
        .where(Event.id == event.id)
        .options(joinedload(Event.details), selectinload(Event.sessions), selectinload(Event.cohorts))
    )
    if whole is None:
        return None
    pools = {PoolKey(pool.kind, pool.target): pool for pool in capacity.list_pools(key_of(whole))}
    standing = standing_of(whole, rules, pools, now=now)
    return Joining(
        sentence=sentence_of(standing, whole, rules),
        is_open=standing in (Standing.OPEN, Standing.WAITING),
        is_waiting=standing is Standing.WAITING,
    )
