"""The contacts through HTTP: what each role sees and does, and what none may reach."""

import csv
import io
import re
from datetime import date

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.contacts import services
from campaign.contacts.forms import MOST_BYTES
from campaign.contacts.models import Basis, Consent, Contact, ContactKind, Purpose
from campaign.db import db, transaction
from tests.board.world import BAIE_COMEAU, RIMOUSKI, SAYABEC, open_world
from tests.contacts.test_importing import FILE, HEADER
from tests.contacts.world import AUTHOR, NOW, add, add_shared, consent, place
from tests.pages import Client, Page, checked
from tests.people import sign_in
from tests.queries import count_queries

LIST = "/gestion/contacts"


@pytest.fixture(autouse=True)
def world(app: Flask) -> None:
    """A shared director, an organization of each region and one of nowhere, and the town halls' mailboxes."""
    with app.app_context(), transaction() as session:
        open_world()
        session.flush()
        add_shared(SAYABEC, BAIE_COMEAU)
        add(region_code="01")
        add("cpe@exemple.quebec", organization="CPE du Nord", region_code="09")
        add("presse@exemple.quebec", kind=ContactKind.MEDIA, organization="La Lanterne")
        for geo_code in (SAYABEC, RIMOUSKI):
            place(geo_code).contact_as_of = date(2025, 1, 15)


def row_of(app: Flask, email: str) -> int:
    with app.app_context():
        return db.session.scalars(sa.select(Contact.id).where(Contact.email == email)).first() or 0


def page_of(app: Flask, email: str) -> str:
    return f"{LIST}/{row_of(app, email)}"


def listed(page: Page) -> list[str]:
    """The addresses of the list."""
    return [str(link["href"]).removeprefix("mailto:") for link in page.all("td a[href^='mailto:']")]


# --- the list -----------------------------------------------------------------------------------------


def test_a_shared_person_is_one_line_with_all_their_municipalities(client: Client) -> None:
    sign_in(client)

    page = client.visit(LIST + "?type=municipal")

    assert listed(page) == ["dg@exemple.quebec"]
    assert page.texts("td[data-name='Où']") == ["Baie-Comeau, Sayabec"]


def test_the_mailboxes_of_the_directory_show_where_they_were_published(client: Client) -> None:
    sign_in(client)

    page = client.visit(LIST + "?type=repertoire&region=01")

    assert listed(page) == [
        "info@02005.exemple.quebec", "info@07105.exemple.quebec", "info@10043.exemple.quebec",
    ]  # fmt: skip
    assert page.texts("td[data-name='Base légale']")[1] == (
        "Adresse publiéeAdresse publiée, répertoire du MAMH, en date du 15\u00a0janvier\u00a02025."
    )
    assert "Aucune base légale connue" in page.texts("td[data-name='Base légale']")[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=media", ["presse@exemple.quebec"]),
        ("q=lanterne", ["presse@exemple.quebec"]),
        ("q=D’Astous", ["cpe@exemple.quebec", "ecole@exemple.quebec", "presse@exemple.quebec"]),
        ("q=Rimouski", ["info@10043.exemple.quebec"]),
        ("region=09&type=organisme", ["cpe@exemple.quebec"]),
        ("region=09", ["cpe@exemple.quebec", "dg@exemple.quebec", "info@96020.exemple.quebec"]),
        ("base=consentement", ["ecole@exemple.quebec"]),
        ("base=adresse_publiee", ["info@07105.exemple.quebec", "info@10043.exemple.quebec"]),
        ("base=membre", []),
        ("ne_pas_solliciter=1", ["cpe@exemple.quebec"]),
        ("base=aucune&type=organisme", ["cpe@exemple.quebec"]),
        ("q=%25", []),
    ],
)
def test_each_filter_narrows_the_list(app: Flask, client: Client, query: str, found: list[str]) -> None:
    with app.app_context(), transaction():
        consent("ecole@exemple.quebec")
        services.bar("cpe@exemple.quebec", author=AUTHOR, now=NOW)
    sign_in(client)

    page = client.visit(f"{LIST}?{query}")

    assert listed(page) == found
    assert ("Aucun contact ne correspond" in page.text) == (found == [])


def test_a_list_of_three_asks_no_more_questions_than_a_list_of_one(app: Flask, client: Client) -> None:
    sign_in(client)

    with count_queries(app) as one:
        assert len(listed(client.visit(LIST + "?q=cpe"))) == 1
    with count_queries(app) as many:
        assert len(listed(client.visit(LIST + "?q=exemple"))) > 3

    assert len(many) == len(one)


