"""What its author says otherwise: it waits to be read, while the calendar keeps what was approved."""

from __future__ import annotations

from datetime import datetime

from campaign.errors import Conflict
from campaign.events.content import ActivityContent
from campaign.events.models import Picture, Proposal, ProposalState
from campaign.events.proposals.content import fields_of, say_as_published
from campaign.events.proposals.moves import (
    check_editable,
    check_filled_from,
    check_seen,
    check_state,
    lock,
    move_to,
)
from campaign.events.proposals.publishing import publish
from campaign.events.proposals.related import event_of, meet_organizer, territory_of
from campaign.i18n import _


def edit(
    proposal: Proposal,
    content: ActivityContent,
    *,
    picture: Picture | None,
    author: str,
    now: datetime,
    seen: str | None = None,
    filled_from: str | None = None,
) -> bool:
    """Say it otherwise; say whether anything changed. Once published, the calendar keeps what was approved
    until the team has read the change, unless the organizer is trusted. `seen` is what the team read,
    `filled_from` what the form of its author was filled from."""
    lock(proposal)
    check_seen(proposal, seen)
    check_filled_from(proposal, filled_from)
    check_editable(proposal)
    said = fields_of(content, territory_of(content), picture)
    if all(getattr(proposal, name) == value for name, value in said.items()) and (
        proposal.state is not ProposalState.TO_CORRECT
    ):
        return False
    for name, value in said.items():
        setattr(proposal, name, value)
    proposal.updated_at = now
    if proposal.state is ProposalState.DRAFT:
        return True
    organizer = meet_organizer(proposal, now=now)
    waiting = ProposalState.REVISED if proposal.event_id else ProposalState.SUBMITTED
    move_to(proposal, waiting, author=author, now=now)
    if organizer.is_trusted:
        publish(proposal, author=organizer.name, now=now)
    return True


def drop_revision(proposal: Proposal, *, author: str, now: datetime) -> None:
    """Give up the change that waits: the calendar already says what is meant."""
    lock(proposal)
    check_state(
        proposal,
        *(ProposalState.REVISED, ProposalState.TO_CORRECT),
        refusal=_("Aucune modification n’attend d’être publiée."),
    )
    event = event_of(proposal)
    if event is None:
        raise Conflict(_("Cette activité n’est pas encore dans le calendrier. Retirez-la plutôt."))
    say_as_published(proposal, event)
    move_to(proposal, ProposalState.PUBLISHED, author=author, now=now)
