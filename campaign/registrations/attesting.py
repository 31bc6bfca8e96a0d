"""Whether somebody's attestation waits for them, as the room that knows who came tells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import current_app

from campaign.events.models import Event
from campaign.registrations.models import Attendee


def has_attestation(attendee: Attendee, event: Event, now: datetime) -> bool:
    """The person's choices are loaded; the event is that of `registrations.queries`."""
    find: Callable[[Attendee, Event, datetime], bool] = current_app.extensions["attesting"]
    return find(attendee, event, now)
