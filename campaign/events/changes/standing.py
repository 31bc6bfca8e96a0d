"""How an event stands, kept as plain values, recognized, and written back: what makes a change undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from campaign.db import Model
from campaign.events import services
from campaign.events.changes.wording import words_of
from campaign.events.models import Event, EventState
from campaign.events.vocabulary import Format

_OF_EVENT = (
    "state", "state_reason", "place", "is_indoors", "territory_id", "region_code", "time_zone",
    "postponed_from_at",
)  # fmt: skip
_OF_DETAILS = ("format", "online_url")
_OF_SITTING = (
    "state", "state_reason", "starts_on", "starts_at", "ends_at", "ends_on", "postponed_from_on",
    "postponed_from_at",
)  # fmt: skip


_READ = {
    "state": EventState,
    "postponed_from_at": datetime.fromisoformat,
    "starts_at": datetime.fromisoformat,
    "ends_at": datetime.fromisoformat,
    "starts_on": date.fromisoformat,
    "ends_on": date.fromisoformat,
    "postponed_from_on": date.fromisoformat,
    "format": Format,
}
"""What gives a plain value back what it was; the others were plain already."""


def stamp_of(event: Event) -> str:
    """How the event stands, as one mark that each change of it changes; its sessions are loaded."""
    return "-".join(str(number) for number in (event.sequence, *(row.sequence for row in event.sessions)))


def standing_of(event: Event) -> dict[str, Any]:
    """How the event stands, as plain values; `restore` writes it back."""
    return {
        **{name: _plain(getattr(event, name)) for name in _OF_EVENT},
        "details": {name: _plain(getattr(event.details, name)) for name in _OF_DETAILS}
        if event.details
        else None,
        "sittings": [
            {"id": row.id, **{name: _plain(getattr(row, name)) for name in _OF_SITTING}}
            for row in event.sessions
        ],
        "words": [words_of(event, row) for row in event.sessions],
    }


def restore(event: Event, standing: Mapping[str, Any], *, now: datetime) -> None:
    """Make it stand again as it did. Its sessions and details are loaded."""
    is_changed = _write(event, _OF_EVENT, standing)
    if event.details is not None and standing["details"] is not None:
        is_changed = _write(event.details, _OF_DETAILS, standing["details"]) or is_changed
    told_of = {told["id"]: told for told in standing["sittings"]}
    for row in event.sessions:
        if row.id in told_of and _write(row, _OF_SITTING, told_of[row.id]):
            services.touch_sitting(row, now)
    if is_changed:
        services.touch(event, now)


def _write(row: Model, names: Sequence[str], told: Mapping[str, Any]) -> bool:
    """Whether that changed anything."""
    values = {
        name: _READ[name](told[name]) if name in _READ and told[name] is not None else told[name]
        for name in names
    }
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def stands_as(event: Event, standing: Mapping[str, Any]) -> bool:
    """Whether nothing of it has changed since it stood so."""
    known = standing_of(event)
    return all(known[name] == standing[name] for name in known if name != "words")


def _plain(value: object) -> object:
    if isinstance(value, EventState | Format):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value
