"""The door: opening its list on a phone, taking in what phones scanned, cutting one off.

A phone owns its scans; the server makes them agree. Who is admitted is always computed from all the scans
known, never from the order in which they came: the earliest admission that was not undone counts, the same
scan sent again changes nothing, and a scan may be undone before it is even known here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.accounts.models import User
from campaign.checkin.models import Attendance, DoorDevice, Scan, ScanAction, ScanResult
from campaign.db import db
from campaign.errors import Conflict, Gone, NotFound
from campaign.events.models import Event, Session
from campaign.identifiers import hash_token, new_token, short_code
from campaign.registrations.models import (
    Attendee,
    AttendeeChoice,
    Registration,
    RegistrationMove,
    RegistrationState,
)
from campaign.registrations.tickets import sittings_of
from campaign.territory.names import fold

AT_ONCE = 500
"""Scans that one call may bring."""

CUT_OFF = "Cet appareil a été retiré par l’équipe. La liste en a été effacée."

ADMITTING = (ScanResult.ADMITTED, ScanResult.ALREADY)

MAX_CHILDREN = 30


@dataclass(frozen=True, kw_only=True)
class PhoneScan:
    """What a phone tells of one gesture."""

    id: str
    session_id: int
    action: ScanAction
    at: datetime
    """By the phone's clock."""
    code: str = ""
    """Ticket code or short code, as read or typed."""
    children: int = 0
    undoes: str = ""
    """The scan that this one takes back."""
    first_name: str = ""
    last_name: str = ""
    organization: str = ""
    """Of somebody registered at the door."""
    is_forced: bool = False
    """Let in although it was not that person's sitting: a crossover, recorded as such."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one scan, for the phone that sent it."""

    id: str
    result: ScanResult
    attendee_id: int | None
    admitted_at: datetime | None
    """When the person was first admitted to that sitting."""
    door: str


def open_door(
    event: Event, user: User, door: str, *, session_id: int | None = None, now: datetime
) -> tuple[DoorDevice, str]:
    """Give this phone the list until midnight at the place, of the morrow when it is opened on the eve.

    The token is shown once. The event's sessions are loaded.
    """
    token = new_token()
    device = DoorDevice(
        event_id=event.id,
        user_id=user.id,
        session_id=session_id,
        door=door.strip()[:60] or "Porte 1",
        token_hash=hash_token(token),
        opened_at=now,
        expires_at=end_of_list(event, now),
        last_seen_at=now,
    )
    db.session.add(device)
    db.session.flush()
    return device, token


PAGE = "Page avec réseau"
"""The door under which pages without script admit."""


def open_page(event: Event, user: User, *, session_id: int, now: datetime) -> DoorDevice:
    """What stands for a phone when people are admitted on a page that keeps no list."""
    device = db.session.scalar(
        sa.select(DoorDevice).where(
            DoorDevice.event_id == event.id,
            DoorDevice.session_id == session_id,
            DoorDevice.door == PAGE,
            DoorDevice.revoked_at.is_(None),
            DoorDevice.expires_at > now,
        )
    )
    return device or open_door(event, user, PAGE, session_id=session_id, now=now)[0]


def check_session(event_id: int, session_id: int) -> None:
    """`Gone` when a phone that was cut off from this door asks by the session that it had."""
    cut_off = sa.select(DoorDevice.id).where(
        DoorDevice.event_id == event_id,
        DoorDevice.session_id == session_id,
        DoorDevice.revoked_at.is_not(None),
    )
    if db.session.scalar(cut_off.limit(1)) is not None:
        raise Gone(CUT_OFF)


def end_of_list(event: Event, now: datetime) -> datetime:
    """When phones erase the list: at the midnight that ends the day, or the morrow when somebody opens it on
    the eve of a sitting because the hall has no network."""
    today = clock.today(now, event.time_zone)
    days = {session.starts_on for session in event.sessions}
    is_eve = today not in days and today + timedelta(days=1) in days
    return midnight_after(now + timedelta(days=1) if is_eve else now, event.time_zone)


def midnight_after(now: datetime, zone: str) -> datetime:
    """The end of the day at the place: the list is erased from phones then."""
    return clock.to_utc(clock.today(now, zone) + timedelta(days=1), time(), zone)


def get_device(event_id: int, user: User, token: str, *, now: datetime) -> DoorDevice:
    """The phone of that token; `Gone` when it was cut off, when the day is over, when it is not this
    person's."""
    device = db.session.scalar(sa.select(DoorDevice).where(DoorDevice.token_hash == hash_token(token)))
    if device is None or device.event_id != event_id or device.user_id != user.id:
        raise NotFound("Cet appareil n’est pas connu. Ouvrez de nouveau la liste.")
    if device.revoked_at is not None:
        raise Gone(CUT_OFF)
    return device


def revoke(device: DoorDevice, *, now: datetime) -> None:
    """A phone lost or stolen gets nothing more; it erases its list the next time that it asks anything."""
    if device.revoked_at is None:
        device.revoked_at = now


