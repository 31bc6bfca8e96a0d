"""A file of activities, from the moment it is chosen until all of it is in the calendar.

It is read, its columns are matched, what it would do is shown; once somebody agrees, a worker writes it, some
activities at a time. Each of those steps is one transaction that also says how far it is: a worker that dies
leaves nothing half written, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer, joinedload, selectinload

from campaign import clock
from campaign.accounts.models import Role, User
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import activities, corrections, import_fields, import_rows, organizers, services
from campaign.events.announcing import Post
from campaign.events.content import ActivityContent, Sitting
from campaign.events.import_fields import COLUMNS
from campaign.events.import_rows import Wanted, key_of
from campaign.events.models import (
    ActivityImport,
    Event,
    EventDetails,
    EventKind,
    EventState,
    ImportState,
    Organizer,
    Session,
)
from campaign.i18n import _
from campaign.territory.models import Territory
from campaign.web.tables import Problem, Table, TableRefused, read_table

MOST_ROWS = 10_000
MOST_BYTES = 12_000_000
TOO_HEAVY = _("Ce fichier dépasse 12 Mo. Divisez-le.")
AT_ONCE = 50
"""Activities written in one transaction: on SQLite others wait for it, about a tenth of a second."""

LOOKED_UP_AT_ONCE = 400
SHOWN_PROBLEMS = 500
"""Of a file where everything is wrong, the first ones are enough to see why."""

KEPT_UNUSED = timedelta(days=7)
"""A file that was read and never imported is forgotten after that."""

_WHOLE = (
    joinedload(Event.territory),
    joinedload(Event.details).joinedload(EventDetails.organizer),
    joinedload(Event.details).joinedload(EventDetails.picture),
    selectinload(Event.sessions),
)
# Two files imported at once must not each create the same activity: on SQLite, those who write take turns.
_ONE_AT_A_TIME = sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext("activity_import")))


class Effect(StrEnum):
    """What an activity of the file does."""

    CREATED = "à créer"
    UPDATED = "à mettre à jour"
    SAME = "inchangée"


@dataclass
class Plan:
    """What the file would do, or did."""

    wanted: list[Wanted]
    problems: list[Problem]
    refused: int
    created: int = 0
    updated: int = 0
    unchanged: int = 0

    def add(self, effect: Effect) -> None:
        """One activity more."""
        self.created += effect is Effect.CREATED
        self.updated += effect is Effect.UPDATED
        self.unchanged += effect is Effect.SAME


# --- before anything is written -----------------------------------------------------------------------


def receive(
    content: bytes, *, file_name: str, edition: Edition, user: User | None, now: datetime
) -> ActivityImport:
    """Read the file and guess its columns. Raises `TableRefused` with a sentence when it is no table."""
    table = _table(content)
    row = ActivityImport(
        edition_id=edition.id,
        user_id=user.id if user else None,
        file_name=file_name[-200:] or "fichier",
        rows=[[1, table.header], *([line, cells] for line, cells in table.rows)],
        matching=import_fields.guess(table.header),
        total=len(table.rows),
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _table(content: bytes) -> Table:
    table = read_table(content, most_rows=MOST_ROWS)
    if not table.rows:
        raise TableRefused("le fichier n’a aucune ligne après son en-tête.")
    return table


def header_of(row: ActivityImport) -> list[str]:
    """The names that the file gives its columns."""
    return list(row.rows[0][1]) if row.rows else []


def match(row: ActivityImport, matching: Mapping[str, int]) -> Plan:
    """Take these columns for these fields, and keep what the file would then do."""
    if row.state is not ImportState.READ:
        raise Conflict(_("Cette importation est déjà lancée."))
    missing = [each.label for each in COLUMNS if each.is_needed and each.name not in matching]
    if missing:
        raise Conflict(
            _(
                "Choisissez la colonne de chaque champ obligatoire. Il manque : %(names)s.",
                names=", ".join(missing),
            )
        )
    row.matching = dict(matching)
    plan = foresee(row)
    row.created, row.updated, row.unchanged = plan.created, plan.updated, plan.unchanged
    row.total, row.done = len(plan.wanted), 0
    row.errors = _told(plan)
    return plan


def _told(plan: Plan) -> list[Any]:
    shown = [[each.line, each.column, each.sentence] for each in plan.problems[:SHOWN_PROBLEMS]]
    return [{"refused": plan.refused, "problems": len(plan.problems)}, *shown] if plan.problems else []


def problems_of(row: ActivityImport) -> list[Problem]:
    """The first things that are wrong with the file."""
    return [Problem(line=line, column=column, sentence=said) for line, column, said in row.errors[1:]]


def counts_of(row: ActivityImport) -> tuple[int, int]:
    """How many activities have something wrong, and how many things are wrong."""
    told = row.errors[0] if row.errors else {}
    return told.get("refused", 0), told.get("problems", 0)


def foresee(row: ActivityImport) -> Plan:
    """What the file would do to the calendar as it is now; nothing is written."""
    edition, regions = db.session.get_one(Edition, row.edition_id), regions_of(row)
    reading = import_rows.read(row.rows[1:], row.matching, edition=edition, region_codes=regions)
    plan = Plan(wanted=[], problems=list(reading.problems), refused=reading.refused)
    with db.session.no_autoflush:
        for start in range(0, len(reading.wanted), LOOKED_UP_AT_ONCE):
            chunk = reading.wanted[start : start + LOOKED_UP_AT_ONCE]
            for wanted, event in _known(chunk, edition):
                if event is not None and not _is_theirs(event, regions):
                    plan.problems.append(_not_theirs(wanted))
                    plan.refused += 1
                    continue
                plan.wanted.append(wanted)
                plan.add(_effect(wanted, event))
            for each in [one for one in db.session if isinstance(one, Event)]:
                db.session.expunge(each)  # ten thousand are never in memory together
    return plan


def _not_theirs(wanted: Wanted) -> Problem:
    return Problem(
        line=wanted.line,
        column="Référence",
        sentence="cette activité existe déjà, hors de vos régions. Retirez la ligne.",
    )


def regions_of(row: ActivityImport) -> Collection[str] | None:
    """Where whoever chose the file may write; None is everywhere."""
    user = db.session.get(User, row.user_id) if row.user_id else None
    return user.region_codes if user and user.role is Role.COORDINATOR else None


def _is_theirs(event: Event, regions: Collection[str] | None) -> bool:
    where = event.territory.region_code if event.territory else event.region_code
    return regions is None or where in regions


# --- what is known already ----------------------------------------------------------------------------


def _known(chunk: Sequence[Wanted], edition: Edition) -> Iterator[tuple[Wanted, Event | None]]:
    """Each with the event that it already is, by its reference, else by organizer, title and place."""
    rows = db.session.execute(_candidates(chunk, edition)).all()
    by_reference = {row.reference: row.id for row in rows if row.reference}
    by_key: dict[str, int] = {}
    nameless: dict[str, int] = {}
    for row in rows:
        key = key_of(row.organizer_name, row.title, row.territory_id or row.region_code or "")
        by_key.setdefault(key, row.id)
        if not row.reference:
            nameless.setdefault(key, row.id)
    numbers = [
        # One that has a reference takes the place of one that has none, once.
        by_reference.get(one.reference) or nameless.pop(one.key, None)
        if one.reference
        else by_key.get(one.key)
        for one in chunk
    ]
    found = sa.select(Event).where(Event.id.in_([n for n in numbers if n])).options(*_WHOLE)
    events = {event.id: event for event in db.session.scalars(found)} if any(numbers) else {}
    for wanted, number in zip(chunk, numbers, strict=True):
        yield wanted, events.get(number) if number else None


def _candidates(chunk: Sequence[Wanted], edition: Edition) -> sa.Select[*tuple[Any, ...]]:
    places = {one.territory_id for one in chunk if one.territory_id}
    regions = {one.region_code for one in chunk if not one.territory_id}
    return (
        sa.select(
            Event.id,
            Event.reference,
            Event.title,
            Event.territory_id,
            Event.region_code,
            sa.func.coalesce(EventDetails.organizer_name, "").label("organizer_name"),
        )
        .outerjoin(EventDetails, EventDetails.event_id == Event.id)
        .where(
            Event.edition_id == edition.id,
            Event.kind != EventKind.FLAG_RAISING,
            Event.is_private.is_(False),
            sa.or_(
                Event.reference.in_([one.reference for one in chunk if one.reference]),
                Event.territory_id.in_(places),
                sa.and_(Event.territory_id.is_(None), sa.func.coalesce(Event.region_code, "").in_(regions)),
            ),
        )
        .order_by(Event.id)
    )


def _effect(wanted: Wanted, event: Event | None) -> Effect:
    if event is None:
        return Effect.CREATED
    has_reference = not wanted.reference or event.reference == wanted.reference
    return Effect.SAME if has_reference and _says_already(event, wanted) else Effect.UPDATED


def _says_already(event: Event, wanted: Wanted) -> bool:
    known = activities.content_of(event)
    return known == replace(_content(wanted, event), organizer_kind=known.organizer_kind)


def _content(wanted: Wanted, event: Event | None) -> ActivityContent:
    """What the file says, over what is known of what it leaves unsaid."""
    if event is None:
        return ActivityContent(**wanted.given)
    sittings = _as_decided(event, wanted.given["sittings"])
    return replace(activities.content_of(event), **{**wanted.given, "sittings": sittings})


def _as_decided(event: Event, sittings: Sequence[Sitting]) -> tuple[Sitting, ...]:
    """The dates of the file, after what was decided here since: one that was called off stays so, one that
    was postponed stays where it was moved."""
    left = list(sittings)
    for row in event.sessions:
        if row.state is EventState.CANCELLED:
            if row.starts_on is None or not _drop(left, activities.sitting_of(row, event.time_zone)):
                _drop_first(left, row, event.time_zone)  # postponed, then called off
        elif _is_moved(row) and _drop_first(left, row, event.time_zone) and row.starts_on:
            left.append(activities.sitting_of(row, event.time_zone))
    in_order = {sitting: at for at, sitting in enumerate(activities.content_of(event).sittings)}
    return tuple(sorted(left, key=lambda one: (in_order.get(one, len(in_order)), one.day, str(one.starts))))


def _is_moved(row: Session) -> bool:
    return row.state is EventState.POSTPONED and row.postponed_from_on is not None


def _first_planned(row: Session, zone: str) -> Sitting:
    """The date for which it was planned; only its day and its beginning were kept."""
    assert row.postponed_from_on is not None  # noqa: S101 - asked by the caller
    starts = clock.to_local(row.postponed_from_at, zone).time() if row.postponed_from_at else None
    return Sitting(day=row.postponed_from_on, starts=starts)


def _drop_first(sittings: list[Sitting], row: Session, zone: str) -> bool:
    return row.postponed_from_on is not None and _drop(sittings, _first_planned(row, zone))


def _drop(sittings: list[Sitting], gone: Sitting) -> bool:
    same = next((one for one in sittings if (one.day, one.starts) == (gone.day, gone.starts)), None)
    if same is not None:
        sittings.remove(same)
    return same is not None


# --- writing ------------------------------------------------------------------------------------------


def launch(row: ActivityImport) -> None:
    """Somebody agreed: the valid activities are written as soon as a worker comes by."""
    if row.state not in (ImportState.READ, ImportState.FAILED) or not row.total:
        raise Conflict(_("Cette importation est déjà lancée, ou n’a rien à écrire."))
    if row.state is ImportState.READ:
        row.created = row.updated = row.unchanged = row.done = 0
    row.state = ImportState.WAITING


def list_to_write() -> Sequence[int]:
    """Those that were agreed to, or that a worker left in the middle, the first asked for first."""
    asked = sa.select(ActivityImport.id).where(
        ActivityImport.state.in_((ImportState.WAITING, ImportState.RUNNING))
    )
    return db.session.scalars(asked.order_by(ActivityImport.id)).all()


def read_again(number: int) -> list[Wanted]:
    """The activities of that file, always the same in the same order: `advance` counts them."""
    row = get_import(number)
    edition = db.session.get_one(Edition, row.edition_id)
    reading = import_rows.read(row.rows[1:], row.matching, edition=edition, region_codes=regions_of(row))
    return reading.wanted


def advance(number: int, wanted: Sequence[Wanted], *, now: datetime) -> bool:
    """Write the next activities of that file; say whether some are left. One transaction, opened by the
    caller, writes them and how far it is."""
    row = _to_write(number)
    if row is None:
        return False
    edition = db.session.get_one(Edition, row.edition_id)
    chunk = wanted[row.done : row.done + AT_ONCE]
    plan = Plan(wanted=[], problems=[], refused=0)
    writer = _Writer(edition, regions_of(row), now)
    for one, event in list(_known(chunk, edition)):
        plan.add(writer.write(one, event))
    db.session.flush()
    writer.tell(author=_author_of(row), batch=f"import-{row.id}-{row.done}")
    row.created += plan.created
    row.updated += plan.updated
    row.unchanged += plan.unchanged
    row.done += len(chunk)
    row.total = len(wanted)
    row.state = ImportState.RUNNING
    if row.done >= row.total:
        row.state, row.finished_at, row.rows = ImportState.DONE, now, []
        return False
    return True


def _to_write(number: int) -> ActivityImport | None:
    """That import, held by this transaction; None when another worker has it, or it is over."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(_ONE_AT_A_TIME)
    return db.session.scalar(
        sa.select(ActivityImport)
        .where(
            ActivityImport.id == number,
            ActivityImport.state.in_((ImportState.WAITING, ImportState.RUNNING)),
        )
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _author_of(row: ActivityImport) -> str:
    """Who agreed to it, as the history names them; a command has nobody."""
    user = db.session.get(User, row.user_id) if row.user_id else None
    return (user.name if user else "") or _("Importation de « %(file)s »", file=row.file_name)


class _Writer:
    """Puts activities in the calendar, published: they come from the team."""

    def __init__(self, edition: Edition, regions: Collection[str] | None, now: datetime) -> None:
        self.edition = edition
        self.regions = regions
        self.now = now
        self._organizers: dict[tuple[str, str], Organizer] = {}
        self._territories: dict[int, Territory] = {}
        self._corrected: list[tuple[corrections.Known, Event]] = []

    def write(self, one: Wanted, event: Event | None) -> Effect:
        effect = _effect(one, event)
        if effect is Effect.SAME or (event is not None and not _is_theirs(event, self.regions)):
            return Effect.SAME
        content = _content(one, event)
        if event is None:
            event = activities.create(
                content,
                edition=self.edition,
                territory=self._territory(one.territory_id),
                organizer=self._organizer(content, one),
                reference=one.reference or None,
                now=self.now,
            )
            services.publish(event, now=self.now)
            return effect
        self._corrected.append((corrections.remember(event), event))
        picture_id = event.details.picture_id if event.details else None
        activities.update(
            event,
            content,
            territory=self._territory(one.territory_id)
            if one.given.keys() & {"geo_code"}
            else event.territory,
            organizer=self._organizer(content, one),
            now=self.now,
        )
        if event.details is not None:
            event.details.picture_id = picture_id  # no file tells of pictures
        event.reference = one.reference or event.reference
        return effect

    def tell(self, *, author: str, batch: str) -> None:
        """Write to whoever follows what this file moved or called off, once all of it is flushed."""
        post = Post(batch)
        for known, event in self._corrected:
            corrections.gather(known, event, post, author=author, now=self.now)
        post.send(now=self.now)

    def _territory(self, number: int | None) -> Territory | None:
        if number is None:
            return None
        if number not in self._territories:
            self._territories[number] = db.session.get_one(Territory, number)
        return self._territories[number]

    def _organizer(self, content: ActivityContent, one: Wanted) -> Organizer | None:
        if not content.contact_email:
            return None
        key = (content.organizer_name, content.contact_email)
        if key not in self._organizers:
            territory = self._territory(one.territory_id)
            self._organizers[key] = organizers.find_or_create(
                content.organizer_name,
                content.organizer_kind,
                email=content.contact_email,
                region_code=territory.region_code if territory else one.region_code or None,
                now=self.now,
            )
        return self._organizers[key]


def set_aside(number: int, *, now: datetime) -> None:
    """Something unforeseen stopped it: a person is told, and may take it up again."""
    row = get_import(number)
    row.state, row.finished_at = ImportState.FAILED, now


# --- what there is ------------------------------------------------------------------------------------


def get_import(number: int, *, user: User | None = None) -> ActivityImport:
    """That import, if it is this person's; the whole team's for who is no coordinator."""
    row = db.session.get(ActivityImport, number)
    is_another = user is not None and user.role is Role.COORDINATOR and row and row.user_id != user.id
    if row is None or is_another:
        raise NotFound(_("Cette importation n’existe plus. Choisissez de nouveau le fichier."))
    return row


def list_recent(user: User, *, limit: int = 10) -> Sequence[ActivityImport]:
    """The last ones that this person sees, without their rows."""
    found = (
        sa.select(ActivityImport)
        .options(defer(ActivityImport.rows), defer(ActivityImport.errors))
        .order_by(ActivityImport.id.desc())
        .limit(limit)
    )
    if user.role is Role.COORDINATOR:
        found = found.where(ActivityImport.user_id == user.id)
    return db.session.scalars(found).all()


def forget(row: ActivityImport) -> None:
    """Nothing of the file is kept."""
    if row.state is not ImportState.READ:
        raise Conflict(_("Cette importation est déjà lancée."))
    db.session.delete(row)


def forget_unused(now: datetime) -> int:
    """Forget the files that were read and never imported; how many."""
    old = sa.delete(ActivityImport).where(
        ActivityImport.state == ImportState.READ, ActivityImport.created_at < now - KEPT_UNUSED
    )
    return int(db.session.execute(old).rowcount)  # type: ignore[attr-defined]  # of a DELETE there is one
