"""Reading what has a date."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.i18n import _
from campaign.territory.models import Territory

AROUND = (
    joinedload(Event.edition),
    joinedload(Event.territory).joinedload(Territory.mrc),
    joinedload(Event.territory).joinedload(Territory.region),
    joinedload(Event.territory).joinedload(Territory.parent),
    selectinload(Event.sessions),
)
"""Everything that the page of an event shows, whatever the number of rows: two queries."""


def get_published(slug: str) -> Event:
    """The event of that address, if the public may see it."""
    event = db.session.scalar(
        sa.select(Event).where(Event.slug == slug, Event.is_published.is_(True)).options(*AROUND)
    )
    if event is None:
        raise NotFound(
            _("Aucune activité publiée ne se trouve à cette adresse. Cherchez-la dans le calendrier.")
        )
    return event
