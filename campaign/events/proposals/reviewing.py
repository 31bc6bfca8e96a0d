"""What the team decides of a proposal: it is published, or goes back to its author."""

from __future__ import annotations

from datetime import datetime

from campaign.events import proposal_letters
from campaign.events.models import Event, Proposal, ProposalState
from campaign.events.proposals.links import link_token
from campaign.events.proposals.moves import check_seen, check_state, lock, move_to
from campaign.events.proposals.publishing import publish
from campaign.events.proposals.states import WAITING
from campaign.i18n import _


def approve(proposal: Proposal, *, author: str, now: datetime, seen: str | None = None) -> Event:
    """Into the calendar: a new event, or the published one brought up to date. `seen` is the `version_of`
    what was read; another one is refused."""
    lock(proposal)
    check_seen(proposal, seen)
    check_state(
        proposal,
        *(ProposalState.SUBMITTED, ProposalState.TO_CORRECT, ProposalState.REVISED),
        refusal=_("Cette proposition n’attend plus d’être publiée."),
    )
    return publish(proposal, author=author, now=now)


def send_back(
    proposal: Proposal, *, reason: str, author: str, now: datetime, seen: str | None = None
) -> None:
    """« À corriger », and why; its author is written to. What is published stays as it is."""
    lock(proposal)
    check_seen(proposal, seen)
    check_state(proposal, *WAITING, refusal=_("Cette proposition n’attend plus d’être lue."))
    proposal.reason, proposal.decided_at = reason, now
    move_to(proposal, ProposalState.TO_CORRECT, author=author, reason=reason, now=now)
    proposal_letters.send_back(proposal, link_token(proposal), now=now)
