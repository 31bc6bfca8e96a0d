"""The reminders of gatherings: who receives what of which sitting, decided at its moment, at most once.

What is due is read from the calendar at each tick; a round (one reminder of one day of an event) goes through
those who attend, some at a time, each chunk in a transaction that `campaign.jobs` opens: what is written of a
person and the letter are kept together or not at all. Once nobody is left, the round is closed.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from campaign import clock
from campaign.checkin import afterwards
from campaign.checkin.models import Attendance
from campaign.db import db, key_of
from campaign.events.models import Event, EventAction, EventMove, EventState, Session
from campaign.mailings import gathering_rules as rules
from campaign.mailings.gathering_letters import context_of, ticket_of
from campaign.mailings.gathering_rules import Candidate, takes_place
from campaign.mailings.models import (
    GatheringReminder,
    GatheringRound,
    GatheringSilence,
    ReminderKind,
)
from campaign.mailings.schedule import LATE_AFTER
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState, Suppression
from campaign.registrations import queries as registrations
from campaign.registrations.models import (
    Attendee,
    AttendeeChoice,
    Registration,
    RegistrationMove,
    RegistrationRules,
    RegistrationState,
    Survey,
)
from campaign.registrations.tickets import sittings_of

log = logging.getLogger(__name__)

CHUNK = 25
"""Addresses in one transaction: each letter takes a few milliseconds to write."""

FARTHEST = timedelta(days=31)
LATEST = timedelta(days=7)
"""How far from today a sitting may have something due: thirty days before it, or after it when no worker was
there to say in time that it is too late."""


class Skip(StrEnum):
    """Why somebody who attends does not receive a reminder."""

    GROUPED = "jour_voisin"
    """Another day of the same days in a row bears it."""
    LATE = "en_retard"
    CHANGED = "choix_recents"
    """The sitting was chosen after the moment: the ticket that left then says it all."""
    TOLD = "deja_ecrit"
    """The same was said of that sitting a day or two before it moved."""
    IN_THE_ROOM = "sur_place"
    OVER = "commencee"
    CLOSE = "rappel_voisin"
    """Another reminder, nearer to its sitting, comes within a day."""
    SUPPRESSED = "adresse_retenue"
    WITHDRAWN = "retiree"
    """Cancelled between the writing and the departure."""


@dataclass(frozen=True, order=True, kw_only=True)
class Due:
    """One round whose moment has come."""

    instant: datetime
    event_id: int
    day: date
    kind: ReminderKind


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What one chunk did; nobody considered means that there is nothing left to do."""

    considered: int = 0
    letters: int = 0


# --- what is due ------------------------------------------------------------------------------------------


def list_due(now: datetime) -> list[Due]:
    """The rounds whose moment has come, the oldest first: two short statements when there are none."""
    today = clock.today(now)
    since, until = today - LATEST, today + FARTHEST
    days = db.session.execute(
        sa.select(Event.id, Event.time_zone, Session.starts_on)
        .join(Session, Session.event_id == Event.id)
        .join(RegistrationRules, RegistrationRules.event_id == Event.id)
        .where(
            sa.or_(Event.is_published, Event.is_private),
            Event.state != EventState.CANCELLED,
            sa.or_(Session.state.is_(None), Session.state != EventState.CANCELLED),
            Session.starts_on.between(since, until),
        )
        .distinct()
    ).all()
    if not days:
        return []
    zones = {
        (event_id, kind, day): zone
        for event_id, zone, day in days
        if day is not None
        for kind in rules.BEFORE
    }
    moments = {key: rules.moment(key[1], key[2], zone).instant for key, zone in zones.items()}
    closed = db.session.execute(
        sa.select(GatheringRound.event_id, GatheringRound.kind, GatheringRound.day_on).where(
            GatheringRound.day_on.between(since, until)
        )
    )
    come = {key for key, instant in moments.items() if instant <= now}
    come -= {(row.event_id, row.kind, row.day_on) for row in closed}
    return sorted(Due(instant=moments[key], event_id=key[0], kind=key[1], day=key[2]) for key in come)


# --- one chunk --------------------------------------------------------------------------------------------


