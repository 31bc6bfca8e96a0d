"""The whole known list as plain values, kept until it changes: a page draws a thousand of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from campaign.db import TERRITORIES, db
from campaign.territory.models import Mrc, Region, Territory, TerritoryKind
from campaign.territory.names import display_label
from campaign.web.freshness import shared

_ROWS = sa.select(
    Territory.id,
    Territory.geo_code,
    Territory.name,
    Territory.designation_name,
    Territory.is_homonym,
    Territory.kind,
    Territory.is_local,
    Territory.valid_to,
    Territory.mrc_kind,
    Territory.region_code,
    Territory.mrc_code,
    Territory.parent_id,
    Territory.successor_id,
    Territory.latitude,
    Territory.longitude,
).order_by(Territory.sort_key, Territory.geo_code)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A territory, of today or of the past, as lists and maps show it."""

    id: int
    geo_code: str
    name: str
    label: str
    """The name, with designation and MRC where another municipality bears the same."""
    kind: TerritoryKind
    is_local: bool
    exists_today: bool
    region_code: str | None
    mrc_code: str | None
    parent_id: int | None
    successor_id: int | None
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Division:
    """A region, or an MRC of that region."""

    code: str
    name: str
    region_code: str


@dataclass(frozen=True, kw_only=True)
class Atlas:
    """Every territory by its key, in alphabetical order; the regions and the MRC by code."""

    spots: Mapping[int, Spot]
    regions: tuple[Division, ...]
    mrcs: tuple[Division, ...]

    def lineage(self, key: int) -> set[int]:
        """The keys of a territory, of those merged into it one after the other, and of its boroughs."""
        lineage = {key, *self._boroughs.get(key, ())}
        merged = [key]
        while merged:
            before = [each for heir in merged for each in self._merged_into.get(heir, ())]
            merged = [each for each in before if each not in lineage]
            lineage.update(merged)
        return lineage

    @cached_property
    def _merged_into(self) -> dict[int | None, list[int]]:
        return _by(self.spots.values(), lambda spot: spot.successor_id)

    @cached_property
    def _boroughs(self) -> dict[int | None, list[int]]:
        boroughs = (spot for spot in self.spots.values() if spot.kind is TerritoryKind.BOROUGH)
        return _by(boroughs, lambda spot: spot.parent_id)


def _by(spots: Iterable[Spot], owner: Callable[[Spot], int | None]) -> dict[int | None, list[int]]:
    """The keys of territories, by the key of what they belong to."""
    owned: dict[int | None, list[int]] = {}
    for spot in spots:
        owned.setdefault(owner(spot), []).append(spot.id)
    return owned


def current_atlas() -> Atlas:
    """The list as it is in the database; read again when it changed, and not when somebody registers."""
    return shared("atlas", _read, of=TERRITORIES)


def _read() -> Atlas:
    regions = tuple(
        Division(code, name, code)
        for code, name in db.session.execute(sa.select(Region.code, Region.name).order_by(Region.code))
    )
    mrcs = tuple(
        Division(*row)
        for row in db.session.execute(sa.select(Mrc.code, Mrc.name, Mrc.region_code).order_by(Mrc.code))
    )
    region_names = {region.code: region.name for region in regions}
    mrc_names = {mrc.code: mrc.name for mrc in mrcs}
    spots = {row.id: _spot(row, mrc_names, region_names) for row in db.session.execute(_ROWS)}
    return Atlas(spots=spots, regions=regions, mrcs=mrcs)


def _spot(row: Any, mrc_names: Mapping[str, str], region_names: Mapping[str, str]) -> Spot:
    return Spot(
        id=row.id,
        geo_code=row.geo_code,
        name=row.name,
        label=_label(row, mrc_names, region_names),
        kind=row.kind,
        is_local=row.is_local,
        exists_today=row.valid_to is None,
        region_code=row.region_code,
        mrc_code=row.mrc_code,
        parent_id=row.parent_id,
        successor_id=row.successor_id,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def _label(row: Any, mrc_names: Mapping[str, str], region_names: Mapping[str, str]) -> str:
    if not row.is_homonym:
        name: str = row.name
        return name
    return display_label(
        row.name,
        row.designation_name,
        mrc_name=mrc_names.get(row.mrc_code) if row.mrc_kind == "MRC" else None,
        region_name=region_names.get(row.region_code),
    )
