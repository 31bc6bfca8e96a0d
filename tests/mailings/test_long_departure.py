"""A mailing that takes minutes to leave follows the answers that come in the meantime."""

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock, jobs
from campaign.db import db, transaction
from campaign.mailings.models import Mailing
from campaign.outbox.models import MessageState
from campaign.participations import services as participations
from campaign.territory.queries import get_territory
from tests.board.world import SAYABEC
from tests.mailings.world import AFTER, MOMENT, letter_of, open_campaign, send


@pytest.fixture
def worker(app: Flask) -> jobs.Worker:
    """It has planned; a municipality declines before its letter has left."""
    with app.app_context(), transaction():
        edition = open_campaign()
        send(edition)
    worker = jobs.Worker(app)
    with clock.pretend(MOMENT):
        worker.plan(jobs.Counts())
    with app.app_context(), transaction() as session:
        session.add(edition)
        author = participations.MUNICIPALITY_BY_LINK
        participations.decline(edition, get_territory(SAYABEC), author=author, now=AFTER)
    return worker


def state_of_letter(app: Flask) -> MessageState:
    with app.app_context():
        invitation = db.session.scalars(sa.select(Mailing).where(Mailing.key == "invitation")).one()
        return letter_of(invitation, SAYABEC).state


def test_the_queue_is_tidied_between_chunks_once_the_plan_is_old(
    app: Flask, worker: jobs.Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PLANNING_SECONDS", 0)

    with clock.pretend(AFTER):
        worker.follow_up()

    assert state_of_letter(app) is MessageState.WITHDRAWN


def test_a_plan_just_made_is_not_made_again_after_each_chunk(app: Flask, worker: jobs.Worker) -> None:
    with clock.pretend(AFTER):
        worker.follow_up()

    assert state_of_letter(app) is MessageState.QUEUED
