"""Who came to which sitting, and who did not: figures, and what the team notes by hand afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.checkin import services
from campaign.checkin.models import Attendance, Scan, ScanAction, ScanResult
from campaign.db import db, key_of
from campaign.errors import NotFound
from campaign.events import wording
from campaign.events.models import Event, EventState, Session
from campaign.i18n import _
from campaign.registrations import tickets
from campaign.registrations.models import (
    Attendee,
    Registration,
    RegistrationMove,
    RegistrationState,
    SensitiveAnswer,
)
from campaign.web.filters import NBSP


class Presence(StrEnum):
    """How one person stands at one sitting."""

    EXPECTED = "attendue"
    """It has not begun."""
    PRESENT = "presente"
    ONLINE = "en_ligne"
    ABSENT = "absente"


PRESENCES = {
    Presence.EXPECTED: _("attendue"),
    Presence.PRESENT: _("présente"),
    Presence.ONLINE: _("présente en ligne"),
    Presence.ABSENT: _("absente"),
}

CAME = (Presence.PRESENT, Presence.ONLINE)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One person at one sitting."""

    attendee: Attendee
    presence: Presence
    attendance: Attendance | None
    is_by_hand: bool
    """Noted by the team, not seen by a phone."""
    is_crossover: bool
    """Came to a sitting that was not theirs: of another group, or that they had not chosen."""

    @property
    def came(self) -> bool:
        return self.presence in CAME


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """One sitting, counted. A rate is of the people who had registered, whoever else came."""

    sitting: Session
    has_begun: bool
    lines: Sequence[Line]

    @property
    def registered(self) -> Sequence[Line]:
        """Those who were expected: neither registered at the door nor come from elsewhere."""
        return [line for line in self.lines if not line.attendee.is_walk_in and not line.is_crossover]

    @property
    def expected(self) -> int:
        return len(self.registered)

    @property
    def came_as_expected(self) -> int:
        return sum(line.came for line in self.registered)

    @property
    def absent(self) -> int:
        return sum(line.presence is Presence.ABSENT for line in self.registered)

    @property
    def walk_ins(self) -> int:
        return sum(line.came and line.attendee.is_walk_in for line in self.lines)

    @property
    def crossovers(self) -> int:
        return sum(line.came and line.is_crossover for line in self.lines)

    @property
    def online(self) -> int:
        return sum(line.presence is Presence.ONLINE for line in self.lines)

    @property
    def present(self) -> int:
        return sum(line.came for line in self.lines)

    @property
    def children(self) -> int:
        return sum(line.attendance.children for line in self.lines if line.attendance)

    @property
    def rate(self) -> str:
        """« 92 % », or a dash when the sitting has not begun or expected nobody."""
        return rate_text(self.came_as_expected, self.expected) if self.has_begun else "–"


def rate_text(part: int, whole: int) -> str:
    """« 92 % »: never 100 when somebody is missing, never 0 when somebody came."""
    if not whole:
        return "–"
    rounded = (200 * part + whole) // (2 * whole)
    if 0 < part < whole:
        rounded = min(max(rounded, 1), 99)
    return f"{rounded}{NBSP}%"


def find_sitting(event: Event, number: int | None) -> Session | None:
    """That sitting of the event; None when none is asked for."""
    if number is None:
        return None
    sitting = next((each for each in event.sessions if each.id == number), None)
    if sitting is None:
        raise NotFound(_("Cette séance n’est pas de cet événement."))
    return sitting


def list_sittings(event: Event) -> list[Session]:
    """The sittings that have a day and are not called off, in their order."""
    return [
        sitting
        for sitting in services.sessions_of(event)
        if wording.state_of(event, sitting) is not EventState.CANCELLED
    ]


def has_begun(event: Event, sitting: Session, now: datetime) -> bool:
    """Whether its hour has come at its place; its day, when its hour is not known."""
    if sitting.starts_at is not None:
        return sitting.starts_at <= now
    return sitting.starts_on is not None and sitting.starts_on <= clock.today(now, event.time_zone)


def is_coming(attendee: Attendee) -> bool:
    """Whether this person holds a confirmed seat."""
    return attendee.is_active and attendee.registration.state is RegistrationState.CONFIRMED


