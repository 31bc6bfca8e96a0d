"""Changing everything that takes place in a part of Québec on some days, in one action: a storm, a mourning.

Each event is changed apart: what one refuses keeps none of the others. Whoever is to be told receives one
letter, whatever the number of events.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import CampaignError, Conflict, NotFound
from campaign.events import changes
from campaign.events.announcing import Item, Post, Role
from campaign.events.changes import Around, Change, Done, Effects
from campaign.events.models import (
    Event,
    EventAction,
    EventDetails,
    EventKind,
    EventMove,
    EventState,
    Session,
)
from campaign.events.times import has_begun
from campaign.events.vocabulary import ActivityType
from campaign.events.wording import KIND_TYPES
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.participations import links, services
from campaign.participations.models import Participation
from campaign.participations.services import Author
from campaign.territory.models import Territory
from campaign.web.filters import hour

MOST_EVENTS = 500
"""As many as one action changes; beyond, choose a smaller part or fewer days."""


class TooMany(Conflict):
    """More takes place there than one action changes."""


Regions = frozenset[str] | None
"""The regions of whoever acts; None for all."""

Moves = TypeVar("Moves", bound="sa.Select[*tuple[Any, ...]]")


@dataclass(frozen=True, kw_only=True)
class Area:
    """What takes place in a part of Québec, on some days."""

    since: date
    until: date
    region: str = ""
    mrc: str = ""
    municipality: str = ""
    types: frozenset[str] = frozenset()
    """None named: all."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """What the action would do to one event, or why it would not."""

    event: Event
    key: str
    """What the confirmation sends back: which event, and how it stood."""
    place: str
    effects: Effects | None
    refusal: str = ""
    is_left_out: bool = False
    """Not proposed at first: a person may still tick it."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """All that an action would do."""

    lines: tuple[Line, ...]
    letters: Mapping[Role, int]
    """How many addresses are written to, each counted once, as the first of what they are."""

    @property
    def possible(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.effects is not None)

    @property
    def refused(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.effects is None)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an action did."""

    done: tuple[Done, ...]
    refused: tuple[tuple[str, str], ...]
    """The title of each event that was left as it was, and why."""
    letters: int


# --- which events -----------------------------------------------------------------------------------------


def list_events(edition: Edition, area: Area, *, regions: Regions) -> list[Event]:
    """The published events of the edition that have a date in the area, in their order; `TooMany` rather than
    some of them."""
    first_day = sa.func.coalesce(Session.starts_on, Session.postponed_from_on)
    statement = (
        sa.select(Event)
        .join(Event.sessions)
        .outerjoin(Event.territory)
        .where(
            Event.edition_id == edition.id,
            Event.is_published.is_(True),
            first_day <= area.until,
            sa.func.coalesce(Session.ends_on, first_day) >= area.since,
        )
        .group_by(Event.id)
        .order_by(sa.func.min(first_day), sa.func.min(Session.starts_at), Event.id)
        .options(*changes.LOADED)
        .limit(MOST_EVENTS + 1)
    )
    region_code = sa.func.coalesce(Territory.region_code, Event.region_code)
    if regions is not None:
        statement = statement.where(region_code.in_(regions))
    if area.region:
        statement = statement.where(region_code == area.region)
    if area.mrc:
        statement = statement.where(Territory.mrc_code == area.mrc)
    if area.municipality:
        statement = statement.where(Territory.geo_code == area.municipality)
    if area.types:
        statement = statement.outerjoin(EventDetails, EventDetails.event_id == Event.id).where(
            _is_of(area.types)
        )
    found = list(db.session.scalars(statement))
    if len(found) > MOST_EVENTS:
        raise TooMany(
            _(
                "Plus de %(most)s activités ont lieu là ces jours-là. Choisissez une région, une MRC, un "
                "type ou moins de jours.",
                most=MOST_EVENTS,
            )
        )
    return found


def _is_of(types: Collection[str]) -> sa.ColumnElement[bool]:
    """What `type_of` tells, for the database to choose by: `EventDetails` is joined."""
    kinds = [kind for kind, value in KIND_TYPES.items() if value in types]
    told = sa.func.coalesce(EventDetails.activity_type, ActivityType.OTHER)
    return sa.or_(Event.kind.in_(kinds), sa.and_(Event.kind.not_in(KIND_TYPES), told.in_(types)))


