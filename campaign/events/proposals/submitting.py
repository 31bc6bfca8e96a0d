"""From the form to an address that is proven; what nobody proves is forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events import proposal_letters
from campaign.events.content import ActivityContent
from campaign.events.models import Picture, Proposal, ProposalState
from campaign.events.proposals.content import fields_of
from campaign.events.proposals.links import link_token, reissue_link, token_of
from campaign.events.proposals.moves import PROPOSER, check_state, get_locked, lock, move_to, note_move
from campaign.events.proposals.publishing import publish
from campaign.events.proposals.related import meet_organizer
from campaign.i18n import _
from campaign.identifiers import hash_token, new_token
from campaign.territory.models import Territory

DRAFT_LIFE = timedelta(days=30)
"""How long a letter may wait to be opened."""

_NEW = {
    dialect: insert(Proposal).on_conflict_do_nothing(index_elements=["form_token"]).returning(Proposal.id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def submit(
    content: ActivityContent,
    *,
    edition: Edition,
    territory: Territory | None,
    email: str,
    now: datetime,
    form_token: str | None = None,
    picture: Picture | None = None,
) -> tuple[Proposal, str]:
    """A new proposal, and the token of the link that proves its address; a letter takes it there.

    The same form sent twice is one proposal. Sent again with other answers before the address is proven, it
    corrects them (the address too: the earlier letter then opens nothing).
    """
    seed = new_token()
    values: dict[str, Any] = {
        "edition_id": edition.id,
        "email": email,
        "state": ProposalState.DRAFT,
        "reason": "",
        "link_seed": seed,
        "link_hash": hash_token(token_of(seed)),
        "form_token": hash_token(form_token) if form_token else None,
        "created_at": now,
        "updated_at": now,
        **fields_of(content, territory, picture),
    }
    number = db.session.connection().scalar(_NEW[db.engine.dialect.name], values)
    if number is None:
        return _sent_again(values, content, now=now)
    proposal = get_locked(Proposal.id == number)
    note_move(proposal, None, ProposalState.DRAFT, author=PROPOSER, now=now)
    proposal_letters.ask_verification(proposal, link_token(proposal), now=now)
    return proposal, link_token(proposal)


def _sent_again(values: dict[str, Any], content: ActivityContent, *, now: datetime) -> tuple[Proposal, str]:
    proposal = get_locked(Proposal.form_token == values["form_token"])
    same_address = proposal.email == values["email"]
    if same_address and proposal.content == content.to_json() and proposal.picture_id == values["picture_id"]:
        return proposal, link_token(proposal)
    check_state(
        proposal,
        ProposalState.DRAFT,
        refusal=_("Cette proposition est déjà soumise. Ouvrez le lien reçu par courriel pour la modifier."),
    )
    for name in ("title", "content", "territory_id", "region_code", "picture_id"):
        setattr(proposal, name, values[name])
    proposal.updated_at = now
    if not same_address:
        proposal.email = values["email"]
        token = reissue_link(proposal, now=now)
        proposal_letters.ask_verification(proposal, token, now=now)
    return proposal, link_token(proposal)


def verify(proposal: Proposal, *, now: datetime) -> None:
    """Its address is proven: what a trusted organizer proposes is published, the rest waits for the team.

    Done twice, it changes nothing.
    """
    lock(proposal)
    if proposal.verified_at is not None:
        return
    check_state(
        proposal, ProposalState.DRAFT, refusal=_("Cette proposition a été retirée. Faites-en une nouvelle.")
    )
    proposal.verified_at = now
    organizer = meet_organizer(proposal, now=now)
    move_to(proposal, ProposalState.SUBMITTED, author=PROPOSER, now=now)
    if organizer.is_trusted:
        publish(proposal, author=organizer.name, now=now)
    else:
        proposal_letters.receive(proposal, link_token(proposal), now=now)


def forget_drafts(now: datetime) -> int:
    """Forget what was written under an address that nobody proved; gives how many."""
    result = db.session.execute(
        sa.delete(Proposal)
        .where(Proposal.state == ProposalState.DRAFT, Proposal.updated_at < now - DRAFT_LIFE)
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
