"""Signing in and out as people do, and keeping accounts."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from campaign import clock
from campaign.accounts import services
from campaign.accounts.models import Role, User, UserSession
from campaign.db import db, transaction
from campaign.extensions import limiter
from campaign.outbox.models import Message
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries

PASSWORD = "cheval pile agrafe"


@pytest.fixture(autouse=True)
def _no_memory_of_other_tests(app: Flask) -> Iterator[None]:
    yield
    with app.app_context():
        limiter.reset()


def add_user(
    app: Flask, email: str = "jeanne@exemple.quebec", role: Role = Role.ORGANIZER, **more: str
) -> None:
    with app.app_context(), transaction():
        user = services.save_user(email, role, name="Jeanne Roy", now=clock.now())
        if "password" in more:
            services.set_password(user, more["password"], kept_session_id=None, now=clock.now())


def mailed_link(app: Flask) -> str:
    with app.app_context():
        text = db.session.scalars(select(Message.text).order_by(Message.id.desc())).first()
    assert text is not None
    (line,) = [line for line in text.splitlines() if "/connexion/" in line]
    return line


def test_a_link_asked_by_mail_leads_to_the_page_that_was_wanted(app: Flask, client: Client) -> None:
    add_user(app)

    asked = client.visit("/gestion/compte")
    told = client.submit(asked, email="Jeanne@exemple.quebec ")
    shown = client.visit(mailed_link(app))
    page = client.submit(shown)

    assert (asked.h1, told.h1, shown.h1) == (
        "Connexion de l’équipe",
        "Vérifiez vos courriels",
        "Ouvrir votre session",
    )
    assert (page.url, page.h1) == ("/gestion/compte", "Mon compte")
    assert "jeanne@exemple.quebec" in page.text


def test_looking_at_a_link_spends_nothing_and_using_it_spends_it(app: Flask, client: Client) -> None:
    add_user(app)
    client.submit(client.visit("/connexion"), email="jeanne@exemple.quebec")
    link = mailed_link(app)
    other = app.test_client()
    assert isinstance(other, Client)
    seen_elsewhere = other.visit(link)

    for _ in range(3):
        shown = client.visit(link)
    client.send(shown)

    assert "Demandez-en un nouveau." in other.submit(seen_elsewhere, status=410).html
    assert other.visit(link, status=410).h1 == "Ce lien ne sert plus"
    assert other.get("/gestion/compte").status_code == 302


def test_the_answer_does_not_tell_whether_an_account_exists(app: Flask, client: Client) -> None:
    add_user(app)

    known = client.submit(client.visit("/connexion"), email="jeanne@exemple.quebec")
    unknown = client.submit(client.visit("/connexion"), email="personne@exemple.quebec")

    assert (known.text, known.url, known.status) == (unknown.text, unknown.url, unknown.status)
    with app.app_context():
        assert db.session.scalars(select(Message.to_email)).all() == ["jeanne@exemple.quebec"]


def test_a_password_opens_the_session_and_a_wrong_one_tells_nothing(app: Flask, client: Client) -> None:
    add_user(app, password=PASSWORD)
    page = client.visit("/connexion")

    wrong = client.submit(page, email="jeanne@exemple.quebec", password="autre chose", status=422)
    unknown = client.submit(page, email="personne@exemple.quebec", password=PASSWORD, status=422)
    right = client.send(page, email="jeanne@exemple.quebec", password=PASSWORD)

    assert "L’adresse ou le mot de passe ne correspond pas." in wrong.text
    assert wrong.text == unknown.text
    assert (right.status_code, right.location) == (302, "/gestion")
    assert client.visit("/gestion/compte").h1 == "Mon compte"


def test_an_address_of_the_wrong_form_is_said_beside_its_field(client: Client) -> None:
    page = client.submit(client.visit("/connexion"), email="jeanne")
    assert "Vérifiez l’adresse courriel" in page.text
    assert page.one("#email")["aria-invalid"] == "true"
    assert page.one("#email")["value"] == "jeanne"

    page = client.submit(client.visit("/connexion"), email="")
    assert "Inscrivez l’adresse courriel de votre compte." in page.text


@pytest.mark.parametrize(
    "elsewhere", ["https://ailleurs.example/gestion", "//ailleurs.example", "/gestion\\@x", "/"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(app: Flask, client: Client, elsewhere: str) -> None:
    add_user(app, password=PASSWORD)

    page = client.visit("/connexion", query_string={"next": elsewhere})
    answer = client.send(page, email="jeanne@exemple.quebec", password=PASSWORD)

    assert answer.location == "/gestion"


def test_every_address_of_the_team_is_closed_to_strangers(client: Client) -> None:
    for address in (
        "/gestion",
        "/gestion/",
        "/gestion/compte",
        "/gestion/n-existe-pas",
        "/gestion/comptes/1",
    ):
        asked = client.get(f"{address}?q=a")
        target = urlsplit(asked.location)
        assert (asked.status_code, target.path) == (302, "/connexion")
        assert parse_qs(target.query) == {"next": [f"{address}?q=a"]}
        for method in ("POST", "PUT", "DELETE", "HEAD"):
            assert client.open(address, method=method).status_code == 302, f"{method} {address}"


def test_accounts_are_for_administrators_only(client: Client) -> None:
    for role in (Role.ORGANIZER, Role.VIEWER, Role.HOST):
        sign_in(client, role)
        for address in ("/gestion/comptes", "/gestion/comptes/ajouter", "/gestion/comptes/1"):
            client.visit(address, status=403)
        client.post("/deconnexion", data={"csrf_token": csrf(client)})


def test_signing_out_closes_the_session_in_the_table_too(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    cookie = client.get_cookie("pavois")
    assert cookie is not None

    page = client.submit(client.visit("/gestion/compte"), "form[action$=deconnexion]")
    client.set_cookie("pavois", cookie.value)

    assert "Votre session est fermée." in page.text
    assert client.get("/gestion/compte").status_code == 302, "the stolen cookie opens nothing"


def test_signing_in_changes_the_cookie(app: Flask, client: Client) -> None:
    add_user(app, password=PASSWORD)
    page = client.visit("/connexion")
    before = csrf(client)

    client.send(page, email="jeanne@exemple.quebec", password=PASSWORD)

    assert csrf(client) != before


def test_another_device_is_signed_out_from_here(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    phone = app.test_client()
    assert isinstance(phone, Client)
    sign_in(phone, Role.ORGANIZER)

    page = client.visit("/gestion/compte")
    assert len(page.all("#sessions tbody tr")) == 2
    page = client.submit(page, "#sessions form")

    assert len(page.all("#sessions tbody tr")) == 1
    assert phone.get("/gestion/compte").status_code == 302


def test_all_other_devices_are_signed_out_at_once(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    others = [app.test_client() for _ in range(2)]
    for other in others:
        assert isinstance(other, Client)
        sign_in(other, Role.ORGANIZER)

    client.submit(client.visit("/gestion/compte"), "form[action$=fermer-les-autres]")

    assert [other.get("/gestion/compte").status_code for other in others] == [302, 302]
    assert client.get("/gestion/compte").status_code == 200


def test_a_person_chooses_a_password_and_later_proves_the_present_one(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    form = "form[action$=mot-de-passe]"
    page = client.visit("/gestion/compte")

    short = client.submit(page, form, password="court", again="court", status=422)
    unlike = client.submit(page, form, password=PASSWORD, again=PASSWORD + "s", status=422)
    saved = client.submit(page, form, password=PASSWORD, again=PASSWORD)

    assert "Choisissez au moins 12 caractères" in short.text
    assert "Les deux mots de passe diffèrent." in unlike.text
    assert "Votre mot de passe est enregistré." in saved.text
    assert PASSWORD not in short.html + unlike.html + saved.html

    with app.app_context(), transaction() as session:
        opened = session.scalars(select(UserSession)).one()
        opened.opened_at -= timedelta(hours=1)
    page = client.visit("/gestion/compte")
    values = {"password": "un autre mot de passe", "again": "un autre mot de passe"}
    wrong = client.submit(page, form, current="pas celui-là", status=422, **values)
    right = client.submit(page, form, current=PASSWORD, **values)

    assert "Ce n’est pas votre mot de passe actuel." in wrong.text
    assert "Votre mot de passe est enregistré." in right.text


def test_an_administrator_opens_an_account_and_its_owner_gets_a_way_in(
    app: Flask, directory: None, client: Client
) -> None:
    sign_in(client, Role.ADMIN)

    values = {"email": "eve@exemple.quebec", "name": "Ève-Marie", "role": "coordinator"}
    page = client.visit("/gestion/comptes/ajouter")
    told = client.submit(page, "form.form", status=422, **values)
    listed = client.submit(page, "form.form", regions=["01", "09"], **values)

    assert "Choisissez au moins une région" in told.text
    assert "Bas-Saint-Laurent, Côte-Nord" in listed.text
    owner = app.test_client()
    assert isinstance(owner, Client)
    owner.send(owner.visit(mailed_link(app)))
    assert "Coordination régionale" in owner.visit("/gestion/compte").text


def test_an_administrator_closes_an_account(app: Flask, directory: None, client: Client) -> None:
    sign_in(client, Role.ADMIN)
    other = app.test_client()
    assert isinstance(other, Client)
    sign_in(other, Role.VIEWER)

    listed = client.visit("/gestion/comptes")
    page = client.visit(listed.all("#comptes tbody a")[-1]["href"])
    listed = client.submit(page, "form.form", is_active=None)

    assert listed.texts("#comptes tbody tr:last-child .label") == ["fermé"]
    assert other.get("/gestion/compte").status_code == 302


def test_the_list_of_accounts_asks_the_same_number_of_questions_whatever_its_length(
    app: Flask, directory: None, client: Client
) -> None:
    sign_in(client, Role.ADMIN)
    with count_queries(app) as few:
        client.visit("/gestion/comptes")
    for number in range(3):
        add_user(app, f"p{number}@exemple.quebec")

    with count_queries(app) as many:
        client.visit("/gestion/comptes")

    assert len(few) == len(many)


def test_passwords_and_links_cannot_be_tried_without_end(app: Flask, client: Client) -> None:
    add_user(app, password=PASSWORD)
    page = client.visit("/connexion")

    answers = [
        client.send(page, email="jeanne@exemple.quebec", password=f"essai {n}").status_code for n in range(12)
    ]
    client.visit("/connexion")

    assert answers[:10] == [422] * 10
    assert answers[10:] == [429] * 2


def test_reading_writes_nothing_about_the_reader(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    with app.app_context(), transaction() as session:
        opened = session.scalars(select(UserSession)).one()
        seen = opened.last_seen_at = clock.now() - timedelta(hours=1)

    client.visit("/gestion/compte")
    with app.app_context():
        assert db.session.scalars(select(UserSession.last_seen_at)).one() == seen

    client.submit(client.visit("/gestion/compte"), "form[action$=mot-de-passe]", status=422)
    with app.app_context():
        assert db.session.scalars(select(UserSession.last_seen_at)).one() > seen


def test_the_cookie_is_closed_to_scripts_and_to_other_sites(client: Client) -> None:
    answer = client.get("/connexion")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert answer.headers["Cache-Control"] == "no-store"


def csrf(client: Client) -> str:
    page = client.get("/gestion/compte")
    if page.status_code != 200:
        page = client.get("/connexion")
    return page.get_data(as_text=True).split('name="csrf_token" value="')[1].split('"')[0]


def test_an_account_is_one_row(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    sign_in(client, Role.ORGANIZER)

    with app.app_context():
        assert len(db.session.scalars(select(User)).all()) == 1
