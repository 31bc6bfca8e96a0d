"""Who is in, who is missing, what needs a person: always within the regions of whoever asks.

`regions` is None for the whole of Québec, else the codes that the person may see; what has no region then
stays out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, defer, joinedload

from campaign import clock
from campaign.board import calls
from campaign.board.calls import Call
from campaign.board.filters import Filters, Group
from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import db
from campaign.events import listing
from campaign.events.models import Event
from campaign.outbox.models import Message, MessageState, Suppression
from campaign.outbox.queries import NEEDS_A_PERSON
from campaign.participations import reach, states
from campaign.participations.figures import counted_territories
from campaign.participations.models import (
    KitState,
    Participation,
    ParticipationMove,
    PersonalLink,
    State,
)
from campaign.territory.models import Mrc, Region, Territory
from campaign.territory.search import search

Regions = frozenset[str] | None

PAGE_LENGTH = 50
MOST_FOUND = 300
LATE_AFTER = timedelta(minutes=15)
"""A message due for longer than this: the worker has probably stopped."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One territory of the list, what it does in the edition, and how to reach it."""

    territory: Territory
    participation: Participation | None
    contact: Contact | None
    email: str
    is_refused: bool
    call: Call | None

    @property
    def state(self) -> State:
        return self.participation.state if self.participation else State.NOT_INVITED

    @property
    def phone(self) -> str:
        """Of the person, else of the town hall: the official directory publishes none."""
        return self.contact.phone if self.contact and self.contact.phone else self.territory.phone

    @property
    def extension(self) -> str:
        return self.contact.extension if self.contact and self.contact.phone else ""


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """One region or one MRC: « n municipalités sur n », and what the others answered."""

    code: str
    name: str
    total: int
    counted: int
    waiting: int
    """Registered, not yet confirmed or not yet checked."""
    undecided: int
    refused: int
    """Declined or cancelled."""
    silent: int

    @property
    def percent(self) -> int:
        return round(100 * self.counted / self.total) if self.total else 0


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """How many of each thing wait for a person."""

    to_call: int
    to_review: int
    to_confirm: int
    kits: int
    activities: int
    """Proposed or changed, to be read."""
    refused_addresses: int
    uncertain: int
    late: int


# --- the list ---------------------------------------------------------------------------------------


def _in_scope(regions: Regions) -> sa.ColumnElement[bool]:
    return sa.true() if regions is None else Territory.region_code.in_(regions)


def _joined(edition: Edition) -> sa.Select[int]:
    """Every territory beside its participation in the edition, if any, and the person who answers for it."""
    return (
        sa.select(Territory.id)
        .outerjoin(
            Participation,
            sa.and_(Participation.territory_id == Territory.id, Participation.edition_id == edition.id),
        )
        .outerjoin(Contact, sa.and_(Contact.id == Participation.contact_id, Contact.left_at.is_(None)))
    )


def _is_known() -> sa.ColumnElement[bool]:
    """The municipalities of today, and whoever else takes part: boroughs, MRC, communities."""
    return sa.or_(
        sa.and_(Territory.is_local.is_(True), Territory.valid_to.is_(None)), Participation.id.is_not(None)
    )


def select_rows(edition: Edition, filters: Filters, *, regions: Regions, now: datetime) -> sa.Select[int]:
    """The ids of the territories that the filters ask for, in the ministry's order; to count or to load."""
    wanted = _joined(edition).where(_in_scope(regions))
    wanted = wanted.where(*_conditions(edition, filters, now))
    wanted = wanted.where(_answers(filters.q) if filters.q else _is_known())
    return wanted.order_by(Territory.sort_key, Territory.id)


def _conditions(edition: Edition, filters: Filters, now: datetime) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if filters.state is not None:
        conditions.append(_in_state(filters.state))
    if filters.region:
        conditions.append(Territory.region_code == filters.region)
    if filters.mrc:
        conditions.append(Territory.mrc_code == filters.mrc)
    if filters.kit is not None:
        conditions.append(Participation.kit_state == filters.kit)
    if filters.resolution is not None:
        conditions.append(Participation.resolution_state == filters.resolution)
    if filters.to_review:
        conditions.append(Participation.needs_review.is_(True))
    if filters.to_call:
        conditions.append(calls.reason(edition, now=now, today=clock.today(now)).is_not(None))
    return conditions