def _sittings_in(event: Event, area: Area) -> frozenset[int]:
    """The dates of an event that are in the area; empty when all are, which is the event as a whole."""
    inside = {row.id for row in event.sessions if _is_in(row, area)}
    return frozenset() if len(inside) == len(event.sessions) else frozenset(inside)


def _is_in(row: Session, area: Area) -> bool:
    first = row.starts_on or row.postponed_from_on
    return first is not None and first <= area.until and (row.ends_on or first) >= area.since


def _participations(numbers: Collection[int], *, locks: bool = False) -> dict[int, Participation]:
    """The participation to which each ceremony among these events belongs, by the number of the event."""
    chosen = sa.select(Participation).where(Participation.event_id.in_(numbers)).order_by(Participation.id)
    if locks:
        db.session.execute(chosen.with_only_columns(Participation.id).with_for_update()).all()
    loaded = chosen.options(
        joinedload(Participation.edition),
        joinedload(Participation.territory),
        joinedload(Participation.contact),
    )
    return {each.event_id: each for each in db.session.scalars(loaded) if each.event_id is not None}


# --- what it would do -------------------------------------------------------------------------------------


def plan(edition: Edition, area: Area, change: Change, *, regions: Regions, now: datetime) -> Plan:
    """Everything that the change would do in the area, without doing it."""
    events = list_events(edition, area, regions=regions)
    participations = _participations([event.id for event in events])
    around = _around(events, change)
    lines = [_line(event, area, change, around, participations, now=now) for event in events]
    return Plan(lines=tuple(lines), letters=_count_letters(lines, change, around, participations))


def _around(events: Sequence[Event], change: Change) -> Around:
    """What is known around them all; those that are changed together keep their distance."""
    around = changes.read_around(events, change)
    territories = {event.territory_id for event in events if event.territory_id is not None}
    starts = [row.starts_at for event in events for row in event.sessions if row.starts_at is not None]
    if change.action is not EventAction.POSTPONE or not territories or not starts:
        return replace(around, neighbours=())
    since, until = min(starts), max(starts)
    if change.day is not None:
        since = datetime.combine(change.day, datetime.min.time(), tzinfo=since.tzinfo)
        until = since + timedelta(days=2)
    neighbours = changes.list_neighbours(
        territories,
        since=since,
        until=until + timedelta(days=change.days + 1),
        besides=[event.id for event in events],
    )
    return replace(around, neighbours=neighbours)


def _line(
    event: Event,
    area: Area,
    change: Change,
    around: Around,
    participations: Mapping[int, Participation],
    *,
    now: datetime,
) -> Line:
    fitted = _fitted(event, area, change, participations)
    effects, refusal = None, ""
    try:
        effects = changes.preview(event, fitted, now=now, around=around)
    except (CampaignError, clock.NonexistentTime) as reason:
        refusal = why(reason)
    return Line(
        event=event,
        key=f"{event.id}:{changes.stamp_of(event)}",
        place=event.territory.name if event.territory else "",
        effects=effects,
        refusal=refusal,
        is_left_out=_has_begun(event, fitted, now=now) and change.action is not EventAction.REINSTATE,
    )


def _fitted(event: Event, area: Area, change: Change, participations: Mapping[int, Participation]) -> Change:
    """The change as it is done to that event: its dates of the area, and the roof that its town foresaw."""
    fitted = replace(change, sitting_ids=_sittings_in(event, area))
    participation = participations.get(event.id)
    if participation is not None and change.is_indoors and not change.place:
        fitted = replace(fitted, place=participation.plan_b_place or event.place)
    return fitted


def _has_begun(event: Event, change: Change, *, now: datetime) -> bool:
    return any(
        has_begun(event, row, now)
        for row in event.sessions
        if not change.sitting_ids or row.id in change.sitting_ids
    )


def why(reason: CampaignError | clock.NonexistentTime) -> str:
    """Why an event cannot be changed, in words."""
    if isinstance(reason, CampaignError):
        return reason.message
    return _(
        "L’heure n’existe pas cette nuit-là : on avance l’heure. Ce serait %(hour)s.",
        hour=hour(reason.suggestion),
    )


