"""Eight phones tell of the same people at the same instant: nobody is admitted twice, no phone sent away."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role, User
from campaign.checkin import phones, services
from campaign.checkin.models import Attendance, Scan, ScanAction, ScanResult
from campaign.checkin.services import Outcome, PhoneScan
from campaign.db import db, transaction
from campaign.registrations import queries
from campaign.registrations.models import Attendee
from tests.builders import NOW
from tests.checkin.doors import Gathering, make_gathering
from tests.registrations.test_seats_at_once import at_once

pytestmark = pytest.mark.usefixtures("directory")

PHONES = 8
PEOPLE = 4
ROUNDS = 3
MINUTE = timedelta(minutes=1)


class Doors:
    """A gathering that is on, with as many phones at its doors."""

    def __init__(self, app: Flask) -> None:
        self.now = clock.now()
        with app.app_context(), transaction() as session:
            self.gathering: Gathering = make_gathering(PEOPLE, now=self.now)
            user = User(email="a@exemple.quebec", role=Role.ADMIN, is_active=True, created_at=NOW)
            session.add(user)
            session.flush()
            self.user_id = user.id
            event = queries.get_event(self.gathering.event_id)
            self.tokens = [
                services.open_door(event, user, f"Porte {number}", now=self.now)[1]
                for number in range(PHONES)
            ]

    def tell(self, phone: int, scans: list[PhoneScan]) -> list[Outcome]:
        with transaction():
            known = phones.get_phone(self.gathering.event_id, self.user_id, self.tokens[phone], session_id=0)
            return services.take_in(known, scans, phone_now=self.now, now=self.now)

    def scan(self, number: int, person: int, *, minutes_ago: int, undoes: str = "") -> PhoneScan:
        return PhoneScan(
            id=str(UUID(int=number)),
            session_id=self.gathering.sittings[0],
            action=ScanAction.UNDO if undoes else ScanAction.ADMIT,
            at=self.now - minutes_ago * MINUTE,
            code="" if undoes else self.gathering.tickets[person],
            undoes=undoes,
        )


def test_the_earliest_is_admitted_once_whoever_tells_at_the_same_instant(app: Flask) -> None:
    doors = Doors(app)

    def tell(number: int) -> None:
        """One batch of everybody, each phone in an order of its own; each round is an earlier one."""
        phone, turn = number % PHONES, number // PHONES
        scans = [
            doors.scan(number * PEOPLE + person, person, minutes_ago=turn * PHONES + phone + 1)
            for person in range(PEOPLE)
        ]
        doors.tell(phone, scans[phone % PEOPLE :] + scans[: phone % PEOPLE])

    at_once(app, tell, PHONES * ROUNDS)

    with app.app_context():
        admitted = db.session.scalars(sa.select(Attendance.admitted_at)).all()
        told = db.session.scalar(sa.select(sa.func.count()).select_from(Scan))
    assert list(admitted) == [doors.now - PHONES * ROUNDS * MINUTE] * PEOPLE
    assert told == PHONES * ROUNDS * PEOPLE


def test_people_registered_at_the_door_are_made_once_whoever_tells_of_them(app: Flask) -> None:
    doors = Doors(app)
    walk_ins = [
        PhoneScan(
            id=str(UUID(int=person)),
            session_id=doors.gathering.sittings[0],
            action=ScanAction.WALK_IN,
            at=doors.now,
            first_name="Passant",
            last_name=f"Numéro {person}",
        )
        for person in range(PEOPLE)
    ]
    heard: list[ScanResult] = []

    def tell(number: int) -> None:
        """Each phone in an order of its own, as when the answer was lost and the phone sends again."""
        phone = number % PHONES
        told = doors.tell(phone, walk_ins[phone % PEOPLE :] + walk_ins[: phone % PEOPLE])
        heard.extend(one.result for one in told)

    at_once(app, tell, PHONES * ROUNDS)

    with app.app_context():
        made = db.session.scalars(
            sa.select(Attendee.last_name).where(Attendee.is_walk_in).order_by(Attendee.last_name)
        ).all()
        admitted = db.session.scalar(sa.select(sa.func.count()).select_from(Attendance))
    assert list(made) == [f"Numéro {person}" for person in range(PEOPLE)]
    assert admitted == PEOPLE
    assert heard == [ScanResult.ADMITTED] * (PHONES * ROUNDS * PEOPLE)


def test_of_one_ticket_scanned_at_the_same_instant_one_admission_is_kept(app: Flask) -> None:
    doors = Doors(app)
    heard: list[ScanResult] = []

    def tell(number: int) -> None:
        scan = doors.scan(number, 0, minutes_ago=0)
        heard.extend(one.result for one in doors.tell(number % PHONES, [scan]))

    at_once(app, tell, PHONES * 2)

    with app.app_context():
        (scan_id,) = db.session.scalars(sa.select(Attendance.scan_id)).all()
    # Of scans of one instant the smallest identifier wins, whoever heard « admitted » before it came.
    assert scan_id == str(UUID(int=0))
    assert ScanResult.ADMITTED in heard
    assert len(heard) == PHONES * 2


def test_admissions_taken_back_while_others_are_told_are_neither_lost_nor_kept(app: Flask) -> None:
    doors = Doors(app)
    firsts = [doors.scan(1_000 + person, person, minutes_ago=60) for person in range(PEOPLE)]
    with app.app_context():
        doors.tell(0, firsts)

    def tell(number: int) -> None:
        """Half of the phones let everybody in again, the others take the first admission back."""
        phone = number % PHONES
        scans = [
            doors.scan(
                number * PEOPLE + person,
                person,
                minutes_ago=number + 1 if phone % 2 else 0,
                undoes="" if phone % 2 else firsts[person].id,
            )
            for person in range(PEOPLE)
        ]
        doors.tell(phone, scans if phone % 4 < 2 else scans[::-1])

    at_once(app, tell, PHONES * 2)

    with app.app_context():
        admitted = db.session.scalars(sa.select(Attendance.admitted_at)).all()
    assert list(admitted) == [doors.now - PHONES * 2 * MINUTE] * PEOPLE
