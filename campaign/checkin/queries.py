"""Reading the door: the list for a phone, what changed since, counters, conflicts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign.checkin.models import Attendance, DoorDevice, Scan, ScanAction, ScanResult
from campaign.db import db, table_of
from campaign.events.models import Cohort
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

IN_THE_LIST = (
    RegistrationState.CONFIRMED,
    RegistrationState.CANCELLED,
    RegistrationState.CANCELLED_BY_TEAM,
)
"""Who a phone must know: those who come, and those whose ticket is refused with its reason."""


_registration, _move, _attendee = (table_of(each) for each in (Registration, RegistrationMove, Attendee))
_of_event = _registration.c.event_id == sa.bindparam("event")
_person_of_event = _attendee.c.event_id == sa.bindparam("event")
_STATE_OF_LIST = sa.select(
    sa.select(sa.func.count()).select_from(_registration).where(_of_event).scalar_subquery(),
    sa.select(sa.func.max(_registration.c.updated_at)).where(_of_event).scalar_subquery(),
    sa.select(sa.func.max(_move.c.id))
    .select_from(_move.join(_registration, _registration.c.id == _move.c.registration_id))
    .where(_of_event)
    .scalar_subquery(),
    sa.select(sa.func.count()).select_from(_attendee).where(_person_of_event).scalar_subquery(),
    sa.select(sa.func.count())
    .select_from(_attendee)
    .where(_person_of_event, _attendee.c.is_active)
    .scalar_subquery(),
)
"""Put together once: it is asked at each scan."""


def version_of_list(event_id: int) -> str:
    """Changes with whoever registers, is replaced, moved or cancelled: phones then ask for the list again."""
    state = db.session.connection().execute(_STATE_OF_LIST, {"event": event_id}).one()
    return hashlib.sha256(repr(tuple(state)).encode()).hexdigest()[:16]


_cohort, _choice = table_of(Cohort), table_of(AttendeeChoice)
_LIST = (
    sa.select(
        _attendee.c.id,
        _attendee.c.first_name,
        _attendee.c.last_name,
        _attendee.c.name_key,
        _attendee.c.organization,
        _attendee.c.ticket_code,
        _attendee.c.short_code,
        _attendee.c.children,
        _attendee.c.is_active,
        _attendee.c.is_walk_in,
        _attendee.c.cohort_id,
        _cohort.c.name.label("cohort"),
        _registration.c.state,
        _choice.c.session_id,
    )
    .select_from(
        _attendee.join(_registration, _registration.c.id == _attendee.c.registration_id)
        .outerjoin(_cohort, _cohort.c.id == _attendee.c.cohort_id)
        .outerjoin(_choice, _choice.c.attendee_id == _attendee.c.id)
    )
    .where(_person_of_event, _registration.c.state.in_(IN_THE_LIST))
    .order_by(_attendee.c.name_key, _attendee.c.id)
)


def door_list(event_id: int, sittings: Sequence[Awaited]) -> list[dict[str, Any]]:
    """Everybody whom the door may meet, in alphabetical order, with what a phone keeps of each: name,
    organization, codes and sittings. Nothing else."""
    rows = db.session.connection().execute(_LIST, {"event": event_id})
    return [_listed(list(lines), sittings) for _person, lines in groupby(rows, key=attrgetter("id"))]


def _listed(lines: Sequence[Any], sittings: Sequence[Awaited]) -> dict[str, Any]:
    """One person, read in as many lines as they made choices."""
    one = lines[0]
    chosen = {line.session_id for line in lines}
    return {
        "id": one.id,
        "prenom": one.first_name,
        "nom": one.last_name,
        "cle": one.name_key,
        "organisation": one.organization,
        "billet": one.ticket_code,
        "code": one.short_code,
        "groupe": one.cohort or "",
        "seances": [
            each.id for each in sittings if tickets.is_for(each, cohort_id=one.cohort_id, chosen=chosen)
        ],
        "enfants": one.children,
        "vient": one.is_active and one.state is RegistrationState.CONFIRMED,
        "sur_place": one.is_walk_in,
    }


_scan, _attendance = table_of(Scan), table_of(Attendance)
_ADMISSIONS = (
    sa.select(
        _scan.c.attendee_id,
        _scan.c.session_id,
        _attendance.c.admitted_at,
        _attendance.c.door,
        _attendance.c.children,
        _attendance.c.scan_id,
    )
    .distinct()
    .select_from(
        _scan.outerjoin(
            _attendance,
            sa.and_(
                _attendance.c.attendee_id == _scan.c.attendee_id,
                _attendance.c.session_id == _scan.c.session_id,
            ),
        )
    )
    .where(_scan.c.event_id == sa.bindparam("event"), _scan.c.attendee_id.is_not(None))
)
_ADMISSIONS_SINCE = _ADMISSIONS.where(_scan.c.received_at >= sa.bindparam("since"))


def list_admissions(event_id: int, *, since: datetime | None = None) -> list[dict[str, Any]]:
    """Who is in, for phones to learn from each other; only what was told since, when an instant is given."""
    statement = _ADMISSIONS if since is None else _ADMISSIONS_SINCE
    rows = db.session.connection().execute(statement, {"event": event_id, "since": since})
    return [
        {
            "personne": row.attendee_id,
            "seance": row.session_id,
            "a": row.admitted_at.isoformat() if row.admitted_at else None,
            "porte": row.door or "",
            "enfants": row.children or 0,
            "lecture": row.scan_id,
        }
        for row in rows
    ]


def count_present(event_id: int) -> dict[int, int]:
    """How many people are in, by sitting."""
    return dict(
        db.session.execute(
            sa.select(Attendance.session_id, sa.func.count())
            .join(Attendee, Attendance.attendee_id == Attendee.id)
            .where(Attendee.event_id == event_id)
            .group_by(Attendance.session_id)
        ).all()
    )


def list_conflicts(
    event_id: int,
) -> Sequence[sa.Row[int | None, int, int, datetime, datetime]]:
    """People whom two phones let in to the same sitting, before they knew of each other."""
    undone = sa.select(Scan.undoes_id).where(
        Scan.event_id == event_id, Scan.action == ScanAction.UNDO, Scan.undoes_id.is_not(None)
    )
    return db.session.execute(
        sa.select(
            Scan.attendee_id,
            Scan.session_id,
            sa.func.count(sa.distinct(Scan.device_id)).label("phones"),
            sa.func.min(Scan.at).label("first_at"),
            sa.func.max(Scan.at).label("last_at"),
        )
        .where(
            Scan.event_id == event_id,
            Scan.action == ScanAction.ADMIT,
            Scan.result.in_([ScanResult.ADMITTED, ScanResult.ALREADY]),
            Scan.id.not_in(undone),
        )
        .group_by(Scan.attendee_id, Scan.session_id)
        .having(sa.func.count(sa.distinct(Scan.device_id)) > 1)
        .order_by(sa.func.min(Scan.at))
    ).all()


def list_devices(event_id: int) -> Sequence[DoorDevice]:
    """Every phone that opened the list of that door, the latest first."""
    return db.session.scalars(
        sa.select(DoorDevice)
        .where(DoorDevice.event_id == event_id)
        .options(joinedload(DoorDevice.user))
        .order_by(DoorDevice.opened_at.desc())
    ).all()


def find_ticket(code: str) -> Attendee | None:
    """The person of that ticket, of whichever event."""
    return db.session.scalar(sa.select(Attendee).where(Attendee.ticket_code == code.upper()[:20]))


def search_people(event_id: int, typed: str, *, most: int) -> Sequence[Attendee]:
    """Those whose names, organization or code begin with each word typed, accents ignored."""
    found = (
        sa.select(Attendee)
        .join(Attendee.registration)
        .where(Attendee.event_id == event_id, Registration.state.in_(IN_THE_LIST))
        .options(joinedload(Attendee.registration), joinedload(Attendee.cohort))
        .order_by(Attendee.name_key, Attendee.id)
        .limit(most)
    )
    for word in fold(typed).split()[:6]:
        found = found.where(
            sa.or_(
                Attendee.name_key.startswith(word, autoescape=True),
                Attendee.name_key.contains(f" {word}", autoescape=True),
                Attendee.name_key.contains(f"-{word}", autoescape=True),
                Attendee.organization_key.startswith(word, autoescape=True),
                Attendee.organization_key.contains(f" {word}", autoescape=True),
                sa.func.lower(Attendee.short_code) == word,
                sa.func.lower(Attendee.ticket_code) == word,
            )
        )
    return db.session.scalars(found).all()


def find_presence(attendee_id: int, session_id: int) -> Attendance | None:
    """When that person came in to that sitting."""
    return db.session.get(Attendance, (attendee_id, session_id), populate_existing=True)


def find_presences(people: Sequence[int], session_id: int) -> dict[int, Attendance]:
    """Who among these people is in, by number."""
    rows = db.session.scalars(
        sa.select(Attendance).where(Attendance.attendee_id.in_(people), Attendance.session_id == session_id)
    )
    return {row.attendee_id: row for row in rows}
