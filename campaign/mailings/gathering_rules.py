"""When the reminders of a gathering leave: for each day of an event, by the clocks of its place.

They follow the rules of the mailings: a reminder is a message of service, on working days from 8 h to 17 h.
Nothing here reads the present time or the database.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from campaign import clock
from campaign.events import wording
from campaign.events.models import Event, EventState, Session
from campaign.events.vocabulary import Format
from campaign.mailings.models import ReminderKind
from campaign.mailings.schedule import Anchor, MailingClass, Move, Rule, due_at, in_words, next_allowed
from campaign.web.filters import NBSP, full_date, local_hour

SERVICE = MailingClass.SERVICE

APART = timedelta(hours=24)
"""Nobody receives two reminders closer than this: the nearest to its sitting leaves."""

SAME_DAY = timedelta(days=2)
"""A sitting that moved by so little needs no reminder again of what was said of it."""

RULES: Mapping[ReminderKind, Rule] = {
    ReminderKind.MONTH: Rule(anchor=Anchor.SESSION, days=-30, at=time(9)),
    ReminderKind.FORTNIGHT: Rule(anchor=Anchor.SESSION, days=-14, at=time(9)),
    ReminderKind.WEEK: Rule(anchor=Anchor.SESSION, days=-7, at=time(9)),
    # Forward, that of a Monday would arrive on the Monday itself.
    ReminderKind.EVE: Rule(anchor=Anchor.SESSION, days=-2, at=time(9), move=Move.BACKWARD),
    ReminderKind.MORNING: Rule(anchor=Anchor.SESSION, days=0, at=time(7)),
    ReminderKind.THANKS: Rule(anchor=Anchor.SESSION, days=1, at=time(9)),
}
"""From the farthest to the sitting to what comes after it."""

BEFORE = tuple(kind for kind in RULES if kind is not ReminderKind.THANKS)
"""Thanks are not said to whoever registered, but to whoever came: see `checkin.afterwards`."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When one reminder of one day leaves, and why then."""

    instant: datetime
    """Aware UTC."""
    why: str
    asked_on: date


@lru_cache(maxsize=4096)
def moment(kind: ReminderKind, day: date, zone: str) -> Moment:
    """When that reminder leaves for a sitting of that day, held in that zone.

    The morning itself is not moved: a link that arrives on Monday serves nobody on Saturday.
    """
    rule = RULES[kind]
    if kind is ReminderKind.MORNING:
        instant = clock.to_utc(day, rule.at or time(), zone)
        why = f"{in_words(rule)}{NBSP}: {full_date(day)}, {local_hour(instant, zone)}."
        return Moment(instant=instant, why=why, asked_on=day)
    due = due_at(rule, SERVICE, anchor_day=day, zone_name=zone)
    return Moment(instant=due.instant, why=due.why, asked_on=due.asked_on)


def departure(kind: ReminderKind, now: datetime, zone: str) -> datetime:
    """When what is written now may leave."""
    return now if kind is ReminderKind.MORNING else next_allowed(SERVICE, now, zone)


def takes_place(event: Event, sitting: Session) -> bool:
    """It has a day, and was not called off."""
    return sitting.starts_on is not None and wording.state_of(event, sitting) is not EventState.CANCELLED


def is_online(event: Event, sitting: Session, *, attends_online: bool) -> bool:
    """Whether somebody is at that sitting by its link: the event is online, the person chose so, or that
    sitting has a link and no room."""
    form = event.details.format if event.details else Format.IN_PERSON
    has_only_link = bool(sitting.online_url) and not sitting.place and form is not Format.HYBRID
    return form is Format.ONLINE or attends_online or has_only_link


def is_hybrid(event: Event) -> bool:
    """Some are in the room, others attend by the link."""
    return event.details is not None and event.details.format is Format.HYBRID


def link_of(event: Event, sitting: Session) -> str:
    """Its link, for those who attend online."""
    return sitting.online_url or (event.details.online_url if event.details else "")


def begins_at(sitting: Session, zone: str) -> datetime:
    """Its hour, or the beginning of its day when it has none."""
    return sitting.starts_at or clock.to_utc(sitting.starts_on or date.min, time(), zone)


def ends_at(sitting: Session, zone: str) -> datetime:
    """Until when its link is of use."""
    if sitting.ends_at is not None:
        return sitting.ends_at
    if sitting.starts_at is not None:
        return sitting.starts_at + timedelta(hours=1)
    last = sitting.ends_on or sitting.starts_on or date.min
    return clock.to_utc(last + timedelta(days=1), time(), zone)


def run_around(day: date, days: Collection[date]) -> list[date]:
    """The days that follow each other around that one: somebody who comes on both days of an event is
    reminded once, before the first."""
    first = last = day
    while first - timedelta(days=1) in days:
        first -= timedelta(days=1)
    while last + timedelta(days=1) in days:
        last += timedelta(days=1)
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def is_told_on(kind: ReminderKind, day: date, run: Sequence[date]) -> bool:
    """Whether it is that day of the run which bears the reminder; each morning has its own link."""
    return kind is ReminderKind.MORNING or day == run[0]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One reminder that somebody could receive."""

    kind: ReminderKind
    day: date
    instant: datetime

    @property
    def order(self) -> tuple[int, date]:
        """The nearest to its sitting first."""
        return -BEFORE.index(self.kind), self.day


def keep_apart(candidates: Collection[Candidate]) -> set[tuple[ReminderKind, date]]:
    """Those that leave, when two of them would come within a day: the nearest to its sitting."""
    kept: list[Candidate] = []
    for one in sorted(candidates, key=lambda each: each.order):
        if all(abs(one.instant - other.instant) >= APART for other in kept):
            kept.append(one)
    return {(one.kind, one.day) for one in kept}
