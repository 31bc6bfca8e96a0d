"""Writing a new registration, what becomes of its seats, and the record of its moves, by plain statements.

They cost a quarter of what the session's own writing does, and hundreds of people register at the same
instant. The rows are then known to the session as if it had read them.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from campaign.db import db, hold_as_stored, key_of, table_of, write_at_once
from campaign.registrations.models import Attendee, Registration, RegistrationMove, RegistrationState

# Made once: putting such a statement together costs more than running it.
_registrations = table_of(Registration)
_SETTLE = (
    sa.update(_registrations)
    .where(_registrations.c.id == sa.bindparam("of_registration"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("state", "rank", "confirmed_at", "updated_at")})
)
_RECORD = sa.insert(table_of(RegistrationMove))


def store(registration: Registration) -> None:
    """Write this new registration with its people, their choices and their answers; all of it, or nothing
    (`IntegrityError`)."""
    connection = db.session.connection()
    with connection.begin_nested():
        write_at_once(registration, connection)
        for attendee in registration.attendees:
            attendee.registration_id = registration.id
            write_at_once(attendee, connection)
            for choice in attendee.choices:
                choice.attendee_id = attendee.id
                write_at_once(choice, connection)
            for answer in attendee.answers:
                answer.attendee_id = attendee.id
                write_at_once(answer, connection)
    people = registration.attendees
    theirs = (row for attendee in people for row in (attendee, *attendee.choices, *attendee.answers))
    hold_as_stored(registration, *theirs)


def settle(
    registration: Registration, state: RegistrationState, *, now: datetime, rank: int | None = None
) -> None:
    """Seats are given, or a rank."""
    db.session.flush()
    values = {
        "state": state,
        "rank": rank,
        "confirmed_at": now if state is RegistrationState.CONFIRMED else None,
        "updated_at": now,
    }
    named = {f"new_{name}": value for name, value in values.items()}
    db.session.connection().execute(_SETTLE, {"of_registration": key_of(registration)} | named)
    for name, value in values.items():
        set_committed_value(registration, name, value)


def record(
    registration: Registration,
    before: RegistrationState | None,
    *,
    author: str,
    now: datetime,
    reason: str = "",
    attendee: Attendee | None = None,
) -> None:
    """One line of its story: from that state to the one it is in now."""
    db.session.flush()
    move = {
        "registration_id": key_of(registration),
        "attendee_id": key_of(attendee) if attendee else None,
        "at": now,
        "author": author,
        "from_state": before,
        "to_state": registration.state,
        "reason": reason,
    }
    db.session.connection().execute(_RECORD, move)
