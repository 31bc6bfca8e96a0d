"""An invitation on schedule to five towns, and what workers and transports make of it."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns import services as campaigns
from campaign.campaigns.models import Edition
from campaign.mailings import queries, services
from campaign.mailings.models import Decision, Mailing, Recipient
from campaign.outbox.models import Message, MessageState
from campaign.territory.models import Territory
from tests import builders

DEPARTURE = datetime(2027, 8, 17, 13, tzinfo=UTC)

BEFORE = DEPARTURE - timedelta(days=30)

TOWNS = ("93022", "95025", "01023", "66023", "81017")
"""Hébertville, the Îles-de-la-Madeleine, Montréal and two more."""


@pytest.fixture
def edition(session: Session, directory: None) -> Edition:
    """The 12th edition with its calendar, five towns, and a sender that the law accepts."""
    session.execute(
        sa.update(Territory).where(Territory.geo_code.not_in(TOWNS)).values(valid_to=date(2020, 1, 1))
    )
    campaigns.set_organization("Collectif", postal_address="1, rue A", contact="bonjour@exemple.quebec")
    return builders.edition()


@pytest.fixture
def invitation(edition: Edition) -> Mailing:
    """On schedule."""
    mailing = queries.get_mailing(edition, "invitation")
    services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
    return mailing


def run(mailing: Mailing, now: datetime = DEPARTURE) -> int:
    """What a worker's tick does with a mailing; gives how many addresses it decided."""
    decided = 0
    while mailing.id in services.list_moving(now) and (more := services.advance(mailing.id, now=now)):
        decided += more
    return decided


def ledger(session: Session, mailing: Mailing) -> Counter[tuple[Decision, str]]:
    rows = session.scalars(
        sa.select(Recipient)
        .where(Recipient.mailing_id == mailing.id)
        .execution_options(populate_existing=True)
    )
    return Counter((row.decision, row.reason) for row in rows)


def letters(session: Session, mailing: Mailing) -> Counter[MessageState]:
    batch = services.batch_of(mailing)
    return Counter(session.scalars(sa.select(Message.state).where(Message.batch == batch)))


def deliver(session: Session, mailing: Mailing, state: MessageState = MessageState.SENT) -> None:
    """As a transport would."""
    session.execute(
        sa.update(Message)
        .where(Message.batch == services.batch_of(mailing))
        .values(state=state, sent_at=DEPARTURE)
    )
