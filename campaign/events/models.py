"""One table for everything that has a date."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm.util import identity_key

from campaign.campaigns.models import Edition
from campaign.db import CALENDAR, PUBLIC, Model, PublicMixin, value_before, value_now
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
    """Who may come. A closed ceremony stays in the list, but its hour and place are not published."""

    PUBLIC = "oui"
    CLOSED = "non"
    INVITATION = "invitation"


class Event(PublicMixin, Model):
    """A flag raising, an activity, a gathering. Its `uid` and, once published, its `slug` never change."""

    __revisions__ = (PUBLIC, CALENDAR)

    id: Mapped[int] = mapped_column(primary_key=True)
    uid: Mapped[str] = mapped_column(sa.String(64), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(120), unique=True)
    kind: Mapped[EventKind] = mapped_column(index=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    territory_id: Mapped[int | None] = mapped_column(sa.ForeignKey("territory.id"), index=True)
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
    sequence: Mapped[int] = mapped_column(default=0)
    """Grows with each change that calendars must take (RFC 5545 §3.8.7.4)."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    edition: Mapped[Edition] = relationship(lazy="raise_on_sql")
    territory: Mapped[Territory | None] = relationship(lazy="raise_on_sql")
    sessions: Mapped[list[Session]] = relationship(
        lazy="raise_on_sql", back_populates="event", order_by="Session.position", cascade="all, delete-orphan"
    )

    def changes_public_pages(self) -> bool:
        """Nobody sees what is not published, and was not."""
        return bool(value_before(self, "is_published") or value_now(self, "is_published"))


class Session(PublicMixin, Model):
    """One sitting of an event. A date not yet known has no day: shown « à confirmer », never in a feed."""

    __revisions__ = (PUBLIC, CALENDAR)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    starts_on: Mapped[date | None] = mapped_column(index=True)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise_on_sql", back_populates="sessions")

    def changes_public_pages(self) -> bool:
        """As its event; an event that is not loaded may be published."""
        event: Event | None = self.__dict__.get("event") or self._event_at_hand()
        return event is None or event.changes_public_pages()

    def _event_at_hand(self) -> Event | None:
        """The event, if the database session has read it."""
        session = sa.inspect(self).session
        key = identity_key(Event, value_now(self, "event_id"))
        found = session.identity_map.get(key) if session is not None else None
        return found if isinstance(found, Event) else None


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
    changed = (row for row in (*session.new, *session.dirty) if session.is_modified(row))
    sittings = [row for row in (*changed, *session.deleted) if isinstance(row, Session)]
    moved = {row.event_id for row in sittings if row.event_id is not None}
    told |= {event for event in (session.get(Event, number) for number in moved) if event is not None}
    for event in told:
        if event not in session.deleted and not _has_changed(event, ("sequence",)):
            event.sequence += 1


def _has_changed(event: Event, names: tuple[str, ...]) -> bool:
    columns = sa.inspect(event).attrs
    return any(columns[name].history.has_changes() for name in names)
