"""What the page of an event says of registering to it, as the room that keeps registrations tells it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

from campaign.events.models import Event


@dataclass(frozen=True, kw_only=True)
class Joining:
    """Whether people may register now, in words that stay true as long as the public pages do."""

    sentence: str
    is_open: bool
    is_waiting: bool
    """Full: who registers waits for a seat."""


def find_joining(event: Event, now: datetime) -> Joining | None:
    """None for an event that takes no registration here."""
    find: Callable[[Event, datetime], Joining | None] = current_app.extensions["joining"]
    return find(event, now)
