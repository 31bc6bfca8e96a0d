"""What a mailing does with each address: one letter for all its municipalities, or none, and why; and when.

Pure. The preview of any date and the departure itself make their lines here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache

from campaign import clock
from campaign.mailings.audiences import LABELS, Audience, Case, Exclusion, Reason, judge
from campaign.mailings.models import Decision
from campaign.mailings.schedule import (
    LATE_AFTER,
    PER_RECIPIENT,
    Anchor,
    Due,
    MailingClass,
    Rule,
    due_at,
    next_allowed,
)
from campaign.participations.models import State
from campaign.web.filters import NBSP, full_date, local_hour

RETURNING = "de-retour"
FIRST_TIME = "premiere-fois"
VARIANT_LABELS = {"": "", RETURNING: "De retour", FIRST_TIME: "Première fois"}

NO_ADDRESS_KEY = "sans-adresse:"


@dataclass(frozen=True, kw_only=True)
class Brief:
    """What a mailing is, as far as planning needs."""

    mailing_class: MailingClass
    rule: Rule
    audience: Audience
    flag_on: date | None
    """Day J."""
    groups_by_address: bool = True
    has_variants: bool = False
    earliest_at: datetime | None = None
    """A person said « maintenant »: not before, and never late before that."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """An address considered, for the places that it answers for."""

    key: str
    email: str
    name: str
    included: tuple[Case, ...]
    """The places that the letter is about."""
    left_out: tuple[Case, ...]
    exclusion: Exclusion | None
    """Why nobody is included."""
    note: str
    """The places left out of a letter that leaves for others, and why."""
    variant: str
    due: Due

    @property
    def cases(self) -> tuple[Case, ...]:
        return self.included + self.left_out

    @property
    def decision(self) -> Decision:
        return Decision.INCLUDED if self.included else Decision.EXCLUDED

    @property
    def zone(self) -> str:
        return self.cases[0].zone

    def without(self, exclusion: Exclusion) -> Line:
        """The same address, left out for that reason."""
        return replace(self, included=(), left_out=self.cases, exclusion=exclusion, variant="")


def lay_out(brief: Brief, cases: Iterable[Case], *, titles: Mapping[str, str], now: datetime) -> list[Line]:
    """A line for each address considered, in the order of the cases.

    A case whose own moment is not known (no council date, no kit shipped) is not considered at all.
    """
    dues = _Dues(brief)
    groups: dict[str, list[tuple[Case, Due]]] = {}
    for case in cases:
        due = dues.of(case)
        if due is not None:
            groups.setdefault(_key(brief, case, dues), []).append((case, due))
    return [_line(brief, key, members, titles=titles, now=now) for key, members in groups.items()]


def keys_due(brief: Brief, cases: Iterable[Case], now: datetime) -> set[str]:
    """What may be considered at this instant, without judging anybody: cheap enough for each tick."""
    dues = _Dues(brief)
    found: dict[str, str] = {}
    for case in cases:
        due = dues.of(case)
        if due is not None and due.instant <= now:
            found[_key(brief, case, dues)] = case.zone
    open_zones = {zone for zone in set(found.values()) if _is_open(brief, zone, now)}
    return {key for key, zone in found.items() if zone in open_zones}


def excluded_by_time(brief: Brief, line: Line, now: datetime) -> Exclusion | None:
    """Why the line gets nothing at this instant though it is included: not yet, or far too late."""
    if line.due.instant > now:
        hour = local_hour(line.due.instant, line.zone)
        day = full_date(clock.today(line.due.instant, line.zone))
        return Exclusion(reason=Reason.NOT_YET, detail=f"Son moment{NBSP}: {day}, {hour}")
    if brief.rule.anchor in PER_RECIPIENT and is_late(brief, line, now):
        return Exclusion(reason=Reason.TOO_LATE, detail=LABELS[Reason.TOO_LATE])
    return None


def is_late(brief: Brief, line: Line, now: datetime) -> bool:
    """By more than 48 hours since the moment, or since it could leave after a person said to send all the
    same: a worker that comes back weeks later asks again."""
    if brief.earliest_at is None or brief.earliest_at <= line.due.instant:
        return line.due.is_late(now)
    return now - next_allowed(brief.mailing_class, brief.earliest_at, line.zone) > LATE_AFTER


def may_leave(brief: Brief, line: Line, now: datetime) -> bool:
    """The moment has come, and the class may leave at this hour where the reader lives."""
    return line.due.instant <= now and _is_open(brief, line.zone, now)


def _is_open(brief: Brief, zone_name: str, now: datetime) -> bool:
    """No person asked to wait, and it is a decent hour there."""
    if brief.earliest_at is not None and brief.earliest_at > now:
        return False
    return next_allowed(brief.mailing_class, now, zone_name) <= now


def anchor_of(rule: Rule, case: Case, flag_on: date | None) -> date | datetime | None:
    """From what the rule counts for this case; None when nothing says it yet."""
    answers = case.answers
    anchors: dict[Anchor, date | datetime | None] = {
        Anchor.DAY_J: flag_on,
        Anchor.FIXED: rule.on,
        Anchor.CEREMONY: answers.ceremony_at or answers.ceremony_on or flag_on,
        Anchor.REGISTERED: answers.registered_at,
        Anchor.SHIPPED: answers.kit_shipped_at,
        Anchor.COUNCIL: answers.decides_on if answers.state is State.UNDECIDED else answers.resolution_on,
        Anchor.DRAFT: answers.undecided_since,
    }
    return anchors.get(rule.anchor)


class _Dues:
    """The moment of each case; computed once for all those that share it."""

    def __init__(self, brief: Brief) -> None:
        self.brief = brief
        self._at = cache(self._compute)

    def of(self, case: Case) -> Due | None:
        anchor = anchor_of(self.brief.rule, case, self.brief.flag_on)
        return None if anchor is None else self._at(anchor, case.zone)

    def day_of(self, case: Case) -> date | None:
        anchor = anchor_of(self.brief.rule, case, self.brief.flag_on)
        return clock.today(anchor, case.zone) if isinstance(anchor, datetime) else anchor

    def _compute(self, anchor: date | datetime, zone_name: str) -> Due:
        is_instant = isinstance(anchor, datetime)
        is_fixed = self.brief.rule.anchor is Anchor.FIXED
        return due_at(
            self.brief.rule,
            self.brief.mailing_class,
            anchor_day=None if is_instant or is_fixed else anchor,
            anchor_instant=anchor if isinstance(anchor, datetime) else None,
            zone_name=zone_name,
        )


def _key(brief: Brief, case: Case, dues: _Dues) -> str:
    """What is considered once. A ceremony moved to another day is another occasion."""
    place = case.place.geo_code if case.place else ""
    if brief.rule.anchor in PER_RECIPIENT:
        return f"{place or case.email}:{dues.day_of(case)}"
    if not case.email:
        return f"{NO_ADDRESS_KEY}{place}"
    return case.email if brief.groups_by_address or not place else f"{place}:{case.email}"


def _line(
    brief: Brief,
    key: str,
    members: list[tuple[Case, Due]],
    *,
    titles: Mapping[str, str],
    now: datetime,
) -> Line:
    judged = [
        (
            case,
            judge(brief.audience, case, mailing_class=brief.mailing_class, titles=titles, now=now),
        )
        for case, _ in members
    ]
    included = tuple(case for case, exclusion in judged if exclusion is None)
    left_out = tuple((case, exclusion) for case, exclusion in judged if exclusion is not None)
    first = included[0] if included else members[0][0]
    variant = ""
    if brief.has_variants and included:
        variant = RETURNING if all(case.is_returning for case in included) else FIRST_TIME
    return Line(
        key=key,
        email=first.email,
        name=first.name,
        included=included,
        left_out=tuple(case for case, _ in left_out),
        exclusion=None if included else left_out[0][1],
        note="; ".join(
            f"{case.place.name}{NBSP}: {exclusion.detail}" for case, exclusion in left_out if case.place
        )
        if included
        else "",
        variant=variant,
        due=min((due for _, due in members), key=lambda due: due.instant),
    )
