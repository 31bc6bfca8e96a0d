"""The pages of an import: choose, match, see, agree, follow, all without script."""

import io

import pytest
import sqlalchemy as sa
from flask import Flask
from openpyxl import load_workbook

from campaign import jobs
from campaign.accounts.models import Role
from campaign.db import db, transaction
from campaign.events import import_template
from campaign.events.models import Event
from tests import builders
from tests.events.test_importing import HEADER, STORY, WALK, file
from tests.pages import Client, Page
from tests.people import sign_in

CHOOSE = "/gestion/activites/importer"


@pytest.fixture(autouse=True)
def edition(app: Flask, directory: None) -> None:
    with app.app_context(), transaction():
        builders.edition()


def choose(client: Client, content: bytes, *, status: int = 303) -> Page | str:
    """Send a file; the address where it leads, or the page that refuses it."""
    token = client.visit(CHOOSE).one("main form input[name=csrf_token]")["value"]
    answer = client.post(CHOOSE, data={"csrf_token": token, "file": (io.BytesIO(content), "activites.csv")})
    assert answer.status_code == status
    return str(answer.headers["Location"]) if status == 303 else Page(answer)


def preview(client: Client, content: bytes) -> Page:
    where = choose(client, content)
    assert isinstance(where, str)
    answer = client.send(client.visit(where), "main form")
    assert answer.status_code == 303
    return client.visit(answer.headers["Location"])


def titles(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Event.title).order_by(Event.title)))


def test_a_file_goes_from_the_computer_to_the_calendar(app: Flask, client: Client) -> None:
    sign_in(client)

    page = preview(client, file(STORY, WALK))
    assert page.h1 == "Voici ce que le fichier changerait"
    assert titles(app) == []

    answer = client.send(page, "form[action$=lancer]", button="Importer les 2 activités")
    under_way = client.visit(answer.headers["Location"])
    assert under_way.one("progress")["value"] == "0"
    assert under_way.one("#importation")["data-enhance"] == "progress"

    jobs.Worker(app).import_files(jobs.Counts())
    over = client.visit(answer.headers["Location"])

    assert over.h1 == "L’importation est terminée"
    assert over.all("progress") == []
    assert titles(app) == ["Heure du conte", "Marche"]
    assert client.visit(CHOOSE).one("#importations").get_text().count("terminée") == 1


def test_columns_of_another_name_are_matched_by_hand(app: Flask, client: Client) -> None:
    sign_in(client)
    where = choose(client, file(STORY, header=HEADER.replace("Titre", "Zzz")))
    assert isinstance(where, str)

    page = client.visit(where)
    refused = client.submit(page, "main form", status=422)
    again = client.submit(refused, "main form", title="1")

    assert "Choisissez la colonne du champ «\u00a0Titre\u00a0»" in refused.text
    assert again.h1 == "Voici ce que le fichier changerait"
    assert titles(app) == []


def test_each_error_is_told_with_its_line(app: Flask, client: Client) -> None:
    sign_in(client)

    page = preview(client, file(STORY, WALK.replace("16 nov.", "31 nov.")))

    assert page.texts("#erreurs tbody td, #erreurs tbody th") == [
        "Ligne 3",
        "Date",
        "Cette date n’existe pas au calendrier. Inscrivez la date, par exemple "
        "«\u00a015\u00a0novembre 2027\u00a0».",
    ]
    assert "Importer l’activité valide" in page.text


def test_the_columns_of_the_template_are_told_folded(client: Client) -> None:
    sign_in(client)

    page = client.visit(CHOOSE)

    assert page.one("#colonnes-du-modele summary").get_text(strip=True) == "Les colonnes du modèle"
    assert not page.one("#colonnes-du-modele").has_attr("open")
    assert len(page.all("#colonnes tbody tr")) == len(import_template.HEADER)


def test_what_is_no_table_is_refused_in_french(app: Flask, client: Client) -> None:
    sign_in(client)

    page = choose(client, b"\xd0\xcf\x11\xe0", status=422)

    assert isinstance(page, Page)
    assert "mot de passe" in page.text


def test_nothing_is_kept_of_a_file_that_is_given_up(app: Flask, client: Client) -> None:
    sign_in(client)
    page = preview(client, file(STORY))
    number = page.all("form")[-1]["action"].split("/")[-2]

    client.send(page, "form[action$=oublier]", button="Ne rien importer")

    client.visit(f"{CHOOSE}/{number}", status=404)


def test_the_template_opens_in_both_forms(client: Client) -> None:
    sign_in(client)

    workbook = client.get(f"{CHOOSE}/modele.xlsx")
    text = client.get(f"{CHOOSE}/modele.csv")

    assert load_workbook(io.BytesIO(workbook.data)).sheetnames[0] == import_template.ACTIVITIES
    assert text.data.startswith(b"\xef\xbb\xbfR\xc3\xa9f\xc3\xa9rence;Titre;")
    assert "attachment" in workbook.headers["Content-Disposition"]


def test_a_coordinator_sees_only_their_own_files(app: Flask, client: Client) -> None:
    sign_in(client)
    page = preview(client, file(STORY))
    number = page.all("form")[-1]["action"].split("/")[-2]

    sign_in(client, Role.COORDINATOR, "02")

    client.visit(f"{CHOOSE}/{number}", status=404)
    assert client.visit(CHOOSE).all("#importations") == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.HOST])
def test_who_may_change_nothing_imports_nothing(client: Client, role: Role) -> None:
    sign_in(client, role)

    client.visit(CHOOSE, status=403)
