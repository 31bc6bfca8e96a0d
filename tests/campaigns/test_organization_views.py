"""The page of the organization that writes: what every message says of its sender."""

from datetime import date

import pytest
from flask import Flask

from campaign.accounts.models import Role
from campaign.campaigns import queries
from campaign.campaigns.services import open_edition, set_organization
from campaign.db import transaction
from tests.pages import Client
from tests.people import sign_in

ADDRESS = "/gestion/organisme"
FORM = "main form"


@pytest.fixture(autouse=True)
def _an_edition(app: Flask) -> None:
    with app.app_context(), transaction():
        open_edition(12, date(2027, 11, 15))
        set_organization("Collectif", prefix="ABC")


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMIN, 200), (Role.ORGANIZER, 200), (Role.COORDINATOR, 403), (Role.VIEWER, 403), (Role.HOST, 403)],
)
def test_organizers_alone_open_it(client: Client, role: Role, status: int) -> None:
    sign_in(client, role, *(["01"] if role is Role.COORDINATOR else []))

    assert client.get(ADDRESS).status_code == status


def test_it_says_that_nothing_leaves_before_the_address_is_known(client: Client) -> None:
    sign_in(client)
    before = client.visit(ADDRESS)

    after = client.submit(
        before, FORM, postal_address="500, rue Saint-Paul, Montréal (Québec)  H2Y 1H3", contact="514 555-0134"
    )

    assert "Aucun envoi ne part" in before.text
    assert "Aucun envoi ne part" not in after.text
    assert "L’organisme est à jour." in after.text


def test_everything_is_kept_and_the_prefix_of_the_numbers_stays(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    answers = {
        "name": "Collectif petite enfance",
        "postal_address": "500, rue Saint-Paul, Montréal",
        "contact": "bonjour@exemple.quebec",
        "privacy_officer": "Direction générale, 514 555-0134",
        "campaign_name": "Semaine des petits",
    }

    client.submit(client.visit(ADDRESS), FORM, **answers)

    with app.app_context():
        carrier = queries.organization()
        assert {name: getattr(carrier, name) for name in answers} == answers
        assert carrier.prefix == "ABC"


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("name", "", "Inscrivez le nom de l’organisme."),
        ("campaign_name", " ", "Inscrivez le nom de la campagne."),
        ("postal_address", "a" * 301, "Ce texte est trop long\u00a0: 300 caractères au plus."),
    ],
)
def test_what_is_wrong_is_beside_its_question(client: Client, name: str, value: str, sentence: str) -> None:
    sign_in(client)

    page = client.submit(client.visit(ADDRESS), FORM, status=422, contact="514 555-0199", **{name: value})

    assert page.texts(f"#{name}-erreur") == [sentence]
    assert page.one("#contact")["value"] == "514 555-0199"


def test_the_editions_lead_to_it(client: Client) -> None:
    sign_in(client)

    assert client.visit("/gestion/editions").link("L’organisme qui écrit") == ADDRESS
