"""The link of a proposal opens it, until another one is asked for."""

import pytest

from campaign.errors import NotFound
from campaign.events import proposals
from tests.events.proposing import LATER, submitted
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_a_new_link_closes_the_earlier_one() -> None:
    proposal = submitted()
    earlier = proposals.link_token(proposal)

    token = proposals.reissue_link(proposal, now=LATER)

    assert proposals.get_by_token(token) is proposal
    with pytest.raises(NotFound):
        proposals.get_by_token(earlier)
