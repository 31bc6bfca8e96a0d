"""What the team itself puts in the calendar: gatherings, trainings, meetings, launches, activities.

What is private stays with the team and the people invited: on no public page, in no feed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import activities, corrections, proposals, queries, services
from campaign.events.content import ActivityContent
from campaign.events.models import Event, EventAction, EventMove, Picture, Proposal, ProposalMove, Session
from campaign.i18n import _
from campaign.territory.models import Territory


class Outrun(Conflict):
    """Somebody else changed the event since it was read."""


def get_event(number: int, *, locked: bool = False) -> Event:
    """That event, public or not, with all that its file shows; `locked` keeps it until the transaction
    ends."""
    only = sa.select(Event).where(Event.id == number)
    if locked:
        # A proposal is always locked before its event.
        theirs = sa.select(Proposal.id).where(Proposal.event_id == number)
        db.session.execute(theirs.order_by(Proposal.id).with_for_update())
        db.session.execute(only.with_only_columns(Event.id).with_for_update())
    event = db.session.scalar(only.options(*queries.AROUND).execution_options(populate_existing=locked))
    if event is None:
        raise NotFound(_("Cet événement n’existe pas. Cherchez-le dans la liste des activités."))
    return event


def region_code_of(event: Event) -> str | None:
    """The region whose team sees it; None is the national team. Its territory is loaded."""
    return event.territory.region_code if event.territory else event.region_code


def find_proposal_number(event: Event) -> int | None:
    """The proposal that it came from."""
    return db.session.scalar(
        sa.select(Proposal.id).where(Proposal.event_id == event.id, Proposal.state.in_(proposals.READABLE))
    )


def month_of(event: Event) -> date | None:
    """« février 2028 »: the month in which what has no day yet is expected."""
    return next((row.month_on for row in event.sessions if row.starts_on is None and row.month_on), None)


def version_of(event: Event) -> str:
    """What a form was filled from, as one mark."""
    read = [activities.content_of(event).to_json(), str(month_of(event)), event.state, event.kind]
    return hashlib.sha256(json.dumps(read, sort_keys=True).encode()).hexdigest()[:16]


def create(
    content: ActivityContent,
    *,
    edition: Edition,
    territory: Territory | None,
    month_on: date | None,
    form_token: str,
    now: datetime,
    picture: Picture | None = None,
) -> Event:
    """A new event, in the calendar at once unless it is private. The same form sent twice is one event."""
    reference = f"equipe-{hashlib.sha256(form_token.encode()).hexdigest()[:32]}"
    known = sa.select(Event.id).where(Event.edition_id == edition.id, Event.reference == reference)
    number = db.session.scalar(known)
    if number is not None:
        return get_event(number)
    event = activities.create(
        content, edition=edition, territory=territory, now=now, picture=picture, reference=reference
    )
    _await_day(event, month_on, now)
    if not content.is_private:
        services.publish(event, now=now)
    db.session.flush()
    return event


def correct(
    event: Event,
    content: ActivityContent,
    *,
    territory: Territory | None,
    month_on: date | None,
    picture: Picture | None,
    author: str,
    now: datetime,
    seen: str | None = None,
) -> bool:
    """Make the event say this, at once; say whether anything changed. Whoever proposed it reads it so too;
    whoever follows it is told of what moved or was called off."""
    if seen is not None and seen != version_of(event):
        raise Outrun(_("Quelqu’un d’autre a modifié cette fiche depuis que vous l’avez ouverte. Relisez-la."))
    known = corrections.remember(event)
    before = (version_of(event), event.is_private, event.details.picture_id if event.details else None)
    if content.is_private:
        services.withdraw(event, now=now)
    event.kind, event.is_private = content.kind, content.is_private
    activities.update(event, content, territory=territory, picture=picture, now=now)
    _await_day(event, month_on, now)
    if not content.is_private:
        services.publish(event, now=now)
    db.session.flush()
    after = (version_of(event), event.is_private, event.details.picture_id if event.details else None)
    if before == after:
        return False
    proposals.follow_calendar(event, author=author, now=now)
    corrections.announce(known, event, author=author, now=now)
    return True


def _await_day(event: Event, month_on: date | None, now: datetime) -> None:
    """A date to be confirmed, in its month when it is known, as long as the event has no other."""
    undated = [row for row in event.sessions if row.starts_on is None]
    if not event.sessions:
        event.sessions = [Session(position=0, sequence=0, month_on=month_on)]
    elif undated and undated[0].month_on != month_on:
        undated[0].month_on = month_on
        services.touch(event, now)


def copied(event: Event, edition: Edition) -> ActivityContent:
    """What another event like this one would say in that edition: on the same days of its own week."""
    told = activities.content_of(event)
    start, end = event.edition.start_on, edition.start_on
    shift = (end - start) if start and end else timedelta()
    sittings = tuple(
        replace(one, day=one.day + shift, last_day=one.last_day + shift if one.last_day else None)
        for one in told.sittings
    )
    return replace(told, sittings=sittings, source_url="")


# --- what happened ------------------------------------------------------------------------------------

ACTION_WORDS: Mapping[EventAction, str] = {
    EventAction.POSTPONE: _("Date changée"),
    EventAction.MOVE: _("Lieu changé"),
    EventAction.PUT_ONLINE: _("Mise en ligne"),
    EventAction.CANCEL: _("Annulation"),
    EventAction.REINSTATE: _("Rétablissement"),
}


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One line of its history."""

    at: datetime
    title: str
    author: str
    lines: tuple[str, ...]


def history_of(event: Event | None, proposal: Proposal | None) -> list[Happening]:
    """What was done to the event and to what it came from, the latest first."""
    found = sa.select(EventMove).where(EventMove.event_id == event.id) if event else None
    lines = [_changed(move) for move in db.session.scalars(found)] if found is not None else []
    lines += [_moved(move) for move in proposal.moves] if proposal else []
    return sorted(lines, key=lambda line: line.at)[::-1]


def _changed(move: EventMove) -> Happening:
    words = zip(move.before.get("words", ()), move.after.get("words", ()), strict=False)
    told = tuple(f"{before} → {after}" for before, after in words if before != after)
    return Happening(
        at=move.at,
        title=ACTION_WORDS[move.action],
        author=move.author,
        lines=(*told, *((move.reason,) if move.reason else ())),
    )


def _moved(move: ProposalMove) -> Happening:
    before = proposals.STATE_WORDS[move.from_state][0] if move.from_state else ""
    after = proposals.STATE_WORDS[move.to_state][0]
    title = _("Proposition : %(before)s → %(after)s", before=before, after=after)
    if before in ("", after):
        title = _("Proposition : %(after)s", after=after)
    return Happening(at=move.at, title=title, author=move.author, lines=(move.reason,) if move.reason else ())
