"""Who may act on a participation: every action asks, and wants the token of its page."""

import pytest
from flask import Flask

from campaign.accounts.models import Role
from campaign.participations.models import State
from tests.board.world import BAIE_COMEAU, SAYABEC
from tests.pages import Client
from tests.participations.manage.pages import page_of, stored
from tests.people import sign_in

ACTIONS = (
    "inscrire",
    "corriger",
    "confirmer",
    "verifier",
    "annuler",
    "decliner",
    "retablir",
    "tenue",
    "pas-tenue",
    "rouvrir",
    "reporter",
    "interieur",
    "resolution",
    "trousse",
    "fusionner",
    "lien",
)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.HOST])
def test_who_only_reads_changes_nothing(
    app: Flask, client: Client, world: None, role: Role, action: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, role)
    before = stored(app, SAYABEC).updated_at

    assert client.post(page_of(SAYABEC, action)).status_code == 403
    assert client.get(page_of(SAYABEC, action)).status_code == (405 if action == "verifier" else 403)
    assert stored(app, SAYABEC).updated_at == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_coordinator_cannot_act_on_another_region(
    app: Flask, client: Client, world: None, action: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, Role.COORDINATOR, "09")
    sent = {
        "channel": "telephone",
        "reason": "x",
        "state": "adoptee",
        "on": "2027-10-01",
        "target": BAIE_COMEAU,
    }

    assert client.post(page_of(SAYABEC, action), data=sent).status_code == 403
    assert client.get(page_of(SAYABEC, action)).status_code == (405 if action == "verifier" else 403)
    assert stored(app, SAYABEC).state is State.CONFIRMED


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_wants_the_token_of_its_page(client: Client, world: None, action: str) -> None:
    sign_in(client)

    assert client.post(page_of(SAYABEC, action)).status_code == 400
