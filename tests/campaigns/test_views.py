from datetime import UTC, date, datetime

import pytest
import time_machine
from flask import Flask

from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.campaigns import queries, services
from campaign.campaigns.history import load_editions
from campaign.db import transaction
from tests.pages import Client

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def _signed_in(app: Flask, client: Client, role: Role = Role.ORGANIZER) -> None:
    with app.app_context(), transaction():
        user = accounts.add_user("jeanne@example.org", role, name="Jeanne", region_codes=("01",), now=NOW)
        token = accounts.issue_link(user, life=accounts.MAILED_LINK_LIFE, now=NOW)
    client.send(
        client.visit(f"/connexion/{token}"), "main form"
    )  # not followed: the board needs an open edition


def _editions(app: Flask) -> list[tuple[int, date | None, date | None, str]]:
    with app.app_context():
        return [(e.number, e.start_on, e.flag_on, e.theme) for e in queries.list_editions()]


def test_the_page_tells_the_current_edition_from_the_published_ones(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        load_editions()
        services.open_edition(12, date(2027, 11, 15), theme="Grandir ensemble")
    _signed_in(app, client)

    page = client.visit("/gestion/editions")

    assert page.texts("tbody tr:first-child > *") == [
        "12e, 2027",
        "du 15 au 21\u00a0novembre\u00a02027",
        "lundi 15\u00a0novembre\u00a02027",
        "Grandir ensemble",
        "Aucun nombre",
        "en cours",
    ]
    assert page.texts("tbody tr:nth-child(2) th a") == []
    assert len(page.all("tbody tr")) == 11


def test_an_organizer_opens_the_edition_that_is_proposed(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        load_editions()
    _signed_in(app, client)
    page = client.visit("/gestion/editions/ouvrir")

    done = client.submit(page, "main form", theme="Grandir ensemble")

    assert done.url == "/gestion/editions"
    assert _editions(app)[0] == (12, date(2027, 11, 15), date(2027, 11, 15), "Grandir ensemble")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("number", "10", "La 10e édition existe déjà. Choisissez un autre numéro."),
        ("number", "", "Inscrivez le numéro de l’édition."),
        ("start_on", "", "Choisissez le premier jour de la semaine."),
        (
            "start_on",
            "2025-11-20",
            "La 10e édition se tient déjà du 17 au 23\u00a0novembre\u00a02025. Choisissez d’autres dates.",
        ),
    ],
)
def test_a_refusal_stands_beside_its_question_and_nothing_typed_is_lost(
    app: Flask, client: Client, field: str, value: str, message: str
) -> None:
    with app.app_context(), transaction():
        load_editions()
    _signed_in(app, client)
    page = client.visit("/gestion/editions/ouvrir")

    refused = client.submit(page, "main form", status=422, theme="Grandir", **{field: value})

    assert refused.texts(f"#{field}-erreur") == [message]
    assert refused.fields("main form")["theme"] == ["Grandir"]
    assert len(_editions(app)) == 10


def test_an_organizer_moves_the_week(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        services.open_edition(12, date(2027, 11, 15))
    _signed_in(app, client)
    page = client.visit("/gestion/editions/12")

    client.submit(page, "main form", start_on="2027-11-14", flag_on="2027-11-15", theme="Grandir")

    assert _editions(app) == [(12, date(2027, 11, 14), date(2027, 11, 15), "Grandir")]


def test_moving_the_first_day_moves_day_j_with_it(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        services.open_edition(12, date(2027, 11, 15))
    _signed_in(app, client)
    page = client.visit("/gestion/editions/12")

    client.submit(page, "main form", start_on="2027-11-22")

    assert _editions(app) == [(12, date(2027, 11, 22), date(2027, 11, 22), "")]


def test_a_day_j_outside_the_week_is_refused(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        services.open_edition(12, date(2027, 11, 15))
    _signed_in(app, client)
    page = client.visit("/gestion/editions/12")

    refused = client.submit(page, "main form", status=422, flag_on="2027-11-25")

    assert refused.texts("#flag_on-erreur") == [
        "Choisissez un jour du lever dans la semaine du 15 au 21\u00a0novembre\u00a02027."
    ]
    assert _editions(app) == [(12, date(2027, 11, 15), date(2027, 11, 15), "")]


def test_a_published_edition_is_not_changed(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        load_editions()
    _signed_in(app, client)

    page = client.visit("/gestion/editions/9", status=409)

    assert "Cette édition est conservée telle que publiée." in page.text


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.VIEWER, Role.HOST])
@pytest.mark.parametrize("address", ["/gestion/editions", "/gestion/editions/ouvrir", "/gestion/editions/12"])
def test_editions_are_the_organizers_business(app: Flask, client: Client, role: Role, address: str) -> None:
    _signed_in(app, client, role)

    assert client.get(address).status_code == 403
