"""A mailing that has left in the small Québec of the team's pages, and what became of its letters."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.campaigns.services import set_organization
from campaign.db import db
from campaign.mailings import queries, services
from campaign.mailings.models import Mailing, Recipient
from campaign.outbox.models import Message, MessageState
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, PERCE, RIMOUSKI, SAYABEC, open_world

BEFORE = datetime(2027, 8, 16, 14, tzinfo=UTC)
"""The eve of the invitation."""

MOMENT = datetime(2027, 8, 17, 13, tzinfo=UTC)
"""J−90, a Tuesday, at 9 h: the invitation leaves."""

AFTER = MOMENT + timedelta(minutes=20)

TOWNS = (SAYABEC, RIMOUSKI, PERCE, BAIE_COMEAU)


def open_campaign() -> Edition:
    """The edition with its calendar, and an organization that the law lets write."""
    edition = open_world()
    set_organization(
        "Collectif petite enfance",
        postal_address="1, rue Exemple, Québec",
        contact="bonjour@exemple.quebec",
    )
    return edition


def send(edition: Edition, key: str = "invitation", *, now: datetime = MOMENT) -> Mailing:
    """Schedule a mailing the day before, and let it decide everything at its moment."""
    mailing = queries.get_mailing(edition, key)
    services.schedule(mailing, edition, author="Jeanne", now=now - timedelta(days=1))
    while services.advance(mailing.id, now=now):
        pass
    services.advance(mailing.id, now=now)
    return mailing


def recipient_of(mailing: Mailing, geo_code: str) -> Recipient:
    """The row of the ledger about that municipality."""
    territory = get_territory(geo_code)
    return db.session.scalars(
        sa.select(Recipient).where(
            Recipient.mailing_id == mailing.id, Recipient.territories.any(id=territory.id)
        )
    ).one()


def letter_of(mailing: Mailing, geo_code: str) -> Message:
    """The letter about that municipality, as it stands."""
    return db.session.get_one(Message, recipient_of(mailing, geo_code).message_id)


def became(
    mailing: Mailing, geo_code: str, state: MessageState, *, at: datetime = AFTER, why: str = ""
) -> Message:
    """What the worker or the provider made of that letter."""
    message = letter_of(mailing, geo_code)
    message.state, message.last_error = state, why
    gone = (MessageState.SENT, MessageState.DELIVERED, MessageState.BOUNCED, MessageState.COMPLAINED)
    message.sent_at = at if state in gone else None
    db.session.flush()
    return message


def letters(mailing: Mailing) -> list[Message]:
    """Every letter of the mailing, the first written first."""
    return list(
        db.session.scalars(
            sa.select(Message).where(Message.batch == services.batch_of(mailing)).order_by(Message.id)
        )
    )
