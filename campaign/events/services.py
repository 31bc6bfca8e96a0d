"""Planning, moving, calling off what has a date; each change that calendars must take grows the sequence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from campaign import clock
from campaign.db import db, insert_at_once, reading_connection
from campaign.errors import Conflict
from campaign.events.models import Event, EventKind, EventState, Opening, Session
from campaign.identifiers import new_uid, slugify

CEREMONY_LENGTH = timedelta(hours=1)
"""A ceremony is short; calendars need an end."""

# Made once: putting a statement together costs more than running it.
# Two towns of the same name must not take the same slug: the second waits for the first, and nobody else
# does. On SQLite, those who write take turns anyway.
_LOCK_SLUG = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(sa.bindparam("slug"), 0)))
_IS_TAKEN = sa.select(Event.id).where(Event.slug == sa.bindparam("slug"))
_TAKEN = sa.select(Event.slug).where(Event.slug.startswith(sa.bindparam("slug")))


@dataclass(frozen=True, kw_only=True)
class When:
    """A day and, when it is known, a wall time at the place."""

    day: date
    at: time | None

    def instant(self, zone: str) -> datetime | None:
        return None if self.at is None else clock.to_utc(self.day, self.at, zone)


def plan(
    *,
    kind: EventKind,
    edition_id: int,
    territory_id: int | None,
    title: str,
    slug: str,
    when: When,
    place: str,
    zone: str,
    opening: Opening,
    now: datetime,
    description: str = "",
) -> Event:
    """A new ceremony, not yet published. The slug is completed when another event already has it."""
    event = _new_event(
        kind=kind,
        edition_id=edition_id,
        territory_id=territory_id,
        title=title,
        slug=slug,
        description=description,
        place=place,
        zone=zone,
        opening=opening,
        now=now,
    )
    insert_at_once(event)
    sitting = _sitting(when, zone)
    sitting.event_id = event.id
    set_committed_value(sitting, "event", event)
    insert_at_once(sitting)
    set_committed_value(event, "sessions", [sitting])
    return event


def add(
    *,
    kind: EventKind,
    edition_id: int,
    territory_id: int | None,
    title: str,
    slug: str,
    place: str,
    zone: str,
    opening: Opening,
    now: datetime,
    description: str = "",
    region_code: str | None = None,
    is_private: bool = False,
    reference: str | None = None,
) -> Event:
    """A new event, planned, without any sitting yet."""
    event = _new_event(
        kind=kind,
        edition_id=edition_id,
        territory_id=territory_id,
        title=title,
        slug=slug,
        place=place,
        zone=zone,
        opening=opening,
        now=now,
        description=description,
        region_code=region_code,
        is_private=is_private,
        reference=reference,
    )
    db.session.add(event)
    return event


def _new_event(*, slug: str, zone: str, now: datetime, **told: Any) -> Event:
    return Event(
        **told,
        uid=new_uid(),
        slug=_free_slug(slug),
        time_zone=zone,
        state=EventState.PLANNED,
        sequence=0,
        created_at=now,
        updated_at=now,
    )


def _free_slug(wanted: str) -> str:
    slug = slugify(wanted)
    connection = reading_connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_SLUG, {"slug": slug})
    if connection.scalar(_IS_TAKEN, {"slug": slug}) is None:  # nearly always, and the index knows it
        return slug
    taken = set(db.session.scalars(_TAKEN, {"slug": slug}))
    return next(f"{slug}-{n}" for n in range(2, len(taken) + 3) if f"{slug}-{n}" not in taken)


def _sitting(when: When, zone: str) -> Session:
    starts_at = when.instant(zone)
    return Session(
        position=0,
        sequence=0,
        starts_on=when.day,
        starts_at=starts_at,
        ends_at=starts_at + CEREMONY_LENGTH if starts_at else None,
    )


def change(
    event: Event,
    *,
    when: When,
    place: str,
    opening: Opening,
    description: str,
    now: datetime,
    is_indoors: bool = False,
) -> bool:
    """Correct the day, the hour, the place, who may come, what is told; say whether anything changed."""
    sitting = _sitting(when, event.time_zone)
    known = event.sessions[0]
    before = (
        known.starts_on,
        known.starts_at,
        event.place,
        event.opening,
        event.is_indoors,
        event.description,
    )
    after = (sitting.starts_on, sitting.starts_at, place, opening, is_indoors, description)
    if before == after:
        return False
    known.starts_on, known.starts_at, known.ends_at = sitting.starts_on, sitting.starts_at, sitting.ends_at
    event.place, event.opening, event.is_indoors = place, opening, is_indoors
    event.description = description
    touch(event, now)
    return True


def postpone(event: Event, *, when: When, reason: str, place: str, now: datetime) -> bool:
    """« Reportée au … »: another day or hour, the first one kept in memory; say whether anything changed."""
    _refuse_if_over(event)
    known = event.sessions[0]
    moved = _sitting(when, event.time_zone)
    before = (event.state, event.state_reason, known.starts_on, known.starts_at, event.place)
    if before == (EventState.POSTPONED, reason, moved.starts_on, moved.starts_at, place):
        return False
    if event.postponed_from_at is None:
        event.postponed_from_at = known.starts_at
    known.starts_on, known.starts_at, known.ends_at = moved.starts_on, moved.starts_at, moved.ends_at
    event.state, event.state_reason, event.place = EventState.POSTPONED, reason, place
    touch(event, now)
    return True


def move_indoors(event: Event, *, place: str, reason: str, now: datetime) -> bool:
    """« À l’intérieur »: same day, same hour, under a roof; say whether anything changed."""
    _refuse_if_over(event)
    if (event.place, event.is_indoors, event.state_reason) == (place, True, reason):
        return False
    event.place, event.is_indoors, event.state_reason = place, True, reason
    touch(event, now)
    return True


def postpone_sitting(event: Event, sitting: Session, *, moved: Session, reason: str, now: datetime) -> None:
    """One date of several takes another day or hour, the others stay; `moved` is a sitting that is not stored
    and says when. Without a day, the date is to be confirmed."""
    _refuse_if_over(event)
    if sitting.state is EventState.CANCELLED:
        raise Conflict("Cette date est annulée. Rétablissez-la d’abord.")
    if sitting.state is not EventState.POSTPONED:
        sitting.postponed_from_on, sitting.postponed_from_at = sitting.starts_on, sitting.starts_at
    sitting.starts_on, sitting.ends_on = moved.starts_on, moved.ends_on
    sitting.starts_at, sitting.ends_at = moved.starts_at, moved.ends_at
    sitting.state, sitting.state_reason = EventState.POSTPONED, reason
    touch_sitting(sitting, now)


def forget_postponed(sitting: Session) -> None:
    """Back on its first day and hour, it is not postponed any more; the caller touches it."""
    first = (sitting.postponed_from_on, sitting.postponed_from_at)
    if sitting.state is EventState.POSTPONED and (sitting.starts_on, sitting.starts_at) == first:
        sitting.state, sitting.state_reason = None, ""
        sitting.postponed_from_on, sitting.postponed_from_at = None, None


def cancel_sitting(event: Event, sitting: Session, *, reason: str, now: datetime) -> None:
    """One date of several is called off; it stays visible, for those who had noted it."""
    if EventState.CANCELLED in (event.state, sitting.state):
        return
    sitting.state, sitting.state_reason = EventState.CANCELLED, reason
    touch_sitting(sitting, now)


def reinstate_sitting(sitting: Session, *, now: datetime) -> None:
    """That date takes place after all."""
    if sitting.state is EventState.CANCELLED:
        is_moved = sitting.postponed_from_on is not None
        sitting.state, sitting.state_reason = (EventState.POSTPONED if is_moved else None), ""
        touch_sitting(sitting, now)


def cancel(event: Event, *, reason: str, now: datetime) -> None:
    """Called off; what was published stays visible as cancelled, for those who had noted it."""
    if event.state is EventState.CANCELLED:
        return
    event.state, event.state_reason = EventState.CANCELLED, reason
    touch(event, now)


def reinstate(event: Event, *, now: datetime) -> None:
    """It takes place after all."""
    if event.state is EventState.CANCELLED:
        event.state, event.state_reason = _ahead(event), ""
        touch(event, now)


def unpostpone(event: Event, *, now: datetime) -> bool:
    """Back to the day and hour for which it was planned before it was postponed; False when it was not, or
    when nobody remembers them."""
    if event.state is not EventState.POSTPONED or event.postponed_from_at is None:
        return False
    first = clock.to_local(event.postponed_from_at, event.time_zone)
    planned = _sitting(When(day=first.date(), at=first.time()), event.time_zone)
    known = event.sessions[0]
    known.starts_on, known.starts_at, known.ends_at = planned.starts_on, planned.starts_at, planned.ends_at
    event.state, event.state_reason, event.postponed_from_at = EventState.PLANNED, "", None
    touch(event, now)
    return True


def relocate(event: Event, *, territory_id: int, title: str, zone: str, now: datetime) -> None:
    """It belongs to another territory: same day and hour on the clocks there, hence another instant."""
    for sitting in event.sessions:
        if sitting.starts_at is not None:
            local = clock.to_local(sitting.starts_at, event.time_zone)
            sitting.starts_at = clock.to_utc(local.date(), local.time(), zone)
            sitting.ends_at = sitting.starts_at + CEREMONY_LENGTH
    event.territory_id, event.title, event.time_zone = territory_id, title, zone
    touch(event, now)


def mark_held(event: Event, *, now: datetime) -> None:
    """It took place."""
    event.state = EventState.HELD
    touch(event, now)


def undo_held(event: Event, *, now: datetime) -> None:
    """It was said by mistake that it took place."""
    if event.state is EventState.HELD:
        event.state = _ahead(event)
        touch(event, now)


def publish(event: Event, *, now: datetime) -> None:
    """Show it to the public; its slug is fixed from now on. What is private never is."""
    if event.is_private:
        raise Conflict("Cet événement est privé : il ne se publie pas.")
    if not event.is_published:
        event.is_published = True
        event.updated_at = now


def withdraw(event: Event, *, now: datetime) -> None:
    """Hide it, as if never shown: a duplicate, a test."""
    if event.is_published:
        event.is_published = False
        touch(event, now)


def _ahead(event: Event) -> EventState:
    return EventState.PLANNED if event.postponed_from_at is None else EventState.POSTPONED


def _refuse_if_over(event: Event) -> None:
    if event.state is EventState.CANCELLED:
        raise Conflict("La cérémonie est annulée. Rétablissez d’abord la participation.")
    if event.state is EventState.HELD:
        raise Conflict("La cérémonie a déjà eu lieu. Écrivez-nous si c’est une erreur.")


def take_out(event: Event, sitting: Session) -> None:
    """It leaves the programme, as if never told; what calendars were given never goes back. The caller
    touches the event."""
    event.sequence += sitting.sequence
    event.sessions.remove(sitting)


def regroup(event: Event, sitting: Session, block: str) -> None:
    """It is chosen among others from now on, or no more. Those of a block are told together, and count all
    their changes (`parallel`): what calendars were given never goes back. The caller touches the event."""
    if (sitting.block or "") != block:
        event.sequence += 1 + sum(row.sequence for row in event.sessions)
    sitting.block = block


def touch(event: Event, now: datetime) -> None:
    """Calendars must take the whole event again."""
    event.sequence += 1
    event.updated_at = now


def touch_sitting(sitting: Session, now: datetime) -> None:
    """Calendars must take that date again, and leave the others."""
    sitting.sequence += 1
    sitting.updated_at = now