def test_a_long_list_has_pages(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        for number in range(60):
            add(f"p{number:02}@exemple.quebec")
    sign_in(client)

    first = client.visit(LIST)
    second = client.visit(first.link("Page suivante"))

    assert (len(listed(first)), len(listed(second))) == (50, 18)
    assert set(listed(first)) & set(listed(second)) == set()


def test_the_list_opens_in_excel_and_computes_nothing(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        add("robot@exemple.quebec", organization="=1+1", first_name="", last_name="")
    sign_in(client)

    text = client.get(f"{LIST}/export.csv?q=exemple.quebec&region=01").get_data(as_text=True)
    everything = client.get(f"{LIST}/export.csv").get_data(as_text=True)

    assert text.startswith("\ufeffcourriel;type;")
    rows = {row["\ufeffcourriel"]: row for row in csv.DictReader(io.StringIO(text), delimiter=";")}
    assert sorted(rows) == [
        "dg@exemple.quebec", "ecole@exemple.quebec", "info@02005.exemple.quebec",
        "info@07105.exemple.quebec", "info@10043.exemple.quebec",
    ]  # fmt: skip
    assert rows["info@07105.exemple.quebec"]["codes"] == '="07105"'
    assert rows["info@07105.exemple.quebec"]["base pour la campagne"] == "Adresse publiée"
    assert rows["dg@exemple.quebec"]["municipalités"] == "Baie-Comeau; Sayabec"
    assert "'=1+1" in everything


# --- who sees what ------------------------------------------------------------------------------------


def test_a_coordinator_sees_only_their_regions_by_address_too(app: Flask, client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "01")

    assert listed(client.visit(LIST)) == [
        "dg@exemple.quebec", "ecole@exemple.quebec", "info@02005.exemple.quebec",
        "info@07105.exemple.quebec", "info@10043.exemple.quebec",
    ]  # fmt: skip
    assert "Baie-Comeau" not in client.visit(page_of(app, "dg@exemple.quebec")).text
    refused = {
        "region": client.get(LIST + "?region=09").status_code,
        "export": client.get(LIST + "/export.csv?region=09").status_code,
        "file": client.get(page_of(app, "cpe@exemple.quebec")).status_code,
        "edit": client.get(page_of(app, "cpe@exemple.quebec") + "/modifier").status_code,
        "right": client.get(page_of(app, "cpe@exemple.quebec") + "/droit").status_code,
        "of nowhere": client.get(page_of(app, "presse@exemple.quebec")).status_code,
        "list": client.get(LIST + "/importer").status_code,
    }
    assert refused == {
        "region": 403, "export": 403, "file": 404, "edit": 404, "right": 404, "of nowhere": 404, "list": 403,
    }  # fmt: skip
    assert "cpe@" not in client.get(LIST + "/export.csv").get_data(as_text=True)


def test_a_coordinator_acts_on_nobody_elsewhere(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        consent("cpe@exemple.quebec")
    sign_in(client, Role.COORDINATOR, "01")
    token = client.visit(LIST + "/ajouter").one("main input[name=csrf_token]")["value"]
    theirs = page_of(app, "cpe@exemple.quebec")

    answers = [
        client.post(theirs + path, data={"csrf_token": token, "refuse": "oui", "parti": "oui"}).status_code
        for path in ("/ne-pas-solliciter", "/depart", "/droits/1/retirer", "/modifier", "/droit")
    ]

    assert answers == [404] * 5
    with app.app_context():
        row = db.session.scalars(sa.select(Contact).where(Contact.email == "cpe@exemple.quebec")).one()
        assert (row.do_not_solicit, row.left_at) == (False, None)
        assert db.session.scalars(sa.select(Consent.withdrawn_at)).all() == [None]


def test_a_coordinator_adds_nobody_elsewhere(client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "01")
    form = client.visit(LIST + "/ajouter")
    assert [option["value"] for option in form.all("#region option")] == ["01"]

    page = client.submit(
        form,
        "main form",
        status=422,
        kind="municipal",
        email="nouvelle@exemple.quebec",
        municipalities=BAIE_COMEAU,
        source="Appel",
    )

    assert "Baie-Comeau n’est pas dans vos régions." in page.text


def test_a_viewer_reads_and_changes_nothing(app: Flask, client: Client) -> None:
    sign_in(client, Role.VIEWER)
    page = client.visit(page_of(app, "ecole@exemple.quebec"))
    token = page.one("header input[name=csrf_token]")["value"]

    assert page.all("main form") == []
    assert "Ajouter un contact" not in client.visit(LIST).text
    assert client.get(LIST + "/ajouter").status_code == 403
    posted = client.post(
        page_of(app, "ecole@exemple.quebec") + "/ne-pas-solliciter",
        data={"csrf_token": token, "refuse": "oui"},
    )
    assert posted.status_code == 403


def test_a_host_sees_no_contact(client: Client) -> None:
    sign_in(client, Role.HOST)

    assert client.get(LIST).status_code == 403


# --- one person ---------------------------------------------------------------------------------------


def test_somebody_is_added_for_several_municipalities(app: Flask, client: Client) -> None:
    sign_in(client)

    page = client.submit(
        client.visit(LIST + "/ajouter"),
        "main form",
        kind="municipal",
        email="Nouvelle@Exemple.Quebec",
        first_name="Alanis",
        last_name="O’Bomsawin",
        phone="418 555-0199",
        municipalities=f"{SAYABEC}; rimouski",
        source="Appel de Rimouski",
    )

    assert (page.h1, page.texts(".file__main > ul li")) == (
        "Alanis O’Bomsawin",
        ["Rimouski, Bas-Saint-Laurent", "Sayabec, Bas-Saint-Laurent"],
    )
    assert "Notez maintenant de quel droit" in page.text
    with app.app_context():
        rows = db.session.scalars(
            sa.select(Contact).where(Contact.email == "nouvelle@exemple.quebec").order_by(Contact.id)
        ).all()
        assert [(row.phone, row.source) for row in rows] == [("4185550199", "Appel de Rimouski")] * 2


def test_what_is_wrong_with_a_new_contact_is_said(client: Client) -> None:
    sign_in(client)

    page = client.submit(
        client.visit(LIST + "/ajouter"),
        "main form",
        status=422,
        kind="municipal",
        municipalities="Atlantide",
        email="x",
    )

    assert page.texts(".error-summary li") == [
        "Vérifiez l’adresse courriel\u00a0: elle doit ressembler à «\u00a0nom@exemple.ca\u00a0».",
        "«\u00a0Atlantide\u00a0» n’est pas reconnue. Inscrivez le nom exact ou le code.",
        "Indiquez d’où vient ce contact\u00a0: il faut pouvoir le dire.",
    ]


def test_somebody_known_is_not_added_again(client: Client) -> None:
    sign_in(client)

    page = client.submit(
        client.visit(LIST + "/ajouter"), "main form", status=409, email="ecole@exemple.quebec", source="Appel"
    )

    assert "Cette adresse est déjà dans les contacts." in page.text


def test_a_coordinator_corrects_the_person_of_their_region_only(app: Flask, client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "01")
    form = client.visit(page_of(app, "dg@exemple.quebec") + "/modifier")

    client.submit(form, "main form", last_name="Roy-Côté")

    with app.app_context():
        rows = db.session.scalars(
            sa.select(Contact).where(Contact.email == "dg@exemple.quebec").order_by(Contact.id)
        ).all()
        assert [(row.last_name, row.left_at) for row in rows] == [("Roy-Côté", None), ("Roy", None)]


def test_a_person_asks_not_to_be_solicited_then_accepts_again(app: Flask, client: Client) -> None:
    sign_in(client)
    page = client.visit(page_of(app, "ecole@exemple.quebec"))

    page = client.submit(page, "form[action$=ne-pas-solliciter]", raison="Au téléphone")
    assert "Cette personne a demandé de ne pas être sollicitée." in page.text
    assert page.texts("#droits td:last-child") == ["A demandé de ne pas être sollicitée."] * 3
    assert "Dominique Roy – Au téléphone" in page.text

    page = client.submit(page, "form[action$=ne-pas-solliciter]")
    assert "Cette personne a demandé" not in page.text


def test_a_right_is_noted_with_its_proof_then_withdrawn(app: Flask, client: Client) -> None:
    sign_in(client)
    form = client.visit(page_of(app, "presse@exemple.quebec") + "/droit")

    page = client.submit(
        form,
        "main form",
        purpose="infolettre",
        basis="consentement",
        given_on="2025-09-01",
        given_by="Kiosque de Rimouski",
    )
    assert page.texts("#droits tr:nth-child(2) td")[:2] == ["Consentement exprès", "Sans fin"]

    page = client.submit(page, "form[action$=retirer]", raison="Par courriel")
    assert "Aucune base légale connue" in page.texts("#droits tr:nth-child(2) td")[2]
    assert "Dominique Roy\u00a0: Par courriel" in page.text
    with app.app_context():
        row = db.session.scalars(sa.select(Consent)).one()
        assert (row.basis, row.purpose, row.source, row.author, row.form) == (
            Basis.EXPRESS, Purpose.NEWSLETTER, "Kiosque de Rimouski", "Dominique Roy", "Noté par l’équipe",
        )  # fmt: skip


def test_a_right_without_date_or_proof_is_refused(app: Flask, client: Client) -> None:
    sign_in(client)
    form = client.visit(page_of(app, "presse@exemple.quebec") + "/droit")

    page = client.submit(form, "main form", status=422)
    assert page.texts(".error-summary li") == [
        "Inscrivez la date\u00a0: sans elle, il n’y a pas de preuve.",
        "Indiquez où et comment\u00a0: sans cela, il n’y a pas de preuve.",
    ]
    later = clock.now().year + 1
    page = client.submit(form, "main form", status=422, given_on=f"{later}-01-01", given_by="Kiosque")
    assert page.texts(".error-summary li") == ["Cette date n’est pas encore venue."]


def test_a_right_of_another_address_is_not_withdrawn_from_here(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        consent("presse@exemple.quebec")
    sign_in(client)
    token = client.visit(LIST + "/ajouter").one("main input[name=csrf_token]")["value"]

    answer = client.post(
        page_of(app, "ecole@exemple.quebec") + "/droits/1/retirer", data={"csrf_token": token}
    )

    assert answer.status_code == 404


def test_who_left_is_told_and_out_of_the_list(app: Flask, client: Client) -> None:
    sign_in(client)

    page = client.submit(client.visit(page_of(app, "ecole@exemple.quebec")), "form[action$=depart]")

    assert "N’est plus la bonne personne depuis le" in page.text
    assert "ecole@exemple.quebec" not in listed(client.visit(LIST))


# --- lists --------------------------------------------------------------------------------------------


def choose(client: Client, content: bytes, status: int = 200) -> Page:
    page = client.visit(LIST + "/importer")
    token = page.one("main input[name=csrf_token]")["value"]
    answer = client.post(
        LIST + "/importer",
        data={"csrf_token": token, "file": (io.BytesIO(content), "liste.csv")},
        content_type="multipart/form-data",
    )
    return checked(answer, status)


def test_a_list_is_shown_then_written(app: Flask, client: Client) -> None:
    sign_in(client)

    preview = choose(client, FILE.encode("cp1252"))
    assert preview.texts("dd") == ["4", "0", "0"]
    assert row_of(app, "eve@exemple.quebec") == 0

    page = client.submit(preview, "main form")
    assert "Ajouts\u00a0: 4; mises à jour\u00a0: 0; déjà connus\u00a0: 0." in page.text
    assert "eve@exemple.quebec" in listed(page)
    assert choose(client, FILE.encode()).texts("dd") == ["0", "0", "4"]


def test_a_list_with_mistakes_is_refused_line_by_line(app: Flask, client: Client) -> None:
    sign_in(client)

    page = choose(client, f"{HEADER}\nA;pas;;média;;;;;\n".encode(), 422)

    assert [line.replace("\u00a0", " ") for line in page.texts(".error-summary li")] == [
        "Ligne 2, colonne « courriel » : « pas » n’est pas une adresse courriel.",
        "Ligne 2, colonne « source » : cette case est vide.",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "le fichier est vide"),
        (b"x" * (MOST_BYTES + 1), "Ce fichier dépasse 250"),
        (b"\x81", "CSV UTF-8"),
    ],
)
def test_what_is_no_list_is_refused(client: Client, content: bytes, said: str) -> None:
    sign_in(client)

    assert said in re.sub("\u00a0", " ", choose(client, content, 422).text)


def test_the_largest_list_that_is_accepted_can_be_written(app: Flask, client: Client) -> None:
    line = "Élodie Émond-Bélanger;p{n:05}@exemple.quebec;;média;;;Été;;\r\n"
    count = (MOST_BYTES - 200) // len(line.format(n=0).encode())
    content = f"{HEADER}\r\n" + "".join(line.format(n=number) for number in range(count))
    sign_in(client)

    preview = choose(client, content.encode())
    token, text = (preview.one(f"main input[name={name}]")["value"] for name in ("csrf_token", "content"))
    answer = client.post(
        LIST + "/importer/appliquer",
        data={"csrf_token": token, "content": text},
        content_type="multipart/form-data",
    )

    assert answer.status_code == 303
    assert row_of(app, f"p{count - 1:05}@exemple.quebec") > 0


def test_a_list_without_a_file_asks_for_one(client: Client) -> None:
    sign_in(client)

    page = client.submit(client.visit(LIST + "/importer"), "main form", status=422)

    assert page.texts(".error-summary li") == ["Choisissez un fichier."]
