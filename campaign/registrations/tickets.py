"""What one person's ticket says: which sittings, which code, and the calendar file of those alone."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from campaign.events import times, wording
from campaign.events.documents import calendar_entry
from campaign.events.ical import write_calendar
from campaign.events.models import Event, EventState, Session
from campaign.i18n import _
from campaign.registrations.models import Attendee
from campaign.web.filters import NBSP


@dataclass(frozen=True, kw_only=True)
class Attended:
    """One sitting of a person, in words."""

    title: str
    """Its own, for those that have one: the name of the event is above."""
    day: str
    hour: str
    place: str
    note: str
    """What changed, if it did."""
    is_cancelled: bool
    online_url: str
    """For the person alone; never on a page that others may read."""


def sittings_of(attendee: Attendee, event: Event) -> list[Session]:
    """The sittings that a person attends: those that everybody does, those of the group, those chosen.

    A sitting with a group or a block is for those who chose it. The sessions of the event and the choices of
    the person are loaded.
    """
    chosen = {choice.session_id for choice in attendee.choices}
    return [
        sitting for sitting in event.sessions if is_for(sitting, cohort_id=attendee.cohort_id, chosen=chosen)
    ]


def has_begun(attendee: Attendee, event: Event, now: datetime) -> bool:
    """Whether one of the sittings that a person attends has: their seats can serve nobody else any more."""
    return any(
        wording.state_of(event, sitting) is not EventState.CANCELLED and times.has_begun(event, sitting, now)
        for sitting in sittings_of(attendee, event)
    )


class Awaited(Protocol):
    """What says of a sitting whom it awaits."""

    @property
    def id(self) -> int: ...
    @property
    def cohort_id(self) -> int | None: ...
    @property
    def block(self) -> str: ...


def is_for(sitting: Awaited, *, cohort_id: int | None, chosen: Set[int]) -> bool:
    """Whether a person of that group, with these choices, attends that sitting."""
    return (
        sitting.id in chosen
        or (sitting.cohort_id is not None and sitting.cohort_id == cohort_id)
        or (sitting.cohort_id is None and not sitting.block)
    )


def told(event: Event, sitting: Session) -> Attended:
    """One sitting as its ticket, its letters and its page tell it."""
    occasion = wording.Occasion.of(event, sitting)
    details = event.details
    return Attended(
        title=sitting.title if sitting.title != event.title else "",
        day=wording.day_text(occasion),
        hour=wording.hour_text(occasion),
        place=occasion.place,
        note=wording.change_text(occasion),
        is_cancelled=occasion.state is EventState.CANCELLED,
        online_url=sitting.online_url or (details.online_url if details else ""),
    )


def spoken(code: str) -> str:
    """« ABC 234 »: a code in two halves, as people read it aloud."""
    half = len(code) // 2
    return f"{code[:half]}{NBSP}{code[half:]}"


def calendar_file(event: Event, sittings: Sequence[Session], url: str) -> bytes | None:
    """Those sittings for a calendar, under the identifiers of the public feed; None when no day is known."""
    entries = (
        calendar_entry(event, event.territory, url, sitting=sitting, to_owner=True) for sitting in sittings
    )
    known = [entry for entry in entries if entry is not None]
    return write_calendar(known, name=event.title, method="PUBLISH") if known else None


def withdrawal_file(event: Event, sittings: Sequence[Session], url: str, *, now: datetime) -> bytes | None:
    """What takes these sittings out of the calendar of somebody who no longer comes, to them alone; None when
    no day is known. Their numbers stay the same: whoever registers again finds them again."""
    entries = (
        calendar_entry(event, event.territory, url, sitting=sitting, to_owner=True) for sitting in sittings
    )
    gone = [
        replace(entry, status="CANCELLED", prefix=_("N’y participe plus – "), updated_at=now)
        for entry in entries
        if entry is not None
    ]
    return write_calendar(gone, name=event.title, method="CANCEL") if gone else None
