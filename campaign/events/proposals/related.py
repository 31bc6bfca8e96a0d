"""What a proposal is about: its event, its organizer, its territory, its picture."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign.db import db
from campaign.events import organizers
from campaign.events.content import ActivityContent
from campaign.events.models import Event, EventDetails, Organizer, Picture, Proposal
from campaign.events.proposals.content import written
from campaign.territory import queries as territories
from campaign.territory.models import Territory


def event_of(proposal: Proposal, *, again: bool = False) -> Event | None:
    """Its event, with all that publishing or calling off reads of it; `again` as it is by now."""
    if proposal.event_id is None:
        return None
    return db.session.scalars(
        sa.select(Event)
        .where(Event.id == proposal.event_id)
        .options(
            joinedload(Event.edition),
            joinedload(Event.territory),
            selectinload(Event.sessions),
            joinedload(Event.details).joinedload(EventDetails.organizer),
            joinedload(Event.details).joinedload(EventDetails.picture),
        )
        .execution_options(populate_existing=again)
    ).one()


def meet_organizer(proposal: Proposal, *, now: datetime) -> Organizer:
    """Who offers it, known by its name and by the address that was proven."""
    content = written(proposal)
    territory = territory_of(content)
    organizer = organizers.find_or_create(
        content.organizer_name,
        content.organizer_kind,
        email=proposal.email,
        region_code=territory.region_code if territory else content.region_code or None,
        now=now,
    )
    proposal.organizer, proposal.organizer_id = organizer, organizer.id
    return organizer


def territory_of(content: ActivityContent) -> Territory | None:
    return territories.get_territory(content.geo_code) if content.geo_code else None


def picture_of(proposal: Proposal) -> Picture | None:
    return db.session.get(Picture, proposal.picture_id) if proposal.picture_id else None
