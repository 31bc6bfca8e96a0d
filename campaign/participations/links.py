"""Personal links: a municipality's key to its own participation; and proofs that an address is read."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db
from campaign.errors import Gone, NotFound
from campaign.identifiers import hash_token, new_token
from campaign.participations.models import EmailVerification, Participation, PersonalLink
from campaign.territory.models import Territory

AFTER_THE_WEEK = timedelta(days=120)
"""A link outlives the week: the resolution's number and the report come later."""

WITHOUT_WEEK = timedelta(days=400)

VERIFICATION_LIFE = timedelta(days=14)
"""A town hall may open two days a week, and close for the holidays."""


def issue(edition: Edition, territory: Territory, *, now: datetime, contact: Contact | None = None) -> str:
    """A new token for that municipality and edition. Earlier ones stay good until revoked."""
    token = new_token()
    db.session.add(
        PersonalLink(
            edition_id=edition.id,
            territory_id=territory.id,
            contact_id=contact.id if contact else None,
            token_hash=hash_token(token),
            issued_at=now,
            expires_at=_end(edition, now),
        )
    )
    return token


def _end(edition: Edition, now: datetime) -> datetime:
    if edition.end_on is None:
        return now + WITHOUT_WEEK
    return max(datetime.combine(edition.end_on, now.timetz()) + AFTER_THE_WEEK, now + timedelta(days=30))


def get_link(token: str, *, now: datetime) -> PersonalLink:
    """The link of that token; `NotFound` or `Gone`, which a page must show in the same words."""
    link = db.session.scalar(
        sa.select(PersonalLink)
        .where(PersonalLink.token_hash == hash_token(token))
        .options(
            joinedload(PersonalLink.edition),
            joinedload(PersonalLink.territory).joinedload(Territory.mrc),
            joinedload(PersonalLink.territory).joinedload(Territory.region),
            joinedload(PersonalLink.territory).joinedload(Territory.parent),
        )
    )
    if link is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    if link.revoked_at is not None or link.expires_at <= now:
        raise Gone("Ce lien n’est plus valide.")
    return link


def revoke_all(edition_id: int, territory_id: int, *, because: str, now: datetime) -> int:
    """No earlier link opens the participation any more; gives how many were still good."""
    answer = db.session.execute(
        sa.update(PersonalLink)
        .where(
            PersonalLink.edition_id == edition_id,
            PersonalLink.territory_id == territory_id,
            PersonalLink.revoked_at.is_(None),
        )
        .values(revoked_at=now, revoked_because=because)
    )
    return int(answer.rowcount)  # type: ignore[attr-defined]  # an UPDATE gives a CursorResult


def ask_proof(participation: Participation, email: str, *, now: datetime) -> str:
    """A token to send to that address: opening it and pressing the button proves that it is read."""
    token = new_token()
    db.session.add(
        EmailVerification(
            participation_id=participation.id,
            email=email,
            token_hash=hash_token(token),
            created_at=now,
            expires_at=now + VERIFICATION_LIFE,
        )
    )
    return token


def get_proof(token: str, *, now: datetime) -> EmailVerification:
    """The proof asked with that token; one that was used already is given too (the button pressed twice)."""
    proof = db.session.scalar(
        sa.select(EmailVerification).where(EmailVerification.token_hash == hash_token(token))
    )
    if proof is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    if proof.used_at is None and proof.expires_at <= now:
        raise Gone("Ce lien n’est plus valide.")
    return proof
