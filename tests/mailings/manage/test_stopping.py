"""One mailing, or all of them, is held and goes on; what has not left is cancelled."""

import pytest
from flask import Flask

from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.mailings import queries, services
from campaign.mailings.models import MailingState
from campaign.outbox.models import MessageState
from tests.mailings.manage.pages import ENVOIS, INVITATION, holds, messages, state_of
from tests.mailings.world import AFTER
from tests.pages import Client
from tests.people import sign_in


@pytest.mark.usefixtures("left")
def test_pauses_and_resumes(app: Flask, client: Client) -> None:
    sign_in(client)

    paused = client.submit(client.visit(INVITATION), "#pause", reason="Mauvais objet")
    question = client.visit(paused.link("Reprendre l’envoi"))
    first = (state_of(app), holds(app))
    client.submit(question, "main form")

    assert first[0] is MailingState.PAUSED
    assert [(author, reason) for _, author, reason in first[1]] == [("Dominique Roy", "Mauvais objet")]
    assert "Mauvais objet" in paused.text
    assert "1\u00a0message dans la file." in question.text
    assert (state_of(app), holds(app)) == (MailingState.LEAVING, [])


@pytest.mark.usefixtures("left")
def test_a_refused_pause_keeps_what_was_typed(app: Flask, client: Client) -> None:
    sign_in(client)
    page = client.visit(INVITATION)
    with app.app_context(), transaction():
        services.cancel(queries.get_mailing(current_edition(), "invitation"), author="Jeanne", now=AFTER)

    refused = client.send(page, "#pause", reason="Mauvais objet")

    assert refused.status_code == 409
    assert "n’est pas en route" in refused.get_data(as_text=True)
    assert state_of(app) is MailingState.CANCELLED


@pytest.mark.usefixtures("left")
def test_cancels_what_has_not_left(app: Flask, client: Client) -> None:
    sign_in(client)
    question = client.visit(client.visit(INVITATION).link("Annuler l’envoi"))

    client.submit(question, "main form")

    assert "1\u00a0message dans la file\u00a0: plus rien ne partira." in question.text
    assert state_of(app) is MailingState.CANCELLED
    assert sorted(messages(app).values()) == [
        MessageState.DELIVERED,
        MessageState.BOUNCED,
        MessageState.WITHDRAWN,
    ]


@pytest.mark.usefixtures("left")
def test_holds_everything_then_releases(app: Flask, client: Client) -> None:
    sign_in(client)
    question = client.visit(client.visit(ENVOIS).link("Tout suspendre"))
    page = client.submit(question, "main form", reason="Erreur de liste")
    held = holds(app)
    elsewhere = client.visit(INVITATION)
    client.submit(client.visit(page.link("Reprendre les envois")), "main form")

    assert held == [("*", "Dominique Roy", "Erreur de liste")]
    assert "Erreur de liste" in page.texts(".notice--warning")[0]
    assert "Tous les envois sont suspendus" in elsewhere.text
    assert "Tout suspendre" not in page.text
    assert holds(app) == []
