"""The known list: regions, MRC, every territory that can take part, and the other names people give them."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.db import CALENDAR, PUBLIC, TERRITORIES, Model, PublicMixin


class TerritoryKind(StrEnum):
    """What a territory is; only local municipalities enter the « sur 1 098 » of the public figure."""

    MUNICIPALITY = "municipalite"
    BOROUGH = "arrondissement"
    MRC = "mrc"
    NORTHERN = "nordique"
    COMMUNITY = "communaute"
    UNORGANIZED = "territoire_non_organise"
    OTHER = "autre"


class AliasKind(StrEnum):
    """Why another name leads to a territory."""

    SECTOR = "secteur"
    FORMER = "ancienne_municipalite"
    PAST_NAME = "ancien_nom"


class _KnownMixin(PublicMixin):
    """Rows of the known list, which pages keep in memory until it changes."""

    __revisions__ = (PUBLIC, TERRITORIES, CALENDAR)


class Region(_KnownMixin, Model):
    """One of the 17 administrative regions."""

    code: Mapped[str] = mapped_column(sa.String(2), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Mrc(_KnownMixin, Model):
    """One of the 104 regional county municipalities and equivalent territories."""

    code: Mapped[str] = mapped_column(sa.String(3), primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(3))
    region_code: Mapped[str] = mapped_column(sa.ForeignKey("region.code"), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]


class Territory(_KnownMixin, Model):
    """A place that can take part, known by its geographic code kept as text. Never deleted: it ends."""

    id: Mapped[int] = mapped_column(primary_key=True)
    geo_code: Mapped[str] = mapped_column(sa.String(12), unique=True)
    kind: Mapped[TerritoryKind] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    designation: Mapped[str] = mapped_column(sa.String(4), default="")
    designation_name: Mapped[str] = mapped_column(sa.String(60), default="")
    is_local: Mapped[bool] = mapped_column(default=False)
    region_code: Mapped[str | None] = mapped_column(sa.ForeignKey("region.code"), index=True)
    mrc_code: Mapped[str | None] = mapped_column(sa.ForeignKey("mrc.code"), index=True)
    mrc_kind: Mapped[str] = mapped_column(sa.String(3), default="")
    parent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    population: Mapped[int | None]
    email: Mapped[str] = mapped_column(sa.String(254), default="")
    website: Mapped[str] = mapped_column(sa.String(300), default="")
    phone: Mapped[str] = mapped_column(sa.String(20), default="")
    mayor: Mapped[str] = mapped_column(sa.String(120), default="")
    contact_as_of: Mapped[date | None]
    time_zone: Mapped[str] = mapped_column(sa.String(40))
    sort_key: Mapped[str] = mapped_column(sa.String(200), index=True)
    is_homonym: Mapped[bool] = mapped_column(default=False)
    de_form: Mapped[str | None] = mapped_column(sa.String(140))
    """Override of « de … » where the rule of grammar is wrong for this name."""
    a_form: Mapped[str | None] = mapped_column(sa.String(140))
    """Override of « à … » where the rule of grammar is wrong for this name."""
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    """The first day on which it no longer exists (merger, annexation, withdrawal from the directory)."""
    successor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"))

    region: Mapped[Region | None] = relationship(lazy="raise_on_sql")
    mrc: Mapped[Mrc | None] = relationship(lazy="raise_on_sql")
    parent: Mapped[Territory | None] = relationship(
        foreign_keys=[parent_id], remote_side=[id], lazy="raise_on_sql", back_populates="boroughs"
    )
    boroughs: Mapped[list[Territory]] = relationship(
        foreign_keys=[parent_id], lazy="raise_on_sql", back_populates="parent", order_by="Territory.sort_key"
    )
    successor: Mapped[Territory | None] = relationship(
        foreign_keys=[successor_id], remote_side=[id], lazy="raise_on_sql"
    )


class TerritoryAlias(Model):
    """Another name under which people look for a territory: « Chicoutimi », « Sainte-Foy », a past name."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[AliasKind]
    territory_id: Mapped[int] = mapped_column(sa.ForeignKey("territory.id"), index=True)

    territory: Mapped[Territory] = relationship(lazy="raise_on_sql")

    __table_args__ = (sa.UniqueConstraint("name", "territory_id"),)