def _count_letters(
    lines: Iterable[Line], change: Change, around: Around, participations: Mapping[int, Participation]
) -> dict[Role, int]:
    """How many addresses receive a letter, the municipalities first."""
    roles = dict[str, Role]()
    for line in lines:
        if line.effects is None or not change.tell or line.is_left_out:
            continue
        number = line.event.id
        if number in participations and (email := _address(participations[number])):
            roles[email] = Role.MUNICIPALITY
        changed = {date.sitting_id for date in line.effects.changed}
        for person in around.attending.get(number, ()):
            if person.sitting_ids & changed:
                roles.setdefault(person.email, Role.ATTENDEE)
        for follower in around.followers.get(number, ()):
            roles.setdefault(follower.email, Role.FOLLOWER)
        if number in around.authors:
            roles.setdefault(around.authors[number].email, Role.AUTHOR)
    return dict(Counter(roles.values()))


def _address(participation: Participation) -> str:
    """Who is told of a ceremony: its contact, or the town hall when nobody is named."""
    contact = participation.contact
    email = contact.email if contact is not None and contact.left_at is None else ""
    return email or participation.territory.email


# --- doing it ---------------------------------------------------------------------------------------------


def apply(
    asked: Mapping[int, str],
    area: Area,
    change: Change,
    *,
    batch: str,
    regions: Regions,
    author: Author,
    now: datetime,
) -> Outcome:
    """Change each of these events, given with how it stood when it was seen; report what is left as it was.

    The same batch sent twice changes nothing the second time.
    """
    locked = _lock(asked, regions=regions)
    if is_known(batch):
        return Outcome(done=(), refused=(), letters=0)
    events, participations, refused = locked
    around = _around(events, change)
    done, post = list[Done](), Post(batch)
    for event in events:
        title = event.title
        fitted = _fitted(event, area, change, participations)
        try:
            with db.session.begin_nested():
                changes.refuse_if_stale(event, asked[event.id])
                one = _change(event, fitted, around, participations, batch=batch, author=author, now=now)
        except (CampaignError, clock.NonexistentTime) as reason:
            refused.append((title, why(reason)))
            continue
        done.append(one)
        post.announce(one, around, tells=change.tell)
    if change.tell:
        _tell_municipalities(post, done, participations, now=now)
    return Outcome(done=tuple(done), refused=tuple(refused), letters=post.send(now=now))


def _lock(
    numbers: Collection[int], *, regions: Regions
) -> tuple[list[Event], dict[int, Participation], list[tuple[str, str]]]:
    """Those events, which nobody else changes until the end, and what is not for this person."""
    # A participation is always locked before its ceremony: by its own page, and here.
    participations = _participations(numbers, locks=True)
    events, refused = list[Event](), list[tuple[str, str]]()
    for event in changes.list_locked(numbers):
        region = event.territory.region_code if event.territory else event.region_code
        if regions is not None and region not in regions:
            refused.append((event.title, _("Cette activité n’est pas dans vos régions.")))
        elif not event.is_published:
            refused.append((event.title, _("Cette activité n’est plus publiée.")))
        else:
            events.append(event)
    return events, participations, refused


def _change(
    event: Event,
    change: Change,
    around: Around,
    participations: Mapping[int, Participation],
    *,
    batch: str,
    author: Author,
    now: datetime,
) -> Done:
    """One event, by the way that is its own."""
    if event.kind is not EventKind.FLAG_RAISING:
        return changes.apply(event, change, author=author.name, now=now, batch=batch, around=around)
    participation = participations.get(event.id)
    if participation is None:
        raise NotFound(_("Cette cérémonie n’appartient à aucune participation."))
    former, before = changes.copy_of(event), changes.standing_of(event)
    changes.carry_out(changes.copy_of(event), change, around, now=now)  # refuses before anything is written
    _change_ceremony(participation, event, change, author=author, now=now)
    return changes.note(former, event, before, change, around, author=author.name, now=now, batch=batch)


def _change_ceremony(
    participation: Participation, event: Event, change: Change, *, author: Author, now: datetime
) -> None:
    place = change.place or event.place
    if change.action is EventAction.POSTPONE:
        when = changes.when_postponed(event, change)
        services.postpone(participation, when=when, reason=change.reason, author=author, now=now, place=place)
    elif change.action is EventAction.MOVE:
        services.move_indoors(participation, place=place, reason=change.reason, author=author, now=now)
    elif change.action is EventAction.CANCEL:
        services.cancel_ceremony(participation, reason=change.reason, author=author, now=now)
    else:
        services.reinstate_ceremony(participation, author=author, now=now, reason=change.reason)


