"""The people and mailboxes that we write to, and by what right."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaign.db import Model


class Language(StrEnum):
    """In which language the person wants to be written to; French always comes first."""

    FRENCH = "francais"
    FRENCH_AND_ENGLISH = "francais_et_anglais"


class ContactKind(StrEnum):
    """In what quality we know the person or the mailbox."""

    MUNICIPAL = "municipal"
    ORGANIZATION = "organisme"
    SUBSCRIBER = "abonne"
    MEDIA = "media"
    PARTNER = "partenaire"


class Purpose(StrEnum):
    """For what an address may be written to, beyond the messages that its owner asked for."""

    CAMPAIGN = "campagne"
    """Invitations and reminders of the campaign: informational, not commercial."""
    NEWSLETTER = "infolettre"
    COMMERCIAL = "commercial"
    """Sale of flags, paid seats, sponsors: blocked without a valid basis (LCAP)."""


class Basis(StrEnum):
    """By what right (Canada's anti-spam law, LCAP art. 6 and 10)."""

    EXPRESS = "consentement"
    MEMBER = "membre"
    PARTICIPANT = "participante"
    """Took part in an edition: implied for two years."""
    PUBLISHED = "adresse_publiee"
    """A role address published without a refusal of solicitations, written to about that role."""


class Contact(Model):
    """A person or a mailbox. A municipal one answers for a territory, and an address may serve several
    territories (a shared director general); organizations, subscribers and media need none."""

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ContactKind] = mapped_column(default=ContactKind.MUNICIPAL, index=True)
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(sa.ForeignKey("region.code"), index=True)
    """Where it works, when no territory says so; none is all of Québec."""
    organization: Mapped[str] = mapped_column(sa.String(160), default="")
    first_name: Mapped[str] = mapped_column(sa.String(80), default="")
    last_name: Mapped[str] = mapped_column(sa.String(80), default="")
    role: Mapped[str] = mapped_column(sa.String(120), default="")
    email: Mapped[str] = mapped_column(sa.String(254), default="", index=True)
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    """Ten digits."""
    extension: Mapped[str] = mapped_column(sa.String(10), default="")
    language: Mapped[Language] = mapped_column(default=Language.FRENCH)
    newsletter_consented_at: Mapped[datetime | None]
    email_verified_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    """Said « Je ne suis plus la bonne personne », or was replaced."""
    source: Mapped[str] = mapped_column(sa.String(200), default="")
    """From where we have it: « Inscription de 2027 », « Liste de presse de la région »."""
    do_not_solicit: Mapped[bool] = mapped_column(default=False)
    """« Ne pas solliciter »: messages of service only."""
    created_at: Mapped[datetime]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Consent(Model):
    """By what right an address is written to for a purpose, with the proof. Withdrawn, never erased."""

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    contact_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    purpose: Mapped[Purpose]
    basis: Mapped[Basis]
    since: Mapped[datetime]
    expires_on: Mapped[date | None]
    """The first day on which it is no longer good; an express consent has none."""
    form: Mapped[str] = mapped_column(sa.String(120), default="")
    """Where it was given: the page, the paper, the call."""
    text_version: Mapped[str] = mapped_column(sa.String(40), default="")
    language: Mapped[Language] = mapped_column(default=Language.FRENCH)
    ip: Mapped[str] = mapped_column(sa.String(45), default="")
    source: Mapped[str] = mapped_column(sa.String(300), default="")
    author: Mapped[str] = mapped_column(sa.String(200), default="")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_because: Mapped[str] = mapped_column(sa.String(200), default="")


class Change(StrEnum):
    """What was done to a contact."""

    ADDED = "ajoute"
    CORRECTED = "corrige"
    LEFT = "parti"
    BACK = "revenu"
    BARRED = "ne_pas_solliciter"
    UNBARRED = "peut_etre_solliciter"
    IMPORTED = "importe"
    UNSUBSCRIBED = "desabonne"
    """By a person of the team, in its owner's name."""
    RESUBSCRIBED = "reabonne"


class ContactMove(Model):
    """One recorded change of what we know of an address: who, when, why. Never edited."""

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    contact_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    change: Mapped[Change]
    detail: Mapped[str] = mapped_column(sa.String(500), default="")
    author: Mapped[str] = mapped_column(sa.String(200))
    moved_at: Mapped[datetime]