def advance(due: Due, *, now: datetime) -> Progress:
    """Decide for the next of those who attend, and write their letters.

    The row of the event's rules is held until the transaction ends: a second worker leaves it to the first.
    """
    registration_rules = db.session.scalar(
        sa.select(RegistrationRules)
        .where(RegistrationRules.event_id == due.event_id)
        .with_for_update(skip_locked=True)
    )
    if registration_rules is None or _is_closed(due):
        return Progress()
    silenced = silenced_kinds(due.event_id)
    if due.kind in silenced:
        _close(due, now=now, was_off=True)
        return Progress()
    event = registrations.get_event(due.event_id)
    round_ = _Round(due, event, registration_rules, silenced, now=now)
    people = round_.next_people()
    if not people:
        _close(due, now=now)
        return Progress()
    letters = round_.decide(people)
    return Progress(considered=len(people), letters=letters)


def silenced_kinds(event_id: int) -> frozenset[ReminderKind]:
    """The reminders that the team switched off for that event."""
    found = db.session.scalars(sa.select(GatheringSilence.kind).where(GatheringSilence.event_id == event_id))
    return frozenset(found)


def _is_closed(due: Due) -> bool:
    return db.session.get(GatheringRound, (due.event_id, due.kind, due.day)) is not None


def _close(due: Due, *, now: datetime, was_off: bool = False) -> None:
    _insert_new(
        GatheringRound,
        [
            {
                "event_id": due.event_id,
                "kind": due.kind,
                "day_on": due.day,
                "was_off": was_off,
                "closed_at": now,
            }
        ],
    )