def _in_state(state: State | Group) -> sa.ColumnElement[bool]:
    if state is Group.SILENT:
        return calls.is_silent()
    if state is Group.COUNTED:
        return Participation.state.in_(states.COUNTED)
    if state is State.NOT_INVITED:
        return sa.or_(Participation.id.is_(None), Participation.state == State.NOT_INVITED)
    return Participation.state == state


def _answers(typed: str) -> sa.ColumnElement[bool]:
    """A name as people type it, the beginning of a code, a person, an address."""
    person = sa.func.lower(Contact.first_name + " " + Contact.last_name)
    found = [suggestion.geo_code for suggestion in search(typed, limit=MOST_FOUND).suggestions]
    conditions = [
        Territory.geo_code.in_(found),
        person.contains(typed.lower(), autoescape=True),
        sa.func.lower(Contact.email).contains(typed.lower(), autoescape=True),
        sa.func.lower(Territory.email) == typed.lower(),
    ]
    if typed.isdigit():
        conditions.append(Territory.geo_code.startswith(typed))
    return sa.or_(*conditions)


def count_rows(edition: Edition, filters: Filters, *, regions: Regions, now: datetime) -> int:
    """How many territories the filters ask for."""
    wanted = select_rows(edition, filters, regions=regions, now=now).order_by(None).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0


def list_rows(
    edition: Edition,
    filters: Filters,
    *,
    regions: Regions,
    now: datetime,
    limit: int | None = None,
    offset: int = 0,
) -> list[Row]:
    """The rows of the list with all that they show: three queries whatever their number."""
    email = reach.address()
    wanted = (
        select_rows(edition, filters, regions=regions, now=now)
        .with_only_columns(
            Territory,
            Participation,
            Contact,
            email,
            reach.is_refused(email),
            calls.reason(edition, now=now, today=clock.today(now)),
        )
        .options(
            joinedload(Territory.mrc),
            joinedload(Territory.region),
            joinedload(Territory.parent),
            joinedload(Participation.event).selectinload(Event.sessions),
        )
        .limit(limit)
        .offset(offset)
    )
    found = db.session.execute(wanted).unique().all()
    known = _last_contacts([row[0].id for row in found if row[2] is None])
    return [
        Row(
            territory=territory,
            participation=participation,
            contact=contact or known.get(territory.id),
            email=address or "",
            is_refused=is_refused,
            call=Call(reason) if reason else None,
        )
        for territory, participation, contact, address, is_refused, reason in found
    ]


def _last_contacts(territory_ids: Sequence[int]) -> dict[int, Contact]:
    """Who answered last for each of these territories, and has not left."""
    contacts = db.session.scalars(
        sa.select(Contact)
        .where(Contact.territory_id.in_(territory_ids), Contact.left_at.is_(None))
        .order_by(Contact.id)
    )
    return {contact.territory_id: contact for contact in contacts if contact.territory_id}


# --- the board --------------------------------------------------------------------------------------


def count_by_state(edition: Edition, *, regions: Regions, region: str = "") -> dict[State, int]:
    """How many known territories stand in each state."""
    state = sa.func.coalesce(sa.cast(Participation.state, sa.String), State.NOT_INVITED.value)
    rows = db.session.execute(
        _joined(edition)
        .with_only_columns(state, sa.func.count())
        .where(_in_scope(regions), _is_known(), *([Territory.region_code == region] if region else []))
        .group_by(state)
    )
    found = {State(value): number for value, number in rows}
    return {state: found.get(state, 0) for state in State}


