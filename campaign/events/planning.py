"""Building what has several parts: its sittings and workshops, its groups, and what is said in each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa

from campaign import clock
from campaign.db import db
from campaign.errors import NotFound
from campaign.events import activities, parallel, queries, services
from campaign.events.content import Sitting
from campaign.events.models import Cohort, Event, ItemKind, ProgrammeItem, Session
from campaign.i18n import _
from campaign.identifiers import new_uid


@dataclass(frozen=True, kw_only=True)
class SittingPlan:
    """One sitting as it is written: a day with its hours, or only the month in which it is expected."""

    title: str = ""
    day: date | None = None
    starts: time | None = None
    ends: time | None = None
    month_on: date | None = None
    place: str = ""
    online_url: str = ""
    capacity: int | None = None
    block: str = ""
    cohort_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ItemPlan:
    """One part of the programme as it is written."""

    kind: ItemKind
    title: str
    at: time | None = None
    speaker: str = ""
    speaker_title: str = ""
    institution: str = ""
    is_confirmed: bool = True


def get_event(number: int, *, locked: bool = False) -> Event:
    """That event with its groups, its sittings and their programme; `locked` keeps it until the transaction
    ends."""
    only = sa.select(Event).where(Event.id == number)
    if locked:
        db.session.execute(only.with_only_columns(Event.id).with_for_update())
    event = db.session.scalar(
        only.options(*queries.AROUND, *queries.WITH_PROGRAMME).execution_options(populate_existing=locked)
    )
    if event is None:
        raise NotFound(_("Cet événement n’existe pas. Cherchez-le dans la liste des activités."))
    return event


def get_sitting(event: Event, number: int) -> Session:
    """That sitting of the event."""
    found = next((one for one in event.sessions if one.id == number), None)
    if found is None:
        raise NotFound(_("Cette séance n’existe plus. Revenez au programme."))
    return found


def get_cohort(event: Event, number: int) -> Cohort:
    """That group of the event."""
    found = next((one for one in event.cohorts if one.id == number), None)
    if found is None:
        raise NotFound(_("Ce groupe n’existe plus. Revenez au programme."))
    return found


def get_item(event: Event, number: int) -> tuple[Session, ProgrammeItem]:
    """That part of the programme, with its sitting."""
    for sitting in event.sessions:
        for item in sitting.programme:
            if item.id == number:
                return sitting, item
    raise NotFound(_("Cet élément n’existe plus. Revenez au programme."))


# --- sittings -----------------------------------------------------------------------------------------


def add_sitting(event: Event, plan: SittingPlan, *, now: datetime) -> Session:
    """One more date or workshop. It takes the place of a date that was still wholly unknown."""
    row = next((one for one in event.sessions if _is_blank(one)), None)
    if row is None:
        position = max((one.position for one in event.sessions), default=-1) + 1
        row = Session(position=position, uid=new_uid() if position else None, sequence=0)
        row.programme = []
        event.sessions.append(row)
    _write(event, row, plan, keeps_date=False)
    services.touch(event, now)
    db.session.flush()
    return row


def change_sitting(
    event: Event, row: Session, plan: SittingPlan, *, now: datetime, keeps_date: bool = False
) -> None:
    """Write it otherwise; `keeps_date` leaves its day to `changes`, which tells the people registered."""
    write_sitting(event, row, plan, now=now, keeps_date=keeps_date)
    db.session.flush()


def write_sitting(
    event: Event, row: Session, plan: SittingPlan, *, now: datetime, keeps_date: bool = False
) -> None:
    """The same on any copy of the event, to see what that gives."""
    if plan.day is None and not keeps_date and is_noted(event, row):
        # Calendars have it: it is postponed, until its day is known again.
        services.postpone_sitting(event, row, moved=Session(), reason=row.state_reason, now=now)
        row.month_on = plan.month_on
        keeps_date = True
    _write(event, row, plan, keeps_date=keeps_date)
    services.touch_sitting(row, now)


def is_noted(event: Event, row: Session) -> bool:
    """Calendars were given that day: it may be called off or postponed, it does not vanish."""
    return event.is_published and row.starts_on is not None


def remove_sitting(event: Event, row: Session, *, now: datetime) -> None:
    """Take it out of the programme, with what was to be said in it. What calendars have by its name stays, as
    called off."""
    if is_noted(event, row) and parallel.entry_of(event, row)[0] is row:
        services.cancel_sitting(event, row, reason=activities.TAKEN_OUT, now=now)
    else:
        services.take_out(event, row)
        services.touch(event, now)
    db.session.flush()


def _is_blank(row: Session) -> bool:
    return (row.starts_on, row.month_on, row.title, row.cohort_id) == (None, None, "", None)


def _write(event: Event, row: Session, plan: SittingPlan, *, keeps_date: bool) -> None:
    row.title, row.place, row.online_url = plan.title, plan.place, plan.online_url
    row.capacity, row.cohort_id = plan.capacity, plan.cohort_id
    services.regroup(event, row, plan.block)
    if keeps_date:
        return
    if plan.day is not None:
        last_day = row.ends_on if row.starts_on == plan.day and plan.starts is None else None
        told = Sitting(day=plan.day, starts=plan.starts, ends=plan.ends, last_day=last_day)
        activities.place(row, told, event.time_zone)
        services.forget_postponed(row)
    else:
        row.starts_on = row.starts_at = row.ends_at = row.ends_on = None
        row.month_on = plan.month_on


# --- what is said in them -----------------------------------------------------------------------------


def add_item(event: Event, sitting: Session, plan: ItemPlan, *, now: datetime) -> ProgrammeItem:
    """One more part, at the end."""
    item = ProgrammeItem(position=len(sitting.programme))
    _write_item(event, sitting, item, plan)
    sitting.programme.append(item)
    event.updated_at = now
    db.session.flush()
    return item


def change_item(
    event: Event, sitting: Session, item: ProgrammeItem, plan: ItemPlan, *, now: datetime
) -> None:
    """Write it otherwise, in the same place."""
    _write_item(event, sitting, item, plan)
    event.updated_at = now
    db.session.flush()


def remove_item(event: Event, sitting: Session, item: ProgrammeItem, *, now: datetime) -> None:
    """It is not in the programme any more."""
    sitting.programme.remove(item)
    _number(sitting)
    event.updated_at = now


def move_item(event: Event, sitting: Session, item: ProgrammeItem, *, by: int, now: datetime) -> None:
    """One place up (-1) or down (1); at the end of the list, it stays."""
    order = sitting.programme
    here = order.index(item)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    _number(sitting)
    event.updated_at = now


def _number(sitting: Session) -> None:
    for position, item in enumerate(sitting.programme):
        item.position = position
    db.session.flush()


def _write_item(event: Event, sitting: Session, item: ProgrammeItem, plan: ItemPlan) -> None:
    item.kind, item.title, item.is_confirmed = plan.kind, plan.title, plan.is_confirmed
    item.speaker, item.speaker_title, item.institution = plan.speaker, plan.speaker_title, plan.institution
    is_known = plan.at is not None and sitting.starts_on is not None
    item.starts_at = clock.to_utc(sitting.starts_on, plan.at, event.time_zone) if is_known else None  # type: ignore[arg-type]  # both are known


# --- groups -------------------------------------------------------------------------------------------


def save_cohort(
    event: Event,
    cohort: Cohort | None,
    *,
    name: str,
    capacity: int | None,
    sitting_ids: Collection[int],
    now: datetime,
) -> Cohort:
    """A group takes these sittings together; a sitting belongs to one group at most."""
    if cohort is None:
        cohort = Cohort(position=len(event.cohorts))
        event.cohorts.append(cohort)
    cohort.name, cohort.capacity = name, capacity
    db.session.flush()
    for sitting in event.sessions:
        if sitting.id in sitting_ids:
            sitting.cohort_id = cohort.id
        elif sitting.cohort_id == cohort.id:
            sitting.cohort_id = None
    services.touch(event, now)
    db.session.flush()
    return cohort


def remove_cohort(event: Event, cohort: Cohort, *, now: datetime) -> None:
    """Its sittings are everybody's again."""
    for sitting in event.sessions:
        if sitting.cohort_id == cohort.id:
            sitting.cohort_id = None
    db.session.flush()
    event.cohorts.remove(cohort)
    services.touch(event, now)
    db.session.flush()
