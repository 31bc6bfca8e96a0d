"""Letters that wait in the queue keep to the hours of their class, where each reader lives.

They were written at a decent hour. A mail server that was down, a long queue or a person who held them until
the evening would otherwise let an invitation leave in the middle of the night.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign import clock
from campaign.db import db
from campaign.mailings.departure import ZONES
from campaign.mailings.models import Mailing, Recipient
from campaign.mailings.schedule import MailingClass, next_allowed
from campaign.outbox.models import Message, MessageState
from campaign.territory.models import Territory

_HAS_QUEUED = Mailing.id.in_(
    sa.select(Recipient.mailing_id)
    .join(Message, Recipient.message_id == Message.id)
    .where(Message.state == MessageState.QUEUED)
)


def put_off(*, now: datetime) -> int:
    """Let what is queued and may not leave at this hour wait for the next allowed one; gives how many."""
    rows = db.session.execute(
        sa.select(Mailing.id, Mailing.mailing_class)
        .where(Mailing.started_at.is_not(None), _HAS_QUEUED)
        .order_by(Mailing.id)
    ).all()
    return sum(
        _put_off(mailing_id, opens, zone)
        for mailing_id, mailing_class in rows
        for zone in ZONES
        if (opens := next_allowed(MailingClass(mailing_class), now, zone)) > now
    )


def _put_off(mailing_id: int, opens: datetime, zone: str) -> int:
    """A person without a municipality lives where most of Québec does."""
    lives_there = Recipient.territories.any(Territory.time_zone == zone)
    if zone == clock.EASTERN:
        lives_there = sa.or_(lives_there, ~Recipient.territories.any())
    moved = db.session.execute(
        sa.update(Message)
        .where(
            Message.state == MessageState.QUEUED,
            Message.not_before < opens,
            Message.id.in_(
                sa.select(Recipient.message_id).where(Recipient.mailing_id == mailing_id, lives_there)
            ),
        )
        .values(not_before=opens)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return len(moved.all())
