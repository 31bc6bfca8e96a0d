"""The municipalities as the calendar needs them: where they are, and under which names and codes they are
looked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import cos, hypot, inf, radians
from typing import Any

import sqlalchemy as sa

from campaign.agenda import words
from campaign.db import db
from campaign.territory.models import Mrc, Region, Territory, TerritoryAlias

KILOMETRES_PER_DEGREE = 111.2
"""Of latitude. At a hundred kilometres, the flat reckoning below is wrong by less than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A territory, present or past."""

    id: int
    geo_code: str
    name: str
    sort_key: str
    mrc: str
    region: str
    point: tuple[float, float] | None
    """Latitude and longitude."""
    found_under: tuple[str, ...]
    """Its code, that of its city, and those of what took their place."""
    words: frozenset[str] = field(repr=False)
    """Those of its names, past ones and sectors included, and of what it is part of."""

    def distance_to(self, other: Place) -> float:
        """Kilometres as the crow flies; what is nowhere is infinitely far."""
        if self.point is None or other.point is None:
            return inf
        (latitude, longitude), (other_latitude, other_longitude) = self.point, other.point
        shrunk = cos(radians((latitude + other_latitude) / 2))
        return KILOMETRES_PER_DEGREE * hypot(
            latitude - other_latitude, shrunk * (longitude - other_longitude)
        )


def read_regions() -> dict[str, str]:
    """The name of each, by its code."""
    return dict(db.session.execute(sa.select(Region.code, Region.name)).all())


def read_places() -> dict[int, Place]:
    """Every territory by its number: four queries."""
    rows = {row.id: row for row in db.session.execute(_TERRITORIES)}
    names: dict[int, list[str]] = {number: [row.name] for number, row in rows.items()}
    for number, alias in db.session.execute(sa.select(TerritoryAlias.territory_id, TerritoryAlias.name)):
        names[number].append(alias)
    around = {
        "mrc": dict(db.session.execute(sa.select(Mrc.code, Mrc.name)).all()),
        "region": read_regions(),
    }
    return {number: _place(number, rows, names, around) for number in rows}


_TERRITORIES = sa.select(
    Territory.id,
    Territory.geo_code,
    Territory.name,
    Territory.sort_key,
    Territory.mrc_code,
    Territory.region_code,
    Territory.latitude,
    Territory.longitude,
    Territory.parent_id,
    Territory.successor_id,
)
_Rows = Mapping[int, sa.Row[*tuple[Any, ...]]]
_Names = Mapping[int, Sequence[str]]


def _place(number: int, rows: _Rows, names: _Names, around: Mapping[str, Mapping[str, str]]) -> Place:
    row = rows[number]
    over = _over(number, rows)
    parts = [around["mrc"].get(row.mrc_code or "", ""), around["region"].get(row.region_code or "", "")]
    return Place(
        id=row.id,
        geo_code=row.geo_code,
        name=row.name,
        sort_key=row.sort_key,
        mrc=row.mrc_code or "",
        region=row.region_code or "",
        point=None if None in (row.latitude, row.longitude) else (row.latitude, row.longitude),
        found_under=tuple(rows[number].geo_code for number in over),
        words=words.forms(" \n ".join([*(name for number in over for name in names[number]), *parts])),
    )


def _over(number: int, rows: _Rows) -> list[int]:
    """A territory, its city, and what took their place: an event of a borough is also of its city."""
    found: list[int] = []
    waiting = [number]
    while waiting:
        each = waiting.pop()
        if each not in found and each in rows:
            found.append(each)
            waiting += [other for other in (rows[each].parent_id, rows[each].successor_id) if other]
    return found
