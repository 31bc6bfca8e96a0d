"""Keeping contacts, writing down by what right they are written to, and who asked not to be solicited.

An address is the person: a director general shared by three municipalities is three rows of one address, told
together. « Ne pas solliciter » and consents hold for the address, whatever the row.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

import sqlalchemy as sa

from campaign import clock
from campaign.contacts import queries
from campaign.contacts.basis import end_of_relation, months_after
from campaign.contacts.models import (
    Basis,
    Change,
    Consent,
    Contact,
    ContactKind,
    ContactMove,
    Language,
    Purpose,
)
from campaign.db import db
from campaign.errors import CampaignError, Conflict
from campaign.i18n import _
from campaign.outbox import addresses
from campaign.territory.models import Territory

log = logging.getLogger(__name__)

PROOFS_KEPT_MONTHS = 36


@dataclass(frozen=True, kw_only=True)
class ContactDetails:
    """What is known of a person or a mailbox. Territories are those that a municipal contact answers for."""

    kind: ContactKind
    email: str
    organization: str = ""
    first_name: str = ""
    last_name: str = ""
    role: str = ""
    phone: str = ""
    extension: str = ""
    language: Language = Language.FRENCH
    region_code: str | None = None
    territories: tuple[Territory, ...] = ()
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How a right was obtained (LCAP art. 13: whoever sends must prove it)."""

    form: str = ""
    """The page, the paper, the call."""
    text_version: str = ""
    language: Language = Language.FRENCH
    ip: str = ""
    source: str = ""
    author: str = ""


# --- people -------------------------------------------------------------------------------------------


def add_contact(details: ContactDetails, *, author: str, now: datetime) -> Sequence[Contact]:
    """Write down a new person: one row, or one for each municipality that they answer for."""
    email = _checked_email(details)
    if _rows_like(email, details):
        raise Conflict(_("Cette adresse est déjà dans les contacts. Ouvrez sa fiche pour la corriger."))
    rows = [_new_row(email, details, place, now) for place in _places(details)]
    db.session.add_all(rows)
    db.session.flush()
    note(email, Change.ADDED, author=author, now=now, contact=rows[0], detail=details.source)
    log.info("contact added", extra={"contact": rows[0].id, "kind": details.kind})
    return rows


def change_contact(
    rows: Sequence[Contact], details: ContactDetails, *, author: str, now: datetime
) -> Sequence[Contact]:
    """Correct a person, in each of these rows; a municipality added or taken away is a row more, or one left.

    A corrected address is another mailbox: nobody has proved that they read it.
    """
    email = _checked_email(details)
    ours = {row.id for row in rows}
    if any(row.id not in ours for row in _rows_like(email, details)):
        raise Conflict(_("Une autre fiche a déjà cette adresse. Corrigez plutôt celle-là."))
    before = [_told(row) for row in rows]
    places = _places(details)
    kept: list[Contact] = []
    for place in places:
        found = next((row for row in rows if row.territory_id == (place.id if place else None)), None)
        row = found or _new_row(email, details, place, now)
        if found is None:
            db.session.add(row)
        _write(row, email, details)
        row.left_at = None
        kept.append(row)
    for row in rows:
        if row not in kept:
            row.left_at = row.left_at or now
    db.session.flush()
    if before != [_told(row) for row in kept]:
        note(email, Change.CORRECTED, author=author, now=now, contact=kept[0])
    return kept


def mark_left(rows: Sequence[Contact], *, has_left: bool, author: str, now: datetime) -> None:
    """« N’est plus la bonne personne », or is again; said twice, it is recorded once."""
    changed = [row for row in rows if (row.left_at is not None) != has_left]
    for row in changed:
        row.left_at = now if has_left else None
    if changed:
        change = Change.LEFT if has_left else Change.BACK
        note(changed[0].email, change, author=author, now=now, contact=changed[0])


def bar(
    email: str, *, author: str, now: datetime, reason: str = "", territory: Territory | None = None
) -> bool:
    """« Ne pas solliciter » this address: messages of service only, whoever writes. False when it was so.

    An address that nobody wrote down yet becomes a contact, so that the refusal has a place to stand.
    """
    address = addresses.normalize(email)
    rows = queries.list_rows_of(address)
    if rows and all(row.do_not_solicit for row in rows):
        return False
    if not rows:
        row = _new_row(
            address,
            ContactDetails(
                kind=ContactKind.MUNICIPAL if territory else ContactKind.ORGANIZATION,
                email=address,
                source=_("A demandé de ne pas être sollicitée"),
                region_code=territory.region_code if territory else None,
            ),
            territory,
            now,
        )
        db.session.add(row)
        db.session.flush()
        rows = [row]
    for row in rows:
        row.do_not_solicit = True
    note(address, Change.BARRED, author=author, now=now, contact=rows[0], detail=reason)
    return True


def unbar(email: str, *, author: str, now: datetime, reason: str = "") -> bool:
    """The person accepts solicitations again; False when they never refused. Unsubscribing is another thing,
    that only they undo."""
    rows = [row for row in queries.list_rows_of(addresses.normalize(email)) if row.do_not_solicit]
    for row in rows:
        row.do_not_solicit = False
    if rows:
        note(rows[0].email, Change.UNBARRED, author=author, now=now, contact=rows[0], detail=reason)
    return bool(rows)