def is_awaited(attendee: Attendee) -> bool:
    """Whether this person is expected before they come in: nobody awaits who came without a ticket, and an
    admission taken back leaves nothing to wait for."""
    return is_coming(attendee) and not attendee.is_walk_in


def sittings_of(attendee: Attendee, event: Event) -> set[int]:
    """The sittings at which somebody is expected: whoever registered at a door, at that sitting alone. The
    person's choices are loaded."""
    if attendee.is_walk_in:
        return {choice.session_id for choice in attendee.choices}
    return {sitting.id for sitting in tickets.sittings_of(attendee, event)}


def _select_people(event_id: int) -> sa.Select[Attendee]:
    return (
        sa.select(Attendee)
        .join(Attendee.registration)
        .where(Attendee.event_id == event_id)
        .options(
            joinedload(Attendee.registration), joinedload(Attendee.cohort), selectinload(Attendee.choices)
        )
        .order_by(Attendee.name_key, Attendee.id)
    )


_IS_COMING = sa.and_(Attendee.is_active, Registration.state == RegistrationState.CONFIRMED)
_CAME = sa.exists().where(Attendance.attendee_id == Attendee.id)


def list_confirmed(event_id: int) -> Sequence[Attendee]:
    """Everybody who holds a confirmed seat, in alphabetical order; who was registered at a door, as long as
    they are in."""
    is_awaited = sa.or_(Attendee.is_walk_in.is_(False), _CAME)
    return db.session.scalars(_select_people(event_id).where(_IS_COMING, is_awaited)).all()


def list_people(event_id: int) -> Sequence[Attendee]:
    """Everybody who was to come, and whoever came, in alphabetical order."""
    return db.session.scalars(_select_people(event_id).where(sa.or_(_IS_COMING, _CAME))).all()


def sheets(event: Event, *, now: datetime) -> list[Sheet]:
    """Each sitting with its people, in order. The event is that of `registrations.queries.get_event`."""
    people = list_people(event.id)
    rows = db.session.execute(
        sa.select(Attendance, Scan.device_id)
        .join(Attendee, Attendance.attendee_id == Attendee.id)
        .outerjoin(Scan, Attendance.scan_id == Scan.id)
        .where(Attendee.event_id == event.id)
    ).all()
    found = {(row.Attendance.attendee_id, row.Attendance.session_id): row for row in rows}
    theirs = {one.id: sittings_of(one, event) for one in people}
    return [
        Sheet(
            sitting=sitting,
            has_begun=has_begun(event, sitting, now),
            lines=[
                _line(
                    one,
                    found.get((one.id, sitting.id)),
                    is_theirs=sitting.id in theirs[one.id],
                    is_over=has_begun(event, sitting, now),
                )
                for one in people
                if (one.id, sitting.id) in found or (sitting.id in theirs[one.id] and is_awaited(one))
            ],
        )
        for sitting in list_sittings(event)
    ]


def _line(
    attendee: Attendee, found: sa.Row[Attendance, int | None] | None, *, is_theirs: bool, is_over: bool
) -> Line:
    attendance = found.Attendance if found else None
    return Line(
        attendee=attendee,
        presence=_presence(attendance, is_over=is_over),
        attendance=attendance,
        is_by_hand=found is not None and found.device_id is None,
        is_crossover=not is_theirs and not attendee.is_walk_in,
    )


def _presence(attendance: Attendance | None, *, is_over: bool) -> Presence:
    if attendance is None:
        return Presence.ABSENT if is_over else Presence.EXPECTED
    return Presence.ONLINE if attendance.is_online else Presence.PRESENT


def list_elsewhere(event: Event, sheet: Sheet) -> list[Attendee]:
    """Who may have come and is not on that sheet: of another group, of another workshop, or registered at a
    door by an admission that was taken back."""
    there = {line.attendee.id for line in sheet.lines}
    return [one for one in list_people(event.id) if is_coming(one) and one.id not in there]


