"""Workers killed at any point, any number of them, on both databases, before a real server that counts.

Nobody gets two letters, nobody is forgotten: what a crash left in doubt is uncertain, and said so.
"""

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from campaign import clock, jobs
from campaign.campaigns import services as campaigns
from campaign.config import MailTransport, Settings, SmtpSecurity
from campaign.db import db, transaction
from campaign.mailings import queries as mailings_queries
from campaign.mailings import services as mailings
from campaign.mailings.models import Decision, Recipient
from campaign.outbox import delivery, services
from campaign.outbox.models import Message, MessageState
from campaign.territory.models import Territory
from tests import builders
from tests.outbox.letters import draft, new_stencil
from tests.outbox.smtp_server import running
from tests.workers import Nursery, Order, nursery

TOWNS = 1_098
KILLS = 30
"""On each of the two databases."""

MAILING_KILLS = 16
"""More of them, on each, while a mailing decides to whom it goes."""

LATER = delivery.LEASE + delivery.GRACE + timedelta(seconds=10)
"""When what the dead held is free again."""

MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE)
PATIENCE = 60.0


class Counting:
    """A mail server's mailbox that counts each letter by its Message-ID."""

    def __init__(self) -> None:
        self.received: Counter[str] = Counter()
        self.arrival = threading.Condition()
        self.before_answering: Callable[[], None] = lambda: None

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the hook's name
        assert isinstance(envelope.content, bytes)
        found = MESSAGE_ID.search(envelope.content)
        assert found is not None
        with self.arrival:
            self.received[found[1].decode()] += 1
            self.arrival.notify_all()
        self.before_answering()
        return "250 OK"

    @property
    def count(self) -> int:
        return self.received.total()

    def wait_for(self, count: int) -> None:
        """Until that many letters have come, or none has for a second: the dead hold what is left."""
        with self.arrival:
            while self.count < count and self.arrival.wait(1):
                pass


@pytest.fixture
def counting() -> Counting:
    return Counting()


@pytest.fixture
def port(counting: Counting) -> Iterator[int]:
    with running(counting) as number:
        yield number


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    return replace(
        settings,
        mail_transport=MailTransport.SMTP,
        mail_from="Semaine <bonjour@exemple.quebec>",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security=SmtpSecurity.NONE,
        mail_rate_per_minute=1_000_000,
        mail_rate_per_domain=1_000_000,
        mail_batch_size=8,
    )


@pytest.fixture
def kindergarten(settings: Settings, app: Flask, tmp_path: Path) -> Iterator[Nursery]:
    with nursery(settings, tmp_path / "workers.log") as own:
        yield own


def fill(app: Flask, count: int) -> None:
    with app.app_context(), transaction():
        stencil = new_stencil()
        services.enqueue_many((draft(number, stencil) for number in range(count)), now=clock.now())


def count_lines(app: Flask) -> int:
    """The letters that one worker has under way at once: as many are in doubt when it is killed."""
    return jobs.count_lines(app.extensions["settings"])


def told(app: Flask) -> dict[str, MessageState]:
    """What the outbox says of each letter."""
    with app.app_context():
        return {row[0]: row[1] for row in db.session.execute(sa.select(Message.message_id, Message.state))}


def finish(own: Nursery, *, is_lawless: bool = False) -> None:
    """Let the last worker do what is left, some minutes later."""
    assert own.wait(own.start(Order(now=clock.now() + LATER, is_lawless=is_lawless))) == 0


def test_workers_killed_at_random_double_nothing_and_lose_nothing(
    app: Flask, counting: Counting, kindergarten: Nursery
) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    fill(app, TOWNS)

    alive = [kindergarten.start() for _ in range(3)]
    for _ in range(KILLS):
        counting.wait_for(counting.count + chance.randrange(1, 30))
        threading.Event().wait(chance.uniform(0, 0.006))
        victim = alive.pop(chance.randrange(len(alive)))
        kindergarten.kill(victim)
        alive.append(kindergarten.start())
    unfinished = TOWNS - counting.count
    for number in alive:
        kindergarten.kill(number)
    finish(kindergarten)

    states = told(app)
    uncertain = {name for name, state in states.items() if state is MessageState.UNCERTAIN}
    sent = {name for name, state in states.items() if state is MessageState.SENT}
    where = f"seed {seed}"
    assert unfinished > 0, "the workers were killed while they worked"
    assert max(counting.received.values()) == 1, where
    assert (len(states), sent | uncertain) == (TOWNS, set(states)), where
    assert sent <= set(counting.received) <= sent | uncertain, where
    assert 0 < len(uncertain) <= (KILLS + len(alive)) * count_lines(app), where


