"""A mailing is put on schedule, taken back, let go although late."""

from datetime import timedelta

import pytest
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.campaigns.services import set_organization
from campaign.db import transaction
from campaign.mailings import queries, services
from campaign.mailings.models import MailingState
from tests.mailings.manage.pages import INVITATION, state_of
from tests.mailings.world import BEFORE, MOMENT
from tests.pages import Client
from tests.people import sign_in


@pytest.mark.usefixtures("draft")
def test_schedules_then_goes_back_to_the_draft(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    question = client.visit(client.visit(INVITATION).link("Planifier l’envoi"))

    page = client.submit(question, "main form")

    assert "3\u00a0messages, sur 4\u00a0adresses" in question.text
    assert "L’envoi est planifié." in page.text
    assert state_of(app) is MailingState.SCHEDULED
    assert "par Dominique Roy" in page.text
    back = client.submit(page, "main form[action$=brouillon]")
    assert "L’envoi est revenu au brouillon" in back.text
    assert state_of(app) is MailingState.DRAFT


@pytest.mark.usefixtures("draft")
def test_a_refusal_is_said_beside_and_changes_nothing(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        set_organization("Collectif petite enfance", contact="bonjour@exemple.quebec")
    sign_in(client)
    question = client.visit(f"{INVITATION}/planifier")

    page = client.submit(question, "main form", status=409)

    assert "Il manque\u00a0: son adresse postale." in page.texts(".notice--danger")[0]
    assert page.h1 == question.h1
    assert state_of(app) is MailingState.DRAFT


@pytest.mark.usefixtures("draft")
def test_lets_a_late_mailing_leave(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        edition = current_edition()
        mailing = queries.get_mailing(edition, "invitation")
        services.schedule(mailing, edition, author="Jeanne", now=BEFORE)
        services.advance(mailing.id, now=MOMENT + timedelta(days=7))
    late = MOMENT + timedelta(days=7)
    with clock.pretend(late):
        sign_in(client)
        waiting = client.visit(INVITATION)
        page = client.submit(client.visit(waiting.link("Laisser partir")), "main form")

    assert "En retard de plus de 48 heures" in waiting.text
    assert "Part dans 10 minutes." in page.text
    assert state_of(app) is MailingState.SCHEDULED
