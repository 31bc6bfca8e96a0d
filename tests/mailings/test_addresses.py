"""The story of one address: all that happened with it, for those who may see it, and never in a URL."""

import csv
import io
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.accounts.models import Role
from campaign.campaigns.models import Edition
from campaign.contacts import services as contacts
from campaign.contacts.models import Basis, Contact, Language, Purpose
from campaign.contacts.services import Proof
from campaign.db import db, transaction
from campaign.mailings.models import Decision, Mailing, Recipient, RecipientTerritory
from campaign.outbox import services as outbox
from campaign.outbox.models import (
    Message,
    MessageState,
    ProviderEvent,
    Scope,
    Stream,
    Suppression,
    Unsubscription,
)
from tests.board.world import BAIE_COMEAU, SAYABEC, open_world, register
from tests.contacts.world import add, add_shared, place
from tests.outbox.letters import add_templates, write
from tests.pages import Client, Page
from tests.people import sign_in
from tests.queries import count_queries

START = datetime(2026, 3, 2, 15, tzinfo=UTC)
EMAIL = "dg@exemple.quebec"
SEARCH = "/gestion/adresses"


def at(hours: int) -> datetime:
    return START + timedelta(hours=hours)


@pytest.fixture
def life(app: Flask) -> None:
    """A director of two regions: a right, two mailings considered, a letter about each region, refusals."""
    add_templates(app)
    with app.app_context(), transaction() as session:
        open_world()
        session.flush()
        add_shared(SAYABEC, BAIE_COMEAU)
        contacts.record_consent(
            EMAIL,
            purpose=Purpose.NEWSLETTER,
            basis=Basis.EXPRESS,
            since=at(0),
            proof=Proof(
                form="Formulaire d’inscription", text_version="2026-11", language=Language.FRENCH,
                ip="192.0.2.7", author="Le formulaire public",
            ),
        )  # fmt: skip
        here = write(
            EMAIL, "Sayabec", now=at(1), regarding=SAYABEC, stream=Stream.SOLICITATION, campaign="12"
        )
        there = write(EMAIL, "Baie-Comeau", now=at(2), regarding=BAIE_COMEAU)
        here.state, here.sent_at = MessageState.SENT, at(3)
        edition = session.scalars(sa.select(Edition)).one()
        _consider(edition, "invitation", "Invitation", SAYABEC, at(1), message_id=here.id)
        _consider(edition, "rappel-1", "Premier rappel", BAIE_COMEAU, at(4), reason="etat")
        session.add_all([_event(here.id, at(5)), _event(None, at(6))])
        outbox.unsubscribe(EMAIL, scope=Scope.ORGANIZATION, origin="Page de désabonnement", now=at(7))
        outbox.suppress(EMAIL, "550 5.1.1 Inconnu", at(8))
        assert there.id


def _consider(
    edition: Edition, key: str, title: str, geo_code: str, when: datetime, *, reason: str = "", **more: Any
) -> None:
    mailing = Mailing(
        edition_id=edition.id, key=f"essai-{key}", title=title, mailing_class="P", rule={}, audience={}
    )
    db.session.add(mailing)
    db.session.flush()
    recipient = Recipient(
        mailing_id=mailing.id,
        key=EMAIL,
        email=EMAIL,
        name=geo_code,
        decision=Decision.EXCLUDED if reason else Decision.INCLUDED,
        reason=reason,
        decided_at=when,
        **more,
    )
    db.session.add(recipient)
    db.session.flush()
    db.session.add(RecipientTerritory(recipient_id=recipient.id, territory_id=place(geo_code).id))


def _event(message_pk: int | None, when: datetime) -> ProviderEvent:
    return ProviderEvent(
        event_key=f"e{when.hour}",
        kind="delivered" if message_pk else "unsubscribe",
        message_pk=message_pk,
        email=EMAIL,
        occurred_at=when,
        received_at=when,
        payload={},
    )


def look_up(client: Client, email: str = EMAIL) -> Page:
    return client.submit(client.visit(SEARCH), "main form", adresse=email)


def told(page: Page) -> list[tuple[str, str]]:
    """Topic and title of each line, the oldest first."""
    rows = [row.select("td") for row in page.all("#histoire tbody tr")]
    return [(cells[0].get_text().strip(), _title(cells[1])) for cells in reversed(rows)]


def _title(cell: Any) -> str:
    note = cell.select_one(".row__note")
    whole = " ".join(cell.get_text(" ").split()).replace("\u00a0", " ")
    return (
        whole.removesuffix(" ".join(note.get_text().split()).replace("\u00a0", " ")).strip()
        if note
        else whole
    )


MINE = [
    ("droit", "Consentement exprès : Infolettre"),
    ("message", "« Bonjour Sayabec » : envoyé"),
    ("nouvelle du fournisseur", "« Bonjour Sayabec » : livré"),
    ("désabonnement", "A quitté tous les envois de l’organisme"),
    ("retenue", "Plus rien ne part à cette adresse"),
    ("fiche", "Ajout du contact"),
]


