"""The events to change, with all that a change reads of them; locked when they are to change."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event, EventDetails, Proposal, Session
from campaign.i18n import _
from campaign.territory.models import Territory

LOADED = (
    joinedload(Event.edition),
    joinedload(Event.territory).joinedload(Territory.region),
    joinedload(Event.territory).joinedload(Territory.mrc),
    selectinload(Event.details).joinedload(EventDetails.picture),
    selectinload(Event.sessions),
)
"""What a change reads of an event."""


def get_event(event_id: int) -> Event:
    """The event with all that a change shows."""
    found = db.session.scalar(sa.select(Event).where(Event.id == event_id).options(*LOADED))
    if found is None:
        raise NotFound(_("Cet événement n’existe pas. Cherchez-le dans la liste des activités."))
    return found


def list_locked(event_ids: Collection[int]) -> list[Event]:
    """Those events, in the order of their numbers, which nobody else changes until the transaction ends."""
    ordered = sa.select(Event).where(Event.id.in_(event_ids)).order_by(Event.id)
    # A proposal is always locked before its event: by its author, by whoever reads it, and here.
    db.session.execute(
        sa.select(Proposal.id).where(Proposal.event_id.in_(event_ids)).order_by(Proposal.id).with_for_update()
    ).all()
    # First the locks, in one order for all: what is read afterwards is what the last one wrote.
    db.session.execute(ordered.with_only_columns(Event.id).with_for_update()).all()
    # What is said in a sitting moves with it.
    whole = (*LOADED, selectinload(Event.sessions).selectinload(Session.programme))
    again = ordered.options(*whole).execution_options(populate_existing=True)
    return list(db.session.scalars(again))
