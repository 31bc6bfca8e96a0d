"""Who answers meanwhile is taken out of the queue; who was asked to take part is « invitée »."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.mailings import departure, queries
from campaign.mailings.briefs import brief_of
from campaign.mailings.models import Mailing, MailingState, Recipient
from campaign.outbox.models import Message, MessageState
from campaign.participations import services as participations
from campaign.participations.models import Channel
from campaign.participations.services import Author
from campaign.web.filters import NBSP

_AT_ONCE = 200
"""Municipalities marked in one transaction."""

_QUEUED = Mailing.id.in_(
    sa.select(Recipient.mailing_id)
    .join(Message, Recipient.message_id == Message.id)
    .where(Message.state == MessageState.QUEUED)
)
"""From the queue, which is short, and not from the ledgers of all years."""


def has_queued() -> bool:
    """Whether letters of a mailing wait in the queue."""
    waiting = sa.exists().where(Message.batch != "", Message.state == MessageState.QUEUED)
    return bool(db.session.scalar(sa.select(waiting)))


def take_out_answered(*, now: datetime) -> int:
    """Take out of the queue those who answered, declined or unsubscribed since their letter was written.

    « Nobody who said no is asked again », even in the minutes that a long mailing takes to leave, or in the
    days that it was held.
    """
    rows = db.session.execute(
        sa.select(Mailing, Edition)
        .join(Edition, Mailing.edition_id == Edition.id)
        .where(Mailing.started_at.is_not(None), Mailing.state != MailingState.CANCELLED, _QUEUED)
    ).all()
    return sum(
        departure.take_out(mailing, edition, brief_of(mailing, edition), now=now) for mailing, edition in rows
    )


def has_newly_invited() -> bool:
    """Whether a solicitation reached a municipality whose participation does not say so yet."""
    return bool(queries.list_newly_invited(limit=1))


def mark_invited(*, now: datetime) -> int:
    """« Invitée »: the first letter that asks a municipality to take part has left. Some at a time; gives how
    many, none when all are marked."""
    rows = queries.list_newly_invited(limit=_AT_ONCE)
    editions = {edition.id: edition for edition, _, _ in rows}
    for edition, territory, title in rows:
        author = Author(name=f"Envoi «{NBSP}{title}{NBSP}»", channel=Channel.MAIL)
        participations.invite(editions[edition.id], territory, author=author, now=now)
    db.session.flush()
    return len(rows)
