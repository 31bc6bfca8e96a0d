"""After an event, through its pages: presences, attestations, the questionnaire and its results."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.checkin import afterwards, conflicts
from campaign.checkin.models import Attendance
from campaign.db import db, transaction
from campaign.outbox.models import Message
from campaign.registrations import links, queries
from campaign.registrations.models import Attendee, AttestationRule, RegistrationMove, SurveyAnswer
from tests.checkin.gathering import AFTER, admit, attendee, event_of, walk_in
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries
from tests.registrations import world
from tests.registrations.world import person, register

pytestmark = pytest.mark.usefixtures("directory")


@dataclass
class Held:
    """Zoé came with a child, Marc did not, Ahmed came without a ticket."""

    event_id: int = 0
    sitting: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    tickets: dict[str, str] = field(default_factory=dict)
    surveys: list[str] = field(default_factory=list)

    @property
    def presences(self) -> str:
        return f"/gestion/evenements/{self.event_id}/presences"

    @property
    def satisfaction(self) -> str:
        return f"/gestion/evenements/{self.event_id}/satisfaction"


def hold(app: Flask, *more: str) -> Held:
    """That gathering, the day after; others came too when they are named."""
    held = Held()
    with app.app_context(), transaction() as session:
        rules = world.gathering(attestation=AttestationRule.ALL, takes_children=True)
        people = {}
        for name in ("Zoé", "Marc", *more):
            one = person(name, email=f"{len(people)}@exemple.quebec", organization="=CPE")
            people[name] = attendee(register(rules, one))
        event = event_of(rules)
        came = [one for name, one in people.items() if name != "Marc"]
        admit(event, event.sessions[0], came[0], children=1, late=12)
        admit(event, event.sessions[0], *came[1:])
        walk_in(event, event.sessions[0], "Ahmed")
        afterwards.advance(event, now=AFTER)
        held.event_id, held.sitting = event.id, event.sessions[0].id
        held.numbers = {name: one.id for name, one in people.items()}
        held.tickets = {name: links.ticket_token(one) for name, one in people.items()}
        letters = session.scalars(
            sa.select(Message.text).where(Message.template == "gathering_survey").order_by(Message.to_email)
        )
        held.surveys = [next(word for word in text.split() if "/bilan/" in word) for text in letters]
    return held


@pytest.fixture
def held(app: Flask) -> Held:
    return hold(app)


@pytest.fixture(autouse=True)
def _on_the_day_after() -> object:
    with clock.pretend(AFTER):
        yield


def row_of(page_rows: list[str], name: str) -> str:
    return next(row for row in page_rows if name in row)


def test_the_page_says_who_came_and_how_it_counts(client: Client, held: Held) -> None:
    sign_in(client)

    page = client.visit(held.presences)

    assert page.texts("#seances tbody td") == ["2", "1", "50\u00a0%", "1", "1", "0", "0", "2", "1"]
    assert "Taux de présence\u00a0: parmi les personnes inscrites" in page.text
    rows = page.texts("#liste tbody tr")
    assert "9\u00a0h\u00a012, Porte 1" in row_of(rows, "Tremblay, Zoé")
    assert "avec un enfant" in row_of(rows, "Tremblay, Zoé")
    assert "absente" in row_of(rows, "Tremblay, Marc")
    assert "sur place" in row_of(rows, "Surplace, Ahmed")


def test_the_team_notes_a_presence_by_hand(app: Flask, client: Client, held: Held) -> None:
    sign_in(client)
    page = client.visit(held.presences)

    page = client.submit(
        page,
        "main form",
        button="Enregistrer les présences",
        **{f"presence-{held.numbers['Marc']}": "en_ligne"},
    )

    assert "Une présence a changé." in page.soup.get_text()
    marc = row_of(page.texts("#liste tbody tr"), "Tremblay, Marc")
    assert "présente en ligne" in marc
    assert "notée par l’équipe" in marc
    with app.app_context(), transaction() as session:
        moves = session.scalars(sa.select(RegistrationMove).where(RegistrationMove.reason.like("Présence%")))
        assert [move.author for move in moves] == ["Dominique Roy"]


def test_what_the_team_did_not_touch_stays_as_the_door_told_it_meanwhile(
    app: Flask, client: Client, held: Held
) -> None:
    sign_in(client)
    page = client.visit(held.presences)
    with app.app_context(), transaction() as session:  # a telephone tells late that Marc was there
        from campaign.registrations.models import Attendee  # noqa: PLC0415
        from campaign.registrations.queries import get_event  # noqa: PLC0415

        event = get_event(held.event_id)
        admit(event, event.sessions[0], session.get_one(Attendee, held.numbers["Marc"]))

    page = client.submit(page, "main form", button="Enregistrer les présences")

    assert "Rien n’a changé." in page.soup.get_text()
    with app.app_context(), transaction() as session:
        assert session.get(Attendance, (held.numbers["Marc"], held.sitting)) is not None


def test_the_page_asks_as_many_questions_for_many_people(app: Flask, client: Client, held: Held) -> None:
    more = hold_elsewhere = hold(app, *(f"P{number}" for number in range(8)))
    sign_in(client)
    asked = []
    for gathering in (held, more):
        client.get(gathering.presences)
        with count_queries(app) as statements:
            client.get(gathering.presences)
        asked.append(len(statements))

    assert hold_elsewhere.event_id != held.event_id
    assert asked[0] == asked[1]


def test_before_the_hour_nothing_is_noted(client: Client, held: Held) -> None:
    with clock.pretend(datetime(2027, 10, 12, 14, tzinfo=AFTER.tzinfo)):
        sign_in(client)

        page = client.visit(held.presences)

    assert page.all("select[name^=presence-]") == []
    assert "attendue" in row_of(page.texts("#liste tbody tr"), "Tremblay, Marc")


def test_presences_are_exported_without_formulas(client: Client, held: Held) -> None:
    sign_in(client)

    response = client.get(held.presences + ".csv")

    text = response.get_data(as_text=True)
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))
    assert [(row["Nom"], row["Prénom"], row["Présence"], row["Constatée par"]) for row in rows] == [
        ("Surplace", "Ahmed", "présente", "Porte 1"),
        ("Tremblay", "Marc", "absente", ""),
        ("Tremblay", "Zoé", "présente", "Porte 1"),
    ]
    assert [row["Sur place"] for row in rows] == ["oui", "", ""]
    assert {row["Organisation"] for row in rows} == {"", "'=CPE"}
    assert "@" not in text


def test_a_coordinator_reads_their_regions_only_and_a_host_nothing(app: Flask, held: Held) -> None:
    visitors = {"ours": (Role.COORDINATOR, "02"), "elsewhere": (Role.COORDINATOR, "01"), "host": (Role.HOST,),
                "viewer": (Role.VIEWER,)}  # fmt: skip
    pages = (held.presences, held.presences + ".csv", held.satisfaction)
    answers = {}
    for name, (role, *regions) in visitors.items():
        visitor = app.test_client()
        assert isinstance(visitor, Client)
        sign_in(visitor, role, *regions, email=f"{name}@exemple.quebec")
        answers[name] = {visitor.get(page).status_code for page in pages}

    assert answers == {"ours": {200}, "elsewhere": {403}, "host": {403}, "viewer": {403}}


# --- attestations ---------------------------------------------------------------------------------------


def test_whoever_came_opens_their_attestation_by_the_link_of_their_ticket(client: Client, held: Held) -> None:
    page = client.visit(f"/billet/{held.tickets['Zoé']}/attestation")

    response = client.get(page.link("Ouvrir mon attestation (PDF)"))

    assert "Votre attestation est prête." in page.text
    assert response.mimetype == "application/pdf"
    assert response.data.startswith(b"%PDF")
    assert response.headers["Cache-Control"] == "no-store"


def test_the_page_says_why_there_is_no_attestation(client: Client, held: Held) -> None:
    page = client.visit(f"/billet/{held.tickets['Marc']}/attestation.pdf")

    assert page.url.endswith("/attestation")
    assert "votre présence n’est pas notée à une séance qu’elle demande" in page.text
    assert "pas de présence notée" in page.text


def test_the_attestation_of_an_unknown_link_does_not_exist(client: Client) -> None:
    client.visit("/billet/inconnu/attestation", 404)


# --- the questionnaire ----------------------------------------------------------------------------------


def test_a_person_answers_once_and_is_thanked_again(app: Flask, client: Client, held: Held) -> None:
    address = held.surveys[0]
    first = client.visit(address)
    second = client.visit(address)

    thanked = client.submit(first, score="4", liked="Le café", improve="")
    again = client.submit(second, score="1", liked="Autre chose")

    assert "Merci, votre réponse est enregistrée." in thanked.text
    assert again.text == thanked.text
    assert "Le café" not in thanked.text
    with app.app_context(), transaction() as session:
        assert [(row.score, row.liked) for row in session.scalars(sa.select(SurveyAnswer))] == [
            (4, "Le café")
        ]


def test_a_form_without_a_score_comes_back_with_what_was_written(client: Client, held: Held) -> None:
    page = client.submit(client.visit(held.surveys[0]), status=422, liked="Le café")

    assert "Choisissez une réponse, de 5 à 1." in page.text
    assert page.fields()["liked"][0].strip() == "Le café"


def test_a_closed_questionnaire_says_so_kindly_and_loses_no_words(
    app: Flask, client: Client, held: Held
) -> None:
    (address,) = held.surveys
    page = client.visit(address)
    assert "Vous pouvez répondre jusqu’au vendredi 12\u00a0novembre\u00a02027." in page.text

    with clock.pretend(AFTER + timedelta(days=30)):
        closed = client.visit(address, status=410)
        told = {
            "score": "5",
            "liked": "Les conférences",
            "csrf_token": page.one("[name=csrf_token]")["value"],
        }
        sent = client.post(address, data=told)

    assert "Le questionnaire est fermé" in closed.text
    assert closed.all("main form") == []
    assert closed.link("Voir les prochaines activités") == "/calendrier"
    assert sent.status_code == 410
    assert "Les conférences" in sent.get_data(as_text=True)
    with app.app_context():
        assert db.session.scalars(sa.select(SurveyAnswer)).all() == []


def test_whoever_has_answered_is_thanked_after_the_end_too(client: Client, held: Held) -> None:
    (address,) = held.surveys
    client.submit(client.visit(address), "main form", score="4")

    with clock.pretend(AFTER + timedelta(days=40)):
        page = client.visit(address)

    assert "Merci, votre réponse est enregistrée." in page.text


def test_a_link_that_was_never_given_has_no_questionnaire(client: Client) -> None:
    client.visit("/bilan/inconnu", 404)


def test_results_are_read_and_exported_once_there_are_enough(app: Flask, client: Client) -> None:
    held = hold(app, "Ève", "Guy", "Ian", "Léa")
    for number, address in enumerate(held.surveys[:4]):
        client.submit(client.visit(address), score="5", liked=f"-{number}")
    sign_in(client)
    few, refused = client.visit(held.satisfaction), client.get(held.satisfaction + ".csv").status_code
    client.submit(client.visit(held.surveys[4]), score="3", improve="Le son")

    enough = client.visit(held.satisfaction)
    export = client.get(enough.link("Exporter les réponses pour Excel (CSV)")).get_data(as_text=True)

    assert "Les réponses se lisent à partir de 5" in few.text
    assert refused == 409
    assert "-0" not in few.html
    assert "100\u00a0%" in enough.text
    assert "4,6" in enough.text
    assert export.removeprefix("\ufeff").splitlines() == [
        "Note sur 5;Aimé;À améliorer", "5;'-0;", "5;'-1;", "5;'-2;", "5;'-3;", "3;;Le son",
    ]  # fmt: skip


# --- conflicts ------------------------------------------------------------------------------------------


def in_at_two_doors(app: Flask, held: Held) -> None:
    """Another telephone, without network, let Zoé in at 9 h 20."""
    with app.app_context(), transaction() as session:
        event = queries.get_event(held.event_id)
        zoe = session.get(Attendee, held.numbers["Zoé"])
        assert zoe is not None
        admit(event, event.sessions[0], zoe, late=20, door="Porte 2")


def test_a_conflict_is_told_on_the_page_of_presences_and_settled_from_there(
    app: Flask, client: Client, held: Held
) -> None:
    sign_in(client)
    assert "Conflits de la porte (aucun)" in client.visit(held.presences).text
    in_at_two_doors(app, held)

    page = client.visit(client.visit(held.presences).link("Voir le conflit à régler"))
    rows = page.texts("#lectures-1 tbody tr")
    page = client.submit(page, "#lectures-1 tr:nth-child(2) form", button="Garder celle-ci")

    told = [
        ("9\u00a0h\u00a012", "Porte 1", "compte\u00a0: la plus tôt"),
        ("9\u00a0h\u00a020", "Porte 2", "ne compte pas"),
    ]
    assert [all(word in row for word in words) for row, words in zip(rows, told, strict=True)] == [True, True]
    assert "Aucun conflit" in page.text
    with app.app_context():
        kept = db.session.get_one(Attendance, (held.numbers["Zoé"], held.sitting))
        assert kept.door == "Porte 2"


def test_conflicts_are_settled_by_the_team_of_the_region_alone(app: Flask, held: Held) -> None:
    in_at_two_doors(app, held)
    with app.app_context():
        (double,) = conflicts.list_disagreements(queries.get_event(held.event_id)).twice
        told = {"geste": "garder", "lecture": double.readings[1].scan.id}
    visitors = {"ours": (Role.COORDINATOR, "02"), "elsewhere": (Role.COORDINATOR, "01"), "host": (Role.HOST,),
                "viewer": (Role.VIEWER,)}  # fmt: skip
    address = held.presences + "/conflits"
    answers = {}
    for name, (role, *regions) in reversed(visitors.items()):
        visitor = app.test_client()
        assert isinstance(visitor, Client)
        sign_in(visitor, role, *regions, email=f"{name}@exemple.quebec")
        token = visitor.visit("/gestion/compte").all("[name=csrf_token]")[0]["value"]
        read = visitor.get(address).status_code
        answers[name] = (read, visitor.post(address, data=told | {"csrf_token": token}).status_code)

    assert answers == {"viewer": (403, 403), "host": (403, 403), "elsewhere": (403, 403), "ours": (200, 303)}


def test_somebody_who_came_from_another_sitting_is_added_by_hand(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        rules, (first, second) = world.training(seats=5)
        register(rules, person("Zoé", cohort_id=first.id))
        marc = attendee(register(rules, person("Marc", cohort_id=second.id)))
        event = event_of(rules)
        address = f"/gestion/evenements/{event.id}/presences?seance={event.sessions[0].id}"
        choice = str(marc.id)
    sign_in(client)
    page = client.visit(address)
    (form,) = page.all("form[action$='/autre-seance']")
    offered = [option.get_text() for option in form.select("[name=personne] option")[1:]]

    page = client.submit(page, "form[action$='/autre-seance']", personne=choice, presence="presente")

    assert offered == ["Tremblay, Marc – CPE La Farandole – Groupe 2"]
    marc_row = row_of(page.texts("#liste tbody tr"), "Tremblay, Marc")
    assert "autre groupe" in marc_row
    assert "notée par l’équipe" in marc_row
    assert page.all("form[action$='/autre-seance']") == []


def test_nobody_is_added_when_nobody_is_chosen(client: Client, app: Flask) -> None:
    with app.app_context(), transaction():
        rules, (_first, second) = world.training(seats=5)
        register(rules, person("Marc", cohort_id=second.id))
        event = event_of(rules)
        address = f"/gestion/evenements/{event.id}/presences?seance={event.sessions[0].id}"
    sign_in(client)

    page = client.submit(client.visit(address), "form[action$='/autre-seance']")

    assert "Choisissez une personne inscrite" in page.soup.get_text()


def test_the_ticket_leads_to_the_attestation_when_it_is_due(client: Client, held: Held) -> None:
    came, missed = (f"/billet/{held.tickets[name]}" for name in ("Zoé", "Marc"))
    with clock.pretend(AFTER - timedelta(days=1, hours=1)):  # one hour before the end
        before = client.visit(came).text

    page = client.visit(client.visit(came).link("Mon attestation de participation"))

    assert "Votre attestation est prête." in page.text
    assert "attestation" not in before
    assert "attestation" not in client.visit(missed).text
