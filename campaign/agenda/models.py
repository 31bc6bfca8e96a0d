"""The secret addresses by which a person's own calendar is renewed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.accounts.models import User
from campaign.db import Model
from campaign.territory.models import Territory


class FeedKind(StrEnum):
    """What a personal feed holds."""

    TEAM = "equipe"
    """What the account of its owner may see in its regions, private meetings included."""
    MUNICIPALITY = "municipalite"
    """What a municipality takes part in, with the hour and place that a closed ceremony hides."""


class PersonalFeed(Model):
    """A feed that only its address opens; whoever owns it may revoke it and ask for another."""

    __table_args__ = (
        sa.CheckConstraint("(user_id IS NULL) <> (territory_id IS NULL)", name="belongs_to_one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FeedKind]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(lazy="raise_on_sql")
    territory: Mapped[Territory | None] = relationship(lazy="raise_on_sql")