def note(
    event: Event,
    sitting: Session,
    wanted: Mapping[int, Presence],
    *,
    author: str,
    now: datetime,
) -> int:
    """Write what the team knows of these people, by number; gives how many lines changed.

    Somebody who was expected elsewhere is added to the sheet: a crossover, as at the door.

    It becomes scans of no phone: what a telephone told is taken back, never erased, and there is one truth.
    A telephone that was without network and tells later that somebody came in adds what it saw.
    """
    sheet = next(each for each in sheets(event, now=now) if each.sitting.id == sitting.id)
    lines = [line for line in sheet.lines if line.attendee.id in wanted]
    if len(lines) < len(wanted):
        lines += [
            _line(one, None, is_theirs=False, is_over=sheet.has_begun)
            for one in list_elsewhere(event, sheet)
            if one.id in wanted
        ]
    changed = [
        (line, wanted[line.attendee.id]) for line in lines if wanted[line.attendee.id] is not line.presence
    ]
    standing = _standing_scans(sitting, [line.attendee.id for line, _new in changed])
    rows = []
    for line, new in changed:
        number = key_of(line.attendee)
        rows += [undoing(event, sitting, scan, now=now) for scan in standing if scan.attendee_id == number]
        if new in CAME:
            children = line.attendance.children if line.attendance else 0
            rows.append(
                admitting(
                    event, sitting, number, new, children=children, at=_hour_of(event, sitting, now), now=now
                )
            )
        record(line.attendee, event, sitting, new, author=author, now=now)
    if rows:
        services.note(rows)
    return len(changed)


def _standing_scans(sitting: Session, people: Iterable[int]) -> Sequence[Scan]:
    """The scans by which these people are in."""
    undone = sa.select(Scan.undoes_id).where(Scan.action == ScanAction.UNDO, Scan.undoes_id.is_not(None))
    return db.session.scalars(
        sa.select(Scan).where(
            Scan.attendee_id.in_(list(people)),
            Scan.session_id == sitting.id,
            Scan.action != ScanAction.UNDO,
            Scan.result.in_(services.ADMITTING),
            Scan.id.not_in(undone),
        )
    ).all()


def undoing(event: Event, sitting: Session, scan: Scan, *, now: datetime) -> dict[str, object]:
    """The gesture by which the team takes that scan back."""
    return _row(event, sitting, scan.attendee_id, now) | {
        "action": ScanAction.UNDO,
        "result": ScanResult.UNDONE,
        "at": now,
        "undoes_id": scan.id,
    }


def admitting(
    event: Event,
    sitting: Session,
    number: int,
    presence: Presence,
    *,
    children: int,
    at: datetime,
    now: datetime,
) -> dict[str, object]:
    """The gesture by which the team notes that person as present."""
    is_online = presence is Presence.ONLINE
    return _row(event, sitting, number, now) | {
        "action": ScanAction.ADMIT_ONLINE if is_online else ScanAction.ADMIT,
        "result": ScanResult.ADMITTED,
        "at": at,
        "children": 0 if is_online else children,
    }


def _hour_of(event: Event, sitting: Session, now: datetime) -> datetime:
    """The hour of the sitting: nobody wrote down when each person came in."""
    begins = sitting.starts_at or clock.to_utc(sitting.starts_on or now.date(), time(), event.time_zone)
    return min(begins, now)


def _row(event: Event, sitting: Session, number: int | None, now: datetime) -> dict[str, object]:
    return {
        "id": str(uuid4()),
        "event_id": event.id,
        "session_id": sitting.id,
        "device_id": None,
        "attendee_id": number,
        "code": "",
        "received_at": now,
        "children": 0,
        "undoes_id": None,
    }


def record(
    attendee: Attendee, event: Event, sitting: Session, presence: Presence, *, author: str, now: datetime
) -> None:
    """Keep in the history of the registration who noted that presence."""
    day = wording.day_text(wording.Occasion.of(event, sitting))
    state = attendee.registration.state
    db.session.add(
        RegistrationMove(
            registration_id=attendee.registration_id,
            attendee_id=attendee.id,
            at=now,
            author=author,
            from_state=state,
            to_state=state,
            reason=_("Présence notée à la main : %(word)s (%(day)s)", word=PRESENCES[presence], day=day),
        )
    )


def count_sensitive(event_id: int) -> Sequence[sa.Row[date, int]]:
    """How many sensitive answers are still kept, by the day on which they are erased."""
    return db.session.execute(
        sa.select(SensitiveAnswer.purge_on, sa.func.count().label("answers"))
        .join(Attendee, SensitiveAnswer.attendee_id == Attendee.id)
        .where(Attendee.event_id == event_id)
        .group_by(SensitiveAnswer.purge_on)
        .order_by(SensitiveAnswer.purge_on)
    ).all()
