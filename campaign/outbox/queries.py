"""Reading the queue: what waits, what needs a person, what was written about something."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import NotFound
from campaign.identifiers import hash_token
from campaign.outbox import stencils
from campaign.outbox.models import (
    Heartbeat,
    Hold,
    Message,
    MessageState,
    Stencil,
    Suppression,
    UnsubscribeLink,
)

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
    """How many messages could leave at this instant; those that a person holds could not."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Message)
            .where(
                Message.state == MessageState.QUEUED,
                Message.not_before <= now,
                sa.or_(
                    Message.batch == "",
                    sa.and_(
                        Message.batch.not_in(sa.select(Hold.batch)),
                        sa.literal(Hold.EVERYTHING).not_in(sa.select(Hold.batch)),
                    ),
                ),
            )
        )
        or 0
    )


def words_of(message: Message) -> tuple[str, str]:
    """The text and the HTML of a message, exactly as they leave or left."""
    if message.stencil_id is None:
        return message.text, message.html
    stencil = db.session.get_one(Stencil, message.stencil_id)
    return stencils.fill(stencil.text, message.values), stencils.fill_html(stencil.html, message.values)


def count_batch(batch: str) -> dict[MessageState, int]:
    """How many messages of a batch stand in each state."""
    rows = db.session.execute(
        sa.select(Message.state, sa.func.count()).where(Message.batch == batch).group_by(Message.state)
    )
    return {row[0]: row[1] for row in rows}


class Incidents(NamedTuple):
    """How a batch is received, by the number of its messages."""

    sent: int
    """Taken by the other side and not refused afterwards, complaints included."""
    hard_bounces: int
    """Refused because of the address itself, at the door or later."""
    complaints: int
    failed: int
    """Refused for any other reason: a relay that lets nothing through, a blocked sender, days in vain."""


def incident_rates(batch: str) -> Incidents:
    """What tells whether a batch should go on: above a few hard bounces or complaints in a hundred, it harms
    all the mail that we send."""
    has_bounced, has_failed = Message.state == MessageState.BOUNCED, Message.state == MessageState.FAILED
    return Incidents(
        *db.session.execute(
            sa.select(
                sa.func.count().filter(Message.sent_at.is_not(None), ~has_bounced, ~has_failed),
                sa.func.count().filter(has_bounced),
                sa.func.count().filter(Message.state == MessageState.COMPLAINED),
                sa.func.count().filter(has_failed),
            ).where(Message.batch == batch)
        ).one()
    )


RATE_WINDOW = timedelta(minutes=3)
"""Over how long the pace of a batch is told."""


def list_holds() -> Sequence[Hold]:
    """What a person holds back, the latest first."""
    return db.session.scalars(sa.select(Hold).order_by(Hold.since.desc(), Hold.batch)).all()


def is_held(batch: str) -> bool:
    """Whether messages of this batch wait for a person, by themselves or because everything does."""
    held = sa.select(sa.exists().where(Hold.batch.in_([batch, Hold.EVERYTHING])))
    return bool(batch) and bool(db.session.scalar(held))


def open_unsubscribe(token: str) -> UnsubscribeLink:
    """What this unsubscribe link stands for. Links of all years open."""
    link = db.session.get(UnsubscribeLink, hash_token(token))
    if link is None:
        raise NotFound("Ce lien de désabonnement n’existe pas. Vérifiez que l’adresse est complète.")
    return link


def find_heartbeat(name: str) -> datetime | None:
    """When that background process last gave a sign of life."""
    beat = db.session.get(Heartbeat, name)
    return beat.beat_at if beat else None
