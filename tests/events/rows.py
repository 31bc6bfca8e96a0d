"""An activity written as a row of the file that people fill in."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any

from campaign.events.content import ActivityContent, Sitting
from campaign.events.import_fields import COLUMNS, OPENINGS
from campaign.events.models import EventKind
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    ORGANIZER_KINDS,
    THEMES,
    TYPES,
    Cost,
)
from campaign.events.wording import KIND_TYPES
from campaign.web.filters import full_date, hour


def row_of(content: ActivityContent, *, reference: str = "") -> list[str]:
    """The row that says all of an activity."""
    written = {name: write(content) for name, write in _WRITERS.items()}
    cells = {column.name: getattr(content, column.name, "") for column in COLUMNS} | written
    return [str(cells[column.name] or "") if column.name != "reference" else reference for column in COLUMNS]


def _each(words: Any, values: Iterable[StrEnum]) -> str:
    return "; ".join(words[value] for value in values)


def _date(sitting: Sitting) -> str:
    if sitting.last_day:
        return f"du {full_date(sitting.day)} au {full_date(sitting.last_day)}"
    hours = " à ".join(hour(at) for at in (sitting.starts, sitting.ends) if at)
    return f"{full_date(sitting.day)} {hours}".strip()


def _type(content: ActivityContent) -> str:
    return TYPES[
        KIND_TYPES[content.kind] if content.kind is not EventKind.ACTIVITY else content.activity_type
    ]


_WRITERS: dict[str, Callable[[ActivityContent], str]] = {
    "type": _type,
    "organizer": lambda content: content.organizer_name,
    "organizer_kind": lambda content: ORGANIZER_KINDS[content.organizer_kind],
    "dates": lambda content: "; ".join(map(_date, content.sittings)),
    "format": lambda content: FORMATS[content.format],
    "municipality": lambda content: content.geo_code,
    "region": lambda content: content.region_code,
    "audiences": lambda content: _each(AUDIENCES, content.audiences),
    "themes": lambda content: _each(THEMES, content.themes),
    "accessibility": lambda content: _each(ACCESSIBILITY, content.accessibility),
    "languages": lambda content: _each(LANGUAGES, content.languages),
    "cost": lambda content: COSTS.get(content.cost, ""),
    "price": lambda content: content.price if content.cost is Cost.PRICE else "",
    "opening": lambda content: OPENINGS[content.opening],
    "is_contact_public": lambda content: "oui" if content.is_contact_public else "non",
}