def _tell_municipalities(
    post: Post, done: Iterable[Done], participations: Mapping[int, Participation], *, now: datetime
) -> None:
    """Each municipality whose ceremony changed, with a link to answer."""
    told = [(one, participations[one.event.id]) for one in done if one.event.id in participations]
    if not told:
        return
    edition = told[0][1].edition
    tokens = links.issue_many(edition, [each.territory_id for _one, each in told], now=now)
    for one, participation in told:
        email = _address(participation)
        if email:
            link = public_link("participations.personal", token=tokens[participation.territory_id])
            post.add(email, Item(done=one, role=Role.MUNICIPALITY, link=link))


# --- afterwards -------------------------------------------------------------------------------------------


def is_known(batch: str) -> bool:
    """Whether something was done under that name."""
    return db.session.scalar(sa.select(EventMove.id).where(EventMove.batch == batch).limit(1)) is not None


def list_moves(batch: str, *, regions: Regions) -> Sequence[EventMove]:
    """What one action did in these regions, in the order in which it was done."""
    statement = _in_regions(sa.select(EventMove).where(EventMove.batch == batch), regions)
    return db.session.scalars(statement.order_by(EventMove.id)).all()


def list_titles(moves: Iterable[EventMove]) -> dict[int, tuple[str, str, str]]:
    """Title, slug and municipality of each event, by its number."""
    numbers = {move.event_id for move in moves}
    rows = db.session.execute(
        sa.select(Event.id, Event.title, Event.slug, Territory.name)
        .outerjoin(Territory, Event.territory_id == Territory.id)
        .where(Event.id.in_(numbers))
    )
    return {row.id: (row.title, row.slug, row.name or "") for row in rows}


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One action of the past."""

    key: str
    at: datetime
    author: str
    action: EventAction
    reason: str
    events: int


def list_batches(*, regions: Regions, limit: int = 10) -> list[Batch]:
    """The latest actions that touched these regions."""
    statement = _in_regions(
        sa.select(
            EventMove.batch,
            sa.func.max(EventMove.at).label("at"),
            sa.func.max(EventMove.author).label("author"),
            sa.func.max(EventMove.action).label("action"),
            sa.func.max(EventMove.reason).label("reason"),
            sa.func.count().label("events"),
        ).where(EventMove.batch != ""),
        regions,
    )
    rows = db.session.execute(
        statement.group_by(EventMove.batch).order_by(sa.func.max(EventMove.id).desc()).limit(limit)
    )
    return [
        Batch(
            key=row.batch,
            at=row.at,
            author=row.author,
            action=EventAction(row.action),
            reason=row.reason,
            events=row.events,
        )
        for row in rows
    ]


def _in_regions(moves: Moves, regions: Regions) -> Moves:
    if regions is None:
        return moves
    return (
        moves.join(Event, EventMove.event_id == Event.id)
        .outerjoin(Territory, Event.territory_id == Territory.id)
        .where(sa.func.coalesce(Territory.region_code, Event.region_code).in_(regions))
    )


def undo(
    batch: str, *, into: str, regions: Regions, author: Author, now: datetime, tell: bool = True
) -> Outcome:
    """Make the events of that action stand as they did before it, except those that changed since.

    `into` names what is done now; sent twice, it is done once.
    """
    moves = {move.event_id: move for move in list_moves(batch, regions=regions)}
    events, participations, refused = _lock(moves.keys(), regions=regions)
    if is_known(into):
        return Outcome(done=(), refused=(), letters=0)
    change = Change(action=EventAction.REINSTATE, reason=_("Le changement précédent est annulé."), tell=tell)
    around = _around(events, change)
    done, post = list[Done](), Post(into)
    for event in events:
        move = moves[event.id]
        if not changes.stands_as(event, move.after):
            refused.append((event.title, _("Cette activité a changé depuis.")))
            continue
        before, former = changes.standing_of(event), changes.copy_of(event)
        was = EventState(before["state"])
        changes.restore(event, move.before, now=now)
        if event.id in participations:
            services.ceremony_restored(
                participations[event.id], was, author=author, now=now, reason=change.reason
            )
        one = changes.note(former, event, before, change, around, author=author.name, now=now, batch=into)
        done.append(one)
        post.announce(one, around, tells=tell)
    if tell:
        _tell_municipalities(post, done, participations, now=now)
    return Outcome(done=tuple(done), refused=tuple(refused), letters=post.send(now=now))
