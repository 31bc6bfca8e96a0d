"""A calendar the eve of the invitation; an invitation that has left."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask

from campaign import clock
from campaign.db import transaction
from campaign.outbox import services as outbox
from campaign.outbox.models import MessageState
from tests.board.world import PERCE, RIMOUSKI, SAYABEC, register
from tests.mailings.world import AFTER, BEFORE, became, open_campaign, send


@pytest.fixture
def draft(app: Flask) -> Iterator[None]:
    """The calendar of an edition, the eve of the invitation; Sayabec has registered already."""
    with clock.pretend(BEFORE):
        with app.app_context(), transaction():
            register(open_campaign(), SAYABEC, now=BEFORE)
        yield


@pytest.fixture
def left(app: Flask) -> Iterator[None]:
    """The invitation has left: one letter delivered, one refused, one still queued; one registered before."""
    with app.app_context(), transaction():
        edition = open_campaign()
        register(edition, SAYABEC, now=BEFORE)
        mailing = send(edition)
        became(mailing, RIMOUSKI, MessageState.DELIVERED)
        became(mailing, PERCE, MessageState.BOUNCED, why="550 5.1.1 User unknown")
        outbox.beat("worker", AFTER - timedelta(seconds=12))
    with clock.pretend(AFTER):
        yield
