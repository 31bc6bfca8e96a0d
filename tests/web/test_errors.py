"""Each error has its page: in French, sound, and standing without the database."""

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.exceptions import HTTPException

from campaign.db import db
from campaign.errors import Conflict, Gone, NotFound, Refused
from tests.pages import Client, Page


def add_view(app: Flask, error: BaseException) -> str:
    def view() -> str:
        raise error

    app.add_url_rule("/essai", "essai", view)
    return "/essai"


def test_an_unknown_address_leads_somewhere(client: Client) -> None:
    page = client.visit("/nulle-part", 404)

    assert page.link("Aller à l’accueil") == "/"


def test_a_method_not_understood_keeps_the_list_of_those_that_are(client: Client) -> None:
    response = client.put("/inscription")

    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize("kind", [NotFound, Refused, Gone, Conflict])
def test_a_refusal_says_what_happened_in_its_own_words(
    app: Flask, client: Client, kind: type[NotFound | Refused | Gone | Conflict]
) -> None:
    page = client.visit(add_view(app, kind("La porte est fermée.")), kind.status)

    assert "La porte est fermée." in page.texts("p.lead")


@pytest.mark.parametrize("status", [400, 403, 404, 405, 409, 410, 413, 418, 429, 500, 502, 503])
def test_every_status_has_a_page(app: Flask, client: Client, status: int) -> None:
    class Anything(HTTPException):
        code = status

    client.visit(add_view(app, Anything()), status)


def test_a_form_too_big_is_refused_politely(app: Flask, client: Client) -> None:
    response = client.post("/inscription/lien", data={"municipality": "x" * 1_100_000})

    assert response.status_code == 413
    page = Page(response)
    assert page.texts("p.lead") == [
        "Cette page reçoit 1\u00a0Mo au plus, et votre envoi pèse davantage. Rien n’a été enregistré."
    ]
    assert (
        page.texts("main li")[1]
        == "Raccourcissez le texte, ou choisissez une photo ou un document plus léger."
    )


@pytest.mark.parametrize(
    ("address", "limit", "advice"),
    [
        ("/calendrier/proposer", 24, "Choisissez une image JPEG, PNG ou WebP de 8\u00a0Mo au plus."),
        (
            "/evenements/rien/inscription",
            40,
            "Joignez un PDF, une image, un document (.docx, .odt) ou une présentation (.pptx, .odp), "
            "de 8\u00a0Mo au plus chacun.",
        ),
    ],
)
def test_a_file_too_big_is_told_the_limit_what_to_choose_and_the_way_back(
    client: Client, address: str, limit: int, advice: str
) -> None:
    sent = client.post(
        address, data=b"\xff" * (limit * 1_000_000 + 1), content_type="multipart/form-data; boundary=fin"
    )
    page = Page(sent)

    assert page.response.status_code == 413
    assert f"reçoit {limit}\u00a0Mo au plus" in page.texts("p.lead")[0]
    assert page.texts("main li") == [
        "Revenez au formulaire par le bouton «\u00a0Précédent\u00a0» de votre navigateur\u00a0: "
        "ce que vous avez tapé y est d’ordinaire encore.",
        advice,
        "Puis envoyez de nouveau.",
    ]


def test_the_search_answers_errors_in_json(client: Client) -> None:
    response = client.post("/municipalites/recherche")

    assert (response.status_code, response.mimetype) == (405, "application/json")
    assert set(response.get_json()) == {"erreur"}


@pytest.fixture
def crashing(app: Flask) -> Flask:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.testing = False
    return app


def test_a_crash_is_told_without_its_details(crashing: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = crashing.test_client()
    add_view(crashing, RuntimeError("un secret de la maison"))

    page = client.visit("/essai", 500)

    assert "secret" not in page.html
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "Exception on /essai [GET]"
    ]


def test_the_page_of_a_crash_stands_without_the_database(crashing: Flask) -> None:
    with crashing.app_context(), db.engine.begin() as connection:
        for table in ("participation_move", "edition", "organization"):
            connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {table}_gone"))
    client = crashing.test_client()

    page = client.visit("/inscription", 500)

    assert page.h1
    assert client.get("/nulle-part").status_code == 404
