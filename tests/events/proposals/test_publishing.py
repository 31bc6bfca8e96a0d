"""What a trusted organizer proposes goes out directly, as long as it is trusted."""

import pytest

from campaign.events import organizers, proposals
from tests.builders import NOW
from tests.events.activities import content
from tests.events.proposing import LATER, ME, State, letters, submitted, trusted
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_what_a_trusted_organizer_proposes_goes_out_directly() -> None:
    trusted()

    proposal = submitted()

    assert proposal.state is State.PUBLISHED
    assert proposal.event is not None
    assert proposal.event.is_published
    assert [template for template, _to in letters()] == ["proposal_verification", "proposal_published"]


def test_trust_goes_with_the_address_not_with_the_name() -> None:
    trusted()

    assert submitted(email="autre@exemple.quebec").state is State.SUBMITTED


def test_trust_ends() -> None:
    organizers.distrust(trusted(), None, now=NOW)

    assert submitted().state is State.SUBMITTED


def test_a_trusted_organizer_changes_the_calendar_at_once() -> None:
    trusted()
    proposal = submitted()

    proposals.edit(proposal, content(place="Parc"), picture=None, author=ME, now=LATER)

    assert proposal.event is not None
    assert (proposal.state, proposal.event.place) == (State.PUBLISHED, "Parc")
