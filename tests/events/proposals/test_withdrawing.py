"""What is not published is given up; what is, is called off and stays visible."""

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict
from campaign.events import proposals
from campaign.events.models import EventState, Follower
from campaign.outbox.models import Message
from tests.builders import NOW
from tests.events.activities import content
from tests.events.proposing import LATER, ME, State, history, published, submitted, waiting
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_given_up_before_publication() -> None:
    proposal = submitted()

    proposals.withdraw(proposal, author=ME, reason="Double emploi", now=LATER)

    assert proposal.state is State.WITHDRAWN
    assert history(proposal)[-1] == (State.SUBMITTED, State.WITHDRAWN, ME)
    with pytest.raises(Conflict, match="retirée"):
        proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)


def test_called_off_by_its_author_it_stays_visible() -> None:
    proposal = published()

    proposals.cancel(proposal, reason="Conteuse malade", author=ME, now=LATER)

    assert proposal.event is not None
    event = proposal.event
    assert (event.state, event.state_reason, event.is_published) == (
        EventState.CANCELLED, "Conteuse malade", True,
    )  # fmt: skip
    assert proposals.state_label(proposal, now=LATER) == ("annulée", "off")
    with pytest.raises(Conflict, match="annulée"):
        proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)


def test_whoever_asked_is_told_that_it_is_called_off() -> None:
    proposal = published()
    db.session.add(
        Follower(
            event_id=proposal.event_id,
            email="lea@exemple.quebec",
            token_hash="x",
            created_at=NOW,
            verified_at=NOW,
        )
    )
    db.session.flush()

    proposals.cancel(proposal, reason="Conteuse malade", author=ME, now=LATER)

    told = db.session.scalars(sa.select(Message).where(Message.to_email == "lea@exemple.quebec")).one()
    assert told.subject.startswith("Annulée")


def test_calling_off_gives_up_the_change_that_waited() -> None:
    proposal = published()
    proposals.edit(proposal, content(title="Contes"), picture=None, author=ME, now=LATER)

    proposals.cancel(proposal, reason="Conteuse malade", author=ME, now=LATER)

    assert (proposal.state, waiting()) == (State.PUBLISHED, [])
