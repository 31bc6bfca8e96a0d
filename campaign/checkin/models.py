"""The door: which phones hold its list, what they scanned, and who was admitted to what."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.accounts.models import User
from campaign.db import Model
from campaign.events.models import Event
from campaign.registrations.models import Attendee


class EventHost(Model):
    """A person who may open the door of one event."""

    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True)


class DoorDevice(Model):
    """One phone that opened the door list of one event; revoked, it gets nothing more and erases its list."""

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[int] = mapped_column(sa.ForeignKey("user.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("user_session.id", ondelete="SET NULL"), index=True
    )
    """By which it was opened: cut off, that session opens this door no more."""
    door: Mapped[str] = mapped_column(sa.String(60))
    """« porte 1 »"""
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """Midnight at the place: the list is erased then."""
    last_seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]

    event: Mapped[Event] = relationship(lazy="raise_on_sql")
    user: Mapped[User] = relationship(lazy="raise_on_sql")


class ScanAction(StrEnum):
    ADMIT = "admettre"
    ADMIT_ONLINE = "en_ligne"
    """Noted by the team: nobody scans those who follow from afar."""
    WALK_IN = "sur_place"
    UNDO = "annuler"


class ScanResult(StrEnum):
    ADMITTED = "admise"
    ALREADY = "deja_admise"
    OTHER_EVENT = "autre_evenement"
    CANCELLED = "annulee"
    NOT_CHOSEN = "autre_seance"
    UNKNOWN = "inconnue"
    UNDONE = "retiree"


class Scan(Model):
    """What one phone did, once: sent again, its identifier is known and nothing happens twice."""

    __table_args__ = (sa.Index("ix_scan_event_id_received_at", "event_id", "received_at"),)

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    """Made by the phone."""
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id", ondelete="CASCADE"))
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"))
    device_id: Mapped[int | None] = mapped_column(sa.ForeignKey("door_device.id"), index=True)
    attendee_id: Mapped[int | None] = mapped_column(sa.ForeignKey("attendee.id"), index=True)
    code: Mapped[str] = mapped_column(sa.String(20), default="")
    action: Mapped[ScanAction]
    result: Mapped[ScanResult]
    at: Mapped[datetime]
    """By the phone's clock, set right by its difference with ours."""
    received_at: Mapped[datetime]
    children: Mapped[int] = mapped_column(default=0)
    undoes_id: Mapped[str | None] = mapped_column(sa.String(36), index=True)

    attendee: Mapped[Attendee | None] = relationship(lazy="raise_on_sql")
    device: Mapped[DoorDevice | None] = relationship(lazy="raise_on_sql")


class Attendance(Model):
    """One person at one sitting: the earliest admission, whatever the order in which phones tell it."""

    attendee_id: Mapped[int] = mapped_column(
        sa.ForeignKey("attendee.id", ondelete="CASCADE"), primary_key=True
    )
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("session.id"), primary_key=True, index=True)
    scan_id: Mapped[str | None] = mapped_column(sa.String(36))
    admitted_at: Mapped[datetime]
    door: Mapped[str] = mapped_column(sa.String(60), default="")
    is_online: Mapped[bool] = mapped_column(default=False)
    children: Mapped[int] = mapped_column(default=0)
