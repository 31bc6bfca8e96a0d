"""Personal links: a municipality's key to its own participation; and proofs that an address is read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db, table_of
from campaign.errors import Gone, NotFound
from campaign.identifiers import hash_token, new_token
from campaign.participations.models import EmailVerification, Participation, PersonalLink
from campaign.territory.models import Territory

AFTER_THE_WEEK = timedelta(days=120)
"""A link outlives the week: the resolution's number and the report come later."""

WITHOUT_WEEK = timedelta(days=400)

VERIFICATION_LIFE = timedelta(days=14)
"""A town hall may open two days a week, and close for the holidays."""


# Made once: putting such a statement together costs more than running it.
_BY_TOKEN = (
    sa.select(PersonalLink)
    .where(PersonalLink.token_hash == sa.bindparam("token_hash"))
    .options(
        joinedload(PersonalLink.edition),
        joinedload(PersonalLink.territory).joinedload(Territory.mrc),
        joinedload(PersonalLink.territory).joinedload(Territory.region),
        joinedload(PersonalLink.territory).joinedload(Territory.parent),
    )
)
_ASK_PROOF = sa.insert(table_of(EmailVerification))


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


def issue_many(edition: Edition, territory_ids: Collection[int], *, now: datetime) -> dict[int, str]:
    """A new token for each of these municipalities, written at once."""
    tokens = {territory_id: new_token() for territory_id in territory_ids}
    if tokens:
        db.session.execute(
            sa.insert(PersonalLink),
            [
                {
                    "edition_id": edition.id,
                    "territory_id": territory_id,
                    "token_hash": hash_token(token),
                    "issued_at": now,
                    "expires_at": _end(edition, now),
                }
                for territory_id, token in tokens.items()
            ],
        )
    return tokens


def _end(edition: Edition, now: datetime) -> datetime:
    if edition.end_on is None:
        return now + WITHOUT_WEEK
    return max(datetime.combine(edition.end_on, now.timetz()) + AFTER_THE_WEEK, now + timedelta(days=30))


def get_link(token: str, *, now: datetime) -> PersonalLink:
    """The link of that token; `NotFound` or `Gone`, which a page must show in the same words."""
    link: PersonalLink | None = db.session.scalar(_BY_TOKEN, {"token_hash": hash_token(token)})
    if link is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    if link.revoked_at is not None or link.expires_at <= now:
        raise Gone("Ce lien n’est plus valide.")
    return link


def revoke_all(edition_id: int, territory_id: int, *, because: str, now: datetime) -> int:
    """No earlier link, nor any verification letter (it gives a link), opens the participation any more.

    Gives how many links were still good.
    """
    db.session.execute(
        sa.update(EmailVerification)
        .where(
            EmailVerification.participation_id.in_(
                sa.select(Participation.id).where(
                    Participation.edition_id == edition_id, Participation.territory_id == territory_id
                )
            ),
            EmailVerification.expires_at > now,
        )
        .values(expires_at=now)
    )
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
    asked = {
        "participation_id": participation.id,
        "email": email,
        "token_hash": hash_token(token),
        "created_at": now,
        "expires_at": now + VERIFICATION_LIFE,
    }
    db.session.connection().execute(_ASK_PROOF, asked)
    return token


def get_proof(token: str, *, now: datetime) -> EmailVerification:
    """The proof asked with that token; one that was used already is given too (the button pressed twice).

    It is good as long as the participation still names that address: after a correction, or when somebody
    else has taken over, the earlier letter opens nothing.
    """
    found = db.session.execute(
        sa.select(EmailVerification, Contact.email, Territory.email)
        .join(Participation, EmailVerification.participation_id == Participation.id)
        .join(Territory, Participation.territory_id == Territory.id)
        .outerjoin(Contact, Participation.contact_id == Contact.id)
        .where(EmailVerification.token_hash == hash_token(token))
    ).one_or_none()
    if found is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    proof, contact_email, town_hall = found
    if proof.expires_at <= now or (proof.email and proof.email != (contact_email or town_hall)):
        raise Gone("Ce lien n’est plus valide.")
    verification: EmailVerification = proof
    return verification
