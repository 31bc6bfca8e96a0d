"""Postponing, moving, putting online, calling off, taking back: one action, whose effects are seen before.

`preview` carries the change out on a copy and says what differs; `apply` carries the same change out on the
event. What was seen is what happens: a state that is no longer the one previewed is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.db import Model, db
from campaign.errors import Conflict, NotFound
from campaign.events import keeping_up, services, wording
from campaign.events.content import ActivityContent
from campaign.events.documents import calendar_entry
from campaign.events.ical import CalendarEntry
from campaign.events.models import (
    Event,
    EventAction,
    EventDetails,
    EventKind,
    EventMove,
    EventState,
    Follower,
    Proposal,
    ProposalState,
    Session,
)
from campaign.events.services import CEREMONY_LENGTH, When
from campaign.events.signals import event_changed
from campaign.events.vocabulary import FORMATS, Format
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.territory.models import Territory
from campaign.web.filters import day_month, full_date, hour

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is done to an event, or to one of its dates alone."""

    action: EventAction
    sitting_ids: frozenset[int] = frozenset()
    """The only dates that are postponed, called off or taken back; none named: all those ahead."""
    days: int = 0
    """Postponed by so many days of the calendar: the hour on the clocks there stays."""
    day: date | None = None
    """Postponed to this day: that of the first date, the others keep their distance from it. Neither `days`
    nor `day`: « date à confirmer »."""
    at: time | None = None
    place: str = ""
    is_indoors: bool = False
    geo_code: str = ""
    """The municipality that receives it from now on."""
    online_url: str = ""
    reason: str = ""
    """As the public reads it."""
    tell: bool = True
    """Write to those who asked to be told."""