@pytest.mark.usefixtures("life")
def test_everything_that_happened_is_told_in_order(client: Client) -> None:
    sign_in(client)

    page = look_up(client)

    assert page.h1 == EMAIL
    assert told(page) == [
        ("droit", "Consentement exprès : Infolettre"),
        ("envoi", "« Invitation » : incluse"),
        ("message", "« Bonjour Baie-Comeau » : en file"),
        ("message", "« Bonjour Sayabec » : envoyé"),
        ("envoi", "« Premier rappel » : exclue"),
        ("nouvelle du fournisseur", "« Bonjour Sayabec » : livré"),
        ("nouvelle du fournisseur", "Désabonnement chez le fournisseur"),
        ("désabonnement", "A quitté tous les envois de l’organisme"),
        ("retenue", "Plus rien ne part à cette adresse"),
        ("fiche", "Ajout du contact"),
    ]
    assert "version 2026-11" in page.text
    assert "IP 192.0.2.7" in page.text
    assert "Sa réponse ne correspond pas" in page.text


@pytest.mark.usefixtures("life")
def test_no_address_is_ever_in_a_url(client: Client) -> None:
    sign_in(client)

    page = look_up(client, "  DG@exemple.quebec. ")

    assert page.url == "/gestion/adresses/c1"
    links = [str(link["href"]) for link in page.all("a[href]")] + [
        str(form.get("action")) for form in page.all("form")
    ]
    assert [link for link in links if "@" in link or "dg%40" in link.lower()] == []


@pytest.mark.usefixtures("life")
def test_a_coordinator_is_told_only_what_is_about_their_regions(client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "01")

    page = look_up(client)

    assert [line for line in told(page) if line[0] != "envoi"] == MINE
    assert [line for line in told(page) if line[0] == "envoi"] == [("envoi", "« Invitation » : incluse")]
    assert "Baie-Comeau" not in page.text


def test_a_coordinator_learns_nothing_of_an_address_elsewhere(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        open_world()
        session.flush()
        add("cpe@exemple.quebec", region_code="09")
        add("partout@exemple.quebec")
        number = place(BAIE_COMEAU).id
    sign_in(client, Role.COORDINATOR, "01")
    form = client.visit(SEARCH)

    for email in ("cpe@exemple.quebec", "partout@exemple.quebec", "jamais-vue@exemple.quebec"):
        page = client.submit(form, "main form", status=404, adresse=email)
        assert "Nous n’avons rien à propos de cette adresse" in page.text
    pages = [f"{SEARCH}/{key}" for key in ("c1", "c2", f"t{number}", "m1", "x1", "c0", "c", "c1x")]
    exports = [f"{page}/histoire.{kind}" for page in pages for kind in ("csv", "json")]
    assert {client.get(page).status_code for page in pages + exports} == {404}


@pytest.mark.usefixtures("life")
def test_only_editors_act_and_only_organizers_lift(client: Client) -> None:
    sign_in(client, Role.VIEWER)
    page = look_up(client)
    token = page.one("header input[name=csrf_token]")["value"]

    acts = [f"{page.url}/{act}" for act in ("desabonner", "ne-pas-solliciter", "lever-la-retenue")]
    assert page.all("main form") == []
    assert [client.post(act, data={"csrf_token": token}).status_code for act in acts] == [403] * 3

    sign_in(client, Role.COORDINATOR, "01")
    page = look_up(client)
    assert "Lever la retenue" not in page.text
    token = page.one("header input[name=csrf_token]")["value"]
    assert client.post(acts[2], data={"csrf_token": token}).status_code == 403


@pytest.mark.parametrize(
    ("email", "status", "said"),
    [("pas une adresse", 422, "Vérifiez l’adresse courriel"), ("", 422, "Vérifiez"), ("a@b.ca", 404, "rien")],
)
@pytest.mark.usefixtures("life")
def test_an_address_that_we_do_not_know_is_said(client: Client, email: str, status: int, said: str) -> None:
    sign_in(client)

    page = client.submit(client.visit(SEARCH), "main form", status=status, adresse=email)

    assert said in page.one(".error-summary").get_text()


def test_an_address_is_found_by_any_trace_of_it(app: Flask, client: Client) -> None:
    add_templates(app)
    with app.app_context(), transaction() as session:
        open_world()
        session.flush()
        add("c@exemple.quebec")
        write("m@exemple.quebec")
        contacts.record_consent(
            "k@exemple.quebec", purpose=Purpose.NEWSLETTER, basis=Basis.EXPRESS, since=at(0),
            proof=Proof(form="Kiosque"),
        )  # fmt: skip
        outbox.unsubscribe("d@exemple.quebec", scope=Scope.ALL, origin="SendGrid", now=at(0))
        town = place(SAYABEC)
        expected = {town.email: "t", **{f"{letter}@exemple.quebec": letter for letter in "cmkd"}}
    sign_in(client)

    found = {email: look_up(client, email) for email in expected}

    assert {email: page.url.rpartition("/")[2][0] for email, page in found.items()} == expected
    assert {email: page.h1 for email, page in found.items()} == {email: email for email in expected}


# --- to take elsewhere --------------------------------------------------------------------------------


@pytest.mark.usefixtures("life")
def test_the_story_opens_in_excel(client: Client) -> None:
    sign_in(client)
    page = look_up(client)

    answer = client.get(page.link("Exporter pour Excel (CSV)"))

    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";"))
    assert rows[0] == ["date et heure (ISO)", "date et heure", "sujet", "titre", "précisions", "message"]
    assert [row[2] for row in rows[1:]] == [topic for topic, _ in told(page)]
    assert rows[1][0] == "2026-03-02T15:00:00+00:00"
    assert "@" not in answer.headers["Content-Disposition"]


