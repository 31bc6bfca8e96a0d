"""Reading the known list: one territory, its successor, the regions, the municipalities of a region."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign.db import Revision, db
from campaign.errors import NotFound
from campaign.territory.models import Mrc, Region, Territory, TerritoryAlias, TerritoryKind

DIRECTORY_STAMP = "directory"
"""Key of the `Revision` that changes with the names to search, and with nothing else."""

_LONGEST_CHAIN_OF_MERGERS = 10

_AROUND = (joinedload(Territory.region), joinedload(Territory.mrc), joinedload(Territory.parent))

# Asked by every form and every page of a municipality: made once.
_BY_CODE = sa.select(Territory).where(Territory.geo_code == sa.bindparam("geo_code")).options(*_AROUND)


def get_territory(geo_code: str) -> Territory:
    """The territory of that code, present or past, with its region, MRC and city."""
    territory = find_territory(geo_code)
    if territory is None:
        raise NotFound(
            "Aucune municipalité ne porte ce code. "
            "Vérifiez l’adresse ou cherchez la municipalité par son nom."
        )
    return territory


def find_territory(geo_code: str) -> Territory | None:
    """Like `get_territory`, or None."""
    found: Territory | None = db.session.scalar(_BY_CODE, {"geo_code": geo_code})
    return found


def find_successor(territory: Territory) -> Territory | None:
    """What exists today in the place of a merged territory; None if it still exists or has no successor."""
    successor = None
    current = territory
    for _ in range(_LONGEST_CHAIN_OF_MERGERS):
        if current.successor_id is None:
            break
        successor = db.session.scalar(
            sa.select(Territory).where(Territory.id == current.successor_id).options(*_AROUND)
        )
        if successor is None or successor.valid_to is None:
            break
        current = successor
    return successor


def list_regions() -> Sequence[Region]:
    """The 17 regions in the order of their official code."""
    return db.session.scalars(sa.select(Region).order_by(Region.code)).all()


def list_mrcs(region_code: str | None = None) -> Sequence[Mrc]:
    """The MRC and equivalent territories, by code; those of one region when it is given."""
    mrcs = sa.select(Mrc).order_by(Mrc.code)
    if region_code:
        mrcs = mrcs.where(Mrc.region_code == region_code)
    return db.session.scalars(mrcs).all()


def select_local(region_code: str | None = None, mrc_code: str | None = None) -> sa.Select[Territory]:
    """The local municipalities that exist today (the « sur 1 098 » of the public figure), alphabetically."""
    local = (
        sa.select(Territory)
        .where(Territory.is_local, Territory.valid_to.is_(None))
        .order_by(Territory.sort_key)
    )
    if region_code:
        local = local.where(Territory.region_code == region_code)
    if mrc_code:
        local = local.where(Territory.mrc_code == mrc_code)
    return local


def list_local(region_code: str | None = None, mrc_code: str | None = None) -> Sequence[Territory]:
    """The local municipalities of `select_local`, with their region and MRC."""
    return db.session.scalars(select_local(region_code, mrc_code).options(*_AROUND)).all()


def list_local_by_region() -> list[tuple[Region, list[Territory]]]:
    """Each region, by code, with its local municipalities in alphabetical order: two queries."""
    by_region: dict[str | None, list[Territory]] = {}
    for territory in db.session.scalars(select_local().options(joinedload(Territory.mrc))):
        by_region.setdefault(territory.region_code, []).append(territory)
    return [(region, by_region.get(region.code, [])) for region in list_regions()]


def count_local(region_code: str | None = None) -> int:
    """How many local municipalities exist today."""
    local = select_local(region_code).order_by(None).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(local)) or 0


def count_local_by_region() -> dict[str, int]:
    """How many local municipalities each region has today, by region code."""
    counted = (
        sa.select(Territory.region_code, sa.func.count())
        .where(Territory.is_local, Territory.valid_to.is_(None))
        .group_by(Territory.region_code)
    )
    return {code: number for code, number in db.session.execute(counted) if code is not None}


def list_boroughs(city: Territory) -> Sequence[Territory]:
    """The boroughs of a city that exist today, in alphabetical order; most cities have none."""
    boroughs = (
        sa.select(Territory)
        .where(Territory.parent_id == city.id, Territory.kind == TerritoryKind.BOROUGH)
        .where(Territory.valid_to.is_(None))
        .options(*_AROUND)
        .order_by(Territory.sort_key)
    )
    return db.session.scalars(boroughs).all()


def list_predecessors(territory: Territory) -> Sequence[Territory]:
    """The territories that were merged into this one, under their past names."""
    past = (
        sa.select(Territory)
        .where(Territory.successor_id == territory.id)
        .options(*_AROUND)
        .order_by(Territory.sort_key)
    )
    return db.session.scalars(past).all()


def list_named() -> Sequence[Territory]:
    """Every territory that exists today, with what its label needs."""
    named = (
        sa.select(Territory)
        .where(Territory.valid_to.is_(None))
        .options(selectinload(Territory.region), selectinload(Territory.mrc), selectinload(Territory.parent))
    )
    return db.session.scalars(named).all()


def list_aliases() -> Sequence[TerritoryAlias]:
    """Every other name that leads to a territory."""
    return db.session.scalars(sa.select(TerritoryAlias)).all()


def find_directory_stamp() -> int | None:
    """What `search.stamp_of` gave for the names of the database, or None before the first import."""
    return db.session.scalar(sa.select(Revision.number).where(Revision.key == DIRECTORY_STAMP))
