"""Paused, held or cancelled, nothing more leaves, and nothing is lost."""

from datetime import timedelta

from sqlalchemy.orm import Session

from campaign.mailings import services
from campaign.mailings.models import Mailing
from campaign.outbox import queries as outbox_queries
from campaign.outbox.models import MessageState
from tests import builders
from tests.mailings.departing import DEPARTURE, TOWNS, letters, run
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


def test_paused_it_decides_and_sends_nothing_then_goes_on_with_all(
    session: Session, invitation: Mailing
) -> None:
    assert run(invitation, DEPARTURE - timedelta(minutes=30)) == 1
    services.pause(invitation, author="Jeanne", reason="Relecture", now=DEPARTURE)

    assert run(invitation) == 0
    assert outbox_queries.is_held(services.batch_of(invitation))
    services.resume(invitation, builders.edition(), author="Jeanne", now=DEPARTURE)
    assert run(invitation) == len(TOWNS) - 1
    assert not outbox_queries.is_held(services.batch_of(invitation))
    assert letters(session, invitation) == {MessageState.QUEUED: len(TOWNS)}


def test_everything_held_nothing_is_decided(session: Session, invitation: Mailing) -> None:
    services.hold_everything(author="Jeanne", reason="Deuil national", now=DEPARTURE)

    assert run(invitation) == 0
    services.release_everything(now=DEPARTURE)
    assert run(invitation) == len(TOWNS)


def test_cancelled_what_has_not_left_never_will(session: Session, invitation: Mailing) -> None:
    run(invitation)

    assert services.cancel(invitation, author="Jeanne", now=DEPARTURE) == len(TOWNS)
    assert letters(session, invitation) == {MessageState.WITHDRAWN: len(TOWNS)}
    assert run(invitation) == 0
