"""From one state to another: locked, allowed, and kept in the history."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from campaign.db import db
from campaign.errors import Conflict
from campaign.events.models import EventState, Proposal, ProposalMove, ProposalState
from campaign.events.proposals.content import mark_to_edit, version_of
from campaign.events.proposals.related import event_of
from campaign.events.proposals.states import WAITING
from campaign.i18n import _

PROPOSER = "La personne qui a proposé l’activité"
"""Whoever holds the link, as the history names them."""

_COLUMNS = [
    "state", "event_id", "organizer_id", "territory_id", "region_code", "picture_id", "title", "content",
    "reason", "email", "link_seed", "link_hash", "verified_at", "submitted_at",
]  # fmt: skip


def get_locked(condition: sa.ColumnElement[bool]) -> Proposal:
    """The one proposal, which nobody else changes until the transaction ends."""
    return db.session.scalars(
        sa.select(Proposal)
        .where(condition)
        .options(selectinload(Proposal.moves))
        .with_for_update(of=Proposal)
    ).one()


def lock(proposal: Proposal) -> None:
    """Two people at once: the second sees what the first did."""
    db.session.flush()
    db.session.refresh(proposal, _COLUMNS, with_for_update=True)


def check_state(proposal: Proposal, *allowed: ProposalState, refusal: str) -> None:
    """Raises `Conflict` with that sentence from any other state."""
    if proposal.state not in allowed:
        raise Conflict(refusal)


class Outrun(Conflict):
    """Somebody else decided, or its author changed it, since it was read."""


def check_seen(proposal: Proposal, seen: str | None) -> None:
    """Raises `Outrun` unless it still says what was read; None when nothing was."""
    if seen is not None and seen != version_of(proposal):
        raise Outrun(
            _("Cette proposition a changé depuis que vous l’avez ouverte. Relisez-la, puis décidez.")
        )


def check_filled_from(proposal: Proposal, mark: str | None) -> None:
    """Raises `Outrun` unless its author still starts from what their form was filled from; None when nobody
    knows. The proposal is locked, and whoever changes its event would lock it first."""
    event_of(proposal, again=True)
    if mark is not None and mark != mark_to_edit(proposal):
        raise Outrun(
            _(
                "Votre activité a changé pendant que vous remplissiez ce formulaire. Relisez ce qu’elle dit "
                "maintenant, puis choisissez."
            )
        )


def check_editable(proposal: Proposal) -> None:
    """Raises `Conflict` for what was given up or called off."""
    if proposal.state is ProposalState.WITHDRAWN:
        raise Conflict(_("Cette proposition a été retirée. Faites-en une nouvelle."))
    event = event_of(proposal)
    if event is not None and event.state is EventState.CANCELLED:
        raise Conflict(_("Cette activité est annulée. Écrivez-nous pour la rétablir."))


def move_to(
    proposal: Proposal, state: ProposalState, *, author: str, now: datetime, reason: str = ""
) -> None:
    """Change its state, and keep who did it and why."""
    before, proposal.state, proposal.updated_at = proposal.state, state, now
    if state in WAITING:
        proposal.submitted_at, proposal.reason = now, ""
    note_move(proposal, before, state, author=author, reason=reason, now=now)


def note_move(
    proposal: Proposal,
    before: ProposalState | None,
    after: ProposalState,
    *,
    author: str,
    now: datetime,
    reason: str = "",
) -> None:
    db.session.add(
        ProposalMove(
            proposal_id=proposal.id, at=now, author=author, from_state=before, to_state=after, reason=reason
        )
    )
