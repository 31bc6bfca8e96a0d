"""What part of the calendar is asked for: the same words in the address of the page and of its feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import NotFound
from campaign.i18n import _
from campaign.territory.models import Mrc, Region, Territory
from campaign.territory.queries import find_successor, find_territory

Statement = TypeVar("Statement", bound="sa.Select[*tuple[Any, ...]]")


@dataclass(frozen=True, kw_only=True)
class CalendarFilter:
    """A region, an MRC or a municipality; nothing for all of Québec."""

    WORDS: ClassVar = ("region", "mrc", "municipalite")
    """The words of the address that it is read from."""

    region: str = ""
    mrc: str = ""
    municipality: str = ""

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, str]) -> CalendarFilter:
        """What the address says; other words in it are nobody's business here."""
        return cls(
            region=arguments.get("region", "").strip(),
            mrc=arguments.get("mrc", "").strip(),
            municipality=arguments.get("municipalite", "").strip(),
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """For `url_for`: the address of the same part."""
        named = {"region": self.region, "mrc": self.mrc, "municipalite": self.municipality}
        return {name: code for name, code in named.items() if code}

    def of_today(self) -> CalendarFilter:
        """The same part as it exists now: the address of a merged municipality leads to its successor.

        Raises `NotFound` for a municipality that never was.
        """
        if not self.municipality:
            return self
        territory = find_territory(self.municipality)
        if territory is None:
            raise _unknown()
        if territory.valid_to is None:
            return self
        successor = find_successor(territory)
        return replace(self, municipality=successor.geo_code) if successor else self

    def applied_to(self, events: Statement) -> Statement:
        """Those events only; the statement already joins their territory."""
        if self.region:
            events = events.where(Territory.region_code == self.region)
        if self.mrc:
            events = events.where(Territory.mrc_code == self.mrc)
        if self.municipality:
            places = sa.select(_with_what_it_took_in(self.municipality).c.id)
            events = events.where(sa.or_(Territory.id.in_(places), Territory.parent_id.in_(places)))
        return events

    def place(self) -> str:
        """The name of that part; empty for all of Québec. Raises `NotFound` for a code that nobody bears."""
        asked = (
            (self.municipality, Territory.name, Territory.geo_code),
            (self.mrc, Mrc.name, Mrc.code),
            (self.region, Region.name, Region.code),
        )
        for code, name, column in asked:
            if code:
                found = db.session.scalar(sa.select(name).where(column == code))
                if found is None:
                    raise _unknown()
                return found
        return ""


def _with_what_it_took_in(geo_code: str) -> sa.CTE:
    """A municipality and all those that were merged into it, some of which may still hold an event."""
    places = sa.select(Territory.id).where(Territory.geo_code == geo_code).cte("places", recursive=True)
    return places.union(sa.select(Territory.id).join(places, Territory.successor_id == places.c.id))


def _unknown() -> NotFound:
    return NotFound(_("Aucun territoire ne porte ce code. Choisissez une région dans la liste."))