def list_coverage(edition: Edition, *, regions: Regions, region: str = "") -> list[Coverage]:
    """Region by region; inside one region, MRC by MRC. A borough stands for its city, as in F1."""
    area = Mrc if region else Region
    code = Territory.mrc_code if region else Territory.region_code
    counted = counted_territories(edition.id).subquery()
    is_counted = counted.c.id.is_not(None)

    def number(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((sa.and_(~is_counted, condition), 1)))

    # Confirmed but still to be checked by the team: registered, not yet in the public figure.
    is_waiting = sa.or_(
        Participation.state == State.REGISTERED,
        sa.and_(Participation.state.in_(states.COUNTED), Participation.needs_review.is_(True)),
    )
    rows = db.session.execute(
        _joined(edition)
        .with_only_columns(
            sa.func.coalesce(area.code, ""),
            sa.func.coalesce(area.name, ""),
            sa.func.count(Territory.id),
            sa.func.count(counted.c.id),
            number(is_waiting),
            number(Participation.state == State.UNDECIDED),
            number(Participation.state.in_((State.DECLINED, State.CANCELLED))),
            number(sa.or_(calls.is_silent(), Participation.state == State.DISCARDED)),
        )
        .outerjoin(area, area.code == code)
        .outerjoin(counted, counted.c.id == Territory.id)
        .where(
            _in_scope(regions),
            Territory.is_local.is_(True),
            Territory.valid_to.is_(None),
            *([Territory.region_code == region] if region else []),
        )
        .group_by(area.code, area.name)
        .order_by(area.code)
    )
    return [
        Coverage(
            code=row[0],
            name=row[1],
            total=row[2],
            counted=row[3],
            waiting=row[4],
            undecided=row[5],
            refused=row[6],
            silent=row[7],
        )
        for row in rows
    ]


def count_tasks(edition: Edition, *, regions: Regions, now: datetime) -> Tasks:
    """What waits for a person, in two queries."""
    today = clock.today(now)
    people = db.session.execute(
        _joined(edition)
        .with_only_columns(
            sa.func.count(calls.reason(edition, now=now, today=today)),
            sa.func.count(sa.case((Participation.needs_review.is_(True), 1))),
            sa.func.count(sa.case((Participation.state == State.REGISTERED, 1))),
            sa.func.count(
                sa.case(
                    (
                        sa.and_(
                            Participation.kit_state == KitState.REQUESTED,
                            Participation.state.in_(states.COUNTED),
                        ),
                        1,
                    )
                )
            ),
        )
        .where(_in_scope(regions), _is_known())
    ).one()
    refused = Message.state.in_((MessageState.BOUNCED, MessageState.FAILED, MessageState.COMPLAINED))
    messages = db.session.execute(
        select_messages(regions=regions)
        .order_by(None)
        .with_only_columns(
            sa.func.count(sa.distinct(sa.case((refused, Message.to_email)))),
            sa.func.count(sa.case((Message.state == MessageState.UNCERTAIN, 1))),
            sa.func.count(
                sa.case(
                    (
                        sa.and_(Message.state == MessageState.QUEUED, Message.not_before <= now - LATE_AFTER),
                        1,
                    )
                )
            ),
        )
    ).one()
    return Tasks(
        to_call=people[0],
        to_review=people[1],
        to_confirm=people[2],
        kits=people[3],
        activities=listing.count_waiting(edition, regions=regions),
        refused_addresses=messages[0],
        uncertain=messages[1],
        late=messages[2],
    )


# --- messages ---------------------------------------------------------------------------------------


def select_messages(
    *,
    regions: Regions,
    state: MessageState | None = None,
    needs_a_person: bool = False,
    typed: str = "",
    regarding: str = "",
) -> sa.Select[Message]:
    """The messages that the person may read, the latest first; a coordinator: those about their regions."""
    wanted = sa.select(Message)
    if regions is not None:
        theirs = sa.select(Territory.geo_code).where(Territory.region_code.in_(regions))
        wanted = wanted.where(Message.regarding.in_(theirs))
    if state is not None:
        wanted = wanted.where(Message.state == state)
    if needs_a_person:
        wanted = wanted.where(Message.state.in_(NEEDS_A_PERSON))
    if regarding:
        wanted = wanted.where(Message.regarding == regarding)
    if typed:
        pattern = typed.lower()
        wanted = wanted.where(
            sa.or_(
                sa.func.lower(Message.to_email).contains(pattern, autoescape=True),
                sa.func.lower(Message.subject).contains(pattern, autoescape=True),
                Message.regarding == typed,
            )
        )
    return wanted.order_by(Message.created_at.desc(), Message.id.desc())