def receive(
    event: Event, device: DoorDevice, scans: Sequence[PhoneScan], *, phone_now: datetime, now: datetime
) -> list[Outcome]:
    """Take in what a phone did, most often while it had no network; one outcome for each scan, in order.

    Hours are set right by the difference between the phone's clock and ours. The event's sessions are loaded.
    """
    if len(scans) > AT_ONCE:
        raise Conflict(f"Un envoi compte au plus {AT_ONCE} lectures.")
    device.last_seen_at = now
    skew = now - phone_now
    known = {session.id for session in event.sessions}
    people = _People(event, (scan.code for scan in scans))
    touched: set[tuple[int, int]] = set()
    rows = []
    for scan in scans:
        if scan.session_id not in known:
            raise Conflict("Cette séance n’est pas de cet événement.")
        at = min(scan.at + skew, now)
        attendee, result = people.judge(scan, at=at, now=now)
        rows.append(
            {
                "id": scan.id,
                "event_id": event.id,
                "session_id": scan.session_id,
                "device_id": device.id,
                "attendee_id": attendee.id if attendee else None,
                "code": normalized(scan.code)[:20],
                "action": scan.action,
                "result": result,
                "at": at,
                "received_at": now,
                "children": max(0, min(scan.children, MAX_CHILDREN)),
                "undoes_id": scan.undoes or None,
            }
        )
    _write(rows)
    stored = _read([scan.id for scan in scans])
    for one in stored.values():
        if one.attendee_id is not None:
            touched.add((one.attendee_id, one.session_id))
    _settle(touched)
    admissions = _admissions(touched)
    return [_outcome(stored[scan.id], admissions) for scan in scans]


def note(rows: Sequence[Mapping[str, Any]]) -> None:
    """Take in what the team noted by hand, each row a scan of no phone: who came follows from all of them."""
    _write(rows)
    _settle({(row["attendee_id"], row["session_id"]) for row in rows if row["attendee_id"] is not None})


def find_person(event: Event, code: str) -> Attendee | None:
    """Whose code that is: a ticket of any event, or a code said aloud at this one."""
    return _People(event, [code]).find(code)


def look_up(event: Event, code: str) -> ScanResult:
    """What that code is at this door; nothing is recorded. The event's sessions are loaded."""
    attendee = find_person(event, code)
    if attendee is None:
        return ScanResult.UNKNOWN
    if attendee.event_id != event.id:
        return ScanResult.OTHER_EVENT
    is_coming = attendee.is_active and attendee.registration.state is RegistrationState.CONFIRMED
    return ScanResult.ADMITTED if is_coming else ScanResult.CANCELLED


def normalized(code: str) -> str:
    """« abc 234 » → « ABC234 »; the address in a QR code gives its last part."""
    return "".join(sign for sign in code.rstrip("/").rpartition("/")[2].upper() if sign.isalnum())


class _People:
    """The people whom a batch of scans speaks of, read once."""

    def __init__(self, event: Event, typed: Iterable[str]) -> None:
        self.event = event
        codes = {code for each in typed if (code := normalized(each))}
        # By its ticket, of any event; by the code said aloud, of this one.
        said_here = sa.and_(Attendee.event_id == event.id, Attendee.short_code.in_(codes))
        people = db.session.scalars(
            sa.select(Attendee)
            .where(sa.or_(Attendee.ticket_code.in_(codes), said_here))
            .options(joinedload(Attendee.registration), selectinload(Attendee.choices))
        ).all()
        self._by_code = {one.short_code: one for one in people if one.event_id == event.id}
        self._by_code |= {one.ticket_code: one for one in people}

    def judge(self, scan: PhoneScan, *, at: datetime, now: datetime) -> tuple[Attendee | None, ScanResult]:
        """Who that is, and whether they may come in."""
        if scan.action is ScanAction.UNDO:
            undone = db.session.get(Scan, scan.undoes) if scan.undoes else None
            return (self._of(undone.attendee_id) if undone else None), ScanResult.UNDONE
        if scan.action is ScanAction.WALK_IN:
            return walk_in(self.event, scan, now=now), ScanResult.ADMITTED
        attendee = self.find(scan.code)
        if attendee is None:
            return None, ScanResult.UNKNOWN
        if attendee.event_id != self.event.id:
            return None, ScanResult.OTHER_EVENT
        is_confirmed = attendee.registration.state is RegistrationState.CONFIRMED
        if not attendee.is_active or not is_confirmed:
            return attendee, ScanResult.CANCELLED
        chosen = {session.id for session in sittings_of(attendee, self.event)}
        if scan.session_id not in chosen and not scan.is_forced:
            return attendee, ScanResult.NOT_CHOSEN
        return attendee, ScanResult.ADMITTED

    def find(self, code: str) -> Attendee | None:
        """The person of that code, as read or typed."""
        return self._by_code.get(normalized(code))

    def _of(self, number: int | None) -> Attendee | None:
        return db.session.get(Attendee, number) if number is not None else None


