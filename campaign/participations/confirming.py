"""From « inscrite » to « confirmée »: the address is verified, the team has looked."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign.db import db
from campaign.participations import links, states
from campaign.participations.authors import MUNICIPALITY_BY_MAIL, Author
from campaign.participations.ceremony import reinstate_if_called_off
from campaign.participations.claiming import get_participation
from campaign.participations.models import Participation, State, Track
from campaign.participations.moves import move, record, show_or_hide


def confirm(participation: Participation, *, author: Author, now: datetime, reason: str = "") -> None:
    """The address is verified, or the municipality said so by telephone: it counts from now on."""
    if participation.state in states.COUNTED:
        return
    participation.confirmed_at = now
    move(participation, State.CONFIRMED, author=author, now=now, reason=reason)
    reinstate_if_called_off(participation, author=author, now=now)


def confirm_by_proof(token: str, *, now: datetime) -> Participation:
    """The button of the verification letter was pressed; pressing it again changes nothing.

    Raises `NotFound` or `Gone` like `links.get_proof`.
    """
    participation_id = links.get_proof(token, now=now).participation_id
    lock = sa.select(Participation.id).where(Participation.id == participation_id).with_for_update()
    db.session.execute(lock)
    db.session.expire_all()  # of two presses at once, the second sees what the first did
    proof = links.get_proof(token, now=now)
    participation = get_participation(participation_id)
    if proof.used_at is None:
        proof.used_at = now
        if participation.contact and not participation.needs_review:
            participation.contact.email_verified_at = now
        if participation.state is State.REGISTERED:
            confirm(participation, author=MUNICIPALITY_BY_MAIL, now=now, reason="Adresse vérifiée")
    return participation


def approve(participation: Participation, *, author: Author, now: datetime) -> None:
    """The team has looked: the public may see it."""
    if not participation.needs_review:
        return
    participation.needs_review = False
    if participation.contact is not None and participation.state in states.COUNTED:
        participation.contact.email_verified_at = now
    record(participation, Track.REVIEW, before="à vérifier", after="vérifiée", author=author, now=now)
    show_or_hide(participation, now)


def mark_verified(participation: Participation, *, now: datetime) -> None:
    """The contact's address is the municipality's: its own link said so."""
    contact = participation.contact
    if contact is not None and contact.email_verified_at is None and not participation.needs_review:
        contact.email_verified_at = now
