"""What the team sees of an edition's activities: those in the calendar and those proposed, one list.

`regions` is None for the whole of Québec, else the codes that whoever asks may see; what has no region then
stays out. The whole edition is read in two statements of light rows: words are looked for as people type
them, and counts stand beside each state.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, Self

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign import clock
from campaign.campaigns.holidays import working_days_after
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events import proposals, wording
from campaign.events.content import ActivityContent
from campaign.events.models import (
    Event,
    EventDetails,
    EventKind,
    EventState,
    Proposal,
    ProposalState,
    Session,
)
from campaign.events.vocabulary import TYPES, ActivityType
from campaign.i18n import _
from campaign.territory.models import Region, Territory
from campaign.territory.names import search_words

Regions = frozenset[str] | None

PAGE_LENGTH = 50
LONGEST_QUERY = 80
READ_IN = 2
"""Working days in which the team promises to read what is proposed."""


class Standing(StrEnum):
    """Where one line of the list stands; the values stand in addresses."""

    SUBMITTED = "soumise"
    REVISED = "modifiee"
    TO_CORRECT = "a_corriger"
    PUBLISHED = "publiee"
    POSTPONED = "reportee"
    CANCELLED = "annulee"
    PAST = "passee"
    ARCHIVED = "archivee"
    PRIVATE = "privee"
    HIDDEN = "masquee"
    WITHDRAWN = "retiree"


TO_REVIEW = "a_revoir"
"""In an address: what the team has to read, whatever it was before."""

WAITING = (Standing.SUBMITTED, Standing.REVISED)

STANDINGS: Mapping[Standing, wording.Label] = {
    Standing.SUBMITTED: (_("soumise, à revoir"), "info"),
    Standing.REVISED: (_("modifiée, à revoir"), "info"),
    Standing.TO_CORRECT: (_("à corriger"), "warning"),
    Standing.PUBLISHED: (_("publiée"), "good"),
    Standing.POSTPONED: (_("reportée"), "warning"),
    Standing.CANCELLED: (_("annulée"), "off"),
    Standing.PAST: (_("passée"), "plain"),
    Standing.ARCHIVED: (_("archivée"), "plain"),
    Standing.PRIVATE: (_("privée"), "plain"),
    Standing.HIDDEN: (_("pas publiée"), "off"),
    Standing.WITHDRAWN: (_("retirée"), "off"),
}
"""The word of each, and the kind that the component `label` draws."""

_OF_PROPOSALS = {
    ProposalState.SUBMITTED: Standing.SUBMITTED,
    ProposalState.REVISED: Standing.REVISED,
    ProposalState.TO_CORRECT: Standing.TO_CORRECT,
    ProposalState.WITHDRAWN: Standing.WITHDRAWN,
}

_NAMES = {"edition": "edition", "state": "etat", "region": "region", "type": "type", "q": "q", "page": "page"}


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the address asks of the list; what it says wrongly is ignored rather than refused."""

    edition: int | None = None
    state: str = ""
    region: str = ""
    type: str = ""
    q: str = ""
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """The filters of that query string."""
        asked = {name: args.get(word, "").strip() for name, word in _NAMES.items()}
        return cls(
            edition=_number(asked["edition"]),
            state=asked["state"] if asked["state"] in {TO_REVIEW, *Standing} else "",
            region=asked["region"][:2],
            type=asked["type"] if asked["type"] in TYPES else "",
            q=asked["q"][:LONGEST_QUERY],
            page=_number(asked["page"]) or 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """The query string of these filters after these changes; a changed filter starts at page one."""
        kept = replace(self, **{"page": 1, **changes})
        values = {_NAMES[each.name]: getattr(kept, each.name) for each in fields(kept)}
        values["page"] = kept.page if kept.page > 1 else None
        return {word: str(value) for word, value in values.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Something besides the edition and the page is asked."""
        return bool(self.address(edition=None))


_folded = lru_cache(maxsize=20_000)(search_words)
"""Half of the time of a long list, and most of its words were in the last one too."""


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) <= 6 and int(value) else None


class Line(NamedTuple):
    """One activity: in the calendar, or proposed for it."""

    event_id: int | None
    proposal_id: int | None
    title: str
    organizer: str
    type: str
    place: str
    """The municipality; empty for what belongs to a region as a whole."""
    region_code: str | None
    first_on: date | None
    last_on: date | None
    month_on: date | None
    dates: int
    standing: Standing

    @property
    def is_of_the_team(self) -> bool:
        """A gathering, a training, a meeting, a launch, or what is private."""
        return self.type in _TEAM_TYPES or self.standing is Standing.PRIVATE

    @property
    def day(self) -> date | None:
        return self.first_on or self.month_on


_TEAM_TYPES = frozenset(wording.KIND_TYPES.values()) - {ActivityType.FLAG_RAISING.value}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One page of the list, and how many there are in each state."""

    lines: Sequence[Line]
    total: int
    page: int
    pages: int
    counts: Mapping[Standing, int]

    @property
    def everything(self) -> int:
        return sum(self.counts.values())

    @property
    def to_review(self) -> int:
        return sum(self.counts[standing] for standing in WAITING)


def list_page(
    edition: Edition, filters: Filters, *, regions: Regions, now: datetime, of_the_team: bool = False
) -> Listed:
    """The lines of the page that the filters ask for: two statements, whatever their number."""
    found = list(_matching(edition, filters, regions, now, of_the_team))
    asked = [line for line in found if _is_in_state(line, filters.state)]
    pages = max(1, -(-len(asked) // PAGE_LENGTH))
    page = min(filters.page, pages)
    return Listed(
        lines=asked[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH],
        total=len(asked),
        page=page,
        pages=pages,
        counts=Counter(line.standing for line in found),
    )


def list_matching(edition: Edition, filters: Filters, *, regions: Regions, now: datetime) -> list[Line]:
    """Every line that the filters ask for, whatever the page."""
    found = _matching(edition, filters, regions, now, of_the_team=False)
    return [line for line in found if _is_in_state(line, filters.state)]


def _matching(
    edition: Edition, filters: Filters, regions: Regions, now: datetime, of_the_team: bool
) -> Iterable[Line]:
    lines = chain(_in_calendar(edition, regions, now), _proposed(edition, regions))
    words = search_words(filters.q).split()
    kept = [
        line
        for line in lines
        if filters.region in ("", line.region_code)
        and filters.type in ("", line.type)
        and (line.is_of_the_team or not of_the_team)
        and (not words or _says(line, words))
    ]
    over = (Standing.PAST, Standing.ARCHIVED, Standing.WITHDRAWN)
    return sorted(
        kept,
        key=lambda line: (line.standing in over, line.day or date.max, _folded(line.title)),
    )


def _is_in_state(line: Line, state: str) -> bool:
    return line.standing in WAITING if state == TO_REVIEW else state in ("", line.standing)


def _says(line: Line, words: Collection[str]) -> bool:
    told = " ".join(map(_folded, (line.title, line.organizer, line.place)))
    return all(word in told for word in words)


# --- in the calendar ----------------------------------------------------------------------------------

_live = sa.func.sum(
    sa.case((sa.func.coalesce(Session.state, EventState.PLANNED) != EventState.CANCELLED, 1), else_=0)
)
_moved = sa.func.sum(
    sa.case((sa.func.coalesce(Session.state, EventState.PLANNED) == EventState.POSTPONED, 1), else_=0)
)


def _in_calendar(edition: Edition, regions: Regions, now: datetime) -> Iterable[Line]:
    region_code = sa.func.coalesce(Territory.region_code, Event.region_code)
    found = (
        sa.select(
            Event.id,
            Proposal.id,
            Event.title,
            EventDetails.organizer_name,
            Event.kind,
            EventDetails.activity_type,
            Territory.name,
            region_code,
            Event.time_zone,
            Event.state,
            Event.is_private,
            Event.is_published,
            Proposal.state,
            sa.func.min(Session.starts_on),
            sa.func.max(sa.func.coalesce(Session.ends_on, Session.starts_on)),
            sa.func.min(Session.month_on),
            sa.func.count(Session.id),
            _live,
            _moved,
        )
        .outerjoin(Event.sessions)
        .outerjoin(Event.territory)
        .outerjoin(Event.details)
        .outerjoin(Proposal, Proposal.event_id == Event.id)
        .where(Event.edition_id == edition.id, Event.kind != EventKind.FLAG_RAISING)
        .group_by(Event.id, Proposal.id, EventDetails.event_id, Territory.id)
    )
    if regions is not None:
        found = found.where(region_code.in_(regions))
    is_archived = proposals.is_archived(edition, now)
    for row in db.session.execute(found):
        (number, proposal_id, title, organizer, kind, type_, place, region, zone, *standing) = row
        state, is_private, is_published, proposal_state, first, last, month, dates, live, moved = standing
        is_past = last is not None and last < clock.today(now, zone)
        yield Line(
            event_id=number,
            proposal_id=proposal_id,
            title=title,
            organizer=organizer or "",
            type=wording.KIND_TYPES.get(kind) or (type_ or ActivityType.OTHER).value,
            place=place or "",
            region_code=region,
            first_on=first,
            last_on=last,
            month_on=month,
            dates=live or dates,
            standing=_standing(
                proposal_state=proposal_state,
                is_cancelled=state is EventState.CANCELLED or bool(dates and not live),
                is_private=is_private,
                is_published=is_published,
                is_moved=state is EventState.POSTPONED or bool(moved),
                is_past=is_past,
                is_archived=is_archived,
            ),
        )


def _standing(
    *,
    proposal_state: ProposalState | None,
    is_cancelled: bool,
    is_private: bool,
    is_published: bool,
    is_moved: bool,
    is_past: bool,
    is_archived: bool,
) -> Standing:
    waiting = _OF_PROPOSALS.get(proposal_state) if proposal_state else None
    if is_cancelled:
        return Standing.CANCELLED
    if is_private or not is_published:
        return Standing.PRIVATE if is_private else Standing.HIDDEN
    if waiting is not None:
        return waiting
    if is_past:
        return Standing.ARCHIVED if is_archived else Standing.PAST
    return Standing.POSTPONED if is_moved else Standing.PUBLISHED


# --- proposed -----------------------------------------------------------------------------------------


def _proposed(edition: Edition, regions: Regions) -> Iterable[Line]:
    region_code = sa.func.coalesce(Territory.region_code, Proposal.region_code)
    found = (
        sa.select(Proposal.id, Proposal.content, Proposal.state, Territory.name, region_code)
        .outerjoin(Proposal.territory)
        .where(
            Proposal.edition_id == edition.id,
            Proposal.event_id.is_(None),
            Proposal.state.in_(proposals.READABLE),
        )
    )
    if regions is not None:
        found = found.where(region_code.in_(regions))
    for number, stored, state, place, region in db.session.execute(found):
        content = ActivityContent.from_json(stored)
        yield Line(
            event_id=None,
            proposal_id=number,
            title=content.title,
            organizer=content.organizer_name,
            type=type_of(content),
            place=place or "",
            region_code=region,
            first_on=min((each.day for each in content.sittings), default=None),
            last_on=max((each.last_day or each.day for each in content.sittings), default=None),
            month_on=None,
            dates=len(content.sittings),
            standing=_OF_PROPOSALS[state],
        )


def type_of(content: ActivityContent) -> str:
    """Its type, as addresses write it."""
    return wording.KIND_TYPES.get(content.kind) or content.activity_type.value


# --- what waits ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A proposal that the team has to read, and since when."""

    proposal: Proposal
    since: str
    """« soumise il y a 2 jours »"""
    is_overdue: bool


def list_waiting(edition: Edition, *, regions: Regions, now: datetime, limit: int) -> list[Waiting]:
    """The oldest first."""
    found = proposals.select_for_team(regions).where(Proposal.edition_id == edition.id).limit(limit)
    return [waiting(proposal, now=now) for proposal in db.session.scalars(found)]


def count_waiting(edition: Edition, *, regions: Regions) -> int:
    """How many proposals of the edition wait for the team."""
    region_code = sa.func.coalesce(Territory.region_code, Proposal.region_code)
    found = (
        sa.select(sa.func.count(Proposal.id))
        .outerjoin(Proposal.territory)
        .where(Proposal.edition_id == edition.id, Proposal.state.in_(proposals.WAITING))
    )
    if regions is not None:
        found = found.where(region_code.in_(regions))
    return db.session.scalar(found) or 0


def waiting(proposal: Proposal, *, now: datetime) -> Waiting:
    """Since when it waits, and whether what was promised to its author is late."""
    asked = clock.today(proposal.submitted_at or proposal.created_at)
    today = clock.today(now)
    word = _("modifiée") if proposal.state is ProposalState.REVISED else _("soumise")
    return Waiting(
        proposal=proposal,
        since=f"{word} {_days_ago((today - asked).days)}",
        is_overdue=proposal.state in proposals.WAITING and today > working_days_after(asked, READ_IN),
    )


def _days_ago(days: int) -> str:
    if days <= 0:
        return _("aujourd’hui")
    return _("hier") if days == 1 else _("il y a %(n)s jours", n=days)


# --- around one proposal ------------------------------------------------------------------------------


def list_others(proposal: Proposal, *, regions: Regions) -> Sequence[Proposal]:
    """What else that address proposed for the edition, as far as the person may see; the latest first."""
    region_code = sa.func.coalesce(Territory.region_code, Proposal.region_code)
    found = (
        sa.select(Proposal)
        .outerjoin(Proposal.territory)
        .where(
            Proposal.email == proposal.email,
            Proposal.edition_id == proposal.edition_id,
            Proposal.id != proposal.id,
            Proposal.state.in_(proposals.READABLE),
        )
        .options(
            joinedload(Proposal.event).options(joinedload(Event.edition), joinedload(Event.sessions)),
        )
        .order_by(Proposal.created_at.desc(), Proposal.id.desc())
    )
    if regions is not None:
        found = found.where(region_code.in_(regions))
    return db.session.scalars(found).unique().all()


def region_named(code: str | None) -> Region | None:
    """The region of that code, if there is one."""
    return db.session.get(Region, code) if code else None