def walk_in(event: Event, scan: PhoneScan, *, now: datetime) -> Attendee:
    """Somebody who comes without a ticket: registered by the host, once however often it is told.

    They hold no seat: nobody who was promised one loses it, and the room is the host's to judge.
    """
    form_token = f"porte:{scan.id}"
    known = db.session.scalar(
        sa.select(Attendee).join(Attendee.registration).where(Registration.form_token == form_token)
    )
    if known is not None:
        return known
    name = f"{scan.first_name} {scan.last_name}".strip()[:160]
    registration = Registration(
        event_id=event.id,
        state=RegistrationState.CONFIRMED,
        name=name,
        email="",
        form_token=form_token,
        link_generation=1,
        created_at=now,
        updated_at=now,
        confirmed_at=now,
    )
    attendee = Attendee(
        event_id=event.id,
        position=0,
        first_name=scan.first_name.strip()[:80],
        last_name=scan.last_name.strip()[:80],
        name_key=fold(f"{scan.last_name} {scan.first_name}")[:170],
        organization=scan.organization.strip()[:200],
        organization_key=fold(scan.organization)[:120],
        ticket_code=short_code(10),
        short_code=short_code(6),
        link_generation=1,
        is_active=True,
        is_walk_in=True,
        created_at=now,
    )
    attendee.choices = [AttendeeChoice(session_id=scan.session_id)]
    registration.attendees = [attendee]
    db.session.add(registration)
    db.session.flush()
    db.session.add(
        RegistrationMove(
            registration_id=registration.id,
            attendee_id=attendee.id,
            at=now,
            author="Accueil",
            from_state=None,
            to_state=RegistrationState.CONFIRMED,
            reason="Inscription sur place",
        )
    )
    return attendee


def _write(rows: Sequence[Mapping[str, object]]) -> None:
    """What is known already stays as it was told the first time."""
    if not rows:
        return
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    db.session.execute(insert(Scan).on_conflict_do_nothing(index_elements=["id"]), list(rows))


def _read(numbers: Iterable[str]) -> dict[str, Scan]:
    rows = db.session.scalars(
        sa.select(Scan)
        .where(Scan.id.in_(list(numbers)))
        .options(joinedload(Scan.device))
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


_UNDOING = sa.select(Scan.undoes_id).where(Scan.action == ScanAction.UNDO, Scan.undoes_id.is_not(None))


def _settle(touched: Iterable[tuple[int, int]]) -> None:
    """Compute anew who is admitted, from every scan known of these people and sittings.

    The person's row is locked first: two phones that tell of the same person agree on what they read.
    """
    pairs = sorted(touched)
    if not pairs:
        return
    people = sorted({attendee for attendee, _session in pairs})
    db.session.execute(
        sa.select(Attendee.id).where(Attendee.id.in_(people)).order_by(Attendee.id).with_for_update()
    ).all()
    wanted = sa.tuple_(Scan.attendee_id, Scan.session_id).in_(pairs)
    scans = db.session.execute(
        sa.select(
            Scan.attendee_id,
            Scan.session_id,
            Scan.id,
            Scan.action,
            Scan.at,
            Scan.children,
            DoorDevice.door,
        )
        .outerjoin(DoorDevice, Scan.device_id == DoorDevice.id)
        .where(
            wanted,
            Scan.action != ScanAction.UNDO,
            Scan.result.in_(ADMITTING),
            Scan.id.not_in(_UNDOING),
        )
        .order_by(Scan.at.desc(), Scan.id.desc())
    ).all()
    earliest = {(row.attendee_id, row.session_id): row for row in scans}
    db.session.execute(
        sa.delete(Attendance)
        .where(sa.tuple_(Attendance.attendee_id, Attendance.session_id).in_(pairs))
        .execution_options(synchronize_session=False)
    )
    if earliest:
        db.session.execute(
            sa.insert(Attendance),
            [
                {
                    "attendee_id": attendee,
                    "session_id": session,
                    "scan_id": row.id,
                    "admitted_at": row.at,
                    "door": row.door or "",
                    "is_online": row.action is ScanAction.ADMIT_ONLINE,
                    "children": row.children,
                }
                for (attendee, session), row in earliest.items()
            ],
        )


def _admissions(touched: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Attendance]:
    rows = db.session.scalars(
        sa.select(Attendance)
        .where(sa.tuple_(Attendance.attendee_id, Attendance.session_id).in_(sorted(touched)))
        .execution_options(populate_existing=True)
    )
    return {(row.attendee_id, row.session_id): row for row in rows}


def _outcome(scan: Scan, admissions: Mapping[tuple[int, int], Attendance]) -> Outcome:
    """A scan that admits says « already » as soon as another one is earlier."""
    admission = admissions.get((scan.attendee_id or 0, scan.session_id))
    result = scan.result
    if result in ADMITTING:
        is_first = admission is not None and admission.scan_id == scan.id
        result = ScanResult.ADMITTED if is_first or admission is None else ScanResult.ALREADY
    return Outcome(
        id=scan.id,
        result=result,
        attendee_id=scan.attendee_id,
        admitted_at=admission.admitted_at if admission else None,
        door=admission.door if admission else "",
    )


def sessions_of(event: Event) -> list[Session]:
    """The sittings at whose door somebody stands, in their order; those without a day have none."""
    return [session for session in event.sessions if session.starts_on is not None]
