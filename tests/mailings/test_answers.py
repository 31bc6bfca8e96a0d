"""Who answers meanwhile is taken out of the queue; who was asked is invited."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from campaign.mailings import services
from campaign.mailings.models import Decision, Mailing
from campaign.outbox import services as outbox
from campaign.outbox.models import MessageState, Scope
from campaign.participations import services as participations
from campaign.participations.models import State
from tests import builders
from tests.mailings.departing import DEPARTURE, TOWNS, deliver, ledger, letters, run
from tests.mailings.departing import edition as edition
from tests.mailings.departing import invitation as invitation


def _registers(_session: Session) -> None:
    builders.confirm("93022", now=DEPARTURE)


def _declines(_session: Session) -> None:
    participations.decline(
        builders.edition(),
        builders.territory("93022"),
        author=participations.MUNICIPALITY_BY_LINK,
        now=DEPARTURE,
        reason="",
    )


def _unsubscribes(_session: Session) -> None:
    outbox.unsubscribe(
        builders.territory("93022").email, scope=Scope.ORGANIZATION, origin="Page", now=DEPARTURE
    )


@pytest.mark.parametrize("answer", [_registers, _declines, _unsubscribes])
def test_who_answers_while_it_waits_in_the_queue_is_taken_out(
    session: Session, invitation: Mailing, answer: Callable[[Session], None]
) -> None:
    run(invitation)
    answer(session)

    assert services.take_out_answered(now=DEPARTURE) == 1
    assert letters(session, invitation) == {MessageState.QUEUED: len(TOWNS) - 1, MessageState.WITHDRAWN: 1}
    assert (
        sum(count for (kind, _), count in ledger(session, invitation).items() if kind is Decision.EXCLUDED)
        == 1
    )


def test_a_letter_that_left_makes_a_town_invited(session: Session, invitation: Mailing) -> None:
    run(invitation)
    assert services.mark_invited(now=DEPARTURE) == 0
    deliver(session, invitation)

    assert services.mark_invited(now=DEPARTURE) == len(TOWNS)
    assert services.mark_invited(now=DEPARTURE) == 0
    participation = participations.find_participation(builders.edition().id, builders.territory("93022").id)
    assert participation is not None
    assert participation.state is State.INVITED
