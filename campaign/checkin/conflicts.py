"""What the telephones of a door told that does not agree, and what the team decides of it.

Each telephone lets people in without knowing what the others do. Once all have told, a person may have been
let in at two doors, and somebody may have been let in whom the server could not count. Nothing is ever
erased: a decision is one more gesture, by hand, that takes others back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.checkin import doors, presence, queries, services
from campaign.checkin.models import Attendance, DoorDevice, Scan, ScanAction, ScanResult
from campaign.checkin.presence import Presence
from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event, Session
from campaign.i18n import _
from campaign.registrations.models import Attendee

NOT_COUNTED = (
    ScanResult.CANCELLED,
    ScanResult.NOT_CHOSEN,
    ScanResult.OTHER_EVENT,
    ScanResult.UNKNOWN,
)
"""What a telephone that knew no better said « bienvenue » to."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One telephone that let that person in."""

    scan: Scan
    counts: bool
    """The earliest: its hour and its door are those of the person."""

    @property
    def door(self) -> str:
        return self.scan.device.door if self.scan.device else ""


@dataclass(frozen=True, kw_only=True)
class Twice:
    """One person let in to one sitting by several telephones."""

    attendee: Attendee
    sitting: Session
    readings: Sequence[Reading]
    """The earliest first."""


@dataclass(frozen=True, kw_only=True)
class Uncounted:
    """Somebody whom a telephone let in and whom no total counts."""

    scan: Scan
    sitting: Session

    @property
    def reason(self) -> str:
        return doors.REFUSALS[self.scan.result]

    @property
    def may_count(self) -> bool:
        """Whether we know who that was."""
        return self.scan.attendee_id is not None


@dataclass(frozen=True, kw_only=True)
class Disagreements:
    """All that waits for the team at one event."""

    twice: Sequence[Twice]
    uncounted: Sequence[Uncounted]

    @property
    def count(self) -> int:
        return len(self.twice) + len(self.uncounted)


def count(event_id: int) -> int:
    """How many things wait for the team."""
    uncounted = sa.select(sa.func.count()).select_from(_select_uncounted(event_id).subquery())
    return len(queries.list_conflicts(event_id)) + (db.session.scalar(uncounted) or 0)


def list_disagreements(event: Event) -> Disagreements:
    """Everything that waits for the team. The event's sessions are loaded."""
    sittings = {sitting.id: sitting for sitting in event.sessions}
    uncounted = db.session.scalars(
        _select_uncounted(event.id)
        .options(joinedload(Scan.device), joinedload(Scan.attendee).joinedload(Attendee.registration))
        .order_by(Scan.at, Scan.id)
    )
    return Disagreements(
        twice=_list_twice(event.id, sittings),
        uncounted=[Uncounted(scan=scan, sitting=sittings[scan.session_id]) for scan in uncounted],
    )


def keep(event: Event, scan_id: str, *, author: str, now: datetime) -> None:
    """That telephone saw right: what the others told of the same person at the same sitting is taken back."""
    double, kept = _get_reading(event, scan_id)
    others = [reading.scan for reading in double.readings if reading.scan.id != kept.scan.id]
    services.note([presence.undoing(event, double.sitting, scan, now=now) for scan in others])
    presence.record(double.attendee, event, double.sitting, Presence.PRESENT, author=author, now=now)


def count_in(event: Event, scan_id: str, *, author: str, now: datetime) -> None:
    """The person came, whatever their registration had become: counted, at the hour of the door."""
    known = _get_uncounted(event, scan_id)
    attendee = known.scan.attendee
    if attendee is None:
        raise NotFound(_("Ce code n’est celui de personne. Inscrivez la personne sur place."))
    services.note(
        [
            presence.undoing(event, known.sitting, known.scan, now=now),
            presence.admitting(
                event,
                known.sitting,
                attendee.id,
                Presence.PRESENT,
                children=known.scan.children,
                at=known.scan.at,
                now=now,
            ),
        ]
    )
    presence.record(attendee, event, known.sitting, Presence.PRESENT, author=author, now=now)


def set_aside(event: Event, scan_id: str, *, author: str, now: datetime) -> None:
    """Nobody is to be counted for it: it is not asked again."""
    known = _get_uncounted(event, scan_id)
    services.note([presence.undoing(event, known.sitting, known.scan, now=now)])
    if known.scan.attendee is not None:
        presence.record(known.scan.attendee, event, known.sitting, Presence.ABSENT, author=author, now=now)


def _list_twice(event_id: int, sittings: Mapping[int, Session]) -> list[Twice]:
    pairs = [(row.attendee_id, row.session_id) for row in queries.list_conflicts(event_id)]
    if not pairs:
        return []
    rows = db.session.execute(
        sa.select(Scan, Attendance.scan_id)
        .outerjoin(
            Attendance,
            sa.and_(Attendance.attendee_id == Scan.attendee_id, Attendance.session_id == Scan.session_id),
        )
        .where(
            sa.tuple_(Scan.attendee_id, Scan.session_id).in_(pairs),
            Scan.action != ScanAction.UNDO,
            Scan.result.in_(services.ADMITTING),
            Scan.id.not_in(_undone(event_id)),
        )
        .options(joinedload(Scan.device), joinedload(Scan.attendee).joinedload(Attendee.registration))
        .order_by(Scan.at, Scan.id)
    ).all()
    readings: dict[tuple[int | None, int], list[Reading]] = {pair: [] for pair in pairs}
    for scan, counting in rows:
        readings[scan.attendee_id, scan.session_id].append(Reading(scan=scan, counts=scan.id == counting))
    return [
        Twice(attendee=seen[0].scan.attendee, sitting=sittings[session_id], readings=seen)
        for (_attendee_id, session_id), seen in readings.items()
        if seen and seen[0].scan.attendee is not None
    ]


def _select_uncounted(event_id: int) -> sa.Select[Scan]:
    """Whom telephones let in and nobody counts.

    The page with network writes down its refusals, under a door of its own: nobody came in there.
    """
    is_in = sa.exists().where(
        Attendance.attendee_id == Scan.attendee_id, Attendance.session_id == Scan.session_id
    )
    return (
        sa.select(Scan)
        .join(DoorDevice, Scan.device_id == DoorDevice.id)
        .where(
            Scan.event_id == event_id,
            Scan.action == ScanAction.ADMIT,
            Scan.result.in_(NOT_COUNTED),
            DoorDevice.door != services.PAGE,
            Scan.id.not_in(_undone(event_id)),
            ~is_in,
        )
    )


def _undone(event_id: int) -> sa.Select[str | None]:
    return sa.select(Scan.undoes_id).where(
        Scan.event_id == event_id, Scan.action == ScanAction.UNDO, Scan.undoes_id.is_not(None)
    )


def _get_reading(event: Event, scan_id: str) -> tuple[Twice, Reading]:
    for double in list_disagreements(event).twice:
        for reading in double.readings:
            if reading.scan.id == scan_id:
                return double, reading
    raise _is_settled()


def _get_uncounted(event: Event, scan_id: str) -> Uncounted:
    for one in list_disagreements(event).uncounted:
        if one.scan.id == scan_id:
            return one
    raise _is_settled()


def _is_settled() -> NotFound:
    return NotFound(_("Ce conflit est déjà réglé."))
