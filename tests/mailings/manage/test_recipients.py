"""The ledger leads to each message, to those to telephone, and to a second letter for a chosen few."""

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.mailings import queries
from campaign.mailings.models import Recipient, RecipientTerritory
from campaign.outbox.models import MessageState
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, PERCE, RIMOUSKI
from tests.mailings.manage.pages import INVITATION, messages
from tests.mailings.world import recipient_of
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries


@pytest.mark.usefixtures("left")
def test_the_ledger_leads_to_the_exact_message(app: Flask, client: Client) -> None:
    sign_in(client)
    page = client.visit(f"{INVITATION}/destinataires?q=rimouski")

    message = client.visit(page.link("Livré"))

    assert "info@10043.exemple.quebec" in message.text
    assert "Rimouski" in message.text


@pytest.mark.usefixtures("left")
def test_the_ledger_asks_as_much_for_one_row_as_for_three(app: Flask, client: Client) -> None:
    sign_in(client)
    client.visit(f"{INVITATION}/destinataires")

    with count_queries(app) as one:
        assert len(client.visit(f"{INVITATION}/destinataires?region=09").all("tbody tr")) == 1
    with count_queries(app) as three:
        assert len(client.visit(f"{INVITATION}/destinataires?region=01").all("tbody tr")) == 3

    assert len(one) == len(three)


@pytest.mark.usefixtures("left")
def test_writes_again_to_those_ticked(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        get_territory(PERCE).email = "nouvelle@exemple.quebec"
    sign_in(client)
    page = client.visit(f"{INVITATION}/destinataires")
    (box,) = page.all("input[name=recipient]")

    done = client.submit(page, "#renvoyer", recipient=box["value"])
    again = client.send(page, "#renvoyer", recipient=box["value"], follow_redirects=True)

    assert "Remis en file\u00a0: 1\u00a0message." in done.text
    assert "Son message attend déjà son départ." in again.get_data(as_text=True)
    assert list(messages(app)).count("nouvelle@exemple.quebec") == 1
    assert messages(app)["nouvelle@exemple.quebec"] is MessageState.QUEUED


@pytest.mark.usefixtures("left")
def test_says_who_cannot_be_written_to_again(client: Client) -> None:
    sign_in(client)
    with_boxes = client.visit(f"{INVITATION}/destinataires")

    assert with_boxes.all("input[name=recipient]") == []
    assert with_boxes.all("#renvoyer") == []


@pytest.mark.usefixtures("left")
def test_asks_to_tick_somebody(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        get_territory(PERCE).email = "nouvelle@exemple.quebec"
    sign_in(client)

    page = client.submit(client.visit(f"{INVITATION}/destinataires"), "#renvoyer", status=409)

    assert "Cochez d’abord à qui renvoyer l’envoi." in page.text


@pytest.mark.usefixtures("left")
def test_the_list_of_calls_has_the_telephone(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        get_territory(PERCE).phone = "4188982812"
    sign_in(client)

    page = client.visit(client.visit(INVITATION).link("À relancer par téléphone"))

    assert page.h1 == "À relancer par téléphone"
    assert page.texts("#destinataires tbody a[href^='tel:']") == ["418\u00a0898-2812"]
    assert "L’Isle-Verte" in page.text
    assert "Rimouski" not in page.text


@pytest.mark.usefixtures("left")
def test_a_shared_letter_filed_elsewhere_is_not_opened_by_a_coordinator(app: Flask, client: Client) -> None:
    """The letter is kept under its first municipality, in a region that is not theirs."""
    with app.app_context(), transaction() as session:
        mailing = queries.get_mailing(current_edition(), "invitation")
        recipient = recipient_of(mailing, RIMOUSKI)
        session.add(RecipientTerritory(recipient_id=recipient.id, territory_id=get_territory(BAIE_COMEAU).id))
        session.execute(
            sa.update(Recipient).where(Recipient.id == recipient.id).values(detail="Rimouski : A décliné")
        )
    sign_in(client, Role.COORDINATOR, "09")

    page = client.visit(f"{INVITATION}/destinataires")

    assert "Livré" in page.text
    assert "Rimouski" not in page.text
    assert [link for link in page.texts("#destinataires a") if link == "Livré"] == []
