"""A step that the state of a proposal forbids is refused, and leaves nothing behind."""

import pytest

from campaign.errors import Conflict
from campaign.events import proposals
from tests.events.proposing import LATER, ME, TEAM, letters, propose, published, submitted
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


@pytest.mark.parametrize(
    ("start", "move"),
    [
        (propose, lambda one: proposals.approve(one, author=TEAM, now=LATER)),
        (propose, lambda one: proposals.send_back(one, reason="…", author=TEAM, now=LATER)),
        (submitted, lambda one: proposals.cancel(one, reason="…", author=ME, now=LATER)),
        (submitted, lambda one: proposals.drop_revision(one, author=ME, now=LATER)),
        (published, lambda one: proposals.approve(one, author=TEAM, now=LATER)),
        (published, lambda one: proposals.send_back(one, reason="…", author=TEAM, now=LATER)),
        (published, lambda one: proposals.withdraw(one, author=ME, now=LATER)),
        (published, lambda one: proposals.drop_revision(one, author=ME, now=LATER)),
    ],
)
def test_a_move_that_its_state_forbids_is_refused(start, move) -> None:
    proposal = start()
    before = (proposal.state, len(letters()))

    with pytest.raises(Conflict):
        move(proposal)

    assert (proposal.state, len(letters())) == before
