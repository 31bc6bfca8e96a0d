"""Proposals to test with."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from campaign.db import db
from campaign.events import organizers, proposals
from campaign.events.content import ActivityContent
from campaign.events.models import Organizer, Picture, Proposal, ProposalState
from campaign.outbox.models import Message
from tests import builders
from tests.builders import NOW
from tests.events.activities import content

LATER = NOW + timedelta(days=1)
EMAIL = "biblio@exemple.quebec"
TEAM = "Dominique Roy"
ME = proposals.PROPOSER
State = ProposalState


def propose(told: ActivityContent | None = None, *, now: datetime = NOW, **options: Any) -> Proposal:
    """« brouillon »: its letter has just been written."""
    told = told or content()
    proposal, _token = proposals.submit(
        told,
        edition=builders.edition(),
        territory=builders.territory(told.geo_code) if told.geo_code else None,
        email=options.pop("email", EMAIL),
        now=now,
        **options,
    )
    return proposal


def submitted(told: ActivityContent | None = None, **options: Any) -> Proposal:
    """« soumise »: its address is proven."""
    proposal = propose(told, **options)
    proposals.verify(proposal, now=NOW)
    return proposal


def published(told: ActivityContent | None = None, **options: Any) -> Proposal:
    """« publiée »"""
    proposal = submitted(told, **options)
    proposals.approve(proposal, author=TEAM, now=NOW)
    return proposal


def trusted(email: str = EMAIL, told: ActivityContent | None = None) -> Organizer:
    """The organizer of that activity, which the team trusts."""
    told = told or content()
    organizer = organizers.find_or_create(
        told.organizer_name, told.organizer_kind, email=email, region_code="02", now=NOW
    )
    organizers.trust(organizer, None, now=NOW)
    db.session.flush()
    return organizer


def picture(key: str = "a" * 64 + ".webp") -> Picture:
    """A picture, without its file."""
    row = Picture(
        key=key[:64],
        media_type="image/webp",
        width=800,
        height=600,
        alt="Une doudou",
        credit="",
        created_at=NOW,
    )
    db.session.add(row)
    db.session.flush()
    return row


def letters() -> list[tuple[str, str]]:
    """(template, address) of what waits in the outbox, in order."""
    return [
        (one.template, one.to_email) for one in db.session.scalars(sa.select(Message).order_by(Message.id))
    ]


def waiting(*region_codes: str) -> list[int]:
    """What the team has to read in these regions, or everywhere."""
    return [one.id for one in db.session.scalars(proposals.select_for_team(set(region_codes) or None))]


def history(proposal: Proposal) -> list[tuple[State | None, State, str]]:
    """Each step that it took, and who took it."""
    db.session.flush()
    db.session.expire(proposal, ["moves"])
    whole = [selectinload(Proposal.moves)]
    moves = db.session.get_one(Proposal, proposal.id, options=whole, populate_existing=True).moves
    return [(move.from_state, move.to_state, move.author) for move in moves]
