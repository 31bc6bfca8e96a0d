"""A gathering of two groups after it was held: who came, through the same door as everybody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from campaign.accounts.models import Role, User
from campaign.checkin import services
from campaign.checkin.models import ScanAction
from campaign.checkin.services import PhoneScan
from campaign.db import db
from campaign.events.models import Event, Session
from campaign.registrations import queries
from campaign.registrations.models import Attendee, Registration, RegistrationRules
from tests.builders import NOW

AFTER = datetime(2027, 10, 14, 14, tzinfo=UTC)
"""The day after the gathering of `tests.registrations.world`."""


def attendee(registration: Registration) -> Attendee:
    """The only person of that form."""
    (one,) = registration.attendees
    return one


def event_of(rules: RegistrationRules) -> Event:
    db.session.flush()
    return queries.get_event(rules.event_id)


def host() -> User:
    user = User(
        email=f"{uuid4()}@exemple.quebec", name="Réal", role=Role.HOST, is_active=True, created_at=NOW
    )
    db.session.add(user)
    db.session.flush()
    return user


def admit(
    event: Event, sitting: Session, *people: Attendee, children: int = 0, late: int = 0, door: str = "Porte 1"
) -> None:
    """A phone at the door lets them in, some minutes after the hour."""
    at = _hour(sitting) + timedelta(minutes=late)
    phone, _token = services.open_door(event, host(), door, now=at)
    scans = [
        PhoneScan(
            id=str(uuid4()),
            session_id=sitting.id,
            action=ScanAction.ADMIT,
            at=at,
            code=one.ticket_code,
            children=children,
            is_forced=True,
        )
        for one in people
    ]
    services.receive(event, phone, scans, phone_now=at, now=at)


def walk_in(event: Event, sitting: Session, first_name: str) -> None:
    """Somebody who comes without a ticket."""
    at = _hour(sitting)
    phone, _token = services.open_door(event, host(), "Porte 1", now=at)
    scan = PhoneScan(
        id=str(uuid4()),
        session_id=sitting.id,
        action=ScanAction.WALK_IN,
        at=at,
        first_name=first_name,
        last_name="Surplace",
    )
    services.receive(event, phone, [scan], phone_now=at, now=at)


def let_in_unknown(event: Event, sitting: Session, code: str, *, door: str = "Porte 2") -> None:
    """A phone without network lets in somebody whose code it does not know."""
    at = _hour(sitting)
    phone, _token = services.open_door(event, host(), door, now=at)
    scan = PhoneScan(
        id=str(uuid4()), session_id=sitting.id, action=ScanAction.ADMIT, at=at, code=code, is_forced=True
    )
    services.receive(event, phone, [scan], phone_now=at, now=at)


def _hour(sitting: Session) -> datetime:
    assert sitting.starts_at is not None
    return sitting.starts_at
