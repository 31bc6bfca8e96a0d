"""The team freezes the figures that it announces."""

from datetime import UTC, datetime

import pytest
from flask import Flask

from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.participations import services
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, CLERK, SAYABEC, register
from tests.pages import Client
from tests.participations.manage.pages import FORM, in_transaction
from tests.people import sign_in


def test_a_figure_is_frozen_and_what_changed_since_is_told_by_name(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client, Role.ORGANIZER)
    page = client.visit("/gestion/chiffres")
    assert "Aucun chiffre n’a encore été figé" in page.text
    client.submit(page, FORM, label="Communiqué national")

    def later() -> None:
        register(current_edition(), BAIE_COMEAU)
        found = services.find_participation(current_edition().id, get_territory(SAYABEC).id)
        assert found is not None
        services.cancel(found, reason="x", author=CLERK, now=datetime(2027, 11, 1, tzinfo=UTC))

    in_transaction(app, later)
    row = client.visit("/gestion/chiffres").texts("#annonces tbody tr")

    assert len(row) == 1
    assert row[0].startswith("Communiqué national")
    assert "De plus\u00a0: Baie-Comeau" in row[0]
    assert "De moins\u00a0: Sayabec" in row[0]
    assert "Baie-Comeau" in client.visit("/gestion").text


@pytest.mark.parametrize(
    ("role", "read", "write"),
    [
        (Role.ADMIN, 200, 303),
        (Role.ORGANIZER, 200, 303),
        (Role.VIEWER, 200, 403),
        (Role.COORDINATOR, 403, 403),
        (Role.HOST, 403, 403),
    ],
)
def test_who_may_read_and_freeze_figures(
    app: Flask, client: Client, world: None, role: Role, read: int, write: int
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, role, "01")

    assert client.get("/gestion/chiffres").status_code == read
    assert client.post("/gestion/chiffres", data={"label": "Essai"}).status_code == write


def test_an_announcement_has_a_name(client: Client, world: None) -> None:
    sign_in(client)

    page = client.submit(client.visit("/gestion/chiffres"), FORM, status=422, label="")

    assert "Nommez l’annonce" in page.text
