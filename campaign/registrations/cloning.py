"""Another gathering like one that is known: same programme, groups, rules and questions, on other dates.

Nobody is copied: neither the people registered nor the invited. What was sure of another day no longer is:
each part of the programme is to be confirmed again, and links to join online are left out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.db import db, key_of
from campaign.errors import Conflict
from campaign.events import activities, planning
from campaign.events.models import Cohort, Event, EventDetails, ProgrammeItem, Session
from campaign.events.programme import in_order
from campaign.events.services import add
from campaign.i18n import _
from campaign.identifiers import new_uid
from campaign.registrations import organizing, queries
from campaign.registrations.models import Question

_DESCRIBED = (
    "organizer_id", "organizer_name", "activity_type", "format", "is_online_url_public", "audiences",
    "themes", "accessibility", "languages", "cost", "price", "registration", "max_participants", "rain_plan",
    "hashtags", "contact_name", "contact_email", "contact_phone", "is_contact_public",
    "picture_id",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Moved:
    """One date of the original, and where the copy has it."""

    title: str
    before: date
    after: date


def preview(event: Event, first_on: date) -> list[Moved]:
    """Where each date would go: all keep their distance to the first."""
    shift = _shift(event, first_on)
    return [
        Moved(title=one.title, before=one.starts_on, after=one.starts_on + shift)
        for one in in_order(event.sessions)
        if one.starts_on is not None
    ]


def clone(
    event: Event, *, edition: Edition, title: str, first_on: date, form_token: str, now: datetime
) -> Event:
    """The copy, private or not yet published. The same form sent twice is one copy."""
    reference = f"clone-{hashlib.sha256(form_token.encode()).hexdigest()[:32]}"
    known = db.session.scalar(
        sa.select(Event.id).where(Event.edition_id == edition.id, Event.reference == reference)
    )
    if known is not None:
        return planning.get_event(known)
    place = f" {event.territory.name}" if event.territory else ""
    twin = add(
        kind=event.kind,
        edition_id=edition.id,
        territory_id=event.territory_id,
        region_code=event.region_code,
        title=title,
        slug=f"{title}{place}",
        description=event.description,
        place=event.place,
        zone=event.time_zone,
        opening=event.opening,
        is_private=event.is_private,
        reference=reference,
        now=now,
    )
    twin.series_id = event.series_id
    if event.details is not None:
        twin.details = EventDetails(**{name: getattr(event.details, name) for name in _DESCRIBED})
    shift = _shift(event, first_on)
    twin.cohorts = [
        Cohort(position=one.position, name=one.name, capacity=one.capacity) for one in event.cohorts
    ]
    twin.sessions = [_sitting(event, row, shift, position) for position, row in enumerate(event.sessions)]
    db.session.flush()
    groups = {old.id: new.id for old, new in zip(event.cohorts, twin.cohorts, strict=True)}
    for row, copied in zip(event.sessions, twin.sessions, strict=True):
        copied.cohort_id = groups[row.cohort_id] if row.cohort_id is not None else None
    db.session.flush()
    _clone_questions(key_of(event), key_of(twin))
    _clone_rules(event, key_of(twin), shift, now=now)
    return planning.get_event(key_of(twin))


def _shift(event: Event, first_on: date) -> timedelta:
    days = [one.starts_on for one in event.sessions if one.starts_on is not None]
    if not days:
        raise Conflict(_("Cet événement n’a pas encore de date. Inscrivez-en une, puis clonez-le."))
    return first_on - min(days)


def _sitting(event: Event, row: Session, shift: timedelta, position: int) -> Session:
    twin = Session(
        position=position,
        uid=new_uid() if position else None,
        sequence=0,
        title=row.title,
        place=row.place,
        capacity=row.capacity,
        block=row.block,
    )
    if row.starts_on is not None:
        told = activities.sitting_of(row, event.time_zone)
        last_day = told.last_day + shift if told.last_day else None
        activities.place(twin, replace(told, day=told.day + shift, last_day=last_day), event.time_zone)
    twin.programme = [_item(event, one, shift) for one in row.programme]
    return twin


def _item(event: Event, item: ProgrammeItem, shift: timedelta) -> ProgrammeItem:
    names = ("position", "kind", "title", "speaker", "speaker_title", "institution")
    twin = ProgrammeItem(is_confirmed=False, **{name: getattr(item, name) for name in names})
    if item.starts_at is not None:
        twin.starts_at = _same_hour(item.starts_at, shift, event.time_zone)
    return twin


def _same_hour(instant: datetime, shift: timedelta, zone: str) -> datetime:
    """The clocks of the place say the same, even when they changed in between."""
    local = clock.to_local(instant, zone)
    return clock.to_utc(local.date() + shift, local.time(), zone)


def _clone_questions(event_id: int, twin_id: int) -> None:
    known = db.session.scalars(
        sa.select(Question).where(Question.event_id == event_id).order_by(Question.position, Question.id)
    ).all()
    names = ("position", "kind", "label", "help", "options", "is_required", "condition_value", "is_sensitive",
             "purpose", "kept_days")  # fmt: skip
    twins = {
        one.id: Question(event_id=twin_id, **{name: getattr(one, name) for name in names}) for one in known
    }
    db.session.add_all(twins.values())
    db.session.flush()
    for one in known:
        if one.condition_id is not None:
            twins[one.id].condition_id = twins[one.condition_id].id
    db.session.flush()


def _clone_rules(event: Event, twin_id: int, shift: timedelta, *, now: datetime) -> None:
    rules = queries.find_rules(key_of(event))
    if rules is None:
        return
    told = organizing.told_of(rules)
    opens, closes = (
        _same_hour(instant, shift, event.time_zone) if instant is not None else None
        for instant in (told.opens_at, told.closes_at)
    )
    told = replace(told, opens_at=opens, closes_at=closes)
    organizing.set_rules(planning.get_event(twin_id), told, now=now)