def count_messages(wanted: sa.Select[Message]) -> int:
    """How many messages that list has."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(
                wanted.order_by(None).with_only_columns(Message.id).subquery()
            )
        )
        or 0
    )


def list_messages(wanted: sa.Select[Message], *, limit: int, offset: int = 0) -> Sequence[Message]:
    """That page of the list, without the bodies of the letters."""
    return db.session.scalars(
        wanted.options(defer(Message.text), defer(Message.html), defer(Message.headers))
        .limit(limit)
        .offset(offset)
    ).all()


def count_messages_by_state(*, regions: Regions) -> dict[MessageState, int]:
    """How many messages the person may read in each state."""
    rows = db.session.execute(
        select_messages(regions=regions)
        .order_by(None)
        .with_only_columns(Message.state, sa.func.count())
        .group_by(Message.state)
    )
    return dict(rows.all())


def names_of(geo_codes: Iterable[str]) -> dict[str, str]:
    """The names of these territories, by code."""
    rows = db.session.execute(
        sa.select(Territory.geo_code, Territory.name).where(Territory.geo_code.in_(geo_codes))
    )
    return dict(rows.all())


def find_suppression(email: str) -> Suppression | None:
    """Why nothing leaves to this address, if so."""
    return db.session.get(Suppression, email.lower())


def find_message(message_id: int, *, regions: Regions) -> Message | None:
    """That message with its files, if the person may read it."""
    return db.session.scalar(
        select_messages(regions=regions)
        .where(Message.id == message_id)
        .options(joinedload(Message.attachments))
        .execution_options(populate_existing=True)
    )


# --- one municipality -------------------------------------------------------------------------------


def list_participations(territory: Territory) -> Sequence[Participation]:
    """What it did in every edition, the latest first; those of the territories merged into it included."""
    past = sa.select(Territory.id).where(Territory.successor_id == territory.id)
    return (
        db.session.scalars(
            sa.select(Participation)
            .join(Participation.edition)
            .where(sa.or_(Participation.territory_id == territory.id, Participation.territory_id.in_(past)))
            .options(
                contains_eager(Participation.edition),
                joinedload(Participation.territory),
                joinedload(Participation.event).selectinload(Event.sessions),
                joinedload(Participation.contact),
                joinedload(Participation.merged_into).joinedload(Participation.territory),
            )
            .order_by(Edition.number.desc(), Participation.id.desc())
        )
        .unique()
        .all()
    )


def list_moves(participation: Participation) -> Sequence[ParticipationMove]:
    """Each recorded change, the latest first."""
    return db.session.scalars(
        sa.select(ParticipationMove)
        .where(ParticipationMove.participation_id == participation.id)
        .order_by(ParticipationMove.moved_at.desc(), ParticipationMove.id.desc())
    ).all()


def list_contacts(territory: Territory) -> Sequence[Contact]:
    """Who answers for it, then who did."""
    return db.session.scalars(
        sa.select(Contact)
        .where(Contact.territory_id == territory.id)
        .order_by(Contact.left_at.is_not(None), Contact.id.desc())
    ).all()


def list_links(edition: Edition, territory: Territory) -> Sequence[PersonalLink]:
    """The personal links given for that edition, the latest first; their tokens are not kept."""
    return db.session.scalars(
        sa.select(PersonalLink)
        .where(PersonalLink.edition_id == edition.id, PersonalLink.territory_id == territory.id)
        .order_by(PersonalLink.issued_at.desc(), PersonalLink.id.desc())
    ).all()


def find_reach(territory: Territory, edition: Edition, *, now: datetime) -> tuple[str, bool, Call | None]:
    """Where messages go, whether that address refuses them, and why someone should call."""
    email = reach.address()
    row = db.session.execute(
        _joined(edition)
        .with_only_columns(
            email, reach.is_refused(email), calls.reason(edition, now=now, today=clock.today(now))
        )
        .where(Territory.id == territory.id)
    ).one()
    return row[0] or "", bool(row[1]), Call(row[2]) if row[2] else None


def list_visible_mrcs(regions: Regions, region: str) -> Sequence[Mrc]:
    """The MRC of the region chosen; of a coordinator's regions when none is."""
    visible = sa.select(Mrc).order_by(Mrc.name)
    if regions is not None:
        visible = visible.where(Mrc.region_code.in_(regions))
    if region:
        visible = visible.where(Mrc.region_code == region)
    return db.session.scalars(visible).all()
