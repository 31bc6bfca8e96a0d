"""Messages waiting, leaving and gone; who wants no more of them; what is held; the worker's pulse."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.db import Model


class MessageState(StrEnum):
    QUEUED = "en_file"
    RESERVED = "reserve"
    """Taken by a worker that has not begun to send it: its lease over, it is simply queued again."""
    SENDING = "en_cours"
    SENT = "envoye"
    DELIVERED = "livre"
    BOUNCED = "rejete"
    COMPLAINED = "plainte"
    FAILED = "echoue"
    SUPPRESSED = "retenu"
    UNCERTAIN = "incertain"
    WITHDRAWN = "retire"
    """Taken back before it left."""


class Stream(StrEnum):
    """Why a message leaves: solicitations obey unsubscribing and its headers (RFC 8058), services do not."""

    SERVICE = "service"
    SOLICITATION = "sollicitation"


class Stencil(Model):
    """Words that many messages share, with holes such as `{{nom}}`: kept once, filled for each of them."""

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime]


class Message(Model):
    """A letter already written. Its subject, text and HTML are kept as they leave, byte for byte; or its text
    and HTML are those of a stencil, filled with its `values`, which gives the same bytes each time."""

    id: Mapped[int] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(sa.String(80))
    to_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    to_name: Mapped[str] = mapped_column(sa.String(160), default="")
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    stencil_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stencil.id"))
    values: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What fills the holes of the stencil, as plain text."""
    headers: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    """Fixed when the message is written, so that a retry is recognized as the same letter (RFC 5322)."""
    dedupe_key: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    regarding: Mapped[str] = mapped_column(sa.String(80), default="", index=True)
    """What it is about, for the team's pages: a geographic code, for instance."""
    stream: Mapped[Stream] = mapped_column(default=Stream.SERVICE)
    campaign: Mapped[str] = mapped_column(sa.String(20), default="")
    """What can be unsubscribed from alone: the number of an edition."""
    batch: Mapped[str] = mapped_column(sa.String(40), default="", index=True)
    """What can be held together: « envoi:12 » for the messages of a mailing, nothing for direct answers."""
    to_domain: Mapped[str] = mapped_column(sa.String(254), default="")
    state: Mapped[MessageState] = mapped_column(default=MessageState.QUEUED, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(sa.String(500), default="")
    not_before: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str] = mapped_column(sa.String(100), default="")
    """The process that took it last: see `owners`."""
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)
    settled_at: Mapped[datetime | None]
    """When it was known what became of it: delivered, bounced, complained, taken back."""

    stencil: Mapped[Stencil | None] = relationship(lazy="raise_on_sql")
    attachments: Mapped[list[Attachment]] = relationship(
        lazy="raise_on_sql", cascade="all, delete-orphan", order_by="Attachment.id"
    )

    __table_args__ = (sa.Index("ix_message_due", "state", "not_before", "id"),)


class Attachment(Model):
    """A file that leaves with a message; with a `content_id` it is shown inside the HTML."""

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id", ondelete="CASCADE"), index=True)
    filename: Mapped[str] = mapped_column(sa.String(160))
    content_type: Mapped[str] = mapped_column(sa.String(120))
    content_id: Mapped[str] = mapped_column(sa.String(80), default="")
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Suppression(Model):
    """An address to which nothing leaves any more, and why: it refused for good, or its owner asked."""

    email: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(300))
    since: Mapped[datetime]


class Scope(StrEnum):
    """From what an address unsubscribed. It never touches the messages of service."""

    CAMPAIGN = "campagne"
    """This edition's solicitations."""
    ORGANIZATION = "organisme"
    """All solicitations of the organization that runs the campaign, this year and later."""
    ALL = "tout"
    """All solicitations of all who send from here, regions and partners included."""


class Unsubscription(Model):
    """An address whose owner wants no more solicitations, since when, and how we know."""

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    scope: Mapped[Scope]
    campaign: Mapped[str] = mapped_column(sa.String(20), default="")
    """The edition's number when the scope is that campaign; empty otherwise."""
    since: Mapped[datetime]
    origin: Mapped[str] = mapped_column(sa.String(200))
    """« En un clic (RFC 8058) », « Page de désabonnement », « SendGrid », or who noted it."""

    __table_args__ = (sa.UniqueConstraint("email", "scope", "campaign", name="uq_unsubscription_once"),)


class UnsubscribeLink(Model):
    """What an unsubscribe link opens. It never expires, and says nothing of whose it is."""

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), index=True)
    campaign: Mapped[str] = mapped_column(sa.String(20), default="")
    created_at: Mapped[datetime]


class Hold(Model):
    """Messages of a batch that wait until a person releases them; `EVERYTHING` holds all batches."""

    EVERYTHING = "*"

    batch: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    since: Mapped[datetime]
    author: Mapped[str] = mapped_column(sa.String(200))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")


class ProviderEvent(Model):
    """What the provider told of a message, kept as it came; the same event told twice is one row."""

    id: Mapped[int] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(sa.String(200), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(40))
    message_pk: Mapped[int | None] = mapped_column(
        sa.ForeignKey("message.id", ondelete="SET NULL"), index=True
    )
    email: Mapped[str] = mapped_column(sa.String(254), default="", index=True)
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    effect: Mapped[str] = mapped_column(sa.String(200), default="")
    """What it changed here, for whoever reads the story of an address."""
    payload: Mapped[dict[str, Any]]


HEARTBEAT = "worker"
"""The sign of life of those who send."""


class Heartbeat(Model):
    """When a background process last gave a sign of life."""

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    beat_at: Mapped[datetime]
