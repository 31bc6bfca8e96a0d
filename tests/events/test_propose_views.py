"""« Proposer une activité », by a person without script: form, preview, letter, link."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.db import db, transaction
from campaign.events import proposals
from campaign.events.models import Event, Proposal, ProposalState
from campaign.outbox.models import Message
from tests.builders import NOW, open_edition
from tests.events.proposing import EMAIL, TEAM, trusted
from tests.pages import Client, Page

NBSP = "\u00a0"

SHORTEST = {
    "title": "Heure du conte en pyjama",
    "activity_type": "heure-du-conte",
    "description": "Des histoires à partager.",
    "audiences": ["3-5-ans", "parents"],
    "dates-0-day": "2027-11-15",
    "dates-0-starts": "10h",
    "dates-0-ends": "11 h 30",
    "place": "Bibliothèque",
    "municipality": "Hébertville",
    "organizer_name": "Bibliothèque d’Hébertville",
    "organizer_kind": "bibliotheque",
    "email": EMAIL,
}


@pytest.fixture(autouse=True)
def _september(app: Flask, directory: None):
    open_edition(app)
    with clock.pretend(NOW):
        yield


def preview(client: Client, **changes: Any) -> Page:
    page = client.visit("/calendrier/proposer")
    return client.submit(page, button="Continuer", **(SHORTEST | changes))


def propose(client: Client, **changes: Any) -> Page:
    return client.submit(preview(client, **changes), button="Soumettre mon activité")


def link(app: Flask) -> str:
    """The address in the latest letter."""
    with app.app_context():
        letter = db.session.scalars(sa.select(Message).order_by(Message.id.desc())).first()
    assert letter is not None
    found = re.search(r"/calendrier/proposition/\S+", letter.text)
    assert found is not None
    return found[0]


def stored(app: Flask) -> list[tuple[ProposalState, str]]:
    with app.app_context():
        return [
            (one.state, one.title) for one in db.session.scalars(sa.select(Proposal).order_by(Proposal.id))
        ]


def test_from_the_form_to_the_team(app: Flask, client: Client) -> None:
    shown = preview(client)
    assert (
        f"Lundi 15 novembre 2027, de 10{NBSP}h à 11{NBSP}h{NBSP}30".replace("15 n", f"15{NBSP}n").replace(
            "e 2", f"e{NBSP}2"
        )
        in shown.text
    )
    assert stored(app) == []

    thanks = client.submit(shown, button="Soumettre mon activité")
    assert thanks.h1 == "Vérifiez votre courriel"
    assert stored(app) == [(ProposalState.DRAFT, "Heure du conte en pyjama")]

    opened = client.visit(link(app))
    assert stored(app)[0][0] is ProposalState.DRAFT
    done = client.submit(opened, button="Confirmer et soumettre mon activité")

    assert "Votre activité est soumise." in done.text
    assert stored(app)[0][0] is ProposalState.SUBMITTED
