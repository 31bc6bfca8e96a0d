"""The scans as the database keeps them, the people whom they name, and who is admitted because of them.

Hundreds of people come in within half an hour, and each waits for the answer: these statements are put
together once, ask for columns only, and touch no row of the session.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from campaign.checkin.models import Attendance, DoorDevice, Scan, ScanAction, ScanResult
from campaign.db import db, table_of
from campaign.registrations.models import Attendee, AttendeeChoice, Registration, RegistrationState

ADMITTING = (ScanResult.ADMITTED, ScanResult.ALREADY)

Pair = tuple[int, int]
"""A person and a sitting."""


class Person(NamedTuple):
    """Somebody with a ticket, as the door must know them."""

    id: int
    event_id: int
    name: str
    ticket_code: str
    short_code: str
    cohort_id: int | None
    is_coming: bool
    chosen: frozenset[int]
    """The sittings that they chose."""


class Admission(NamedTuple):
    """When and where a person was first let in to a sitting."""

    scan_id: str
    at: datetime
    door: str


_scan, _device, _attendance = table_of(Scan), table_of(DoorDevice), table_of(Attendance)
_attendee, _registration, _choice = table_of(Attendee), table_of(Registration), table_of(AttendeeChoice)


def _several(name: str, column: sa.Column[Any]) -> sa.ColumnElement[bool]:
    return column.in_(sa.bindparam(name, expanding=True))


# By its ticket, of any event; by the code said aloud, of this one.
_OF_CODES = sa.or_(
    _several("codes", _attendee.c.ticket_code),
    sa.and_(_attendee.c.event_id == sa.bindparam("event"), _several("codes", _attendee.c.short_code)),
)
_OF_NUMBERS = _several("people", _attendee.c.id)
_PEOPLE = (
    sa.select(
        _attendee.c.id,
        _attendee.c.event_id,
        _attendee.c.first_name,
        _attendee.c.last_name,
        _attendee.c.ticket_code,
        _attendee.c.short_code,
        _attendee.c.cohort_id,
        _attendee.c.is_active,
        _registration.c.state,
        _choice.c.session_id,
    )
    .select_from(
        _attendee.join(_registration, _registration.c.id == _attendee.c.registration_id).outerjoin(
            _choice, _choice.c.attendee_id == _attendee.c.id
        )
    )
    .order_by(_attendee.c.id)
)
_LOOK_UP = _PEOPLE.where(_OF_CODES)
# `key_share`: others may still write rows that name the person; only what changes who is admitted waits.
_HOLD = _LOOK_UP.with_for_update(of=_attendee, key_share=True)
_HOLD_MORE = _PEOPLE.where(sa.or_(_OF_CODES, _OF_NUMBERS)).with_for_update(of=_attendee, key_share=True)
_HOLD_NUMBERS = (
    sa.select(_attendee.c.id).where(_OF_NUMBERS).order_by(_attendee.c.id).with_for_update(key_share=True)
)


def find_people(event_id: int, codes: Collection[str]) -> dict[str, Person]:
    """The people of these codes, by code: tickets of any event, codes said aloud of this one."""
    return _read(_LOOK_UP, event_id, codes) if codes else {}


def hold_people(event_id: int, codes: Collection[str], *, besides: Collection[int] = ()) -> dict[str, Person]:
    """As `find_people`, for whoever writes: two phones that tell of the same person wait for one another.

    Everybody is held at once and in one order, those of `besides` too, so that nobody waits for who waits.
    """
    if besides:
        return _read(_HOLD_MORE, event_id, codes, people=list(besides))
    return _read(_HOLD, event_id, codes) if codes else {}


def hold_numbers(people: Iterable[int]) -> None:
    """Hold these people until the end of the transaction."""
    db.session.connection().execute(_HOLD_NUMBERS, {"people": sorted(set(people))})


def _read(
    statement: sa.Select[Any], event_id: int, codes: Collection[str], **more: object
) -> dict[str, Person]:
    told = {"event": event_id, "codes": list(codes)} | more
    people: dict[int, Person] = {}
    for row in db.session.connection().execute(statement, told):
        known = people.get(row.id)
        chosen = known.chosen if known else frozenset[int]()
        people[row.id] = Person(
            id=row.id,
            event_id=row.event_id,
            name=f"{row.first_name} {row.last_name}",
            ticket_code=row.ticket_code,
            short_code=row.short_code,
            cohort_id=row.cohort_id,
            is_coming=row.is_active and row.state is RegistrationState.CONFIRMED,
            chosen=chosen if row.session_id is None else chosen | {row.session_id},
        )
    here = {one.short_code: one for one in people.values() if one.event_id == event_id}
    return here | {one.ticket_code: one for one in people.values()}


class Told(NamedTuple):
    """What is kept of a scan: what it was the first time that it was told."""

    id: str
    attendee_id: int | None
    session_id: int
    result: ScanResult


def _insert_on_conflict(dialect: str) -> Callable[[sa.Table], Any]:
    return postgresql.insert if dialect == "postgresql" else sqlite.insert


def _keep_first(dialect: str) -> Any:
    statement = _insert_on_conflict(dialect)(_scan).on_conflict_do_nothing(index_elements=["id"])
    return statement.execution_options(preserve_rowcount=True)


def _keep_last(dialect: str) -> Any:
    statement = _insert_on_conflict(dialect)(_attendance)
    return statement.on_conflict_do_update(
        index_elements=["attendee_id", "session_id"],
        set_={
            column.name: statement.excluded[column.name]
            for column in _attendance.columns
            if not column.primary_key
        },
    )


_KEEP = {name: _keep_first(name) for name in ("sqlite", "postgresql")}
_ADMIT = {name: _keep_last(name) for name in ("sqlite", "postgresql")}
_FORGET = sa.delete(_attendance).where(
    _attendance.c.attendee_id == sa.bindparam("person"), _attendance.c.session_id == sa.bindparam("sitting")
)
_TOLD = sa.select(_scan.c.id, _scan.c.attendee_id, _scan.c.session_id, _scan.c.result).where(
    _several("scans", _scan.c.id)
)

_undoing = _scan.alias("undoing")
_OF_PEOPLE = (
    sa.select(
        _scan.c.attendee_id,
        _scan.c.session_id,
        _scan.c.id,
        _scan.c.action,
        _scan.c.result,
        _scan.c.at,
        _scan.c.children,
        _device.c.door,
        _attendance.c.scan_id.label("standing"),
        sa.exists()
        .where(
            _undoing.c.undoes_id == _scan.c.id,
            _undoing.c.action == ScanAction.UNDO,
            # Added to, so that SQLite does not take the index of the events: it would go through all the
            # scans of the event for each of them.
            _undoing.c.event_id + 0 == _scan.c.event_id,
        )
        .label("is_undone"),
    )
    .select_from(
        _scan.outerjoin(_device, _device.c.id == _scan.c.device_id).outerjoin(
            _attendance,
            sa.and_(
                _attendance.c.attendee_id == _scan.c.attendee_id,
                _attendance.c.session_id == _scan.c.session_id,
            ),
        )
    )
    .where(_several("people", _scan.c.attendee_id))
    .order_by(_scan.c.at.desc(), _scan.c.id.desc())
)


def find_told(numbers: Collection[str]) -> dict[str, Told]:
    """The scans of these identifiers that are known."""
    if not numbers:
        return {}
    rows = db.session.connection().execute(_TOLD, {"scans": list(numbers)})
    return {row.id: Told(*row) for row in rows}


def keep(rows: Sequence[Mapping[str, Any]]) -> dict[str, Told]:
    """Write these scans, and give what is kept of them: a known one stays as it was told the first time."""
    if not rows:
        return {}
    connection = db.session.connection()
    written = connection.execute(_KEEP[connection.dialect.name], list(rows)).rowcount
    if written < len(rows):
        return find_told({row["id"] for row in rows})
    return {row["id"]: Told(row["id"], row["attendee_id"], row["session_id"], row["result"]) for row in rows}


def settle(pairs: Set[Pair]) -> dict[Pair, Admission]:
    """Compute anew who is admitted, from every scan known of these people; gives it for these pairs.

    The earliest admission that was not undone counts. The people are held (see `hold_people`): two phones
    that tell of the same person agree on what they read.
    """
    if not pairs:
        return {}
    connection = db.session.connection()
    people = sorted({attendee for attendee, _session in pairs})
    rows = connection.execute(_OF_PEOPLE, {"people": people}).all()
    earliest = {
        (row.attendee_id, row.session_id): row
        for row in rows
        if (row.attendee_id, row.session_id) in pairs
        and row.action is not ScanAction.UNDO
        and row.result in ADMITTING
        and not row.is_undone
    }
    changed = [_attendance_of(row) for row in earliest.values() if row.standing != row.id]
    if changed:
        connection.execute(_ADMIT[connection.dialect.name], changed)
    gone = [{"person": person, "sitting": sitting} for person, sitting in pairs - earliest.keys()]
    if gone:
        connection.execute(_FORGET, gone)
    return {pair: Admission(row.id, row.at, row.door or "") for pair, row in earliest.items()}


def _attendance_of(row: sa.Row[Any]) -> dict[str, Any]:
    return {
        "attendee_id": row.attendee_id,
        "session_id": row.session_id,
        "scan_id": row.id,
        "admitted_at": row.at,
        "door": row.door or "",
        "is_online": row.action is ScanAction.ADMIT_ONLINE,
        "children": row.children,
    }
