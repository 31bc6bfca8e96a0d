"""Reading registrations: the rules of an event, one registration with its people, one ticket."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.db import db, table_of
from campaign.errors import NotFound
from campaign.events.models import Event, Session
from campaign.events.queries import AROUND
from campaign.registrations.models import (
    Attendee,
    Registration,
    RegistrationRules,
    RegistrationState,
)

# Made once: putting a statement together costs more than running it.
_registrations = table_of(Registration)
_COUNT_BEFORE = (
    sa.select(sa.func.count())
    .select_from(_registrations)
    .where(
        _registrations.c.event_id == sa.bindparam("event_id"),
        _registrations.c.state == RegistrationState.WAITING,
        _registrations.c.rank < sa.bindparam("rank"),
    )
)

WITH_EVENT = joinedload(Registration.event).options(*AROUND, selectinload(Event.cohorts))
WITH_PEOPLE = selectinload(Registration.attendees).options(
    selectinload(Attendee.choices), joinedload(Attendee.cohort)
)


def find_rules(event_id: int) -> RegistrationRules | None:
    """How people register to that event; None when it takes no registration."""
    return db.session.get(RegistrationRules, event_id)


def get_rules(event_id: int) -> RegistrationRules:
    """How people register to that event."""
    rules = find_rules(event_id)
    if rules is None:
        raise NotFound("Cet événement ne prend pas d’inscriptions ici.")
    return rules


def get_registration(number: int, *, to_change: bool = False) -> Registration:
    """One registration with its people, their choices, and all that its event says.

    To change it, its row is locked first: whoever presses the same button at the same instant then reads what
    the first one did.
    """
    one = sa.select(Registration).where(Registration.id == number)
    if to_change:
        db.session.execute(one.with_only_columns(Registration.id).with_for_update())
    registration = db.session.scalar(
        one.options(WITH_EVENT, WITH_PEOPLE).execution_options(populate_existing=True)
    )
    if registration is None:
        raise NotFound("Cette inscription n’existe pas.")
    return registration


def get_event(event_id: int) -> Event:
    """An event with all that letters, tickets and programmes say of it."""
    event = db.session.scalar(
        sa.select(Event).where(Event.id == event_id).options(*AROUND, selectinload(Event.cohorts))
    )
    if event is None:
        raise NotFound("Cet événement n’existe pas.")
    return event


def last_day(event_id: int, *, now: datetime) -> date:
    """That of its last date; today while none is known."""
    known = db.session.scalar(
        sa.select(sa.func.max(sa.func.coalesce(Session.ends_on, Session.starts_on))).where(
            Session.event_id == event_id
        )
    )
    return known or clock.today(now)


def count_before(registration: Registration) -> int:
    """How many registrations of the waiting list come before this one."""
    if registration.rank is None:
        return 0
    asked = {"event_id": registration.event_id, "rank": registration.rank}
    return db.session.connection().scalar(_COUNT_BEFORE, asked) or 0


def get_number_to_register(slug: str, *, invited_to: int | None = None) -> int:
    """The number of the event of that address, published, or of the one that an invitation is to."""
    is_public = sa.and_(Event.is_published.is_(True), Event.is_private.is_(False))
    number = db.session.scalar(
        sa.select(Event.id).where(
            Event.slug == slug, sa.or_(is_public, Event.id == invited_to) if invited_to else is_public
        )
    )
    if number is None:
        raise NotFound("Aucun événement publié ne se trouve à cette adresse. Cherchez-le dans le calendrier.")
    return number


def get_person(registration: Registration, number: int) -> Attendee:
    """One of the people of a registration, who still comes."""
    for attendee in registration.attendees:
        if attendee.id == number and attendee.is_active:
            return attendee
    raise NotFound("Cette personne n’est pas, ou n’est plus, de cette inscription.")
