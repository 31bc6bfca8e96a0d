"""Reading what has a date."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event, EventAction, EventDetails, EventMove, Session
from campaign.i18n import _
from campaign.territory.models import Region, Territory

AROUND = (
    joinedload(Event.edition),
    joinedload(Event.territory).joinedload(Territory.mrc),
    joinedload(Event.territory).joinedload(Territory.region),
    joinedload(Event.territory).joinedload(Territory.parent),
    joinedload(Event.details).joinedload(EventDetails.organizer),
    joinedload(Event.details).joinedload(EventDetails.picture),
    selectinload(Event.sessions),
)
"""Everything that the page of an event shows, whatever the number of rows: two queries."""


WITH_PROGRAMME = (
    selectinload(Event.cohorts),
    selectinload(Event.sessions).selectinload(Session.programme),
)
"""The groups, and what is said in each sitting: two queries more."""


def get_published(slug: str, *, programme: bool = False) -> Event:
    """The event of that address, if the public may see it; with its programme for whom shows it."""
    event = db.session.scalar(
        sa.select(Event)
        .where(Event.slug == slug, Event.is_published.is_(True), Event.is_private.is_(False))
        .options(*AROUND, *(WITH_PROGRAMME if programme else ()))
    )
    if event is None:
        raise NotFound(
            _("Aucune activité publiée ne se trouve à cette adresse. Cherchez-la dans le calendrier.")
        )
    return event


def region_of(event: Event) -> Region | None:
    """The region of an event whose territory is loaded, asked for when the event belongs to it as a whole."""
    if event.territory is not None:
        return event.territory.region
    return db.session.get(Region, event.region_code) if event.region_code else None


def region_around(event: Event, territory: Territory | None) -> Region | None:
    """The region of that municipality, or else of the event, whatever was loaded with them."""
    code = territory.region_code if territory is not None else event.region_code
    return db.session.get(Region, code) if code else None


def was_put_online(event: Event) -> bool:
    """Whether it was first planned somewhere."""
    moves = sa.select(EventMove.id).where(
        EventMove.event_id == event.id, EventMove.action == EventAction.PUT_ONLINE
    )
    return db.session.scalar(moves.limit(1)) is not None
