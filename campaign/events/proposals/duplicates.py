"""What already has the same title, at the same place, on the same day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events.content import ActivityContent
from campaign.events.models import Event, Proposal, Session
from campaign.events.proposals.content import written
from campaign.events.proposals.states import WAITING
from campaign.territory import queries as territories
from campaign.territory.models import Territory
from campaign.territory.names import search_words


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Something with the same title, at the same place, on the same day."""

    title: str
    day: date
    slug: str
    """Its page; empty for what is proposed and not published yet."""


def list_duplicates(
    content: ActivityContent, edition: Edition, *, except_for: Proposal | None = None
) -> list[Duplicate]:
    """What is in the calendar, or waits for the team, under the same title in the same municipality (or
    region) on one of the same days."""
    title, days = search_words(content.title), {sitting.day for sitting in content.sittings}
    if not days:
        return []
    territory = territories.find_territory(content.geo_code) if content.geo_code else None
    own_event = except_for.event_id if except_for else None
    published = [
        Duplicate(title=event.title, day=day, slug=event.slug)
        for event, day in _events_on(days, edition, territory, content.region_code)
        if event.id != own_event and search_words(event.title) == title
    ]
    own = except_for.id if except_for else None
    waiting = [
        Duplicate(title=proposal.title, day=min(days & their_days), slug="")
        for proposal in _waiting_at(edition, territory, content.region_code)
        if proposal.id != own
        and proposal.event_id is None
        and search_words(proposal.title) == title
        and days & (their_days := {sitting.day for sitting in written(proposal).sittings})
    ]
    return published + waiting


def _events_on(
    days: Collection[date], edition: Edition, territory: Territory | None, region_code: str
) -> list[tuple[Event, date]]:
    found = db.session.execute(
        sa.select(Event, sa.func.min(Session.starts_on))
        .join(Event.sessions)
        .where(
            Event.edition_id == edition.id,
            Event.is_published.is_(True),
            Event.territory_id == territory.id if territory else _of_region(Event, region_code),
            Session.starts_on.in_(days),
        )
        .group_by(Event.id)
        .order_by(Event.id)
    )
    return [(event, day) for event, day in found if day is not None]


def _waiting_at(edition: Edition, territory: Territory | None, region_code: str) -> Sequence[Proposal]:
    return db.session.scalars(
        sa.select(Proposal)
        .where(
            Proposal.edition_id == edition.id,
            Proposal.state.in_(WAITING),
            Proposal.territory_id == territory.id if territory else _of_region(Proposal, region_code),
        )
        .order_by(Proposal.id)
    ).all()


def _of_region(model: type[Event] | type[Proposal], region_code: str) -> sa.ColumnElement[bool]:
    return sa.and_(
        model.territory_id.is_(None),
        model.region_code == region_code if region_code else model.region_code.is_(None),
    )