def note(
    email: str, change: Change, *, author: str, now: datetime, contact: Contact | None, detail: str = ""
) -> None:
    """Record a change in the story of the address."""
    db.session.add(
        ContactMove(
            email=email,
            contact_id=contact.id if contact else None,
            change=change,
            detail=detail[:500],
            author=author[:200],
            moved_at=now,
        )
    )
    db.session.flush()


# --- rights -------------------------------------------------------------------------------------------


def record_consent(
    email: str,
    *,
    purpose: Purpose,
    basis: Basis,
    since: datetime,
    proof: Proof,
    ended_on: date | None = None,
    contact: Contact | None = None,
) -> Consent:
    """Write down by what right an address is written to, with its proof; the same said twice is one row.

    `ended_on` is the last day of a membership or of an edition: the term is computed from it. A published
    address needs its source, every other right the place where it was given.
    """
    address = addresses.normalize(email)
    if basis is Basis.PUBLISHED and not proof.source:
        raise CampaignError(_("Indiquez où l’adresse est publiée."))
    if basis is not Basis.PUBLISHED and not (proof.form or proof.source):
        raise CampaignError(_("Indiquez comment ce droit a été obtenu : la page, le papier ou l’appel."))
    known = _find_same(address, purpose, basis, since, proof)
    if known is not None:
        return known
    consent = Consent(
        email=address,
        contact_id=contact.id if contact is not None else None,
        purpose=purpose,
        basis=basis,
        since=since,
        expires_on=_term(basis, since, ended_on),
        form=proof.form[:120],
        text_version=proof.text_version[:40],
        language=proof.language,
        ip=proof.ip[:45],
        source=proof.source[:300],
        author=proof.author[:200],
    )
    db.session.add(consent)
    return consent


def withdraw_consent(consent: Consent, *, because: str, now: datetime) -> bool:
    """The person takes it back: it serves no more, its proof stays. False when it was withdrawn before."""
    if consent.withdrawn_at is not None:
        return False
    consent.withdrawn_at = now
    consent.withdrawn_because = because[:200]
    return True


def _term(basis: Basis, since: datetime, ended_on: date | None) -> date | None:
    if basis in (Basis.EXPRESS, Basis.PUBLISHED):
        return None
    if ended_on is None and basis is Basis.MEMBER:
        return None  # still a member
    return end_of_relation(ended_on or clock.today(since))


def _find_same(email: str, purpose: Purpose, basis: Basis, since: datetime, proof: Proof) -> Consent | None:
    """The row that says this already; withdrawn, it stays so: the same act gives no new right."""
    return db.session.scalar(
        sa.select(Consent)
        .where(
            Consent.email == email,
            Consent.purpose == purpose,
            Consent.basis == basis,
            Consent.since == since,
            Consent.form == proof.form[:120],
            Consent.source == proof.source[:300],
        )
        .limit(1)
    )


# --- rows ---------------------------------------------------------------------------------------------


def _checked_email(details: ContactDetails) -> str:
    if details.kind is ContactKind.MUNICIPAL and not details.territories:
        raise CampaignError(_("Choisissez au moins une municipalité pour cette personne."))
    return addresses.normalize(details.email)


def _places(details: ContactDetails) -> Sequence[Territory | None]:
    """Where the rows stand: in each municipality, or nowhere in particular."""
    return details.territories if details.kind is ContactKind.MUNICIPAL else (None,)


def forget_old_proofs(now: datetime) -> int:
    """Erase the proofs of rights that ended three years ago, as the privacy notice promises; gives how many.

    Proofs are kept that long because the burden of proof is the sender's (LCAP art. 13).
    """
    limit = months_after(clock.today(now), -PROOFS_KEPT_MONTHS)
    ended = sa.or_(Consent.withdrawn_at < datetime.combine(limit, time(), UTC), Consent.expires_on < limit)
    return len(db.session.scalars(sa.delete(Consent).where(ended).returning(Consent.id)).all())


def _rows_like(email: str, details: ContactDetails) -> Sequence[Contact]:
    """The rows of that address that would be written twice: same municipality, or same kind without one."""
    ids = {place.id if place else None for place in _places(details)}
    return [
        row
        for row in queries.list_rows_of(email)
        if row.territory_id in ids and (row.territory_id is not None or row.kind is details.kind)
    ]


def _new_row(email: str, details: ContactDetails, place: Territory | None, now: datetime) -> Contact:
    row = Contact(
        created_at=now,
        territory_id=place.id if place else None,
        email="",
        do_not_solicit=email in queries.list_barred([email]),
    )
    _write(row, email, details)
    return row


def _write(row: Contact, email: str, details: ContactDetails) -> None:
    if row.email != email:
        row.email, row.email_verified_at = email, None
    row.kind = details.kind
    row.region_code = None if row.territory_id else details.region_code
    for name in ("organization", "first_name", "last_name", "role", "phone", "extension", "language"):
        setattr(row, name, getattr(details, name))
    row.source = details.source or row.source or ""


def _told(row: Contact) -> tuple[object, ...]:
    names = (
        "kind", "territory_id", "region_code", "email", "organization", "first_name", "last_name", "role",
        "phone", "extension", "language", "source", "left_at",
    )  # fmt: skip
    return tuple(getattr(row, name) for name in names)
