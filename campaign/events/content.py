"""All that is said of an activity, as one value: what a form, a file or the team gives, what a proposal
keeps, and what the calendar takes once it is approved."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import date, time
from enum import Enum
from typing import Any, Self

from campaign.events.models import EventKind, Opening
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)


@dataclass(frozen=True, kw_only=True, order=True)
class Sitting:
    """One date: a day with its hours, or whole days up to `last_day`."""

    day: date
    starts: time | None = None
    ends: time | None = None
    """Earlier than the start, it is on the following day."""
    last_day: date | None = None


@dataclass(frozen=True, kw_only=True)
class ActivityContent:
    """What §3.2 of the form asks. `geo_code` is empty for what has no municipality; `region_code` is then its
    region."""

    title: str
    description: str = ""
    kind: EventKind = EventKind.ACTIVITY
    activity_type: ActivityType = ActivityType.OTHER
    organizer_name: str = ""
    organizer_kind: OrganizerKind = OrganizerKind.OTHER
    sittings: tuple[Sitting, ...] = ()
    """In their order; none while no date is known."""
    format: Format = Format.IN_PERSON
    place: str = ""
    online_url: str = ""
    is_online_url_public: bool = True
    geo_code: str = ""
    region_code: str = ""
    opening: Opening = Opening.PUBLIC
    is_private: bool = False
    audiences: tuple[Audience, ...] = ()
    themes: tuple[Theme, ...] = ()
    accessibility: tuple[Accessibility, ...] = ()
    languages: tuple[SpokenLanguage, ...] = (SpokenLanguage.FRENCH,)
    cost: Cost = Cost.UNKNOWN
    price: str = ""
    registration: str = ""
    max_participants: int | None = None
    rain_plan: str = ""
    hashtags: str = ""
    contact_name: str = ""
    contact_email: str = ""
    contact_phone: str = ""
    is_contact_public: bool = False
    source_url: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, which `from_json` reads back: `from_json(c.to_json()) == c`."""
        return {name: _plain(value) for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """What was stored; a field that this version does not know is left out, one that it adds is usual."""
        return cls(
            **{name: _READERS.get(name, _same)(stored[name]) for name in _names(cls) if name in stored}
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value


def _same(value: Any) -> Any:
    return value


def _names(model: type) -> list[str]:
    return [field.name for field in fields(model)]


def _sitting(stored: dict[str, Any]) -> Sitting:
    return Sitting(
        day=date.fromisoformat(stored["day"]),
        starts=time.fromisoformat(stored["starts"]) if stored.get("starts") else None,
        ends=time.fromisoformat(stored["ends"]) if stored.get("ends") else None,
        last_day=date.fromisoformat(stored["last_day"]) if stored.get("last_day") else None,
    )


def _each(read: Any) -> Any:
    return lambda stored: tuple(read(one) for one in stored)


_READERS = {
    "kind": EventKind,
    "activity_type": ActivityType,
    "organizer_kind": OrganizerKind,
    "sittings": _each(_sitting),
    "format": Format,
    "opening": Opening,
    "audiences": _each(Audience),
    "themes": _each(Theme),
    "accessibility": _each(Accessibility),
    "languages": _each(SpokenLanguage),
    "cost": Cost,
}
