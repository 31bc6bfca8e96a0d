"""Proposals, found by their link, their number, the address of their author, or what the team has to read."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event, EventDetails, Proposal, ProposalState
from campaign.events.proposals.states import READABLE, WAITING
from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.territory.models import Territory

_EVENT = joinedload(Proposal.event)

_AROUND = (
    joinedload(Proposal.edition),
    joinedload(Proposal.organizer),
    joinedload(Proposal.picture),
    joinedload(Proposal.territory).joinedload(Territory.mrc),
    joinedload(Proposal.territory).joinedload(Territory.region),
    joinedload(Proposal.territory).joinedload(Territory.parent),
    _EVENT.joinedload(Event.territory),
    _EVENT.joinedload(Event.edition),
    _EVENT.joinedload(Event.details).joinedload(EventDetails.organizer),
    _EVENT.joinedload(Event.details).joinedload(EventDetails.picture),
    _EVENT.selectinload(Event.sessions),
)

_WHOLE = (*_AROUND, selectinload(Proposal.moves))


def get_by_token(token: str) -> Proposal:
    """The proposal that this link opens, whole."""
    found = _find(Proposal.link_hash == hash_token(token))
    if found is None:
        raise NotFound(_("Ce lien n’est pas reconnu."))
    return found


def get_proposal(number: int) -> Proposal:
    """That proposal, whole; for the team."""
    found = _find(Proposal.id == number, Proposal.state.in_(READABLE))
    if found is None:
        raise NotFound(_("Cette proposition n’existe pas, ou son adresse courriel n’est pas vérifiée."))
    return found


def _find(*conditions: sa.ColumnElement[bool]) -> Proposal | None:
    return db.session.scalar(sa.select(Proposal).where(*conditions).options(*_WHOLE))


def list_of_address(email: str, edition: Edition) -> Sequence[Proposal]:
    """What that address proposed for the edition and may still be changed, the latest first."""
    return db.session.scalars(
        sa.select(Proposal)
        .where(
            Proposal.email == email,
            Proposal.edition_id == edition.id,
            Proposal.state != ProposalState.WITHDRAWN,
        )
        .order_by(Proposal.created_at.desc(), Proposal.id.desc())
    ).all()


def select_for_team(
    region_codes: Collection[str] | None = None, state: ProposalState | None = None
) -> sa.Select[Proposal]:
    """Proposals of these regions, or of all of Québec, in that state; without one, what waits for the team.
    The oldest first."""
    states = WAITING if state is None else (state,)
    found = (
        sa.select(Proposal)
        .outerjoin(Proposal.territory)
        .where(Proposal.state.in_(states))
        .options(
            contains_eager(Proposal.territory).joinedload(Territory.mrc),
            contains_eager(Proposal.territory).joinedload(Territory.region),
            contains_eager(Proposal.territory).joinedload(Territory.parent),
            joinedload(Proposal.edition),
            joinedload(Proposal.organizer),
            _EVENT.joinedload(Event.edition),
            _EVENT.selectinload(Event.sessions),
        )
        .order_by(Proposal.submitted_at, Proposal.id)
    )
    if region_codes is None:
        return found
    return found.where(sa.func.coalesce(Territory.region_code, Proposal.region_code).in_(region_codes))


def region_of(proposal: Proposal) -> str | None:
    """The region whose team reads it; None is the national team. Its territory is loaded."""
    return proposal.territory.region_code if proposal.territory else proposal.region_code
