"""Into the calendar: what was proposed becomes an event, or brings it up to date; and the other way round."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events import activities, corrections, proposal_letters, services
from campaign.events.models import Event, Organizer, Proposal, ProposalState
from campaign.events.proposals.content import say_as_published, written
from campaign.events.proposals.links import link_token
from campaign.events.proposals.moves import get_locked, move_to
from campaign.events.proposals.related import event_of, picture_of, territory_of


def publish(proposal: Proposal, *, author: str, now: datetime) -> Event:
    """What it says is in the calendar from now on; its author, and whoever follows the event, is told."""
    event = event_of(proposal)
    known = corrections.remember(event) if event else None
    content, picture = written(proposal), picture_of(proposal)
    territory, organizer = territory_of(content), db.session.get(Organizer, proposal.organizer_id or 0)
    if event is None:
        event = activities.create(
            content,
            edition=db.session.get_one(Edition, proposal.edition_id),
            territory=territory,
            organizer=organizer,
            picture=picture,
            now=now,
        )
    else:
        activities.update(event, content, territory=territory, organizer=organizer, picture=picture, now=now)
    services.publish(event, now=now)
    proposal.event, proposal.reason, proposal.decided_at = event, "", now
    move_to(proposal, ProposalState.PUBLISHED, author=author, now=now)
    db.session.flush()
    if known is None:
        proposal_letters.announce_published(proposal, event, link_token(proposal), now=now)
        return event
    proposal_letters.announce_revised(proposal, event, link_token(proposal), now=now)
    corrections.announce(known, event, author=author, now=now, besides=proposal.email)
    return event


def follow_calendar(event: Event, *, author: str, now: datetime) -> None:
    """The team corrected the event: its author reads it so from now on. A change that waits to be read stays
    as its author wrote it. The event is loaded with its territory, sessions and details."""
    found = db.session.scalar(sa.select(Proposal.id).where(Proposal.event_id == event.id))
    if found is None:
        return
    proposal = get_locked(Proposal.id == found)
    if proposal.state is ProposalState.PUBLISHED:
        say_as_published(proposal, event)
        move_to(proposal, ProposalState.PUBLISHED, author=author, now=now)
