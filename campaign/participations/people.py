"""The people of a municipality: kept under their address, replaced, and unknown to any other municipality."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.contacts import services as contacts
from campaign.contacts.models import Basis, Contact, Purpose
from campaign.db import db, insert_at_once, reading_connection
from campaign.errors import Conflict
from campaign.participations.authors import Author
from campaign.participations.claiming import claim
from campaign.participations.details import NOTICE_VERSION, ParticipationDetails, Person
from campaign.participations.models import Channel, Participation, Track
from campaign.participations.moves import record
from campaign.territory.models import Territory

# Made once: putting such a statement together costs more than running it.
_OF_THESE = (
    Contact.territory_id == sa.bindparam("territory_id"),
    Contact.email.in_(sa.bindparam("emails", expanding=True)),
)
_CONTACTS = sa.select(Contact).where(*_OF_THESE).order_by(Contact.id)
_IS_ANYBODY_KNOWN = sa.select(Contact.id).where(*_OF_THESE).limit(1)


def known_contacts(participation: Participation, details: ParticipationDetails) -> dict[str, Contact]:
    """The contacts of this municipality that have the addresses given, by address."""
    emails = [person.email for person in (details.contact, details.second_contact) if person.email]
    asked = {"territory_id": participation.territory_id, "emails": emails}
    if reading_connection().scalar(_IS_ANYBODY_KNOWN, asked) is None:  # nearly always, and it costs less
        return {}
    again = {"populate_existing": True}
    found = db.session.scalars(_CONTACTS, asked, execution_options=again).all()
    return {contact.email: contact for contact in reversed(found)}


def keep_contact(
    participation: Participation,
    person: Person,
    details: ParticipationDetails,
    known: dict[str, Contact],
    author: Author,
    now: datetime,
) -> Contact | None:
    """The contact of that address in this municipality, brought up to date; a new one otherwise.

    The public form proves nothing yet: it changes nothing of somebody whose address was verified before.
    """
    if not person.email:
        return participation.contact
    contact = known.get(person.email)
    if (
        contact is not None
        and contact.email_verified_at is not None
        and author.channel is Channel.WEB
        and not author.is_team
    ):
        return contact
    told = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "role": person.role,
        "phone": person.phone,
        "extension": person.extension,
        "language": details.language,
        "left_at": None,
    }
    if contact is None:
        contact = Contact(
            territory_id=participation.territory_id,
            email=person.email,
            source=f"Inscription de {participation.edition.year}",
            created_at=now,
            **told,
        )
        insert_at_once(contact)
        known[person.email] = contact
    else:
        for name, value in told.items():
            setattr(contact, name, value)
    if details.wants_newsletter and person is details.contact:
        contact.newsletter_consented_at = contact.newsletter_consented_at or now
        _keep_consent(contact, details, author, now)
    return contact


def _keep_consent(contact: Contact, details: ParticipationDetails, author: Author, now: datetime) -> None:
    """The box of the newsletter was ticked: with its proof, since the sender must show it (LCAP art. 13)."""
    contacts.record_consent(
        contact.email,
        purpose=Purpose.NEWSLETTER,
        basis=Basis.EXPRESS,
        since=now,
        proof=contacts.Proof(
            form="Formulaire d’inscription, case de l’infolettre",
            text_version=NOTICE_VERSION,
            language=details.language,
            ip=author.ip,
            author=author.name,
        ),
    )


def hand_over(
    edition: Edition, territory: Territory, successor: Person | None, *, author: Author, now: datetime
) -> Contact | None:
    """« Je ne suis plus la bonne personne »: the new one if known; whoever left gets nothing more.

    A person whom the team has yet to look at hands nothing over: it would shut the real town hall out.
    """
    participation = claim(edition, territory, author=author, now=now)
    if participation.needs_review and not author.is_team:
        raise Conflict(
            "L’équipe vérifie encore cette inscription. Vous pourrez changer de personne-ressource ensuite."
        )
    former = participation.contact
    if former is not None:
        former.left_at = now
    contact: Contact | None = None
    if successor is not None and successor.email:
        contact = db.session.scalar(
            sa.select(Contact).where(Contact.territory_id == territory.id, Contact.email == successor.email)
        ) or Contact(
            territory_id=territory.id,
            email=successor.email,
            source=f"Désignée par la municipalité en {edition.year}",
            created_at=now,
        )
        contact.first_name, contact.last_name, contact.role = (
            successor.first_name,
            successor.last_name,
            successor.role,
        )
        contact.left_at = None
        db.session.add(contact)
    participation.contact = contact
    record(
        participation,
        Track.LINK,
        before="",
        after="nouvelle personne-ressource" if contact else "personne-ressource à trouver",
        author=author,
        now=now,
        reason="Je ne suis plus la bonne personne",
    )
    db.session.flush()
    return contact


def moved_contact(contact: Contact | None, target: Participation, now: datetime) -> Contact | None:
    """The same person as a contact of the right territory. To the wrong one they are nobody any more: it must
    neither see their name in its form nor send them its personal link."""
    if contact is None:
        return None
    kept = db.session.scalar(
        sa.select(Contact).where(Contact.territory_id == target.territory_id, Contact.email == contact.email)
    )
    if kept is None:
        kept = Contact(
            territory_id=target.territory_id, email=contact.email, source=contact.source, created_at=now
        )
        db.session.add(kept)
    for name in ("first_name", "last_name", "role", "phone", "extension", "language"):
        setattr(kept, name, getattr(contact, name))
    kept.newsletter_consented_at = kept.newsletter_consented_at or contact.newsletter_consented_at
    kept.email_verified_at = kept.email_verified_at or contact.email_verified_at
    kept.left_at, contact.left_at = None, now
    return kept


def masked_name(contact: Contact | None) -> str:
    """« M. T. » for Manon Tremblay: enough for colleagues, too little for a stranger."""
    if contact is None:
        return ""
    return " ".join(f"{part[0]}." for part in (contact.first_name, contact.last_name) if part)
