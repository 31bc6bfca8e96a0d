"""The editions of the campaign, and the organization that carries it."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from campaign.db import CALENDAR, PUBLIC, GatheringMixin, Model, PublicMixin


class Edition(PublicMixin, GatheringMixin, Model):
    """One week a year. Dates may be unknown for an old edition."""

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    year: Mapped[int] = mapped_column(unique=True)
    start_on: Mapped[date | None]
    end_on: Mapped[date | None]
    flag_on: Mapped[date | None]
    """Day J: the official flag raising, normally the first day of the week."""
    theme: Mapped[str] = mapped_column(sa.String(200), default="")
    published_figure: Mapped[str] = mapped_column(sa.String(80), default="")
    """What the organizers announced, in their words: « plus de 430 »."""
    source_url: Mapped[str] = mapped_column(sa.String(500), default="")
    is_simulated: Mapped[bool] = mapped_column(default=False)
    last_number: Mapped[int] = mapped_column(default=0)
    """The last participation number given out."""

    __table_args__ = (sa.CheckConstraint("end_on IS NULL OR end_on >= start_on", name="ends_after_start"),)


class Organization(PublicMixin, GatheringMixin, Model):
    """Who runs this campaign: printed in footers, notices and messages. One row."""

    __revisions__ = (PUBLIC, CALENDAR)

    id: Mapped[int] = mapped_column(primary_key=True)
    campaign_name: Mapped[str] = mapped_column(sa.String(120), default="Grande semaine des tout-petits")
    prefix: Mapped[str] = mapped_column(sa.String(12), default="GSTP")
    name: Mapped[str] = mapped_column(sa.String(120))
    postal_address: Mapped[str] = mapped_column(sa.String(300), default="")
    contact: Mapped[str] = mapped_column(sa.String(254), default="")
    privacy_officer: Mapped[str] = mapped_column(sa.String(200), default="")
    """The person in charge of personal information (Loi 25): title and way to reach them."""
