"""What is done to an event: the one value that is asked for, seen beforehand and carried out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time

from campaign.events.models import EventAction


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to an event, or to one of its dates alone."""

    action: EventAction
    sitting_ids: frozenset[int] = frozenset()
    """The only dates that are postponed, called off or taken back; none named: all those ahead."""
    days: int = 0
    """Postponed by so many days of the calendar: the hour on the clocks there stays."""
    day: date | None = None
    """Postponed to this day: that of the first date, the others keep their distance from it. Neither `days`
    nor `day`: « date à confirmer »."""
    at: time | None = None
    place: str = ""
    is_indoors: bool = False
    geo_code: str = ""
    """The municipality that receives it from now on."""
    online_url: str = ""
    reason: str = ""
    """As the public reads it."""
    tell: bool = True
    """Write to those who asked to be told."""
