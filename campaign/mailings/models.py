"""Mailings of an edition, their words, and the ledger: one row for each address considered."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.campaigns.models import Edition
from campaign.contacts.models import Contact
from campaign.db import Model
from campaign.outbox.models import Message
from campaign.territory.models import Territory


class MailingState(StrEnum):
    DRAFT = "brouillon"
    SCHEDULED = "planifie"
    LEAVING = "en_cours"
    """Its moment has come: the ledger is being written, or each recipient's own moment is waited for."""
    PAUSED = "en_pause"
    """A person, or too many refusals, stopped it: what is queued waits, nothing is lost."""
    WAITING = "en_attente"
    """Late by more than 48 hours: it waits for a person."""
    DONE = "termine"
    CANCELLED = "annule"


class Nature(StrEnum):
    """What the law sees in it (LCAP): only the commercial one needs a consent to leave."""

    SERVICE = "service"
    INFORMATIONAL = "information"
    COMMERCIAL = "commercial"


class Mailing(Model):
    """One line of an edition's calendar: to whom, when, and where it stands."""

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(sa.ForeignKey("edition.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(60))
    line: Mapped[int] = mapped_column(default=0)
    """Its place in the standard calendar; 0 for one that the organizers added."""
    title: Mapped[str] = mapped_column(sa.String(160))
    mailing_class: Mapped[str] = mapped_column(sa.String(20))
    """See `schedule.MailingClass`."""
    nature: Mapped[Nature] = mapped_column(default=Nature.INFORMATIONAL)
    rule: Mapped[dict[str, Any]]
    """See `schedule.Rule`."""
    audience: Mapped[dict[str, Any]]
    """See `audiences.Audience`."""
    groups_by_address: Mapped[bool] = mapped_column(default=True)
    """Several municipalities that share an address get one message."""
    signed_by_coordinator: Mapped[bool] = mapped_column(default=False)
    is_automatic: Mapped[bool] = mapped_column(default=False)
    """A direct answer that another room sends: listed here, never sent from here."""
    state: Mapped[MailingState] = mapped_column(default=MailingState.DRAFT, index=True)
    state_reason: Mapped[str] = mapped_column(sa.String(300), default="")
    earliest_at: Mapped[datetime | None]
    """Not before: ten minutes after a person said « maintenant », time to change one's mind."""
    scheduled_at: Mapped[datetime | None]
    scheduled_by: Mapped[str] = mapped_column(sa.String(200), default="")
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    accepted_bounces: Mapped[int] = mapped_column(default=0)
    """How many refusals a person saw when resuming: only new ones stop it again."""
    accepted_complaints: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship(lazy="raise_on_sql")

    __table_args__ = (sa.UniqueConstraint("edition_id", "key", name="uq_mailing_edition_key"),)


class MailingText(Model):
    """The words of a mailing for a variant and a language. Never edited: each change adds a row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"), index=True)
    variant: Mapped[str] = mapped_column(sa.String(40), default="")
    language: Mapped[str] = mapped_column(sa.String(2), default="fr")
    subject: Mapped[str] = mapped_column(sa.String(300))
    preheader: Mapped[str] = mapped_column(sa.String(300), default="")
    body: Mapped[str] = mapped_column(sa.Text)
    author: Mapped[str] = mapped_column(sa.String(200), default="")
    written_at: Mapped[datetime]


class Decision(StrEnum):
    INCLUDED = "incluse"
    EXCLUDED = "exclue"


class Recipient(Model):
    """An address considered for a mailing: included or excluded, with the reason. Written once, at the moment
    of the mailing; what became of the letter is its message's."""

    id: Mapped[int] = mapped_column(primary_key=True)
    # The unique key below begins with it: an index of its own would mislead PostgreSQL's planner.
    mailing_id: Mapped[int] = mapped_column(sa.ForeignKey("mailing.id"))
    key: Mapped[str] = mapped_column(sa.String(300))
    """What is considered once: the address when letters are grouped, else the territory (and its day)."""
    email: Mapped[str] = mapped_column(sa.String(254), default="", index=True)
    name: Mapped[str] = mapped_column(sa.String(200), default="")
    contact_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("contact.id", ondelete="SET NULL"), index=True
    )
    variant: Mapped[str] = mapped_column(sa.String(40), default="")
    decision: Mapped[Decision]
    reason: Mapped[str] = mapped_column(sa.String(40), default="")
    """See `audiences.Reason`."""
    detail: Mapped[str] = mapped_column(sa.String(300), default="")
    due_at: Mapped[datetime | None]
    decided_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("message.id", ondelete="SET NULL"), index=True
    )

    mailing: Mapped[Mailing] = relationship(lazy="raise_on_sql")
    message: Mapped[Message | None] = relationship(lazy="raise_on_sql")
    contact: Mapped[Contact | None] = relationship(lazy="raise_on_sql")
    territories: Mapped[list[Territory]] = relationship(
        secondary="recipient_territory", lazy="raise_on_sql", order_by=Territory.sort_key, viewonly=True
    )

    __table_args__ = (sa.UniqueConstraint("mailing_id", "key", name="uq_recipient_mailing_key"),)


class RecipientTerritory(Model):
    """The municipalities that an address was considered for."""

    recipient_id: Mapped[int] = mapped_column(
        sa.ForeignKey("recipient.id", ondelete="CASCADE"), primary_key=True
    )
    territory_id: Mapped[int] = mapped_column(sa.ForeignKey("territory.id"), primary_key=True, index=True)


class ReminderKind(StrEnum):
    """The reminders of a gathering, each by the day of its sitting from which it counts."""

    MONTH = "j-30"
    FORTNIGHT = "j-14"
    WEEK = "j-7"
    EVE = "j-2"
    MORNING = "jour-j"
    """The link, to those who attend online."""
    THANKS = "j+1"


class GatheringRound(Model):
    """One reminder of one day of an event, once all who attend were considered: nobody comes after."""

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True, index=True)
    was_off: Mapped[bool] = mapped_column(default=False)
    """The team had switched it off when its moment came."""
    closed_at: Mapped[datetime]


class GatheringReminder(Model):
    """A person considered for a reminder of one sitting, on the day that it then had: the letter, or why
    there is none."""

    attendee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attendee.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(
        sa.ForeignKey("session.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    kind: Mapped[ReminderKind] = mapped_column(primary_key=True)
    day_on: Mapped[date] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(20), default="")
    """See `gatherings.Skip`; empty when it was written."""
    decided_at: Mapped[datetime]
    message_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("message.id", ondelete="SET NULL"), index=True
    )


class GatheringSilence(Model):
    """A reminder that the team switched off for one event."""

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[ReminderKind] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
