"""What part of the calendar is asked for: the same words in the address of the page and of its feed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.i18n import _
from campaign.territory.models import Mrc, Region, Territory


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

    def applied_to(self, events: sa.Select[Event]) -> sa.Select[Event]:
        """Those events only; the statement already joins their territory."""
        if self.region:
            events = events.where(Territory.region_code == self.region)
        if self.mrc:
            events = events.where(Territory.mrc_code == self.mrc)
        if self.municipality:
            city = sa.select(Territory.id).where(Territory.geo_code == self.municipality).scalar_subquery()
            events = events.where(sa.or_(Territory.id == city, Territory.parent_id == city))
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
                    raise NotFound(
                        _("Aucun territoire ne porte ce code. Choisissez une région dans la liste.")
                    )
                return found
        return ""