class _Round:
    """One round at work."""

    def __init__(
        self,
        due: Due,
        event: Event,
        registration_rules: RegistrationRules,
        silenced: Collection[ReminderKind],
        *,
        now: datetime,
    ) -> None:
        self.due, self.event, self.rules, self.silenced, self.now = (
            due, event, registration_rules, silenced, now,
        )  # fmt: skip
        self.leaves_at = rules.departure(due.kind, now, event.time_zone)
        moved_since = _moved_since(event, due.instant)
        self.sittings = [
            sitting
            for sitting in event.sessions
            if takes_place(event, sitting) and sitting.starts_on == due.day and sitting.id not in moved_since
        ]

    def next_people(self) -> Sequence[Attendee]:
        """All those of the next addresses who attend and of whom nothing was decided."""
        if not self.sittings:
            return []
        undecided = self._undecided()
        addresses = undecided.with_only_columns(ADDRESS).distinct().order_by(ADDRESS).limit(CHUNK)
        return db.session.scalars(
            undecided.where(ADDRESS.in_(addresses.scalar_subquery()))
            .options(
                contains_eager(Attendee.registration),
                selectinload(Attendee.choices),
                joinedload(Attendee.cohort),
            )
            .order_by(ADDRESS, Attendee.registration_id, Attendee.position)
        ).all()

    def _undecided(self) -> sa.Select[Attendee]:
        """Those who were confirmed when the moment came: whoever registers later was told everything then."""
        decided = sa.exists().where(
            GatheringReminder.attendee_id == Attendee.id,
            GatheringReminder.kind == self.due.kind,
            GatheringReminder.day_on == self.due.day,
        )
        confirmed_at = sa.func.coalesce(Registration.confirmed_at, Registration.created_at)
        return (
            sa.select(Attendee)
            .join(Attendee.registration)
            .where(
                Attendee.event_id == self.event.id,
                Attendee.is_active,
                Registration.state == RegistrationState.CONFIRMED,
                confirmed_at <= self.due.instant,
                Attendee.created_at <= self.due.instant,
                ADDRESS != "",
                *self._attending(),
                ~decided,
            )
        )

    def _attending(self) -> Iterable[sa.ColumnElement[bool]]:
        """Who attends these sittings, as `tickets.sittings_of` says it of one person."""
        ids = [sitting.id for sitting in self.sittings]
        if all(sitting.cohort_id is not None or sitting.block for sitting in self.sittings):
            cohorts = [sitting.cohort_id for sitting in self.sittings if sitting.cohort_id is not None]
            chose = Attendee.choices.any(AttendeeChoice.session_id.in_(ids))
            yield sa.or_(Attendee.cohort_id.in_(cohorts), chose)
        if self.due.kind is ReminderKind.MORNING and not any(
            rules.is_online(self.event, sitting, attends_online=False) for sitting in self.sittings
        ):
            yield Attendee.attends_online.is_(True)

    def decide(self, people: Sequence[Attendee]) -> int:
        """Write what becomes of these people, and one letter to each address; gives how many letters."""
        known = _Known.of(self.due, people)
        reasons: dict[int, Skip | None] = {}
        attended: dict[int, list[Session]] = {}
        for attendee in people:
            own = own_sittings(attendee, self.event)
            attended[key_of(attendee)] = own
            reasons[key_of(attendee)] = self.judge(attendee, own, known)
        addressed: dict[str, list[Attendee]] = {}
        for attendee in people:
            if reasons[key_of(attendee)] is None:
                addressed.setdefault(address_of(attendee), []).append(attendee)
        messages = {
            key_of(attendee): number
            for address, theirs in addressed.items()
            for number in [self._write(address, theirs, attended)]
            for attendee in theirs
        }
        self._keep(people, attended, reasons, messages)
        return len(addressed)

    def judge(self, attendee: Attendee, own: Sequence[Session], known: _Known) -> Skip | None:
        """Why that person receives nothing, if so."""
        kind, day = self.due.kind, self.due.day
        covered = self._covered(attendee, own)
        if not rules.is_told_on(kind, day, self._run(own)):
            return Skip.GROUPED
        if kind is ReminderKind.MORNING and not covered:
            return Skip.IN_THE_ROOM
        if known.changed_at.get(key_of(attendee), self.due.instant) > self.due.instant:
            return Skip.CHANGED
        of_the_day = [sitting for sitting in covered if sitting.starts_on == day]
        if all((key_of(attendee), sitting.id) in known.told for sitting in of_the_day):
            return Skip.TOLD
        if self.now - self.due.instant > LATE_AFTER:
            return Skip.LATE
        if self._is_over(of_the_day):
            return Skip.OVER
        if (kind, day) not in self._kept(attendee, own):
            return Skip.CLOSE
        return Skip.SUPPRESSED if address_of(attendee) in known.suppressed else None

    def _run(self, own: Sequence[Session]) -> list[date]:
        return rules.run_around(self.due.day, days_of(own))

    def _covered(self, attendee: Attendee, own: Sequence[Session]) -> list[Session]:
        """The sittings that the letter tells of: those of the days in a row, or of the morning by their
        link."""
        if self.due.kind is ReminderKind.MORNING:
            return [
                sitting
                for sitting in own
                if sitting.starts_on == self.due.day and has_link(self.event, attendee, sitting)
            ]
        run = self._run(own)
        return [sitting for sitting in own if sitting.starts_on in run]

    def _is_over(self, sittings: Sequence[Session]) -> bool:
        """It would arrive once the first has begun; a link is of use until the last ends."""
        zone = self.event.time_zone
        if self.due.kind is ReminderKind.MORNING:
            return max(rules.ends_at(sitting, zone) for sitting in sittings) <= self.leaves_at
        return min(rules.begins_at(sitting, zone) for sitting in sittings) <= self.leaves_at

    def _kept(self, attendee: Attendee, own: Sequence[Session]) -> set[tuple[ReminderKind, date]]:
        """Of all the reminders of that person for this event, those that are far enough from each other."""
        zone = self.event.time_zone
        since = max(attendee.created_at, attendee.registration.confirmed_at or attendee.created_at)
        days = days_of(own)
        online = {sitting.starts_on for sitting in own if has_link(self.event, attendee, sitting)}
        candidates = []
        for kind in rules.BEFORE:
            if kind in self.silenced:
                continue
            for day in days:
                if not rules.is_told_on(kind, day, rules.run_around(day, days)):
                    continue
                if kind is ReminderKind.MORNING and day not in online:
                    continue
                is_this = (kind, day) == (self.due.kind, self.due.day)
                instant = self.leaves_at if is_this else rules.moment(kind, day, zone).instant
                if instant >= since:
                    candidates.append(Candidate(kind=kind, day=day, instant=instant))
        return rules.keep_apart(candidates)

    def _write(
        self, address: str, people: Sequence[Attendee], attended: Mapping[int, Sequence[Session]]
    ) -> int | None:
        first = people[0]
        shown = [
            ticket_of(
                self.event,
                attendee,
                attended[key_of(attendee)],
                self._covered(attendee, attended[key_of(attendee)]),
            )
            for attendee in people
        ]
        return outbox.enqueue(
            "gathering_reminder",
            to=address,
            to_name=shown[0].name if len(shown) == 1 else first.registration.name,
            context=context_of(
                self.due.kind, self.event, self.rules, shown, day=self.due.day, leaves_at=self.leaves_at
            ),
            now=self.now,
            not_before=self.leaves_at,
            dedupe_key=f"rappel:{self.due.kind}:{self.due.day}:{key_of(first)}",
            regarding=f"inscription:{first.registration_id}",
            batch=batch_of(self.event),
        )

    def _keep(
        self,
        people: Sequence[Attendee],
        attended: Mapping[int, Sequence[Session]],
        reasons: Mapping[int, Skip | None],
        messages: Mapping[int, int | None],
    ) -> None:
        rows = []
        for attendee in people:
            number = key_of(attendee)
            reason = reasons[number]
            covered = (
                self._covered(attendee, attended[number])
                if reason is None
                else [one for one in self.sittings if one in attended[number]]
            )
            rows += [
                {
                    "attendee_id": number,
                    "session_id": sitting.id,
                    "kind": self.due.kind,
                    "day_on": sitting.starts_on,
                    "reason": reason.value if reason else "",
                    "decided_at": self.now,
                    "message_id": messages.get(number),
                }
                for sitting in covered
            ]
        _insert_new(GatheringReminder, rows)
        late = [key_of(one) for one in people if reasons[key_of(one)] is Skip.LATE]
        if late:
            log.warning(
                "reminder too late, not sent",
                extra={
                    "event": self.event.id,
                    "kind": self.due.kind.value,
                    "day": self.due.day.isoformat(),
                    "attendees": late,
                },
            )


