"""A proposal waits for its address to be proven; the form may be sent twice."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import proposals
from campaign.events.models import Proposal
from campaign.outbox.models import Message
from tests import builders
from tests.builders import NOW
from tests.events.activities import content
from tests.events.proposing import EMAIL, LATER, ME, State, history, letters, propose, submitted, waiting
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")


def test_a_proposal_waits_for_its_address_to_be_proven() -> None:
    proposal = propose()

    assert (proposal.state, proposal.title) == (State.DRAFT, "Heure du conte en pyjama")
    assert letters() == [("proposal_verification", EMAIL)]
    assert waiting() == []
    assert history(proposal) == [(None, State.DRAFT, ME)]


def test_the_letter_carries_the_link_that_opens_it() -> None:
    proposal, token = proposals.submit(
        content(), edition=builders.edition(), territory=builders.territory(), email=EMAIL, now=NOW
    )
    (letter,) = db.session.scalars(sa.select(Message)).all()

    assert f"/calendrier/proposition/{token}" in letter.text
    assert proposals.get_by_token(token) is proposal
    with pytest.raises(NotFound):
        proposals.get_by_token(token + "x")


def test_a_proven_address_submits_to_the_team() -> None:
    proposal = submitted()

    assert (proposal.state, proposal.verified_at, proposal.submitted_at) == (State.SUBMITTED, NOW, NOW)
    assert letters()[1:] == [("proposal_received", EMAIL)]
    assert history(proposal) == [(None, State.DRAFT, ME), (State.DRAFT, State.SUBMITTED, ME)]


def test_the_button_pressed_twice_submits_once() -> None:
    proposal = submitted()

    proposals.verify(proposal, now=LATER)

    assert proposal.verified_at == NOW
    assert len(letters()) == 2


def test_the_same_form_sent_twice_is_one_proposal() -> None:
    first = propose(form_token="feuille")
    again = propose(form_token="feuille", now=LATER)

    assert again.id == first.id
    assert db.session.scalar(sa.select(sa.func.count(Proposal.id))) == 1
    assert len(letters()) == 1


def test_the_same_form_sent_again_corrects_what_is_not_proven() -> None:
    first = propose(form_token="feuille", email="bilbio@exemple.quebec")
    wrong_link = proposals.link_token(first)

    again = propose(content(title="Contes"), form_token="feuille", email=EMAIL, now=LATER)

    assert (again.id, again.email, again.title) == (first.id, EMAIL, "Contes")
    assert [to for _template, to in letters()] == ["bilbio@exemple.quebec", EMAIL]
    with pytest.raises(NotFound):
        proposals.get_by_token(wrong_link)


def test_an_old_form_changes_nothing_that_is_proven() -> None:
    proposal = propose(form_token="feuille")
    proposals.verify(proposal, now=NOW)

    with pytest.raises(Conflict, match="déjà soumise"):
        propose(content(title="Contes"), form_token="feuille", now=LATER)

    assert proposal.title == "Heure du conte en pyjama"


def test_what_nobody_proved_is_forgotten_after_a_month() -> None:
    propose()
    kept = submitted(content(title="Contes"))

    assert proposals.forget_drafts(NOW + timedelta(days=29)) == 0
    assert proposals.forget_drafts(NOW + timedelta(days=31)) == 1

    assert db.session.scalars(sa.select(Proposal.id)).all() == [kept.id]
