"""Where each mailing of an edition stands: its moment and why, what leaves now, what comes next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from campaign import clock
from campaign.campaigns.holidays import election_warning, municipal_election_on
from campaign.campaigns.models import Edition
from campaign.mailings import ledger, queries
from campaign.mailings.audiences import OF_TERRITORIES, Who
from campaign.mailings.departure import ZONES
from campaign.mailings.ledger import NOTHING, Regions, Tally
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.schedule import (
    PER_RECIPIENT,
    UNDO,
    Anchor,
    InvalidRule,
    MailingClass,
    Rule,
    due_at,
    in_words,
    next_allowed,
)
from campaign.web.filters import hour, local_hour

WORKER = "worker"
"""The name under which the worker gives its signs of life."""

LATELY = timedelta(days=3)

SILENT_AFTER = timedelta(minutes=3)
"""It gives one every half minute."""


@dataclass(frozen=True, kw_only=True)
class Moment:
    """When a mailing leaves, as the team reads it."""

    instant: datetime | None = None
    """In almost all of Québec; None when each recipient has their own moment, or nothing says it yet."""
    first_instant: datetime | None = None
    """For the first of all recipients: clocks of the east show the same hour sooner."""
    why: str
    in_brief: str = ""
    """The same without the day that a page shows already."""
    elsewhere: tuple[str, ...] = ()
    """The hour in the other zones, when it is not the same instant."""


class Part(StrEnum):
    """A part of the page."""

    NOW = "maintenant"
    NEXT = "a_venir"
    ALL_ALONG = "au_fil_des_reponses"
    DRAFTS = "brouillons"
    PAST = "passes"
    AUTOMATIC = "automatiques"
    NOT_THIS_YEAR = "pas_cette_annee"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One mailing on the timeline."""

    mailing: Mailing
    moment: Moment
    tally: Tally
    answered: int
    """Municipalities that answered after their letter left."""
    applies: bool
    warning: str | None
    """Of the municipal election."""
    now: datetime

    @property
    def state(self) -> MailingState:
        """As people see it: what is decided is over for them once its letters are gone."""
        is_leaving = self.mailing.state is MailingState.DONE and self.tally.waiting
        return MailingState.LEAVING if is_leaving else self.mailing.state

    @property
    def is_rolling(self) -> bool:
        """Leaves all along, at each recipient's own moment."""
        return self.moment.instant is None

    @property
    def part(self) -> Part:
        mailing = self.mailing
        if mailing.is_automatic:
            return Part.AUTOMATIC
        if mailing.state in (MailingState.PAUSED, MailingState.WAITING) or self.tally.waiting:
            return Part.NOW
        if mailing.state is MailingState.LEAVING:
            return Part.ALL_ALONG if self.is_rolling else Part.NOW
        if mailing.state in (MailingState.DONE, MailingState.CANCELLED):
            return Part.PAST
        if not self.applies:
            return Part.NOT_THIS_YEAR
        return Part.NEXT if mailing.state is MailingState.SCHEDULED else Part.DRAFTS

    @property
    def countdown(self) -> timedelta | None:
        """Time left to change one's mind, in the last minutes before it leaves."""
        first = self.moment.first_instant
        may_leave = self.mailing.state in (MailingState.SCHEDULED, MailingState.LEAVING)
        if not may_leave or first is None or not timedelta() < first - self.now <= UNDO:
            return None
        return first - self.now

    @property
    def minutes_left(self) -> int | None:
        """Of the countdown, the minute begun included."""
        return None if self.countdown is None else -(-self.countdown // timedelta(minutes=1))

    @property
    def per_minute(self) -> float:
        return self.tally.per_minute(self.now)

    @property
    def remaining_minutes(self) -> int | None:
        """Until the queue is empty at this rate; None while nothing leaves."""
        rate = self.per_minute
        return -(-self.tally.waiting // max(round(rate), 1)) if rate and self.tally.waiting else None


def list_entries(edition: Edition, *, regions: Regions, now: datetime) -> list[Entry]:
    """Every mailing of the edition with its figures: three queries, whatever their number."""
    tallies = ledger.tallies(edition.id, regions=regions, now=now)
    answered = ledger.count_answered(edition.id, regions=regions)
    return [
        _entry(mailing, edition, tallies.get(mailing.id, NOTHING), answered.get(mailing.id, 0), now)
        for mailing in queries.list_mailings(edition)
    ]


def entry_of(mailing: Mailing, edition: Edition, *, regions: Regions, now: datetime) -> Entry:
    """One mailing with its figures."""
    tallies = ledger.tallies(edition.id, regions=regions, now=now, mailing_ids=[mailing.id])
    answered = ledger.count_answered(edition.id, regions=regions, mailing_id=mailing.id)
    return _entry(mailing, edition, tallies.get(mailing.id, NOTHING), answered.get(mailing.id, 0), now)


def _entry(mailing: Mailing, edition: Edition, tally: Tally, answered: int, now: datetime) -> Entry:
    moment = moment_of(mailing, edition)
    is_to_come = mailing.state not in (MailingState.DONE, MailingState.CANCELLED)
    day = clock.today(moment.instant) if moment.instant and is_to_come else None
    return Entry(
        mailing=mailing,
        moment=moment,
        tally=tally,
        answered=answered,
        applies=_applies(mailing, edition),
        warning=election_warning(day) if day else None,
        now=now,
    )


def by_part(entries: list[Entry]) -> Mapping[Part, list[Entry]]:
    """Each part with its mailings, in the order in which they leave; what is over, the latest first."""
    parts: dict[Part, list[Entry]] = {part: [] for part in Part}
    for entry in sorted(entries, key=_place):
        parts[entry.part].append(entry)
    parts[Part.PAST].reverse()
    return parts


def _place(entry: Entry) -> tuple[bool, datetime | None, int, int]:
    moment = entry.mailing.finished_at if entry.part is Part.PAST else entry.moment.instant
    return moment is None, moment or entry.now, entry.mailing.line, entry.mailing.id


def headline(edition: Edition, *, regions: Regions, now: datetime) -> Entry | None:
    """What the team looks at first: a mailing that leaves or waits for a person, else the next one."""
    mailings = [mailing for mailing in queries.list_mailings(edition) if _is_lively(mailing, now)]
    tallies = ledger.tallies(
        edition.id, regions=regions, now=now, mailing_ids=[mailing.id for mailing in mailings]
    )
    parts = by_part(
        [_entry(mailing, edition, tallies.get(mailing.id, NOTHING), 0, now) for mailing in mailings]
    )
    return next(iter([*parts[Part.NOW], *parts[Part.NEXT]]), None)


def _is_lively(mailing: Mailing, now: datetime) -> bool:
    """It is to leave, or its letters may still wait: a queue is empty within days of the decision."""
    if mailing.state is MailingState.DONE:
        return mailing.finished_at is not None and now - mailing.finished_at < LATELY
    return mailing.state not in (MailingState.DRAFT, MailingState.CANCELLED)


def moment_of(mailing: Mailing, edition: Edition) -> Moment:
    """When it leaves, and why then."""
    try:
        rule = Rule.from_json(mailing.rule)
    except InvalidRule as problem:
        return Moment(why=str(problem))
    if rule.anchor in PER_RECIPIENT:
        at = f", à {hour(rule.at)}" if rule.at else ""
        return Moment(why=f"{in_words(rule)}{at}, selon chaque destinataire.")
    if rule.anchor is Anchor.DAY_J and edition.flag_on is None:
        return Moment(why=f"{in_words(rule)}. Le jour J de l’édition n’est pas encore fixé.")
    return _moment(mailing, rule, edition)


def _moment(mailing: Mailing, rule: Rule, edition: Edition) -> Moment:
    mailing_class = MailingClass(mailing.mailing_class)
    zones = ZONES if mailing.audience.get("who", Who.MUNICIPALITIES) in OF_TERRITORIES else (clock.EASTERN,)
    instants, why, is_moved = {}, "", False
    for zone in zones:
        due = due_at(
            rule,
            mailing_class,
            anchor_day=edition.flag_on if rule.anchor is Anchor.DAY_J else None,
            zone_name=zone,
        )
        instants[zone] = due.instant
        if zone == clock.EASTERN:
            why, is_moved = due.why, due.is_moved
    if mailing.earliest_at is not None:
        later = {
            zone: next_allowed(mailing_class, max(instant, mailing.earliest_at), zone)
            for zone, instant in instants.items()
        }
        if later != instants:
            instants, why, is_moved = later, f"{why} Départ demandé depuis.", True
    eastern = instants[clock.EASTERN]
    return Moment(
        instant=eastern,
        first_instant=min(instants.values()),
        why=why,
        in_brief=why if is_moved else f"{in_words(rule)}.",
        elsewhere=tuple(
            local_hour(instant, zone) for zone, instant in instants.items() if instant != eastern
        ),
    )


def _applies(mailing: Mailing, edition: Edition) -> bool:
    try:
        rule = Rule.from_json(mailing.rule)
    except InvalidRule:
        return True
    return rule.applies_in(edition.year, municipal_election_on(edition.year))
