"""What part of the calendar is asked for: the same words in the address of the page, of its feeds, of a list
that partners embed, and of what is exported."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from campaign.db import db
from campaign.errors import NotFound
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    THEMES,
    TYPES,
)
from campaign.i18n import _
from campaign.territory.models import Mrc, Region, Territory
from campaign.territory.queries import find_successor, find_territory

LONGEST_WORDS = 80
"""Letters of a search that are looked at."""

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""Days outside these years are a slip of the keyboard."""

USUAL_RADIUS = 30
RADII = (10, USUAL_RADIUS, 60, 100)
"""Kilometres around a municipality, as the crow flies."""

CHOICES: Mapping[str, Mapping[str, str]] = {
    "type": TYPES,
    "theme": {str(value): word for value, word in THEMES.items()},
    "public": {str(value): word for value, word in AUDIENCES.items()},
    "cout": {str(value): word for value, word in COSTS.items()},
    "acces": {str(value): word for value, word in ACCESSIBILITY.items()},
    "langue": {str(value): word for value, word in LANGUAGES.items()},
    "format": {str(value): word for value, word in FORMATS.items()},
}
"""The words of the address that may be repeated (« one or the other »), and the values that each takes."""

OPEN = "oui"
"""`?ouvert=oui`: what anybody may come to."""

_FIELDS = {
    "q": "words",
    "region": "region",
    "mrc": "mrc",
    "municipalite": "municipality",
    "pres": "near",
    "rayon": "radius",
    "type": "types",
    "theme": "themes",
    "public": "audiences",
    "cout": "costs",
    "acces": "accessibility",
    "langue": "languages",
    "format": "formats",
    "ouvert": "is_open",
    "du": "since",
    "au": "until",
}
"""Each word of the address and what it is called here, in the order of the one address of a filter."""


@dataclass(frozen=True, kw_only=True)
class CalendarFilter:
    """What every event shown answers: nothing for all of Québec."""

    WORDS: ClassVar = tuple(_FIELDS)
    """The words of the address that it is read from."""

    words: str = ""
    """What is searched, as typed."""
    region: str = ""
    mrc: str = ""
    municipality: str = ""
    near: str = ""
    """The municipality around which one looks, up to `radius` kilometres."""
    radius: int = USUAL_RADIUS
    types: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    costs: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    is_open: bool = False
    since: date | None = None
    """The first day looked at: what lasts several days is found by any of them."""
    until: date | None = None
    unread: tuple[str, ...] = field(default=(), compare=False)
    """The words `du` and `au` whose day could not be read."""

    @classmethod
    def from_arguments(cls, arguments: MultiDict[str, str]) -> CalendarFilter:
        """What the address says; other words in it are nobody's business here."""
        days = {word: _day(arguments.get(word, "")) for word in ("du", "au")}
        since, until = days.values()
        if since and until and until < since:
            since, until = until, since
        near = _text(arguments, "pres")
        return cls(
            words=" ".join(arguments.get("q", "")[:LONGEST_WORDS].split()),
            region=_text(arguments, "region"),
            mrc=_text(arguments, "mrc"),
            municipality=_text(arguments, "municipalite"),
            near=near,
            radius=_radius(arguments.get("rayon", "")) if near else USUAL_RADIUS,
            types=_chosen(arguments, "type"),
            themes=_chosen(arguments, "theme"),
            audiences=_chosen(arguments, "public"),
            costs=_chosen(arguments, "cout"),
            accessibility=_chosen(arguments, "acces"),
            languages=_chosen(arguments, "langue"),
            formats=_chosen(arguments, "format"),
            is_open=_text(arguments, "ouvert") == OPEN,
            since=since,
            until=until,
            unread=tuple(word for word, day in days.items() if day is None and _text(arguments, word)),
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """For `url_for`: the one address of this filter, its words in a stable order."""
        told = {word: _told(getattr(self, name)) for word, name in _FIELDS.items()}
        if self.radius == USUAL_RADIUS:
            del told["rayon"]
        return {word: value for word, value in told.items() if value}

    def values(self, word: str) -> tuple[str, ...]:
        """The values asked for by that word of the address."""
        told = self.arguments.get(word, ())
        return (told,) if isinstance(told, str) else tuple(told)

    def without(self, word: str, value: str = "") -> CalendarFilter:
        """The same without that word, or without that value of it alone."""
        kept = tuple(each for each in self.values(word) if value and each != value)
        name = _FIELDS[word]
        usual: Any = CalendarFilter.__dataclass_fields__[name].default
        changes: dict[str, Any] = {name: kept if word in CHOICES else usual}
        if word == "pres":
            changes["radius"] = USUAL_RADIUS
        return replace(self, **changes)

    def adding(self, word: str, value: str) -> CalendarFilter:
        """The same with one more value of a word that may be repeated."""
        changes: dict[str, Any] = {_FIELDS[word]: tuple(sorted({*self.values(word), value}))}
        return replace(self, **changes)

    def between(self, since: date | None, until: date | None) -> CalendarFilter:
        """The same over other days."""
        return replace(self, since=since, until=until)

    def of_today(self) -> CalendarFilter:
        """The same part as it exists now: the address of a merged municipality leads to its successor.

        Raises `NotFound` for a municipality that never was.
        """
        return replace(self, municipality=_successor_of(self.municipality), near=_successor_of(self.near))

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


def _text(arguments: Mapping[str, str], word: str) -> str:
    return arguments.get(word, "").strip()


def _chosen(arguments: MultiDict[str, str], word: str) -> tuple[str, ...]:
    return _known(arguments.getlist(word), CHOICES[word])


def _known(values: Iterable[str], known: Container[str]) -> tuple[str, ...]:
    return tuple(sorted({value for value in values if value in known}))


def _day(text: str) -> date | None:
    """A day as `2027-11-15`; None for what is none, or of another age."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _radius(text: str) -> int:
    return next((radius for radius in RADII if text.strip() == str(radius)), USUAL_RADIUS)


def _told(value: Any) -> Any:
    """As the address writes it."""
    if isinstance(value, tuple):
        return list(value)
    if value is True:
        return OPEN
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if value else ""


def _successor_of(geo_code: str) -> str:
    """The code of what exists today in that place; nothing for nothing."""
    if not geo_code:
        return ""
    territory = find_territory(geo_code)
    if territory is None:
        raise _unknown()
    successor = find_successor(territory) if territory.valid_to is not None else None
    return successor.geo_code if successor else geo_code


def _unknown() -> NotFound:
    return NotFound(_("Aucun territoire ne porte ce code. Choisissez une région dans la liste."))
