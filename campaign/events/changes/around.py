"""What must be known around events to change them: who is told, what was done before, what else is on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from campaign.db import db
from campaign.errors import NotFound
from campaign.events.changes.change import Change
from campaign.events.models import Event, EventMove, EventState, Follower, Proposal, Session
from campaign.events.services import CEREMONY_LENGTH
from campaign.i18n import _
from campaign.territory.models import Territory


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Another event at a place, when something is on there."""

    event_id: int
    title: str
    territory_id: int | None
    place: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Attending:
    """Somebody registered to an event: told of what changes in the dates that they come to."""

    email: str
    link: str
    """The page of the registration."""
    sitting_ids: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What must be known around some events to change them, read at once for all."""

    moves: Mapping[int, Sequence[EventMove]] = field(default_factory=dict)
    """What was done to each before, oldest first."""
    followers: Mapping[int, Sequence[Follower]] = field(default_factory=dict)
    authors: Mapping[int, Proposal] = field(default_factory=dict)
    attending: Mapping[int, Sequence[Attending]] = field(default_factory=dict)
    territory: Territory | None = None
    """Where the change moves them."""
    neighbours: Sequence[Neighbour] | None = None
    """What else is on where they go; None to ask for each event."""


def read_around(events: Sequence[Event], change: Change | None = None) -> Around:
    """What is known around these events: a few statements, whatever their number."""
    numbers = [event.id for event in events]
    territory = None
    if change is not None and change.geo_code:
        territory = db.session.scalar(
            sa.select(Territory)
            .where(Territory.geo_code == change.geo_code, Territory.valid_to.is_(None))
            .options(joinedload(Territory.region), joinedload(Territory.mrc))
        )
        if territory is None:
            raise NotFound(_("Aucun territoire ne porte ce code. Choisissez une municipalité."))
    moves, followers = dict[int, list[EventMove]](), dict[int, list[Follower]]()
    for move in db.session.scalars(
        sa.select(EventMove).where(EventMove.event_id.in_(numbers)).order_by(EventMove.id)
    ):
        moves.setdefault(move.event_id, []).append(move)
    for follower in db.session.scalars(
        sa.select(Follower)
        .where(Follower.event_id.in_(numbers), Follower.verified_at.is_not(None))
        .order_by(Follower.id)
    ):
        followers.setdefault(follower.event_id, []).append(follower)
    written = sa.select(Proposal).where(Proposal.event_id.in_(numbers), Proposal.verified_at.is_not(None))
    authors = {each.event_id: each for each in db.session.scalars(written) if each.event_id is not None}
    attending = current_app.extensions["attending"](numbers)
    return Around(moves=moves, followers=followers, authors=authors, attending=attending, territory=territory)


def list_neighbours(
    territory_ids: Collection[int], *, since: datetime, until: datetime, besides: Collection[int]
) -> list[Neighbour]:
    """What takes place in these municipalities meanwhile, other than these events."""
    rows = db.session.execute(
        sa.select(Event.id, Event.title, Event.territory_id, Event.place, Session.starts_at, Session.ends_at)
        .join(Session, Session.event_id == Event.id)
        .where(
            Event.territory_id.in_(territory_ids),
            Event.id.not_in(besides),
            Event.is_published.is_(True),
            Event.place != "",
            Event.state != EventState.CANCELLED,
            Session.state.is_distinct_from(EventState.CANCELLED),
            Session.starts_at.between(since - timedelta(days=1), until),
        )
        .order_by(Session.starts_at, Event.id)
    )
    return [
        Neighbour(
            event_id=row.id,
            title=row.title,
            territory_id=row.territory_id,
            place=row.place,
            starts_at=row.starts_at,
            ends_at=row.ends_at or row.starts_at + CEREMONY_LENGTH,
        )
        for row in rows
    ]