class ChangedMeanwhile(Conflict):
    """Somebody else changed the event since it was looked at."""


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Another event at a place, when something is on there."""

    event_id: int
    title: str
    territory_id: int | None
    place: str
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, kw_only=True)
class Attending:
    """Somebody registered to an event: told of what changes in the dates that they come to."""

    email: str
    link: str
    """The page of the registration."""
    sitting_ids: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Around:
    """What must be known around some events to change them, read at once for all."""

    moves: Mapping[int, Sequence[EventMove]] = field(default_factory=dict)
    """What was done to each before, oldest first."""
    followers: Mapping[int, Sequence[Follower]] = field(default_factory=dict)
    authors: Mapping[int, Proposal] = field(default_factory=dict)
    attending: Mapping[int, Sequence[Attending]] = field(default_factory=dict)
    territory: Territory | None = None
    """Where the change moves them."""
    neighbours: Sequence[Neighbour] | None = None
    """What else is on where they go; None to ask for each event."""


# --- reading ----------------------------------------------------------------------------------------------

LOADED = (
    joinedload(Event.edition),
    joinedload(Event.territory).joinedload(Territory.region),
    joinedload(Event.territory).joinedload(Territory.mrc),
    selectinload(Event.details).joinedload(EventDetails.picture),
    selectinload(Event.sessions),
)
"""What a change reads of an event."""


def get_event(event_id: int) -> Event:
    """The event with all that a change shows."""
    found = db.session.scalar(sa.select(Event).where(Event.id == event_id).options(*LOADED))
    if found is None:
        raise NotFound(_("Cet événement n’existe pas. Cherchez-le dans la liste des activités."))
    return found


def list_locked(event_ids: Collection[int]) -> list[Event]:
    """Those events, in the order of their numbers, which nobody else changes until the transaction ends."""
    ordered = sa.select(Event).where(Event.id.in_(event_ids)).order_by(Event.id)
    # A proposal is always locked before its event: by its author, by whoever reads it, and here.
    db.session.execute(
        sa.select(Proposal.id).where(Proposal.event_id.in_(event_ids)).order_by(Proposal.id).with_for_update()
    ).all()
    # First the locks, in one order for all: what is read afterwards is what the last one wrote.
    db.session.execute(ordered.with_only_columns(Event.id).with_for_update()).all()
    again = ordered.options(*LOADED).execution_options(populate_existing=True)
    return list(db.session.scalars(again))


def read_around(events: Sequence[Event], change: Change | None = None) -> Around:
    """What is known around these events: a few statements, whatever their number."""
    numbers = [event.id for event in events]
    territory = None
    if change is not None and change.geo_code:
        territory = db.session.scalar(
            sa.select(Territory)
            .where(Territory.geo_code == change.geo_code, Territory.valid_to.is_(None))
            .options(joinedload(Territory.region), joinedload(Territory.mrc))
        )
        if territory is None:
            raise NotFound(_("Aucun territoire ne porte ce code. Choisissez une municipalité."))
    moves, followers = dict[int, list[EventMove]](), dict[int, list[Follower]]()
    for move in db.session.scalars(
        sa.select(EventMove).where(EventMove.event_id.in_(numbers)).order_by(EventMove.id)
    ):
        moves.setdefault(move.event_id, []).append(move)
    for follower in db.session.scalars(
        sa.select(Follower)
        .where(Follower.event_id.in_(numbers), Follower.verified_at.is_not(None))
        .order_by(Follower.id)
    ):
        followers.setdefault(follower.event_id, []).append(follower)
    written = sa.select(Proposal).where(Proposal.event_id.in_(numbers), Proposal.verified_at.is_not(None))
    authors = {each.event_id: each for each in db.session.scalars(written) if each.event_id is not None}
    attending = current_app.extensions["attending"](numbers)
    return Around(moves=moves, followers=followers, authors=authors, attending=attending, territory=territory)


def stamp_of(event: Event) -> str:
    """How the event stands, as one mark that each change of it changes; its sessions are loaded."""
    return "-".join(str(number) for number in (event.sequence, *(row.sequence for row in event.sessions)))


# --- carrying out -----------------------------------------------------------------------------------------


class Times(NamedTuple):
    """When one date is: its first and last day, its instants."""

    starts_on: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    ends_on: date | None

    @classmethod
    def of(cls, sitting: Session) -> Times:
        return cls(sitting.starts_on, sitting.starts_at, sitting.ends_at, sitting.ends_on)

    def ends(self) -> datetime | None:
        """When it is over, an hour after it began when nobody said; None without an hour."""
        return self.ends_at or (self.starts_at + CEREMONY_LENGTH if self.starts_at else None)

    def moved_by(self, days: int, at: time | None, zone: str) -> Times:
        """So many days later, at the same hour on the clocks there or at this one, lasting as long on them.

        Raises `clock.NonexistentTime` for an hour over which the clocks jump.
        """
        if self.starts_on is None:
            return self
        gap = timedelta(days=days)
        first, last = self.starts_on + gap, self.ends_on + gap if self.ends_on else None
        if self.starts_at is None:
            if at is None:
                return Times(first, None, None, last)
            return Times(first, clock.to_utc(first, at, zone), None, None)
        begins = clock.to_local(self.starts_at, zone).replace(tzinfo=None)
        moved = datetime.combine(begins.date() + gap, at or begins.time())
        return Times(
            first,
            clock.to_utc(moved.date(), moved.time(), zone),
            _shifted(self.ends_at, moved - begins, zone),
            last,
        )


def _shifted(instant: datetime | None, gap: timedelta, zone: str) -> datetime | None:
    """That instant, so much later on the clocks there."""
    if instant is None:
        return None
    moved = clock.to_local(instant, zone).replace(tzinfo=None) + gap
    return clock.to_utc(moved.date(), moved.time(), zone)


def is_over(event: Event, sitting: Session, now: datetime) -> bool:
    """That date is behind; one without a day never is."""
    ends = Times.of(sitting).ends()
    if ends is not None:
        return ends <= now
    last = sitting.ends_on or sitting.starts_on
    return last is not None and last < clock.today(now, event.time_zone)


def has_begun(event: Event, sitting: Session, now: datetime) -> bool:
    """That date is under way, or over."""
    if sitting.starts_at is not None:
        return sitting.starts_at <= now
    return sitting.starts_on is not None and sitting.starts_on < clock.today(now, event.time_zone)


def carry_out(event: Event, change: Change, around: Around, *, now: datetime) -> None:
    """Make the event stand as the change says; `Conflict` when that cannot be, before anything is written."""
    if not change.sitting_ids <= {row.id for row in event.sessions}:
        raise NotFound(_("Cette date n’existe pas. Revenez à la fiche de l’activité."))
    _ACTIONS[change.action](event, change, around, now)


def _concerned(event: Event, change: Change, now: datetime) -> list[Session]:
    """The dates that the change is about: those named, or all, as far as they are ahead."""
    named = [row for row in event.sessions if not change.sitting_ids or row.id in change.sitting_ids]
    ahead = [row for row in named if not is_over(event, row, now)]
    if not ahead:
        raise Conflict(
            _("Cette date est passée : elle ne change plus.")
            if len(named) == 1
            else _("Toutes les dates sont passées : elles ne changent plus.")
        )
    return ahead


def _refuse_if_off(event: Event) -> None:
    if event.state is EventState.CANCELLED:
        raise Conflict(_("Tout est annulé. Rétablissez d’abord l’activité."))
    if event.state is EventState.HELD:
        raise Conflict(_("L’activité a déjà eu lieu."))


def when_postponed(event: Event, change: Change) -> When:
    """The new day and hour of a ceremony."""
    known = Times.of(event.sessions[0])
    days = _days(known, change)
    if days is None or known.starts_on is None:
        raise Conflict(_("Une cérémonie se reporte à un jour connu. Inscrivez la nouvelle date."))
    moved = known.moved_by(days, change.at, event.time_zone)
    at = clock.to_local(moved.starts_at, event.time_zone).time() if moved.starts_at else None
    return When(day=known.starts_on + timedelta(days=days), at=at)


def _days(first: Times, change: Change) -> int | None:
    """By how many days it is postponed; None for « date à confirmer »."""
    if change.day is None:
        return change.days or None
    return (change.day - first.starts_on).days if first.starts_on else 0


def _postpone(event: Event, change: Change, around: Around, now: datetime) -> None:
    _refuse_if_off(event)
    if event.kind is EventKind.FLAG_RAISING:
        when = when_postponed(event, change)
        place = change.place or event.place
        if not services.postpone(event, when=when, reason=change.reason, place=place, now=now):
            raise Conflict(_("La cérémonie est déjà prévue à ce moment-là."))
        return
    rows = [row for row in _concerned(event, change, now) if row.state is not EventState.CANCELLED]
    if not rows:
        raise Conflict(_("Cette date est annulée. Rétablissez-la d’abord."))
    known = {row.id: _last_times(row, around.moves.get(event.id, ())) for row in rows}
    days = _days(min(known.values(), key=_in_order), change)
    moved = {
        row.id: known[row.id].moved_by(days, change.at, event.time_zone)
        if days is not None
        else Times(None, None, None, None)
        for row in rows
    }
    if all(Times.of(row) == moved[row.id] for row in rows):
        raise Conflict(_("C’est déjà prévu à ce moment-là : rien ne change."))
    for row in rows:
        if Times.of(row) != moved[row.id]:
            _postpone_sitting(event, row, moved[row.id], change, around, now)


def _in_order(times: Times) -> tuple[date, datetime]:
    return times.starts_on or date.max, times.starts_at or wording.ALWAYS


def _postpone_sitting(
    event: Event, row: Session, times: Times, change: Change, around: Around, now: datetime
) -> None:
    if row.state is EventState.POSTPONED and times == _first_times(row, around.moves.get(event.id, ())):
        _return(row, times, now)  # back on its first day, it is not postponed any more
        return
    moved = Session(**times._asdict())
    services.postpone_sitting(event, row, moved=moved, reason=change.reason, now=now)
    if times.starts_on is not None:
        row.month_on = None


def _return(row: Session, times: Times, now: datetime) -> None:
    row.starts_on, row.starts_at, row.ends_at, row.ends_on = times
    row.state, row.state_reason = None, ""
    row.postponed_from_on, row.postponed_from_at = None, None
    services.touch_sitting(row, now)


def _last_times(row: Session, moves: Sequence[EventMove]) -> Times:
    """When it was last known to be, for what has no day any more."""
    if row.starts_on is not None:
        return Times.of(row)
    for move in reversed(moves):
        told = _told_before(move, row.id)
        if told is not None and told["starts_on"] is not None:
            return _times(told)
    return _first_day(row, None)


def _first_times(row: Session, moves: Sequence[EventMove]) -> Times:
    """When it was first to be, before it was postponed."""
    for move in reversed(moves):
        told = _told_before(move, row.id)
        if told is not None and told["state"] != EventState.POSTPONED.value:
            times = _times(told)
            if times.starts_on == row.postponed_from_on and times.starts_at == row.postponed_from_at:
                return times
            break
    return _first_day(row, row)


def _first_day(row: Session, lasting: Session | None) -> Times:
    """The first day as the date itself remembers it; it lasts as long as it does now."""
    first, starts_at = row.postponed_from_on, row.postponed_from_at
    ends_at = None
    if lasting and starts_at and lasting.starts_at and lasting.ends_at:
        ends_at = starts_at + (lasting.ends_at - lasting.starts_at)
    last = None
    if lasting and first and lasting.starts_on and lasting.ends_on:
        last = first + (lasting.ends_on - lasting.starts_on)
    return Times(first, starts_at, ends_at, last)


def _move(event: Event, change: Change, around: Around, now: datetime) -> None:
    _refuse_if_off(event)
    _concerned(event, replace(change, sitting_ids=frozenset()), now)
    place = change.place or event.place
    if event.kind is EventKind.FLAG_RAISING:
        if not change.is_indoors:
            raise Conflict(_("Le lieu d’une cérémonie se corrige dans la fiche de sa municipalité."))
        if not services.move_indoors(event, place=place, reason=change.reason, now=now):
            raise Conflict(_("C’est déjà le lieu annoncé : rien ne change."))
        return
    before = (event.place, event.is_indoors, event.territory_id, _format(event))
    if around.territory is not None and around.territory.id != event.territory_id:
        _settle(event, around.territory)
    if event.details is not None and event.details.format is Format.ONLINE and change.place:
        event.details.format, event.details.online_url = Format.IN_PERSON, ""
    event.place, event.is_indoors = place, change.is_indoors
    if before == (event.place, event.is_indoors, event.territory_id, _format(event)):
        raise Conflict(_("C’est déjà le lieu annoncé : rien ne change."))
    event.state_reason = change.reason
    services.touch(event, now)


def _format(event: Event) -> Format | None:
    return event.details.format if event.details else None


def _settle(event: Event, territory: Territory) -> None:
    """In another municipality: the same hours on the clocks there."""
    for row in event.sessions:
        for name in ("starts_at", "ends_at"):
            instant = getattr(row, name)
            if instant is not None:
                local = clock.to_local(instant, event.time_zone)
                setattr(row, name, clock.to_utc(local.date(), local.time(), territory.time_zone))
    event.territory_id, event.region_code, event.time_zone = territory.id, None, territory.time_zone
    set_committed_value(event, "territory", territory)


def _put_online(event: Event, change: Change, around: Around, now: datetime) -> None:
    _refuse_if_off(event)
    _concerned(event, replace(change, sitting_ids=frozenset()), now)
    if event.kind is EventKind.FLAG_RAISING:
        raise Conflict(_("Un lever de drapeau a lieu sur place : il ne se met pas en ligne."))
    if event.details is None:
        raise Conflict(_("La fiche de cette activité est incomplète. Corrigez-la d’abord."))
    url = change.online_url or event.details.online_url
    if event.details.format is Format.ONLINE and event.details.online_url == url:
        raise Conflict(_("L’activité est déjà en ligne à cette adresse : rien ne change."))
    event.details.format, event.details.online_url = Format.ONLINE, url
    event.place, event.is_indoors, event.state_reason = "", False, change.reason
    services.touch(event, now)


def _cancel(event: Event, change: Change, around: Around, now: datetime) -> None:
    if event.state is EventState.CANCELLED:
        raise Conflict(_("C’est déjà annulé."))
    if event.state is EventState.HELD:
        raise Conflict(_("L’activité a déjà eu lieu."))
    rows = _concerned(event, change, now)
    if len(rows) == len(event.sessions):
        services.cancel(event, reason=change.reason, now=now)
        return
    # What is behind took place: only what is ahead is called off.
    left = [row for row in rows if row.state is not EventState.CANCELLED]
    if not left:
        raise Conflict(_("C’est déjà annulé."))
    for row in left:
        services.cancel_sitting(event, row, reason=change.reason, now=now)


def _reinstate(event: Event, change: Change, around: Around, now: datetime) -> None:
    if event.state is EventState.CANCELLED:
        services.reinstate(event, now=now)
        return
    if event.kind is EventKind.FLAG_RAISING:
        if not services.unpostpone(event, now=now):
            raise Conflict(_("La cérémonie n’est ni reportée ni annulée : il n’y a rien à rétablir."))
        return
    rows = _concerned(event, change, now)
    off = [row for row in rows if row.state is EventState.CANCELLED]
    moved = [row for row in rows if row.state is EventState.POSTPONED]
    if not off and not moved:
        raise Conflict(_("Rien n’est reporté ni annulé : il n’y a rien à rétablir."))
    for row in off:
        services.reinstate_sitting(row, now=now)
    if not off:
        for row in moved:
            _take_back(event, row, around, now)


def _take_back(event: Event, row: Session, around: Around, now: datetime) -> None:
    times = _first_times(row, around.moves.get(event.id, ()))
    ends = times.ends()
    last = times.ends_on or times.starts_on
    is_behind = ends <= now if ends else last is not None and last < clock.today(now, event.time_zone)
    if is_behind:
        raise Conflict(_("La première date est passée. Reportez plutôt l’activité à un autre jour."))
    _return(row, times, now)


_ACTIONS = {
    EventAction.POSTPONE: _postpone,
    EventAction.MOVE: _move,
    EventAction.PUT_ONLINE: _put_online,
    EventAction.CANCEL: _cancel,
    EventAction.REINSTATE: _reinstate,
}


# --- how it stands, kept ----------------------------------------------------------------------------------

_OF_EVENT = (
    "state", "state_reason", "place", "is_indoors", "territory_id", "region_code", "time_zone",
    "postponed_from_at",
)  # fmt: skip
_OF_DETAILS = ("format", "online_url")
_OF_SITTING = (
    "state", "state_reason", "starts_on", "starts_at", "ends_at", "ends_on", "postponed_from_on",
    "postponed_from_at",
)  # fmt: skip


def standing_of(event: Event) -> dict[str, Any]:
    """How the event stands, as plain values; `restore` writes it back."""
    return {
        **{name: _plain(getattr(event, name)) for name in _OF_EVENT},
        "details": {name: _plain(getattr(event.details, name)) for name in _OF_DETAILS}
        if event.details
        else None,
        "sittings": [
            {"id": row.id, **{name: _plain(getattr(row, name)) for name in _OF_SITTING}}
            for row in event.sessions
        ],
        "words": [words_of(event, row) for row in event.sessions],
    }


def restore(event: Event, standing: Mapping[str, Any], *, now: datetime) -> None:
    """Make it stand again as it did. Its sessions and details are loaded."""
    read = {
        "state": EventState,
        "postponed_from_at": datetime.fromisoformat,
        "starts_at": datetime.fromisoformat,
        "ends_at": datetime.fromisoformat,
        "starts_on": date.fromisoformat,
        "ends_on": date.fromisoformat,
        "postponed_from_on": date.fromisoformat,
        "format": Format,
    }

    def write(row: Model, names: Sequence[str], told: Mapping[str, Any]) -> bool:
        values = {
            name: read[name](told[name]) if name in read and told[name] is not None else told[name]
            for name in names
        }
        changed = {name: value for name, value in values.items() if getattr(row, name) != value}
        for name, value in changed.items():
            setattr(row, name, value)
        return bool(changed)

    is_changed = write(event, _OF_EVENT, standing)
    if event.details is not None and standing["details"] is not None:
        is_changed = write(event.details, _OF_DETAILS, standing["details"]) or is_changed
    told_of = {told["id"]: told for told in standing["sittings"]}
    for row in event.sessions:
        if row.id in told_of and write(row, _OF_SITTING, told_of[row.id]):
            services.touch_sitting(row, now)
    if is_changed:
        services.touch(event, now)


def stands_as(event: Event, standing: Mapping[str, Any]) -> bool:
    """Whether nothing of it has changed since it stood so."""
    known = standing_of(event)
    return all(known[name] == standing[name] for name in known if name != "words")


def _plain(value: object) -> object:
    if isinstance(value, EventState | Format):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value


def _told_before(move: EventMove, sitting_id: int) -> Mapping[str, Any] | None:
    return next((told for told in move.before.get("sittings", ()) if told["id"] == sitting_id), None)


def _times(told: Mapping[str, Any]) -> Times:
    def at(name: str) -> datetime | None:
        return datetime.fromisoformat(told[name]) if told[name] else None

    def on(name: str) -> date | None:
        return date.fromisoformat(told[name]) if told[name] else None

    return Times(on("starts_on"), at("starts_at"), at("ends_at"), on("ends_on"))


# --- what it does, in words -------------------------------------------------------------------------------


def words_of(event: Event, sitting: Session) -> str:
    """« lundi 15 novembre 2027, de 10 h à 11 h, Bibliothèque municipale »"""
    occasion = wording.Occasion.of(event, sitting)
    place = FORMATS[Format.ONLINE] if _format(event) is Format.ONLINE else wording.place_text(occasion)
    told = (wording.day_text(occasion), wording.hour_text(occasion), place)
    return ", ".join(part for part in told if part)


@dataclass(frozen=True, kw_only=True)
class DateEffect:
    """One date before and after, and what subscribed calendars receive of it."""

    sitting_id: int
    before: str
    after: str
    labels: tuple[wording.Label, ...]
    note: str
    entry: CalendarEntry | None
    is_changed: bool


@dataclass(frozen=True, kw_only=True)
class Effects:
    """All that a change does."""

    event_id: int
    title: str
    slug: str
    headline: str
    """« Reportée au 16 novembre »: what a letter says first."""
    stamp: str
    """How the event stood when this was seen."""
    is_published: bool
    dates: tuple[DateEffect, ...]
    reason: str
    followers: int
    authors: int
    attending: int
    """People registered, who are told whether or not they asked to be."""
    warnings: tuple[str, ...]

    @property
    def changed(self) -> tuple[DateEffect, ...]:
        return tuple(each for each in self.dates if each.is_changed)

    @property
    def letters(self) -> int:
        return self.followers + self.authors + self.attending


def preview(event: Event, change: Change, *, now: datetime, around: Around | None = None) -> Effects:
    """What the change would do, without doing it. Raises what `apply` would raise."""
    around = around or read_around([event], change)
    after = copy_of(event)
    carry_out(after, change, around, now=now)
    return effects(event, after, change, around, now=now)


def effects(event: Event, after: Event, change: Change, around: Around, *, now: datetime) -> Effects:
    """What differs between an event and a copy that the change was carried out on."""
    tells = change.tell and event.is_published
    author = around.authors.get(event.id)
    dates = tuple(_date_effect(event, after, *rows, now=now) for rows in _pairs(event, after))
    changed = {date.sitting_id for date in dates if date.is_changed}
    people = around.attending.get(event.id, ()) if change.tell else ()
    attending = {each.email for each in people if each.sitting_ids & changed}
    following = {each.email for each in around.followers.get(event.id, ())} - attending
    return Effects(
        event_id=event.id,
        title=event.title,
        slug=event.slug,
        headline=headline(after, change),
        stamp=stamp_of(event),
        is_published=event.is_published,
        dates=dates,
        reason=change.reason,
        followers=len(following) if tells else 0,
        authors=int(tells and author is not None and author.email not in following | attending),
        attending=len(attending),
        warnings=tuple(_warnings(event, after, around, now)),
    )


def _pairs(event: Event, after: Event) -> list[tuple[Session, Session]]:
    """Each date before and after; one that was added has no before."""
    moved = {row.id: row for row in after.sessions}
    return [(row, moved[row.id]) for row in event.sessions if row.id in moved]


def _date_effect(event: Event, after: Event, before: Session, moved: Session, *, now: datetime) -> DateEffect:
    url = public_link("events.show", slug=event.slug)
    occasion = wording.Occasion.of(after, moved)
    return DateEffect(
        sitting_id=before.id,
        before=words_of(event, before),
        after=words_of(after, moved),
        labels=tuple(wording.labels(occasion, now=now)),
        note=wording.change_text(occasion),
        entry=calendar_entry(after, after.territory, url, sitting=moved),
        is_changed=_look(event, before) != _look(after, moved),
    )


def _look(event: Event, sitting: Session) -> tuple[object, ...]:
    return (words_of(event, sitting), wording.state_of(event, sitting), Times.of(sitting), event.is_indoors)


def _warnings(event: Event, after: Event, around: Around, now: datetime) -> Iterator[str]:
    edition = event.edition
    changed = [
        moved
        for before, moved in _pairs(event, after)
        if Times.of(before) != Times.of(moved) and moved.starts_on is not None
    ]
    for row in changed:
        if not _is_in_week(edition, row.starts_on):
            yield _("Le %(day)s est en dehors de la semaine.", day=full_date(row.starts_on))
        if has_begun(after, row, now):
            yield _("La nouvelle date est déjà passée : vérifiez-la.")
    is_moved = (event.place, event.territory_id) != (after.place, after.territory_id)
    for other in _conflicts(after, after.sessions if is_moved else changed, around):
        starts_at = clock.to_local(other.starts_at, after.time_zone)
        yield _(
            "Même lieu, même heure : « %(title)s », le %(day)s à %(hour)s.",
            title=other.title,
            day=full_date(starts_at.date()),
            hour=hour(starts_at),
        )


def _is_in_week(edition: Edition, day: date | None) -> bool:
    if edition.start_on is None or edition.end_on is None or day is None:
        return True
    return edition.start_on <= day <= edition.end_on


def _conflicts(event: Event, rows: Sequence[Session], around: Around) -> list[Neighbour]:
    """What else is on at the same place while these dates last; nothing without a place or an hour."""
    lasting = [
        (row.starts_at, Times.of(row).ends() or row.starts_at) for row in rows if row.starts_at is not None
    ]
    if not lasting or not event.place or event.territory_id is None or _format(event) is Format.ONLINE:
        return []
    others = around.neighbours
    if others is None:
        first, last = min(start for start, _end in lasting), max(end for _start, end in lasting)
        others = list_neighbours([event.territory_id], since=first, until=last, besides=[event.id])
    here = (event.territory_id, _folded(event.place))
    return [
        other
        for other in others
        if other.event_id != event.id
        and (other.territory_id, _folded(other.place)) == here
        and any(other.starts_at < end and other.ends_at > start for start, end in lasting)
    ]


def list_neighbours(
    territory_ids: Collection[int], *, since: datetime, until: datetime, besides: Collection[int]
) -> list[Neighbour]:
    """What takes place in these municipalities meanwhile, other than these events."""
    rows = db.session.execute(
        sa.select(Event.id, Event.title, Event.territory_id, Event.place, Session.starts_at, Session.ends_at)
        .join(Session, Session.event_id == Event.id)
        .where(
            Event.territory_id.in_(territory_ids),
            Event.id.not_in(besides),
            Event.is_published.is_(True),
            Event.place != "",
            Event.state != EventState.CANCELLED,
            Session.state.is_distinct_from(EventState.CANCELLED),
            Session.starts_at.between(since - timedelta(days=1), until),
        )
        .order_by(Session.starts_at, Event.id)
    )
    return [
        Neighbour(
            event_id=row.id,
            title=row.title,
            territory_id=row.territory_id,
            place=row.place,
            starts_at=row.starts_at,
            ends_at=row.ends_at or row.starts_at + CEREMONY_LENGTH,
        )
        for row in rows
    ]


def _folded(place: str) -> str:
    return " ".join(place.casefold().split())


def headline(after: Event, change: Change) -> str:
    """« Reportée au 16 novembre », « Annulée », « En ligne »: what became of it, first of all."""
    feminine = after.kind not in wording.MASCULINE
    if change.action is EventAction.POSTPONE:
        days = [
            row.starts_on
            for row in after.sessions
            if row.state is EventState.POSTPONED or after.state is EventState.POSTPONED
            if not change.sitting_ids or row.id in change.sitting_ids
        ]
        return _postponed_words(days, feminine=feminine)
    if change.action is EventAction.CANCEL:
        return _("Annulée") if feminine else _("Annulé")
    if change.action is EventAction.REINSTATE:
        return _("Rétablie") if feminine else _("Rétabli")
    if change.action is EventAction.PUT_ONLINE:
        return _("En ligne")
    return _("À l’intérieur") if change.is_indoors else _("Nouveau lieu")


def _postponed_words(days: Sequence[date | None], *, feminine: bool) -> str:
    known = sorted(day for day in days if day is not None)
    if not days:
        return _("Remise à sa première date") if feminine else _("Remis à sa première date")
    if not known:
        return _("Reportée, date à confirmer") if feminine else _("Reporté, date à confirmer")
    day = day_month(known[0])
    return _("Reportée au %(day)s", day=day) if feminine else _("Reporté au %(day)s", day=day)


# --- doing it ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Done:
    """A change that was made: what is kept of it, and all its effects."""

    event: Event
    move: EventMove
    effects: Effects


def apply(
    event: Event,
    change: Change,
    *,
    author: str,
    now: datetime,
    batch: str = "",
    seen: str = "",
    around: Around | None = None,
) -> Done:
    """Make the change, keep it, and tell the rooms above. `seen` is the stamp of the preview.

    The event is locked (`list_locked`). Its letters are the caller's: `announcing.Post` writes them, so that
    one person receives one letter whatever the number of events. A ceremony is changed through its
    participation, and only noted here: see `note`.
    """
    if event.kind is EventKind.FLAG_RAISING:
        raise Conflict(_("Une cérémonie se change dans la fiche de sa municipalité."))
    refuse_if_stale(event, seen)
    around = around or read_around([event], change)
    before, former = standing_of(event), copy_of(event)
    carry_out(event, change, around, now=now)
    return note(former, event, before, change, around, author=author, now=now, batch=batch)


def refuse_if_stale(event: Event, seen: str) -> None:
    """Raises `ChangedMeanwhile` unless the event stands as it was seen."""
    if seen and seen != stamp_of(event):
        raise ChangedMeanwhile(
            _("« %(title)s » a changé depuis cet aperçu. Relisez-le avant de confirmer.", title=event.title)
        )


def note(
    former: Event,
    event: Event,
    before: Mapping[str, Any],
    change: Change,
    around: Around,
    *,
    author: str,
    now: datetime,
    batch: str = "",
) -> Done:
    """Keep what was just done to the event, `former` being a copy of it as it was; tell the rooms above."""
    move = EventMove(
        event_id=event.id,
        session_id=_only(change.sitting_ids),
        at=now,
        author=author[:200],
        action=change.action,
        reason=change.reason,
        before=dict(before),
        after=standing_of(event),
        batch=batch,
    )
    db.session.add(move)
    _keep_up(around.authors.get(event.id), former, event)
    db.session.flush()
    seen = effects(former, event, change, around, now=now)
    event_changed.send(event, move=move)
    return Done(event=event, move=move, effects=seen)


def _keep_up(proposal: Proposal | None, former: Event, event: Event) -> None:
    """A change of its author that waits to be read says what was just decided, where they had not touched
    it."""
    if proposal is None or proposal.state not in (ProposalState.REVISED, ProposalState.TO_CORRECT):
        return
    told = ActivityContent.from_json(proposal.content)
    said = keeping_up.kept_up(told, former, event)
    proposal.content = said.to_json()
    if (said.geo_code, said.region_code) != (told.geo_code, told.region_code):
        proposal.territory_id, proposal.region_code = event.territory_id, event.region_code


def _only(numbers: frozenset[int]) -> int | None:
    return next(iter(numbers)) if len(numbers) == 1 else None


def copy_of(event: Event) -> Event:
    """The same event, known to no database session: what is done to it is done to nobody."""
    twin = _twin(event)
    for name in ("edition", "territory"):
        set_committed_value(twin, name, getattr(event, name))
    set_committed_value(twin, "sessions", [_twin(row) for row in event.sessions])
    details = None
    if event.details is not None:
        details = _twin(event.details)
        if event.details.picture_id is not None:
            set_committed_value(details, "picture", event.details.picture)
    set_committed_value(twin, "details", details)
    return twin


def _twin(row: Row) -> Row:
    mapper = sa.inspect(type(row))
    twin = type(row)()
    for attribute in mapper.column_attrs:
        set_committed_value(twin, attribute.key, getattr(row, attribute.key))
    return twin