def test_three_workers_share_no_row(app: Flask, counting: Counting, kindergarten: Nursery) -> None:
    fill(app, TOWNS)

    workers = [kindergarten.start(Order(now=clock.now())) for _ in range(3)]
    ends = [kindergarten.wait(number) for number in workers]

    assert ends == [0, 0, 0]
    assert counting.received == dict.fromkeys(told(app), 1)
    assert set(told(app).values()) == {MessageState.SENT}


MOMENT = datetime(2027, 8, 17, 13, tzinfo=UTC)
"""The invitation's, in almost all of Québec."""


@pytest.fixture
def _scheduled(app: Flask, directory: None) -> None:
    """The invitation to 1,098 municipalities is on schedule."""
    with app.app_context(), transaction():
        campaigns.set_organization("Collectif", postal_address="1, rue A", contact="a@exemple.quebec")
        edition = builders.edition()
        mailing = mailings_queries.get_mailing(edition, "invitation")
        mailings.schedule(mailing, edition, author="Jeanne", now=MOMENT - timedelta(days=30))


@pytest.mark.usefixtures("_scheduled")
def test_a_mailing_killed_while_it_decides_and_while_it_leaves_reaches_each_town_once(
    app: Flask, counting: Counting, kindergarten: Nursery
) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)

    moment = MOMENT
    for _ in range(MAILING_KILLS // 2):
        pair = [kindergarten.start(Order(now=moment)) for _ in range(2)]
        threading.Event().wait(chance.uniform(0.05, 0.9))
        for number in pair:
            kindergarten.kill(number)
            threading.Event().wait(chance.uniform(0, 0.05))
        moment += LATER
    unfinished = TOWNS - counting.count
    assert kindergarten.wait(kindergarten.start(Order(now=moment))) == 0

    states = told(app)
    uncertain = {name for name, state in states.items() if state is MessageState.UNCERTAIN}
    with app.app_context():
        ledger = db.session.execute(
            sa.select(Recipient.email, Recipient.decision, Recipient.message_id)
        ).all()
        addresses = Counter(db.session.scalars(sa.select(Message.to_email)))
        towns = set(
            db.session.scalars(
                sa.select(sa.func.lower(Territory.email)).where(
                    Territory.is_local, Territory.valid_to.is_(None)
                )
            )
        )
    where = f"seed {seed}"
    assert unfinished > 0, "the workers were killed while they worked"
    assert addresses == dict.fromkeys(towns, 1), where
    assert sorted(row.email for row in ledger) == sorted(towns), where
    assert all(row.decision is Decision.INCLUDED and row.message_id for row in ledger), where
    assert max(counting.received.values()) == 1, where
    assert set(states.values()) <= {MessageState.SENT, MessageState.UNCERTAIN}, where
    assert set(states) - uncertain <= set(counting.received), where
    assert len(uncertain) <= MAILING_KILLS * count_lines(app), where


@pytest.mark.parametrize("is_lawless", [True, False])
def test_killed_between_the_servers_yes_and_our_commit(
    app: Flask, counting: Counting, kindergarten: Nursery, is_lawless: bool
) -> None:
    """The failure exists: it shows as soon as the guard is removed."""
    fill(app, 30)
    order = Order(is_lawless=is_lawless)
    has_taken, may_answer = threading.Event(), threading.Event()

    def hold() -> None:
        has_taken.set()
        may_answer.wait(PATIENCE)

    for _ in range(3):
        counting.before_answering = hold
        has_taken.clear()
        may_answer.clear()
        number = kindergarten.start(order)
        assert has_taken.wait(PATIENCE)
        kindergarten.kill(number)
        counting.before_answering = lambda: None
        may_answer.set()
    finish(kindergarten, is_lawless=is_lawless)

    doubled = [name for name, count in counting.received.items() if count == 2]
    states = Counter(told(app).values())
    in_doubt = states[MessageState.UNCERTAIN]
    if is_lawless:
        assert (len(counting.received), states) == (30, {MessageState.SENT: 30})
        assert 3 <= len(doubled) <= 3 * count_lines(app)
    else:
        assert (doubled, states[MessageState.SENT]) == ([], 30 - in_doubt)
        assert 3 <= in_doubt <= 3 * count_lines(app)