ADDRESS = sa.func.lower(sa.func.coalesce(sa.func.nullif(Attendee.email, ""), Registration.email))
"""Where somebody reads: their own address, or that of whoever registered them."""


def address_of(attendee: Attendee) -> str:
    """The address to which the reminders of that person leave."""
    return (attendee.email or attendee.registration.email).lower()


def batch_of(event: Event) -> str:
    """The name under which the post office knows the reminders of an event."""
    return f"rappels:{event.id}"


def own_sittings(attendee: Attendee, event: Event) -> list[Session]:
    """The sittings of that person that take place, in the order of their days."""
    own = [sitting for sitting in sittings_of(attendee, event) if takes_place(event, sitting)]
    return sorted(own, key=lambda sitting: (rules.begins_at(sitting, event.time_zone), sitting.position))


def days_of(own: Sequence[Session]) -> set[date]:
    """The days of these sittings."""
    return {sitting.starts_on for sitting in own if sitting.starts_on}


def has_link(event: Event, attendee: Attendee, sitting: Session) -> bool:
    """That person attends it by a link, which is known."""
    by_link = rules.is_online(event, sitting, attends_online=attendee.attends_online)
    return by_link and bool(rules.link_of(event, sitting))


def _moved_since(event: Event, instant: datetime) -> set[int]:
    """The sittings whose day was given after that moment: who attends was told of the day itself."""
    moves = db.session.scalars(
        sa.select(EventMove.session_id).where(
            EventMove.event_id == event.id,
            EventMove.at > instant,
            EventMove.action.in_([EventAction.POSTPONE, EventAction.REINSTATE]),
        )
    ).all()
    if None in moves:
        return {sitting.id for sitting in event.sessions}
    return {number for number in moves if number is not None}


@dataclass(frozen=True, kw_only=True)
class _Known:
    """What was decided, changed or refused before, of the people of a chunk."""

    told: Collection[tuple[int, int]]
    """Who had a letter of the same kind about which sitting, on a day close to this one."""
    changed_at: Mapping[int, datetime]
    """When somebody last chose."""
    suppressed: Collection[str]

    @classmethod
    def of(cls, due: Due, people: Sequence[Attendee]) -> _Known:
        numbers = [key_of(attendee) for attendee in people]
        told = db.session.execute(
            sa.select(GatheringReminder.attendee_id, GatheringReminder.session_id).where(
                GatheringReminder.attendee_id.in_(numbers),
                GatheringReminder.kind == due.kind,
                GatheringReminder.reason == "",
                GatheringReminder.day_on.between(due.day - rules.SAME_DAY, due.day + rules.SAME_DAY),
            )
        )
        changed = db.session.execute(
            sa.select(Attendee.id, sa.func.max(RegistrationMove.at))
            .join(Attendee, RegistrationMove.attendee_id == Attendee.id)
            .where(
                RegistrationMove.registration_id.in_({one.registration_id for one in people}),
                Attendee.id.in_(numbers),
            )
            .group_by(Attendee.id)
        )
        suppressed = db.session.scalars(
            sa.select(Suppression.email).where(Suppression.email.in_({address_of(one) for one in people}))
        )
        return cls(
            told={(row.attendee_id, row.session_id) for row in told},
            changed_at={row[0]: row[1] for row in changed},
            suppressed=set(suppressed),
        )


