"""The timeline says each moment and why; one mailing, its figures and what can be done."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.mailings import queries, services
from campaign.mailings.models import Mailing
from campaign.outbox.models import MessageState
from tests.board.world import BAIE_COMEAU
from tests.mailings.manage.pages import ENVOIS, INVITATION
from tests.mailings.world import AFTER, BEFORE, MOMENT, became, open_campaign
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries


@pytest.mark.usefixtures("draft")
def test_the_timeline_says_each_moment_and_why(client: Client) -> None:
    sign_in(client)

    page = client.visit(ENVOIS)

    lines = page.text
    assert "J−45 tombe le vendredi 1er\u00a0octobre\u00a02027, et une sollicitation part" in lines
    assert "Ailleurs\u00a0: 9\u00a0h, heure de l’Atlantique" in lines
    assert "Aucun envoi n’est planifié." in lines
    assert (
        "Adoptez la résolution avant la pause électorale" in lines.split("années d’élections municipales")[1]
    )
    assert "n’a jamais donné signe de vie" in lines


@pytest.mark.usefixtures("left")
def test_what_leaves_stands_first_with_its_progress(client: Client) -> None:
    sign_in(client)

    page = client.visit(ENVOIS)

    now = page.one("#en-route")
    assert [heading.get_text() for heading in now.select("h3")] == ["Invitation"]
    assert now.select_one("progress")["value"] == "2"  # type: ignore[index]  # asserted by the line above
    assert "2 sur 3" in page.text
    assert "4 adresses examinées, 1 exclue, 1 message parti, 1 à traiter" in page.text
    assert "a donné signe de vie il y a 12\u00a0secondes." in page.text


@pytest.mark.usefixtures("left")
def test_a_silent_worker_is_told_with_what_to_do(client: Client) -> None:
    sign_in(client)
    with clock.pretend(AFTER + timedelta(minutes=4)):
        page = client.visit(ENVOIS)

    notice = page.texts(".notice--danger")[0]
    assert "ne donne plus signe de vie" in notice
    assert "il y a 4\u00a0minutes" in notice
    assert "python -m campaign worker" in notice


def test_an_election_is_warned_of_and_its_mailing_applies(app: Flask, client: Client) -> None:
    with clock.pretend(BEFORE.replace(year=2029)):
        with app.app_context(), transaction():
            from_2029()
        sign_in(client)
        page = client.visit(ENVOIS)

    assert "période électorale municipale" in page.text
    assert "années d’élections municipales" not in page.text


def from_2029() -> None:
    edition = open_campaign()
    edition.start_on, edition.year = edition.start_on.replace(year=2029, day=19), 2029  # type: ignore[union-attr]
    edition.end_on, edition.flag_on = edition.start_on + timedelta(days=6), edition.start_on


@pytest.mark.usefixtures("draft")
@pytest.mark.parametrize("address", [ENVOIS, "/gestion"])
def test_the_timeline_asks_as_much_for_one_mailing_as_for_all(
    app: Flask, client: Client, address: str
) -> None:
    sign_in(client)
    client.visit(address)
    with app.app_context(), transaction() as session:
        edition = current_edition()
        keys = [mailing.key for mailing in queries.list_mailings(edition)]
        for key in ("invitation", "rappel-1"):
            services.schedule(queries.get_mailing(edition, key), edition, author="Jeanne", now=BEFORE)
        session.flush()
    with count_queries(app) as many:
        client.visit(address)
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(Mailing).where(Mailing.key != "invitation"))
    with count_queries(app) as one:
        client.visit(address)

    assert len(keys) > 20
    assert len(one) == len(many)


@pytest.mark.usefixtures("left")
def test_the_board_names_what_leaves(client: Client) -> None:
    sign_in(client)

    page = client.visit("/gestion")

    assert "Envoi en cours\u00a0: Invitation, 2 messages sur 3." in page.text
    assert client.visit(page.link("Invitation")).h1 == "Invitation"


@pytest.mark.usefixtures("left")
def test_a_mailing_says_its_figures(client: Client) -> None:
    sign_in(client)

    page = client.visit(INVITATION)

    assert page.texts("#decisions tbody th, #decisions tbody td") == ["Incluses", "3", "Déjà inscrite", "1"]
    assert page.texts("#decisions tfoot td") == ["4"]
    assert page.texts("#messages tbody th, #messages tbody td") == [
        "En file",
        "1",
        "Livré",
        "1",
        "Adresse refusée",
        "1",
    ]
    assert page.texts("#messages tfoot td") == ["3"]
    assert "Aucune municipalité n’a encore répondu depuis." in page.text
    assert "J−90" in page.text


def test_a_mailing_that_does_not_exist(client: Client, left: None) -> None:
    sign_in(client)

    assert client.get(f"{ENVOIS}/inconnu").status_code == 404


@pytest.mark.usefixtures("draft")
def test_the_last_minutes_count_down(app: Flask, client: Client) -> None:
    sign_in(client)
    client.submit(client.visit(f"{INVITATION}/planifier"), "main form")

    with clock.pretend(MOMENT - timedelta(hours=1, minutes=7, seconds=30)):  # an hour sooner on the islands
        page = client.visit(INVITATION)

    assert "Part dans 8 minutes. Vous pouvez encore l’annuler." in page.text


@pytest.mark.usefixtures("left")
def test_what_is_over_is_neither_cancelled_nor_paused(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        mailing = queries.get_mailing(current_edition(), "invitation")
        became(mailing, BAIE_COMEAU, MessageState.DELIVERED)
    sign_in(client)

    page = client.visit(INVITATION)

    assert "Terminé" in page.text
    assert page.texts("main .button") == []
