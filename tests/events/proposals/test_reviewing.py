"""What the team decides of a proposal, and what the public sees meanwhile."""

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.events import activities, proposals
from campaign.outbox.models import Message
from tests.events.activities import content
from tests.events.proposing import EMAIL, LATER, ME, TEAM, State, letters, picture, published, submitted
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_an_approved_proposal_is_in_the_calendar() -> None:
    image = picture()
    proposal = submitted(picture=image)

    event = proposals.approve(proposal, author=TEAM, now=LATER)

    assert (proposal.state, proposal.event, proposal.decided_at) == (State.PUBLISHED, event, LATER)
    assert event.is_published
    assert event.details is not None
    assert (event.details.picture_id, event.details.organizer_id) == (image.id, proposal.organizer_id)
    assert activities.content_of(event) == content()
    assert letters()[-1] == ("proposal_published", EMAIL)


def test_sent_back_with_a_reason_then_corrected() -> None:
    proposal = submitted()

    proposals.send_back(proposal, reason="l’heure de fin manque", author=TEAM, now=LATER)

    assert (proposal.state, proposal.reason) == (State.TO_CORRECT, "l’heure de fin manque")
    letter = db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    assert "n’a pas été publiée, car l’heure de fin manque." in letter.text
    assert proposals.link_token(proposal) in letter.text

    proposals.edit(proposal, content(title="Heure du conte"), picture=None, author=ME, now=LATER)

    assert (proposal.state, proposal.reason, proposal.title) == (State.SUBMITTED, "", "Heure du conte")


def test_sent_again_unchanged_after_being_sent_back_waits_again() -> None:
    proposal = submitted()
    proposals.send_back(proposal, reason="…", author=TEAM, now=LATER)

    assert proposals.edit(proposal, content(), picture=None, author=ME, now=LATER)

    assert proposal.state is State.SUBMITTED


def test_a_change_sent_back_leaves_the_calendar_alone_and_can_be_given_up() -> None:
    proposal = published()
    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)

    proposals.send_back(proposal, reason="le lieu est fermé", author=TEAM, now=LATER)

    assert proposal.event is not None
    assert (proposal.state, proposal.event.is_published) == (State.TO_CORRECT, True)

    proposals.drop_revision(proposal, author=ME, now=LATER)

    assert (proposal.state, proposals.written(proposal)) == (State.PUBLISHED, content())
    assert proposal.title == "Heure du conte en pyjama"


def test_a_change_sent_back_and_corrected_is_a_change_again() -> None:
    proposal = published()
    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)
    proposals.send_back(proposal, reason="…", author=TEAM, now=LATER)

    proposals.edit(proposal, content(title="Conte"), picture=None, author=ME, now=LATER)

    assert proposal.state is State.REVISED
