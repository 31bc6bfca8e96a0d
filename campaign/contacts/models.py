"""The people who answer for a territory."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaign.db import Model


class Language(StrEnum):
    """In which language the person wants to be written to; French always comes first."""

    FRENCH = "francais"
    FRENCH_AND_ENGLISH = "francais_et_anglais"


class Contact(Model):
    """A work contact of a territory. An address may serve several territories (a shared director general)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    territory_id: Mapped[int] = mapped_column(sa.ForeignKey("territory.id"), index=True)
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
    created_at: Mapped[datetime]

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()
