"""The public word of where a proposal stands."""

from datetime import UTC, datetime

import pytest

from campaign.events import proposals, services
from tests.builders import NOW
from tests.events.proposing import LATER, published
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_its_word_follows_from_the_event_once_published() -> None:
    proposal = published()

    def word(now: datetime) -> str:
        return proposals.state_label(proposal, now=now)[0]

    assert word(NOW) == "publiée"
    assert word(datetime(2027, 11, 15, 23, tzinfo=UTC)) == "publiée"
    assert word(datetime(2027, 11, 16, 12, tzinfo=UTC)) == "passée"
    assert word(datetime(2028, 3, 1, tzinfo=UTC)) == "archivée"
    assert proposal.event is not None
    services.withdraw(proposal.event, now=LATER)
    assert word(NOW) == "retirée"
