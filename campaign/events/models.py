"""One table for everything that has a date."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm.util import identity_key

from campaign.accounts.models import User
from campaign.campaigns.models import Edition
from campaign.db import CALENDAR, PUBLIC, UNKNOWN, GatheringMixin, Model, PublicMixin, value_before, value_now
from campaign.events.following_hours import Moment, followed, moment
from campaign.events.vocabulary import ActivityType, Cost, Format, OrganizerKind
from campaign.territory.models import Territory


class EventKind(StrEnum):
    FLAG_RAISING = "lever_drapeau"
    ACTIVITY = "activite"
    GATHERING = "rassemblement"
    TRAINING = "formation"
    MEETING = "rencontre"
    LAUNCH = "lancement"


class EventState(StrEnum):
    """Where an event stands. For a flag raising it is the ceremony track of the participation."""

    TO_PLAN = "a_planifier"
    PLANNED = "planifiee"
    POSTPONED = "reportee"
    CANCELLED = "annulee"
    HELD = "tenue"


class Opening(StrEnum):
    """Who may come. A closed ceremony stays in the list, but its hour and place are not published; an
    activity reserved to the clientele of its organizer tells both."""

    PUBLIC = "oui"
    CLOSED = "non"
    INVITATION = "invitation"
    RESERVED = "reserve"


class ProposalState(StrEnum):
    """Where what somebody proposes stands, on its way to the calendar (domain §3.2)."""

    DRAFT = "brouillon"
    """Its address is not verified yet."""
    SUBMITTED = "soumise"
    TO_CORRECT = "a_corriger"
    PUBLISHED = "publiee"
    REVISED = "modifiee"
    """Published, and changed since: the calendar keeps what was approved."""
    WITHDRAWN = "retiree"
    """Given up by whoever proposed it before it was published."""


def _key_of(row: Model, name: str) -> set[int | None]:
    """The number of the event, also of one that was just written for the first time."""
    identity = sa.inspect(row).identity
    return {identity[0] if identity else row.__dict__[name]}


def _events_of(row: Model) -> set[int | None]:
    """That to which it belongs, and that to which it belonged; with None, when nobody read it, any."""
    known = {value_before(row, "event_id"), value_now(row, "event_id")}
    return {None} if UNKNOWN in known else known - {None}


class Event(PublicMixin, GatheringMixin, Model):
    """A flag raising, an activity, a gathering. Its `uid` and, once published, its `slug` never change."""

    __revisions__ = (PUBLIC, CALENDAR)
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "reference", name="uq_event_edition_id_reference"),
        sa.CheckConstraint("NOT (is_private AND is_published)", name="private_is_not_published"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    kind: Mapped[EventKind] = mapped_column(index=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(sa.ForeignKey("region.code"), index=True)
    """Of what belongs to a region as a whole; otherwise its municipality says it."""
    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("series.id"), index=True)
    series_number: Mapped[int | None]
    """« 4e édition », third stop: its place in the series."""
    reference: Mapped[str | None] = mapped_column(sa.String(120))
    """How the file that it was imported from names it: a second import finds it again."""
    title: Mapped[str] = mapped_column(sa.String(200))
    description: Mapped[str] = mapped_column(sa.Text, default="")
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    is_indoors: Mapped[bool] = mapped_column(default=False)
    """Moved « à l’intérieur » because of the weather."""
    time_zone: Mapped[str] = mapped_column(sa.String(40))
    opening: Mapped[Opening] = mapped_column(default=Opening.PUBLIC)
    state: Mapped[EventState] = mapped_column(default=EventState.TO_PLAN, index=True)
    state_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    """Why it was postponed or cancelled, as the public may read it."""
    postponed_from_at: Mapped[datetime | None]
    is_published: Mapped[bool] = mapped_column(default=False, index=True)
    is_private: Mapped[bool] = mapped_column(default=False)
    """For the team and the people invited: on no public page, in no public feed, search nor export."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each change that calendars must take (RFC 5545 §3.8.7.4)."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(lazy="raise_on_sql")
    territory: Mapped[Territory | None] = relationship(lazy="raise_on_sql")
    details: Mapped[EventDetails | None] = relationship(
        lazy="raise_on_sql", back_populates="event", cascade="all, delete-orphan"
    )
    series: Mapped[Series | None] = relationship(lazy="raise_on_sql")
    cohorts: Mapped[list[Cohort]] = relationship(
        lazy="raise_on_sql", order_by="Cohort.position", cascade="all, delete-orphan"
    )
    sessions: Mapped[list[Session]] = relationship(
        lazy="raise_on_sql", back_populates="event", order_by="Session.position", cascade="all, delete-orphan"
    )

    def changes_public_pages(self) -> bool:
        """Nobody sees what is not published, and was not."""
        return bool(value_before(self, "is_published") or value_now(self, "is_published"))

    def changes_gatherings(self) -> bool:
        """Nobody registers to a flag raising."""
        return value_now(self, "kind") is not EventKind.FLAG_RAISING

    def changed_events(self) -> set[int | None]:
        """Itself."""
        return _key_of(self, "id")