def _insert_new(
    model: type[GatheringRound | GatheringReminder], rows: Sequence[Mapping[str, object]]
) -> None:
    """What is known already stays as it was written."""
    if rows:
        insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
        db.session.execute(insert(model).on_conflict_do_nothing(), list(rows))


# --- the day after ----------------------------------------------------------------------------------------


def list_to_thank(now: datetime) -> list[int]:
    """The events of which somebody who came was not thanked yet, and whose day after has come."""
    today = clock.today(now)
    last_on = sa.func.coalesce(Session.ends_on, Session.starts_on)
    days = db.session.execute(
        sa.select(Event.id, Event.time_zone, last_on)
        .join(Session, Session.event_id == Event.id)
        .join(Attendance, Attendance.session_id == Session.id)
        .where(
            last_on.between(today - afterwards.TOO_LATE, today),
            ~sa.exists().where(Survey.attendee_id == Attendance.attendee_id),
            ~sa.exists().where(
                GatheringSilence.event_id == Event.id, GatheringSilence.kind == ReminderKind.THANKS
            ),
        )
        .distinct()
    )
    return sorted(
        {
            event_id
            for event_id, zone, day in days
            if rules.moment(ReminderKind.THANKS, day, zone).instant <= now
        }
    )


def thank(event_id: int, *, after: int = 0, now: datetime) -> afterwards.Progress:
    """Thank some of those who came to that event, once each: see `afterwards.advance`."""
    return afterwards.advance(registrations.get_event(event_id), after=after, now=now)


# --- what waits in the queue ------------------------------------------------------------------------------


def tidy(*, now: datetime) -> int:
    """Take back the letters of those who cancelled since, of sittings that moved, were called off or have
    begun; let the others wait for a decent hour. Gives how many were taken back."""
    rows = db.session.execute(
        sa.select(
            GatheringReminder, Message.id, Message.not_before, Attendee, Registration.state, Session, Event
        )
        .join(Message, GatheringReminder.message_id == Message.id)
        .join(Attendee, GatheringReminder.attendee_id == Attendee.id)
        .join(Registration, Attendee.registration_id == Registration.id)
        .join(Session, GatheringReminder.session_id == Session.id)
        .join(Event, Session.event_id == Event.id)
        .where(Message.state == MessageState.QUEUED)
    ).all()
    of_message: dict[int, list[GatheringReminder]] = {}
    alive: set[int] = set()
    put_off: dict[datetime, set[int]] = {}
    for reminder, number, not_before, attendee, state, sitting, event in rows:
        of_message.setdefault(number, []).append(reminder)
        is_coming = attendee.is_active and state is RegistrationState.CONFIRMED
        if is_coming and _is_current(reminder, event, sitting, now):
            alive.add(number)
            opens = rules.departure(reminder.kind, now, event.time_zone)
            if not_before < opens:
                put_off.setdefault(opens, set()).add(number)
    for opens, numbers in put_off.items():
        db.session.execute(
            sa.update(Message)
            .where(Message.id.in_(numbers), Message.state == MessageState.QUEUED)
            .values(not_before=opens)
            .execution_options(synchronize_session=False)
        )
    withdrawn = outbox.withdraw_some(of_message.keys() - alive, now=now)
    for number in withdrawn:
        for reminder in of_message[number]:
            reminder.reason = Skip.WITHDRAWN.value
    db.session.flush()
    return len(withdrawn)


def _is_current(reminder: GatheringReminder, event: Event, sitting: Session, now: datetime) -> bool:
    """The letter still says what is true, and serves."""
    if not takes_place(event, sitting) or sitting.starts_on != reminder.day_on:
        return False
    limit = rules.ends_at if reminder.kind is ReminderKind.MORNING else rules.begins_at
    return limit(sitting, event.time_zone) > now


# --- what the team decides --------------------------------------------------------------------------------


def silence(event_id: int, kind: ReminderKind, *, author: str, now: datetime) -> None:
    """Send that reminder no more for this event."""
    if db.session.get(GatheringSilence, (event_id, kind)) is None:
        db.session.add(GatheringSilence(event_id=event_id, kind=kind, since=now, author=author[:200]))
        db.session.flush()


def speak_again(event_id: int, kind: ReminderKind) -> None:
    """Send it again, from the next moment on."""
    known = db.session.get(GatheringSilence, (event_id, kind))
    if known is not None:
        db.session.delete(known)
        db.session.flush()
