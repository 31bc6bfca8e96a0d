"""Messages waiting, leaving and gone; addresses to which nothing leaves any more; the worker's pulse."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from campaign.db import Model


class MessageState(StrEnum):
    QUEUED = "en_file"
    SENDING = "en_cours"
    SENT = "envoye"
    DELIVERED = "livre"
    BOUNCED = "rejete"
    COMPLAINED = "plainte"
    FAILED = "echoue"
    SUPPRESSED = "retenu"
    UNCERTAIN = "incertain"


class Message(Model):
    """A letter already written: subject, text and HTML are kept as they leave, byte for byte."""

    id: Mapped[int] = mapped_column(primary_key=True)
    template: Mapped[str] = mapped_column(sa.String(80))
    to_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    to_name: Mapped[str] = mapped_column(sa.String(160), default="")
    subject: Mapped[str] = mapped_column(sa.String(300))
    text: Mapped[str] = mapped_column(sa.Text)
    html: Mapped[str] = mapped_column(sa.Text)
    headers: Mapped[dict[str, str]] = mapped_column(sa.JSON, default=dict)
    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    """Fixed when the message is written, so that a retry is recognized as the same letter (RFC 5322)."""
    dedupe_key: Mapped[str | None] = mapped_column(sa.String(200), unique=True)
    regarding: Mapped[str] = mapped_column(sa.String(80), default="", index=True)
    """What it is about, for the team's pages: a geographic code, for instance."""
    state: Mapped[MessageState] = mapped_column(default=MessageState.QUEUED, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(sa.String(500), default="")
    not_before: Mapped[datetime] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    attachments: Mapped[list[Attachment]] = relationship(
        lazy="raise_on_sql", cascade="all, delete-orphan", order_by="Attachment.id"
    )


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


class Heartbeat(Model):
    """When a background process last gave a sign of life."""

    name: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    beat_at: Mapped[datetime]