class Series(Model):
    """Events that follow one another: the stops of a tour, the editions of a regional day."""

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)


class Cohort(PublicMixin, GatheringMixin, Model):
    """Sittings that are taken together: « Groupe 1 : 15 décembre et 16 février » is one choice, two dates."""

    __revisions__ = (PUBLIC, CALENDAR)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(sa.String(120))
    capacity: Mapped[int | None]

    def changed_events(self) -> set[int | None]:
        """That of which it groups the sittings."""
        return _events_of(self)


class Session(PublicMixin, GatheringMixin, Model):
    """One sitting of an event. A date not yet known has no day: shown « à confirmer », never in a feed.

    Moving or calling off one sitting leaves the others alone: each has its own `uid`, and may have a state of
    its own. That of the first is the event's.
    """

    __revisions__ = (PUBLIC, CALENDAR)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    uid: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Its own for calendars; None for the first sitting, which bears the event's."""
    starts_on: Mapped[date | None] = mapped_column(index=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    ends_on: Mapped[date | None]
    """The last day of what lasts several days without hours; None for one day."""
    month_on: Mapped[date | None]
    """The first day of the month in which it is expected, while its day is not known."""
    title: Mapped[str] = mapped_column(sa.String(200), default="")
    """Of a workshop or a part of the day; empty when the event says it."""
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    """Its room, or its own place; empty when it is the event's."""
    online_url: Mapped[str] = mapped_column(sa.String(500), default="")
    """Its own link, which only people registered receive."""
    capacity: Mapped[int | None]
    cohort_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cohort.id"), index=True)
    block: Mapped[str] = mapped_column(sa.String(60), default="")
    """What takes place at the same time bears the same: one is chosen."""
    state: Mapped[EventState | None]
    """Its own state (postponed, cancelled); None as long as it follows the event's."""
    state_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    postponed_from_on: Mapped[date | None]
    postponed_from_at: Mapped[datetime | None]
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with what changes in this sitting alone; calendars receive its sum with the event's."""
    updated_at: Mapped[datetime | None]
    """When this sitting alone last changed."""

    event: Mapped[Event] = relationship(lazy="raise_on_sql", back_populates="sessions")
    cohort: Mapped[Cohort | None] = relationship(lazy="raise_on_sql")
    programme: Mapped[list[ProgrammeItem]] = relationship(
        lazy="raise_on_sql", order_by="ProgrammeItem.position", cascade="all, delete-orphan"
    )

    def changes_public_pages(self) -> bool:
        """As its event; an event that is not loaded may be published."""
        event: Event | None = self.__dict__.get("event") or self._event_at_hand()
        return event is None or event.changes_public_pages()

    def changes_gatherings(self) -> bool:
        """As its event; an event that is not loaded may take registrations."""
        event: Event | None = self.__dict__.get("event") or self._event_at_hand()
        return event is None or event.changes_gatherings()

    def changed_events(self) -> set[int | None]:
        """Its own, and that which it was taken from."""
        return _events_of(self)

    def _event_at_hand(self) -> Event | None:
        """The event, if the database session has read it."""
        session = sa.inspect(self).session
        key = identity_key(Event, value_now(self, "event_id"))
        found = session.identity_map.get(key) if session is not None else None
        return found if isinstance(found, Event) else None


class ItemKind(StrEnum):
    """What a part of the programme is."""

    ADDRESS = "allocution"
    TALK = "conference"
    PRESENTATION = "presentation"
    PANEL = "panel"
    WORKSHOP = "atelier"
    BREAK = "pause"
    OTHER = "autre"


class ProgrammeItem(PublicMixin, Model):
    """One part of a sitting, in the order in which it is told; its speaker's title is printed as typed."""

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id", ondelete="CASCADE"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    kind: Mapped[ItemKind]
    title: Mapped[str] = mapped_column(sa.String(300))
    starts_at: Mapped[datetime | None]
    speaker: Mapped[str] = mapped_column(sa.String(200), default="")
    speaker_title: Mapped[str] = mapped_column(sa.String(300), default="")
    institution: Mapped[str] = mapped_column(sa.String(300), default="")
    is_confirmed: Mapped[bool] = mapped_column(default=True)
    """Announced « à confirmer » otherwise."""


class EventDetails(PublicMixin, GatheringMixin, Model):
    """What describes an activity, a gathering or a training; a flag raising has none."""

    __revisions__ = (PUBLIC, CALENDAR)

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    organizer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organizer.id"), index=True)
    organizer_name: Mapped[str] = mapped_column(sa.String(200), default="")
    activity_type: Mapped[ActivityType | None]
    format: Mapped[Format] = mapped_column(default=Format.IN_PERSON)
    online_url: Mapped[str] = mapped_column(sa.String(500), default="")
    is_online_url_public: Mapped[bool] = mapped_column(default=True)
    audiences: Mapped[list[str]] = mapped_column(default=list)
    themes: Mapped[list[str]] = mapped_column(default=list)
    accessibility: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    cost: Mapped[Cost] = mapped_column(default=Cost.UNKNOWN)
    price: Mapped[str] = mapped_column(sa.String(120), default="")
    """« 5 $ par enfant »"""
    registration: Mapped[str] = mapped_column(sa.String(300), default="")
    """How to register; empty when nobody needs to."""
    max_participants: Mapped[int | None]
    rain_plan: Mapped[str] = mapped_column(sa.String(300), default="")
    hashtags: Mapped[str] = mapped_column(sa.String(200), default="")
    contact_name: Mapped[str] = mapped_column(sa.String(160), default="")
    contact_email: Mapped[str] = mapped_column(sa.String(254), default="")
    contact_phone: Mapped[str] = mapped_column(sa.String(20), default="")
    is_contact_public: Mapped[bool] = mapped_column(default=False)
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("picture.id"), index=True)
    source_url: Mapped[str] = mapped_column(sa.String(500), default="")
    """Where it was published, for what is known from elsewhere."""

    event: Mapped[Event] = relationship(lazy="raise_on_sql", back_populates="details")
    organizer: Mapped[Organizer | None] = relationship(lazy="raise_on_sql")
    picture: Mapped[Picture | None] = relationship(lazy="raise_on_sql")

    def changes_public_pages(self) -> bool:
        """As its event; an event that is not loaded may be published."""
        event: Event | None = self.__dict__.get("event")
        return event is None or event.changes_public_pages()

    def changed_events(self) -> set[int | None]:
        """That which they describe."""
        return _key_of(self, "event_id")