@pytest.mark.usefixtures("life")
def test_the_data_carry_every_part_of_the_proof(client: Client) -> None:
    sign_in(client)

    data = json.loads(client.get(look_up(client).link("Exporter avec les preuves (JSON)")).data)

    assert data["adresse"] == EMAIL
    assert data["consentements"] == [
        {
            "purpose": "infolettre", "basis": "consentement", "since": "2026-03-02T15:00:00+00:00",
            "expires_on": None, "form": "Formulaire d’inscription", "text_version": "2026-11",
            "language": "francais", "ip": "192.0.2.7", "source": "", "author": "Le formulaire public",
            "withdrawn_at": None, "withdrawn_because": "",
        }
    ]  # fmt: skip
    assert data["retenue"] == {"since": "2026-03-02T23:00:00+00:00", "reason": "550 5.1.1 Inconnu"}
    assert [each["scope"] for each in data["desabonnements"]] == ["organisme"]
    assert {each["usage"]: each["base"] for each in data["droits_du_jour"]} == {
        "campagne": "consentement",
        "infolettre": "consentement",
        "commercial": None,
    }
    assert len(data["histoire"]) == 10


# --- acting -------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("life")
def test_an_unsubscribe_by_telephone_is_noted_with_who_and_why(app: Flask, client: Client) -> None:
    sign_in(client)

    page = client.submit(look_up(client), "form[action$=desabonner]", portee="tout", raison="Au téléphone")

    assert ("désabonnement", "A quitté tous les envois, d’où qu’ils viennent") in told(page)
    assert ("fiche", "Désabonnement noté par l’équipe") in told(page)
    assert "Dominique Roy – Au téléphone" in page.text
    with app.app_context():
        rows = db.session.scalars(sa.select(Unsubscription).where(Unsubscription.scope == Scope.ALL)).all()
        assert [(row.email, row.origin) for row in rows] == [(EMAIL, "Noté par Dominique Roy")]


def test_a_mailbox_of_the_directory_may_be_barred_from_here(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        open_world()
        session.flush()
        email, number = place(SAYABEC).email, place(SAYABEC).id
    sign_in(client)

    page = client.submit(
        look_up(client, email), "form[action$=ne-pas-solliciter]", raison="Courriel du maire"
    )
    assert "Ne pas solliciter" in page.texts(".notice__title")
    with app.app_context():
        rows = db.session.scalars(sa.select(Contact).where(Contact.email == email)).all()
        assert [(row.territory_id, row.do_not_solicit) for row in rows] == [(number, True)]

    page = client.submit(page, "form[action$=ne-pas-solliciter]")
    assert page.texts(".notice__title") == []


@pytest.mark.usefixtures("life")
def test_an_address_that_works_again_is_written_to_again(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.submit(look_up(client), "form[action$=lever-la-retenue]")

    assert "Plus rien ne part à cette adresse" not in page.texts(".notice__title")
    with app.app_context():
        assert db.session.get(Suppression, EMAIL) is None


# --- what a participation implies ---------------------------------------------------------------------


def test_a_participation_is_a_right_of_the_person_and_of_the_town_hall(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        edition = open_world()
        session.flush()
        register(edition, SAYABEC, now=datetime(2027, 10, 4, 14, tzinfo=UTC))
        edition.year, edition.start_on, edition.end_on = 2025, date(2025, 11, 17), date(2025, 11, 23)
        town = place(SAYABEC).email
    sign_in(client)

    proofs = [
        look_up(client, email).texts("#droits tr:nth-child(3) td") for email in ("manon@exemple.quebec", town)
    ]

    assert proofs == [
        [
            "Participation à une édition", "24\u00a0novembre\u00a02027",
            "Participation à l’édition 2025 (semaine finissant le 23\u00a0novembre\u00a02025).",
        ]
    ] * 2  # fmt: skip
    listed = client.visit("/gestion/contacts?base=participante").texts("td a[href^='mailto:']")
    assert listed == [town, "manon@exemple.quebec"]


@pytest.mark.usefixtures("life")
def test_a_long_story_asks_no_more_questions(app: Flask, client: Client) -> None:
    sign_in(client)
    key = look_up(client).url
    with count_queries(app) as short:
        client.visit(key)
    with app.app_context(), transaction():
        for number in range(5):
            write(EMAIL, str(number), now=at(number))
    with count_queries(app) as long:
        assert len(told(client.visit(key))) == 15

    assert len(long) == len(short)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Message)) == 7
