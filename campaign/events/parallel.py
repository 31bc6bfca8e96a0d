"""Workshops to choose from: for the public, what takes place at the same time is one thing, told once.

A block of the programme is what somebody chooses one of. Those of its workshops that are on one day make one
entry of lists and calendars, which names them all. The entry goes by the identifier of its first workshop: it
keeps it when workshops change hour, are called off or are added. A workshop that is moved to another day
stands there by itself, under its own.

Whoever registered holds the workshops that they chose, and no other, each under its own identifier.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from campaign.events.models import Event, EventState, Session

Entry = tuple[Session, ...]
"""One sitting, or the workshops of a block that are on one day: the first gives its identifier."""


def entries(sittings: Iterable[Session]) -> list[Entry]:
    """What the public is told of these sittings of one event, in their order."""
    found: dict[object, list[Session]] = {}
    for row in sorted(sittings, key=lambda row: row.position):
        key: object = (row.block, row.starts_on) if row.block else row
        found.setdefault(key, []).append(row)
    return [tuple(rows) for rows in found.values()]


def entry_of(event: Event, sitting: Session) -> Entry:
    """The entry that tells this sitting of an event whose sessions are loaded."""
    if not sitting.block:
        return (sitting,)
    return next(entry for entry in entries(event.sessions) if sitting in entry)


def going_on(entry: Entry) -> Sequence[Session]:
    """The workshops that take place; all of them when none does."""
    return [row for row in entry if row.state is not EventState.CANCELLED] or entry


def spokesman(entry: Entry) -> Session:
    """The one whose state is that of all: one that nobody moved nor called off, if there is."""
    left = going_on(entry)
    return next((row for row in left if row.state is None), left[0])


def sequence_of(event: Event, sitting: Session) -> int:
    """What calendars are given as its sequence: it grows with each change, and never goes back.

    A workshop may speak for all those of its block, alone for itself in somebody's own calendar, and be left
    by the others: it counts the changes of all the workshops of the event.
    """
    if not sitting.block:
        return event.sequence + sitting.sequence
    return event.sequence + sum(row.sequence for row in event.sessions if row.block)