class Organizer(GatheringMixin, Model):
    """Who offers activities, known by a name and a verified address. A trusted one publishes directly."""

    __table_args__ = (sa.UniqueConstraint("name_key", "email", name="uq_organizer_name_key_email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(sa.String(200))
    """The name folded: without case, accents nor punctuation."""
    kind: Mapped[OrganizerKind]
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    region_code: Mapped[str | None] = mapped_column(sa.ForeignKey("region.code"))
    """Where it was first met; the team of that region may trust it."""
    is_trusted: Mapped[bool] = mapped_column(default=False)
    trusted_at: Mapped[datetime | None]
    trusted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]

    trusted_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class Picture(PublicMixin, GatheringMixin, Model):
    """An image drawn again by us (no hidden data left in it), kept as a file of the uploads."""

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), index=True)
    """SHA-256 of the file, which is its name."""
    media_type: Mapped[str] = mapped_column(sa.String(40))
    width: Mapped[int]
    height: Mapped[int]
    alt: Mapped[str] = mapped_column(sa.String(300))
    credit: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime]


class Proposal(Model):
    """What somebody asks to see in the calendar: the whole content as it was last written, whatever the
    calendar shows meanwhile."""

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), unique=True)
    """What it became in the calendar, once it was published."""
    organizer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organizer.id"), index=True)
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"), index=True)
    region_code: Mapped[str | None] = mapped_column(sa.ForeignKey("region.code"), index=True)
    """Of what belongs to a region as a whole."""
    picture_id: Mapped[int | None] = mapped_column(sa.ForeignKey("picture.id"), index=True)
    title: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    """Of whoever proposes it: the link to edit leaves to that address."""
    content: Mapped[dict[str, Any]]
    """An `events.content.ActivityContent`, written by its `to_json`."""
    state: Mapped[ProposalState] = mapped_column(default=ProposalState.DRAFT, index=True)
    reason: Mapped[str] = mapped_column(sa.String(600), default="")
    """Why it was sent back, as its author reads it."""
    link_seed: Mapped[str] = mapped_column(sa.String(64))
    """Of what the link is computed from, with the secret of this installation: letters may name it again."""
    link_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the link by which its author verifies the address, then edits."""
    form_token: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that it came from: sent twice, it is one proposal."""
    verified_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None] = mapped_column(index=True)
    decided_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(lazy="raise_on_sql")
    event: Mapped[Event | None] = relationship(lazy="raise_on_sql")
    organizer: Mapped[Organizer | None] = relationship(lazy="raise_on_sql")
    territory: Mapped[Territory | None] = relationship(lazy="raise_on_sql")
    picture: Mapped[Picture | None] = relationship(lazy="raise_on_sql")
    moves: Mapped[list[ProposalMove]] = relationship(
        lazy="raise_on_sql", order_by="ProposalMove.id", cascade="all, delete-orphan"
    )


