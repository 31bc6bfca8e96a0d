"""The door: opening its list on a phone, taking in what phones scanned, cutting one off.

A phone owns its scans; the server makes them agree. Who is admitted is always computed from all the scans
known, never from the order in which they came: the earliest admission that was not undone counts, the same
scan sent again changes nothing, and a scan may be undone before it is even known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from campaign import clock
from campaign.accounts.models import User
from campaign.checkin import ledger
from campaign.checkin.ledger import Admission, Pair, Person, Told
from campaign.checkin.models import DoorDevice, ScanAction, ScanResult
from campaign.db import db
from campaign.errors import Conflict, Gone
from campaign.events.models import Event, Session
from campaign.i18n import _
from campaign.identifiers import hash_token, new_token, short_code
from campaign.registrations import tickets
from campaign.registrations.models import (
    Attendee,
    AttendeeChoice,
    Registration,
    RegistrationMove,
    RegistrationState,
)
from campaign.registrations.tickets import Awaited
from campaign.territory.names import fold

AT_ONCE = 500
"""Scans that one call may bring."""

CUT_OFF = _("Cet appareil a été retiré par l’équipe. La liste en a été effacée.")

ADMITTING = ledger.ADMITTING

MAX_CHILDREN = 30

SEEN_EVERY = timedelta(minutes=1)
"""How exactly we know when a phone was last heard."""


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


@dataclass(frozen=True, kw_only=True)
class Phone:
    """A phone that holds the list of a door, as each of its scans needs to know it."""

    id: int
    event_id: int
    sittings: Sequence[Awaited]
    last_seen_at: datetime
    expires_at: datetime


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


def revoke(device: DoorDevice, *, now: datetime) -> None:
    """A phone lost or stolen gets nothing more; it erases its list the next time that it asks anything."""
    if device.revoked_at is None:
        device.revoked_at = now


def receive(
    event: Event, device: DoorDevice, scans: Sequence[PhoneScan], *, phone_now: datetime, now: datetime
) -> list[Outcome]:
    """As `take_in`, for whoever has read the event, its sessions and the device."""
    phone = Phone(
        id=device.id, event_id=event.id, sittings=event.sessions, last_seen_at=device.last_seen_at,
        expires_at=device.expires_at,
    )  # fmt: skip
    return take_in(phone, scans, phone_now=phone_now, now=now)


def take_in(phone: Phone, scans: Sequence[PhoneScan], *, phone_now: datetime, now: datetime) -> list[Outcome]:
    """Take in what a phone did, most often while it had no network; one outcome for each scan, in order.

    Hours are set right by the difference between the phone's clock and ours.
    """
    if len(scans) > AT_ONCE:
        raise Conflict(_("Un envoi compte au plus %(n)s lectures.", n=AT_ONCE))
    known = {sitting.id for sitting in phone.sittings}
    if any(scan.session_id not in known for scan in scans):
        raise Conflict(_("Cette séance n’est pas de cet événement."))
    if phone.last_seen_at < now - SEEN_EVERY:
        _note_seen(phone, now)
    skew = now - phone_now
    judge = _Judge(phone, scans, now=now)
    told = ledger.keep([judge.row(scan, at=min(scan.at + skew, now), now=now) for scan in scans])
    touched = {(one.attendee_id, one.session_id) for one in told.values() if one.attendee_id is not None}
    admissions = ledger.settle(touched)
    return [_outcome(told[scan.id], admissions) for scan in scans]


def _note_seen(phone: Phone, now: datetime) -> None:
    db.session.execute(
        sa.update(DoorDevice)
        .where(DoorDevice.id == phone.id, DoorDevice.last_seen_at < now)
        .values(last_seen_at=now)
    )


def note(rows: Sequence[Mapping[str, Any]]) -> None:
    """Take in what the team noted by hand, each row a scan of no phone: who came follows from all of them."""
    touched = {(row["attendee_id"], row["session_id"]) for row in rows if row["attendee_id"] is not None}
    ledger.hold_numbers(attendee for attendee, _session in touched)
    ledger.keep(rows)
    ledger.settle(touched)


def find_person(event_id: int, code: str) -> Person | None:
    """Whose code that is: a ticket of any event, or a code said aloud at this one."""
    code = normalized(code)
    return ledger.find_people(event_id, {code} - {""}).get(code)


def look_up(event_id: int, code: str) -> ScanResult:
    """What that code is at this door; nothing is recorded."""
    person = find_person(event_id, code)
    if person is None:
        return ScanResult.UNKNOWN
    if person.event_id != event_id:
        return ScanResult.OTHER_EVENT
    return ScanResult.ADMITTED if person.is_coming else ScanResult.CANCELLED


def normalized(code: str) -> str:
    """« abc 234 » → « ABC234 »; the address in a QR code gives its last part."""
    return "".join(sign for sign in code.rstrip("/").rpartition("/")[2].upper() if sign.isalnum())


class _Judge:
    """Who each scan of a batch speaks of, and whether they may come in; people are read once, and held."""

    def __init__(self, phone: Phone, scans: Sequence[PhoneScan], *, now: datetime) -> None:
        self._phone = phone
        here = {sitting.id for sitting in phone.sittings}
        taking_back = {scan.undoes for scan in scans if scan.action is ScanAction.UNDO}
        undone = ledger.find_told(taking_back - {""})
        self._undone = {number: told for number, told in undone.items() if told.session_id in here}
        self._walk_ins = self._register_walk_ins(scans, now=now)
        self._people = ledger.hold_people(
            phone.event_id,
            {code for scan in scans if (code := normalized(scan.code))},
            besides={one.attendee_id for one in self._undone.values() if one.attendee_id is not None}
            | set(self._walk_ins.values()),
        )

    def _register_walk_ins(self, scans: Sequence[PhoneScan], *, now: datetime) -> dict[str, int]:
        """In one order, and before anybody is held: whoever tells of the same people waits for nobody who
        waits."""
        told = {scan.id: scan for scan in scans if scan.action is ScanAction.WALK_IN}
        return {number: walk_in(self._phone.event_id, told[number], now=now) for number in sorted(told)}

    def row(self, scan: PhoneScan, *, at: datetime, now: datetime) -> dict[str, Any]:
        """What is written of that scan."""
        attendee_id, result = self._judge(scan)
        # Taken back where it was told, whatever sitting is on the screen by now.
        undone = self._undone.get(scan.undoes) if scan.action is ScanAction.UNDO else None
        return {
            "id": scan.id,
            "event_id": self._phone.event_id,
            "session_id": undone.session_id if undone else scan.session_id,
            "device_id": self._phone.id,
            "attendee_id": attendee_id,
            "code": normalized(scan.code)[:20],
            "action": scan.action,
            "result": result,
            "at": at,
            "received_at": now,
            "children": max(0, min(scan.children, MAX_CHILDREN)),
            "undoes_id": scan.undoes or None,
        }

    def _judge(self, scan: PhoneScan) -> tuple[int | None, ScanResult]:
        if scan.action is ScanAction.UNDO:
            undone = self._undone.get(scan.undoes)
            return (undone.attendee_id if undone else None), ScanResult.UNDONE
        if scan.action is ScanAction.WALK_IN:
            return self._walk_ins[scan.id], ScanResult.ADMITTED
        person = self._people.get(normalized(scan.code))
        if person is None:
            return None, ScanResult.UNKNOWN
        if person.event_id != self._phone.event_id:
            return None, ScanResult.OTHER_EVENT
        if not person.is_coming:
            return person.id, ScanResult.CANCELLED
        if not scan.is_forced and not self._is_awaited(person, scan.session_id):
            return person.id, ScanResult.NOT_CHOSEN
        return person.id, ScanResult.ADMITTED

    def _is_awaited(self, person: Person, session_id: int) -> bool:
        return any(
            sitting.id == session_id
            and tickets.is_for(sitting, cohort_id=person.cohort_id, chosen=person.chosen)
            for sitting in self._phone.sittings
        )


def walk_in(event_id: int, scan: PhoneScan, *, now: datetime) -> int:
    """Somebody who comes without a ticket: registered by the host, once however often it is told.

    They hold no seat: nobody who was promised one loses it, and the room is the host's to judge.
    """
    form_token = f"porte:{scan.id}"
    known = _find_walk_in(form_token)
    if known is not None:
        return known
    try:
        with db.session.begin_nested():
            return _register_walk_in(event_id, scan, form_token, now=now)
    except IntegrityError:  # told by another at the same instant: the database made us wait for their end
        known = _find_walk_in(form_token)
        if known is None:
            raise
        return known


def _find_walk_in(form_token: str) -> int | None:
    return db.session.scalar(
        sa.select(Attendee.id).join(Attendee.registration).where(Registration.form_token == form_token)
    )


def _register_walk_in(event_id: int, scan: PhoneScan, form_token: str, *, now: datetime) -> int:
    name = f"{scan.first_name} {scan.last_name}".strip()[:160]
    registration = Registration(
        event_id=event_id,
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
        event_id=event_id,
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
            reason=_("Inscription sur place"),
        )
    )
    db.session.flush()
    return attendee.id


def _outcome(told: Told, admissions: Mapping[Pair, Admission]) -> Outcome:
    """A scan that admits says « already » as soon as another one is earlier."""
    admission = admissions.get((told.attendee_id or 0, told.session_id))
    result = told.result
    if result in ADMITTING:
        is_first = admission is None or admission.scan_id == told.id
        result = ScanResult.ADMITTED if is_first else ScanResult.ALREADY
    return Outcome(
        id=told.id,
        result=result,
        attendee_id=told.attendee_id,
        admitted_at=admission.at if admission else None,
        door=admission.door if admission else "",
    )


def sessions_of(event: Event) -> list[Session]:
    """The sittings at whose door somebody stands, in their order; those without a day have none."""
    return [session for session in event.sessions if session.starts_on is not None]
