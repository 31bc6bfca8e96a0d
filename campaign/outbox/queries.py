"""Reading the queue: what waits, what needs a person, what was written about something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import NotFound
from campaign.outbox.models import Heartbeat, Message, MessageState, Suppression

NEEDS_A_PERSON = (MessageState.BOUNCED, MessageState.FAILED, MessageState.UNCERTAIN, MessageState.COMPLAINED)


def get_message(message_id: int) -> Message:
    """That message."""
    message = db.session.get(Message, message_id)
    if message is None:
        raise NotFound("Ce message n’existe pas.")
    return message


def list_needing_a_person(limit: int = 200) -> Sequence[Message]:
    """Refused, failed or uncertain, the latest first."""
    return db.session.scalars(
        sa.select(Message)
        .where(Message.state.in_(NEEDS_A_PERSON))
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    ).all()


def list_regarding(regarding: str, limit: int = 200) -> Sequence[Message]:
    """What was written about a thing (a geographic code), the latest first."""
    return db.session.scalars(
        sa.select(Message)
        .where(Message.regarding == regarding)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(limit)
    ).all()


def list_suppressions() -> Sequence[Suppression]:
    """Addresses to which nothing leaves, the latest first."""
    return db.session.scalars(sa.select(Suppression).order_by(Suppression.since.desc())).all()


def count_by_state() -> dict[MessageState, int]:
    """How many messages stand in each state."""
    rows = db.session.execute(sa.select(Message.state, sa.func.count()).group_by(Message.state))
    return {row[0]: row[1] for row in rows}


def count_due(now: datetime) -> int:
    """How many messages could leave at this instant."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Message)
            .where(Message.state == MessageState.QUEUED, Message.not_before <= now)
        )
        or 0
    )


def count_sent_in_last_minute(now: datetime) -> int:
    """What all workers together sent during the minute before this instant."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Message)
            .where(Message.sent_at > now - timedelta(minutes=1), Message.sent_at <= now)
        )
        or 0
    )


def find_heartbeat(name: str) -> datetime | None:
    """When that background process last gave a sign of life."""
    beat = db.session.get(Heartbeat, name)
    return beat.beat_at if beat else None