class ProposalMove(Model):
    """One step of a proposal: who, when, from which state to which, and why."""

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
    from_state: Mapped[ProposalState | None]
    to_state: Mapped[ProposalState]
    reason: Mapped[str] = mapped_column(sa.String(600), default="")


class EventAction(StrEnum):
    """What was done to something that has a date, in one action."""

    POSTPONE = "reporter"
    MOVE = "deplacer"
    PUT_ONLINE = "mettre_en_ligne"
    CANCEL = "annuler"
    REINSTATE = "retablir"


class EventMove(Model):
    """One change that people had to be told of: who, when, what, why, and how it stood before and after."""

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id", ondelete="SET NULL"))
    """The sitting alone that it was about; None for the whole event."""
    at: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
    action: Mapped[EventAction]
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    batch: Mapped[str] = mapped_column(sa.String(64), default="", index=True)
    """Of what was changed together, such as a whole region."""


class Follower(Model):
    """An address that asked to be told if an event changes; verified before anything is sent to it."""

    __table_args__ = (sa.UniqueConstraint("event_id", "email", name="uq_follower_event_id_email"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class ImportState(StrEnum):
    READ = "lu"
    """The file was read and its columns matched; nothing is written in the calendar."""
    WAITING = "en_attente"
    RUNNING = "en_cours"
    DONE = "terminee"
    FAILED = "echouee"


class ActivityImport(Model):
    """One file of activities: how its columns were matched, how far it is, what it did."""

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"), index=True)
    file_name: Mapped[str] = mapped_column(sa.String(200))
    rows: Mapped[list[Any]]
    """The rows of the file as read, header first; emptied when the import is over."""
    matching: Mapped[dict[str, Any]]
    """The column of the file taken for each field."""
    state: Mapped[ImportState] = mapped_column(default=ImportState.READ, index=True)
    total: Mapped[int] = mapped_column(default=0)
    done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    updated: Mapped[int] = mapped_column(default=0)
    unchanged: Mapped[int] = mapped_column(default=0)
    errors: Mapped[list[Any]] = mapped_column(default=list)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


_TOLD = (
    "title", "description", "place", "is_indoors", "time_zone", "opening", "state", "state_reason",
    "postponed_from_at", "territory_id",
)  # fmt: skip
"""What calendars say of an event."""


@sa.event.listens_for(OrmSession, "before_flush")
def _grow_forgotten_sequences(session: OrmSession, *_: object) -> None:
    """Calendars take what has grown, and the text of an event is kept by its sequence: a change by somebody
    who did not say it to `services` makes it grow all the same."""
    told = {row for row in session.dirty if isinstance(row, Event) and _has_changed(row, _TOLD)}
    changed = [row for row in session.dirty if session.is_modified(row)]
    moved = [row for row in changed if isinstance(row, Session) and not _has_changed(row, ("sequence",))]
    described = [row for row in changed if isinstance(row, EventDetails)]
    numbers = {row.event_id for row in moved} | {row.event_id for row in described}
    told |= {event for event in (session.get(Event, number) for number in numbers) if event is not None}
    for event in told:
        if event not in session.deleted and not _has_changed(event, ("sequence",)):
            event.sequence += 1


@sa.event.listens_for(OrmSession, "before_flush")
def _take_parts_along(session: OrmSession, *_: object) -> None:
    """Whoever moves a sitting moves what is said in it: see `following_hours`."""
    moved: dict[Session, tuple[Moment, Moment]] = {}
    for row, event in _perhaps_moved(session):
        before, after = _moment(row, event, value_before), _moment(row, event, value_now)
        if before is not None and after is not None and before != after:
            moved[row] = before, after
    for row, parts in _parts_of(session, moved):
        for item in parts:
            if item.starts_at is not None and not _has_changed(item, ("starts_at",)):
                item.starts_at = followed(item.starts_at, *moved[row])


def _perhaps_moved(session: OrmSession) -> set[tuple[Session, Event]]:
    """The sittings about to be written, and those of an event that goes by other clocks. A ceremony has no
    parts."""
    rows = {row for row in session.dirty if isinstance(row, Session)}
    for event in session.dirty:
        if isinstance(event, Event) and _has_changed(event, ("time_zone",)):
            rows.update(event.__dict__.get("sessions", ()))
    found = {(row, session.get(Event, row.event_id)) for row in rows if sa.inspect(row).persistent}
    return {(row, event) for row, event in found if event and event.kind is not EventKind.FLAG_RAISING}


def _moment(row: Session, event: Event, read: Callable[[Model, str], Any]) -> Moment | None:
    names = ("starts_on", "starts_at", "postponed_from_on", "postponed_from_at")
    told = [*(read(row, name) for name in names), read(event, "time_zone")]
    return None if UNKNOWN in told else moment(*told)


def _parts_of(
    session: OrmSession, rows: Collection[Session]
) -> Iterable[tuple[Session, Sequence[ProgrammeItem]]]:
    """What is said in those sittings; read at once where it is not known."""
    unknown = {row.id: row for row in rows if "programme" not in row.__dict__}
    for row in rows:
        if row.id not in unknown:
            yield row, row.programme
    if unknown:
        with session.no_autoflush:
            parts = session.scalars(
                sa.select(ProgrammeItem).where(ProgrammeItem.session_id.in_(unknown))
            ).all()
        for item in parts:
            yield unknown[item.session_id], [item]


def _has_changed(row: Model, names: tuple[str, ...]) -> bool:
    columns = sa.inspect(row).attrs
    return any(columns[name].history.has_changes() for name in names)
