"""The team's pages of a gathering: rules, list, registrations, programme, questions, invitations."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.db import db, key_of, transaction
from campaign.errors import Conflict
from campaign.events import planning
from campaign.events.models import Event, EventKind, ItemKind, Session
from campaign.outbox.models import Message
from campaign.registrations import capacity, invitations, organizing, queries, questions, services
from campaign.registrations.answers import PersonAnswers
from campaign.registrations.models import (
    Attendee,
    Invitation,
    InvitationState,
    PoolKind,
    Question,
    QuestionKind,
    Registration,
    RegistrationState,
)
from campaign.registrations.questions import QuestionPlan
from campaign.territory.names import fold
from tests.builders import NOW
from tests.events.activities import content, publish
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries
from tests.registrations import world
from tests.registrations.world import gathering, register

pytestmark = pytest.mark.usefixtures("directory")

EVENTS = "/gestion/evenements"
FORM = "main form.form"
Answer = TypeVar("Answer")


def at(app: Flask, act: Callable[[], Answer]) -> Answer:
    """What that gives, written and left."""
    with app.app_context(), transaction():
        return act()


def someone(name: str, **changes: Any) -> PersonAnswers:
    return world.person(name, **({"email": f"{fold(name)}@exemple.quebec"} | changes))


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def number(app: Flask) -> int:
    """A gathering of two seats, with Ève and Réal registered and Zoé waiting."""

    def make() -> int:
        rules = gathering(2)
        register(rules, someone("Ève", sensitive={"alimentation": "Végétarienne"}))
        register(rules, someone("Réal", sensitive={"alimentation": "végétarienne"}))
        register(rules, someone("Zoé", organization="Ville de Québec"))
        return rules.event_id

    return at(app, make)


def registration_of(app: Flask, name: str) -> int:
    def find() -> int:
        return db.session.scalars(
            sa.select(Attendee.registration_id).where(Attendee.first_name == name)
        ).one()

    return at(app, find)


def states(app: Flask) -> dict[str, RegistrationState]:
    return at(app, lambda: dict(db.session.execute(sa.select(Registration.name, Registration.state)).all()))


# --- rules --------------------------------------------------------------------------------------------


def test_registration_opens_with_its_rules(app: Flask, client: Client) -> None:
    event_id = at(app, lambda: key_of(publish(content(kind=EventKind.GATHERING))))
    sign_in(client)
    page = client.visit(f"{EVENTS}/{event_id}/inscriptions")
    assert "ne prend pas encore d’inscriptions" in page.text

    form = client.visit(page.link("Ouvrir les inscriptions"))
    client.send(
        form,
        FORM,
        seats="50",
        organization_limit="4",
        opens_on="2027-09-15",
        opens_hour="9 h",
        closes_on="2027-11-12",
        party_max="3",
        attestation="toutes",
        message="Stationnement derrière.",
    )

    with app.app_context():
        rules = queries.get_rules(event_id)
        pools = {one.kind: one.capacity for one in capacity.list_pools(event_id)}
        assert (rules.opens_at, rules.closes_at) == (
            datetime(2027, 9, 15, 13, tzinfo=UTC),
            datetime(2027, 11, 13, 5, tzinfo=UTC),  # the end of the 12th, after the change of hour
        )
        assert (rules.party_max, rules.organization_limit, rules.attestation.value) == (3, 4, "toutes")
        assert (rules.message, rules.needs_verification, rules.asks_diet) == (
            "Stationnement derrière.",
            True,
            False,
        )
        assert pools[PoolKind.EVENT] == 50


def test_the_file_of_the_event_says_what_the_public_reads_of_registration(app: Flask, client: Client) -> None:
    event_id = at(app, lambda: key_of(publish(content(kind=EventKind.GATHERING))))
    sign_in(client)
    before = client.visit(f"{EVENTS}/{event_id}").text

    client.submit(client.visit(f"{EVENTS}/{event_id}/inscriptions/regles"), FORM, seats="50")
    after = client.visit(f"{EVENTS}/{event_id}").text

    assert "Sans inscription" in before
    assert "Il reste des places." in after
    assert "Sans inscription" not in after


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"seats": "0"}, "au moins 1"),
        ({"seats": "beaucoup"}, "nombre entier"),
        ({"opens_on": "2027-11-15", "closes_on": "2027-11-01"}, "après l’ouverture"),
        ({"opens_hour": "9 h"}, "aussi la date"),
        ({"offer_hours": "0"}, "de 1 à 720"),
        ({"party_max": "0"}, "de 1 à 50"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_words(
    app: Flask, client: Client, given: dict[str, str], sentence: str
) -> None:
    event_id = at(app, lambda: key_of(publish(content(kind=EventKind.GATHERING))))
    sign_in(client)

    page = client.submit(client.visit(f"{EVENTS}/{event_id}/inscriptions/regles"), FORM, status=422, **given)

    assert sentence in page.text
    with app.app_context():
        assert queries.find_rules(event_id) is None


def test_a_limit_under_what_is_given_is_refused(app: Flask, client: Client, number: int) -> None:
    sign_in(client)

    page = client.submit(client.visit(f"{EVENTS}/{number}/inscriptions/regles"), FORM, status=409, seats="1")

    assert "plus petite que le nombre de places déjà données" in page.text


def test_raising_a_limit_offers_the_seats_to_who_waits(app: Flask, client: Client, number: int) -> None:
    sign_in(client)

    client.send(client.visit(f"{EVENTS}/{number}/inscriptions/regles"), FORM, seats="3")

    assert states(app)["Zoé Tremblay"] is RegistrationState.OFFERED


# --- the list -----------------------------------------------------------------------------------------


def test_the_list_counts_by_state_and_by_limit(app: Flask, client: Client, number: int) -> None:
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}/inscriptions")

    assert [row.split() for row in page.texts("#limites tbody tr")] == [
        ["Tout", "l’événement2", "sur", "2", "complet"]
    ]
    assert page.texts("#etats tbody tr") == ["confirmée22", "liste d’attente11"]
    assert page.texts("#attente + ol a") == ["Zoé Tremblay"]
    assert page.texts("#inscriptions tbody th a") == ["Ève Tremblay", "Réal Tremblay", "Zoé Tremblay"]
    assert "végétarienne" not in page.html.lower()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("?q=eve", ["Ève Tremblay"]),
        ("?q=ville+quebec", ["Zoé Tremblay"]),
        ("?etat=liste_attente", ["Zoé Tremblay"]),
        ("?q=personne", []),
        ("?etat=nimporte&page=99&q=zoe", ["Zoé Tremblay"]),
    ],
)
def test_the_list_is_searched_without_accents(
    app: Flask, client: Client, number: int, query: str, names: list[str]
) -> None:
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}/inscriptions{query}")

    assert page.texts("#inscriptions tbody th a") == names


def test_the_list_follows_the_names_it_shows(app: Flask, client: Client, number: int) -> None:
    party = [someone("Zita", last_name="Zinger"), someone("Abel", last_name="Abbott", email="")]
    at(app, lambda: register(queries.get_rules(number), *party))
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}/inscriptions")

    assert page.texts("#inscriptions tbody th a")[-1] == "Zita Zinger"


def test_the_list_asks_as_much_for_six_as_for_three(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    client.visit(f"{EVENTS}/{number}/inscriptions")
    with count_queries(app) as few:
        client.visit(f"{EVENTS}/{number}/inscriptions")

    def more() -> None:
        for name in ("Anna", "Béa", "Carl"):
            register(queries.get_rules(number), someone(name))

    at(app, more)
    with count_queries(app) as many:
        client.visit(f"{EVENTS}/{number}/inscriptions")

    assert len(few) == len(many)


def test_the_export_has_each_person_and_nothing_told_in_confidence(
    app: Flask, client: Client, number: int
) -> None:
    at(app, lambda: questions.add_question(number, QuestionPlan(kind=QuestionKind.TEXT, label="Transport?")))
    sign_in(client)

    answer = client.get(f"{EVENTS}/{number}/inscriptions/export.csv")
    rows = list(
        csv.DictReader(io.StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")), delimiter=";")
    )

    assert [(row["prénom"], row["état"], row["rang d’attente"]) for row in rows] == [
        ("Ève", "confirmée", ""),
        ("Réal", "confirmée", ""),
        ("Zoé", "liste d’attente", "1"),
    ]
    assert all(row["code du billet"].startswith('="') for row in rows)
    assert rows[0]["Transport?"] == ""
    assert {(row["peut être joint"], row["photos"]) for row in rows} == {("non", "non")}
    assert "végétarienne" not in answer.get_data(as_text=True).lower()


# --- what was told in confidence ----------------------------------------------------------------------


def test_needs_are_counted_as_typed_for_who_cooks(app: Flask, client: Client, number: int) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.visit(f"{EVENTS}/{number}/inscriptions/confidentiel")

    assert page.texts("#nombres-1 tbody tr") == ["Végétarienne2"]
    assert page.texts("#personnes-1 tbody th") == ["Ève Tremblay", "Réal Tremblay"]


@pytest.mark.parametrize(
    ("role", "regions"), [(Role.COORDINATOR, ("02",)), (Role.VIEWER, ()), (Role.HOST, ())]
)
def test_needs_are_shown_to_the_organizers_alone(
    client: Client, number: int, role: Role, regions: tuple[str, ...]
) -> None:
    sign_in(client, role, *regions)

    assert client.get(f"{EVENTS}/{number}/inscriptions/confidentiel").status_code == 403


# --- one registration ---------------------------------------------------------------------------------


def widen(number: int) -> None:
    rules = queries.get_rules(number)
    rules.needs_verification, rules.opens_at = True, datetime(2027, 10, 1, tzinfo=UTC)
    capacity.set_limits(planning.get_event(number), rules, capacity=5)


def test_somebody_is_registered_by_telephone_without_an_address(
    app: Flask, client: Client, number: int
) -> None:
    at(app, lambda: widen(number))
    sign_in(client)

    page = client.submit(
        client.visit(f"{EVENTS}/{number}/inscriptions/ajouter"), FORM, button="Inscrire",
        **{
            "people-0-first_name": "Léo", "people-0-last_name": "Gagné",
            "people-0-organization": "CPE Soleil", "phone": "418 555-0123",
        },
    )  # fmt: skip

    assert page.h1 == "Léo Gagné"
    assert "Confirmée" in page.texts(".timeline__title")[0]
    assert "Dominique Roy" in page.text
    assert "Aucune lettre" in page.text
    assert states(app)["Léo Gagné"] is RegistrationState.CONFIRMED


def test_several_people_are_registered_by_telephone_and_each_has_a_ticket(
    app: Flask, client: Client, number: int
) -> None:
    at(app, lambda: widen(number))
    sign_in(client)
    page = client.visit(f"{EVENTS}/{number}/inscriptions/ajouter")

    page = client.submit(page, FORM, button="Ajouter une personne", **{
        "people-0-first_name": "Léo", "people-0-last_name": "Gagné", "people-0-email": "leo@exemple.quebec",
        "people-0-accepts_photos": "1",
    })  # fmt: skip
    answers = {
        "people-1-first_name": "Mia", "people-1-last_name": "Cyr", "people-1-email": "mia@exemple.quebec",
    }  # fmt: skip
    client.submit(page, FORM, button="Inscrire", **answers)
    again = client.submit(page, FORM, button="Inscrire", **answers)

    assert again.texts("h3") == ["Léo Gagné", "Mia Cyr"]
    assert "Photos et vidéos" in again.text
    told = at(app, lambda: [
        (one.template, one.to_email) for one in db.session.scalars(sa.select(Message).order_by(Message.id))
        if one.to_email in ("leo@exemple.quebec", "mia@exemple.quebec")
    ])  # fmt: skip
    assert told == [
        ("registration_confirmed", "leo@exemple.quebec"), ("registration_confirmed", "mia@exemple.quebec"),
    ]  # fmt: skip


def test_the_telephone_takes_no_more_people_than_the_form(app: Flask, client: Client, number: int) -> None:
    def one_alone() -> None:
        queries.get_rules(number).party_max = 1

    at(app, one_alone)
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}/inscriptions/ajouter")

    assert "Ajouter une personne" not in page.text


def test_a_registration_tells_its_letters_and_its_steps(app: Flask, client: Client, number: int) -> None:
    sign_in(client)

    page = client.visit(f"{EVENTS}/{number}/inscriptions/{registration_of(app, 'Ève')}")

    assert page.texts(".timeline__title") == ["Confirmée", "Adresse à confirmer"]
    assert len([one for one in page.texts("main li a") if "Rassemblement régional" in one]) == 1
    assert "végétarienne" not in page.text.lower()


def test_cancelling_gives_its_reason_and_frees_the_seat(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    address = f"{EVENTS}/{number}/inscriptions/{registration_of(app, 'Ève')}"
    form = client.visit(client.visit(address).link("Annuler l’inscription"))

    refused = client.submit(form, FORM, status=422)
    client.send(form, FORM, reason="La salle est plus petite.")

    assert "la personne la lira" in refused.text
    assert states(app) == {
        "Ève Tremblay": RegistrationState.CANCELLED_BY_TEAM,
        "Réal Tremblay": RegistrationState.CONFIRMED,
        "Zoé Tremblay": RegistrationState.OFFERED,
    }
    letter = at(
        app,
        lambda: (
            db.session.scalars(sa.select(Message).where(Message.template == "registration_cancelled"))
            .one()
            .text
        ),
    )
    assert "La salle est plus petite." in letter


def test_a_colleague_replaces_somebody(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    registration = registration_of(app, "Ève")
    page = client.visit(f"{EVENTS}/{number}/inscriptions/{registration}")

    page = client.submit(
        client.visit(page.link("Remplacer")),
        FORM,
        first_name="Anne",
        last_name="Roy",
        email="anne@exemple.quebec",
    )

    assert page.texts("h3") == ["Ève Tremblay remplacée", "Anne Roy"]


def test_tickets_leave_once_more(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    address = f"{EVENTS}/{number}/inscriptions/{registration_of(app, 'Ève')}"
    before = at(app, lambda: db.session.scalar(sa.select(sa.func.count(Message.id))))

    client.submit(client.visit(address), "form[aria-label='Renvoyer les billets']")

    assert at(app, lambda: db.session.scalar(sa.select(sa.func.count(Message.id)))) == (before or 0) + 1


def test_a_registration_of_another_event_is_not_found(app: Flask, client: Client, number: int) -> None:
    other = at(app, lambda: gathering(5).event_id)
    sign_in(client)

    answer = client.get(f"{EVENTS}/{other}/inscriptions/{registration_of(app, 'Ève')}")

    assert answer.status_code == 404


def test_choices_change_where_there_are_seats(app: Flask, client: Client) -> None:
    def make() -> tuple[int, int]:
        rules, groups = world.training(1)
        first = register(rules, someone("Ève", cohort_id=groups[0].id))
        register(rules, someone("Réal", cohort_id=groups[1].id))
        return rules.event_id, key_of(first)

    event_id, registration = at(app, make)
    sign_in(client)
    page = client.visit(f"{EVENTS}/{event_id}/inscriptions/{registration}")
    form = client.visit(page.link("Changer ses choix"))
    groups = {option.get_text(): option["value"] for option in form.all("#cohort option")}

    refused = client.submit(form, FORM, status=409, cohort=groups["Groupe 2"])

    assert "Ce groupe est complet" in refused.text


# --- the programme ------------------------------------------------------------------------------------


def test_the_programme_is_built_and_the_public_reads_it(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    address = f"{EVENTS}/{number}/programme"
    client.send(
        client.visit(f"{address}/seances/nouvelle"),
        FORM,
        title="Atelier A – la lecture",
        day="2027-10-13",
        starts="13 h",
        ends="14 h 30",
        place="Salle 2",
        online_url="https://exemple.quebec/secret",
        capacity="20",
        block="Après-midi",
    )
    page = client.visit(address)
    for kind, title, sure in (
        ("allocution", "Mot de bienvenue", True),
        ("conference", "Jouer dehors", False),
    ):
        client.send(
            client.visit(str(page.all("a[href*='elements/nouveau']")[0]["href"])),
            FORM,
            kind=kind,
            title=title,
            at="9 h 15",
            speaker="Ève Côté",
            speaker_title="directrice",
            institution="CPE Soleil",
            **({} if sure else {"to_confirm": "1"}),
        )

    page = client.visit(address)
    slug = at(app, lambda: db.session.get_one(Event, number).slug)
    public = client.visit(f"/evenements/{slug}")

    assert page.texts(".planned strong") == ["Mot de bienvenue", "Jouer dehors"]
    assert public.texts(".planned__items li")[1].replace("\n", " ").split("– ")[-1] == (
        "Ève Côté, directrice, CPE Soleil"
    )
    assert "à confirmer" in public.texts(".planned__items li")[1]
    assert "à confirmer" not in public.texts(".planned__items li")[0]
    assert "Salle 2 – Après-midi" in public.text
    assert "exemple.quebec/secret" not in public.html
    pools = at(app, lambda: {one.kind: one.capacity for one in capacity.list_pools(number) if one.capacity})
    assert pools[PoolKind.SESSION] == 20


def test_items_move_up_and_down_without_script(app: Flask, client: Client, number: int) -> None:
    def fill() -> None:
        event = planning.get_event(number)
        for title in ("Un", "Deux", "Trois"):
            plan = planning.ItemPlan(kind=ItemKind.TALK, title=title)
            planning.add_item(event, event.sessions[0], plan, now=NOW)

    at(app, fill)
    sign_in(client)
    address = f"{EVENTS}/{number}/programme"

    client.submit(client.visit(address), "form[aria-label^='Monter'][aria-label$='Trois']")
    page = client.submit(client.visit(address), "form[aria-label^='Descendre'][aria-label$='Un']")

    assert page.texts(".planned strong") == ["Trois", "Un", "Deux"]


def test_a_date_that_people_noted_moves_by_the_page_that_tells_them(
    app: Flask, client: Client, number: int
) -> None:
    sitting = at(app, lambda: planning.get_event(number).sessions[0].id)
    sign_in(client)
    address = f"{EVENTS}/{number}/programme/seances/{sitting}"

    page = client.visit(address)
    client.send(page, FORM, title="Matinée")

    assert page.all("[name=day]") == []
    assert page.link("Reporter ou annuler cette date").startswith("/gestion/")
    row = at(app, lambda: db.session.get_one(Session, sitting))
    assert (row.title, row.starts_on) == ("Matinée", world.DAY)


def test_a_workshop_is_not_removed_while_somebody_chose_it(app: Flask, client: Client) -> None:
    def make() -> tuple[int, int, int]:
        rules = gathering(10)
        event = planning.get_event(rules.event_id, locked=True)
        rows = [
            planning.add_sitting(event, planning.SittingPlan(title=title, block="A"), now=NOW)
            for title in ("Choisi", "Libre")
        ]
        capacity.set_limits(event, rules, capacity=10)
        register(rules, someone("Ève", session_ids=(rows[0].id,)))
        return rules.event_id, rows[0].id, rows[1].id

    event_id, chosen, free = at(app, make)
    sign_in(client)
    address = f"{EVENTS}/{event_id}/programme/seances"

    refused = client.send(client.visit(f"{address}/{chosen}/retirer"), FORM)
    client.send(client.visit(f"{address}/{free}/retirer"), FORM)

    assert refused.status_code == 409
    titles = at(app, lambda: [one.title for one in planning.get_event(event_id).sessions if one.block])
    assert titles == ["Choisi"]


# --- questions ----------------------------------------------------------------------------------------


def test_questions_are_written_ordered_and_kept_once_answered(
    app: Flask, client: Client, number: int
) -> None:
    sign_in(client)
    address = f"{EVENTS}/{number}/questions"
    client.send(
        client.visit(f"{address}/nouvelle"), FORM, label="Transport?", kind="choix", options="Auto\nBus\nAuto"
    )
    first = at(app, lambda: db.session.scalars(sa.select(Question)).one())
    client.send(
        client.visit(f"{address}/nouvelle"),
        FORM,
        label="Places offertes?",
        kind="nombre",
        condition=first.id,
        condition_value="Auto",
    )
    client.send(
        client.visit(f"{address}/nouvelle"),
        FORM,
        label="Une allergie?",
        is_sensitive="1",
        purpose="Préparer le repas",
        kept_days="10",
    )

    known = at(app, lambda: questions.list_questions(number))
    refused = client.send(client.visit(address), "form[aria-label^='Monter'][aria-label$='Places offertes?']")
    client.send(client.visit(address), "form[aria-label^='Monter'][aria-label$='Une allergie?']")
    at(app, lambda: register(queries.get_rules(number), someone("Léo", answers={first.id: "Bus"})))
    page = client.visit(address)
    kept = client.send(client.visit(f"{address}/{first.id}/retirer"), FORM)

    assert [(one.label, one.options, one.condition_value) for one in known] == [
        ("Transport?", ["Auto", "Bus"], ""),
        ("Places offertes?", [], "Auto"),
        ("Une allergie?", [], ""),
    ]
    assert (known[2].is_sensitive, known[2].purpose, known[2].kept_days) == (True, "Préparer le repas", 10)
    assert refused.status_code == 409
    assert page.texts("main ol strong") == ["Transport?", "Une allergie?", "Places offertes?"]
    assert "1 réponse" in page.text.replace("\u00a0", " ")
    assert kept.status_code == 409


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "Inscrivez la question"),
        ({"label": "x", "kind": "choix", "options": "Seul"}, "au moins deux choix"),
        ({"label": "x", "is_sensitive": "1"}, "à quoi la réponse servira"),
        ({"label": "x", "kept_days": "0"}, "de 1 à 365"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    client: Client, number: int, given: dict[str, str], sentence: str
) -> None:
    sign_in(client)

    page = client.submit(client.visit(f"{EVENTS}/{number}/questions/nouvelle"), FORM, status=422, **given)

    assert sentence in page.text


def ask_how_they_come(app: Flask, number: int) -> int:
    """A question with two choices, and a consent after it; the number of the first."""

    def make() -> int:
        plan = QuestionPlan(kind=QuestionKind.CHOICE, label="Transport?", options=("Auto", "Métro"))
        first = questions.add_question(number, plan)
        questions.add_question(number, QuestionPlan(kind=QuestionKind.CONSENT, label="Photos?"))
        return first.id

    return at(app, make)


def test_the_answers_on_which_a_question_depends_are_offered(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    address = f"{EVENTS}/{number}/questions/nouvelle"
    assert client.visit(address).all("datalist, [list], #condition") == []

    ask_how_they_come(app, number)
    page = client.visit(address)

    assert page.one("#condition_value")["list"] == page.one("datalist")["id"]
    assert [(str(one["value"]), one.text) for one in page.all("datalist option")] == [
        ("Auto", "Auto (Transport?)"),
        ("Métro", "Métro (Transport?)"),
        ("oui", "oui (Photos?)"),
    ]


@pytest.mark.parametrize(
    ("place", "typed", "sentence"),
    [
        (0, "Avion", "« Avion » n’est pas une réponse à « Transport? ». Choisissez parmi : Auto, Métro."),
        (1, "non", "« non » n’est pas une réponse à « Photos? ». Choisissez parmi : oui."),
    ],
)
def test_what_is_no_answer_to_the_other_question_is_refused(
    app: Flask, client: Client, number: int, place: int, typed: str, sentence: str
) -> None:
    sign_in(client)
    other = ask_how_they_come(app, number) + place

    page = client.submit(
        client.visit(f"{EVENTS}/{number}/questions/nouvelle"),
        FORM,
        status=422,
        label="Places?",
        condition=other,
        condition_value=typed,
    )

    assert page.one("#condition_value-erreur").text.replace("\u00a0", " ") == sentence
    assert page.one("#condition_value")["value"] == typed


def test_an_answer_typed_without_its_accent_is_the_choice_itself(
    app: Flask, client: Client, number: int
) -> None:
    sign_in(client)
    other = ask_how_they_come(app, number)
    given = {"label": "Quelle ligne?", "condition": other, "condition_value": "metro"}

    client.send(client.visit(f"{EVENTS}/{number}/questions/nouvelle"), FORM, **given)

    assert at(app, lambda: questions.list_questions(number)[-1].condition_value) == "Métro"


def test_a_choice_on_which_another_question_depends_stays(app: Flask, client: Client, number: int) -> None:
    sign_in(client)
    other = ask_how_they_come(app, number)
    plan = QuestionPlan(
        kind=QuestionKind.TEXT, label="Quelle ligne?", condition_id=other, condition_value="Métro"
    )
    at(app, lambda: questions.add_question(number, plan))
    address = f"{EVENTS}/{number}/questions/{other}"

    refused = client.submit(client.visit(address), FORM, status=409, options="Auto\nVélo")
    client.send(client.visit(address), FORM, options="Métro\nVélo")

    assert "n’est posée que pour la réponse «\u00a0Métro\u00a0»" in refused.text
    assert at(app, lambda: questions.list_questions(number)[0].options) == ["Métro", "Vélo"]


# --- invitations --------------------------------------------------------------------------------------

LIST = """Ève Côté <eve@exemple.quebec>
luc@exemple.quebec
Anne Roy; anne@exemple.quebec; invitée d’honneur
EVE@exemple.quebec
quelqu’un sans adresse"""


def test_a_pasted_list_is_read_once_each() -> None:
    told = invitations.read_guests(LIST, "partenaire")

    assert [(one.name, one.email, one.role) for one in told.guests] == [
        ("Ève Côté", "eve@exemple.quebec", "partenaire"),
        ("luc@exemple.quebec", "luc@exemple.quebec", "partenaire"),
        ("Anne Roy", "anne@exemple.quebec", "invitée d’honneur"),
    ]
    assert told.unreadable == ("quelqu’un sans adresse",)


def test_a_file_with_columns_is_read_whatever_their_order() -> None:
    text = "Rôle;Courriel;Nom\nélue;a@exemple.quebec;A\n;b@exemple.quebec;B\n;x;C"

    told = invitations.read_guests(text, "partenaire")

    assert [(one.name, one.role) for one in told.guests] == [("A", "élue"), ("B", "partenaire")]
    assert told.unreadable == ("; x; C",)


def test_the_invited_receive_a_letter_and_the_roles_are_counted(
    app: Flask, client: Client, number: int
) -> None:
    sign_in(client)
    address = f"{EVENTS}/{number}/invitations"
    preview = client.submit(client.visit(f"{address}/ajouter"), FORM, role="partenaire", people=LIST)
    page = client.submit(preview, FORM)
    again = client.submit(client.visit(f"{address}/ajouter"), FORM, role="partenaire", people=LIST)

    assert "quelqu’un sans adresse" in preview.text
    assert page.texts("#roles tbody tr") == ["invitée d’honneur1001", "partenaire2002"]
    assert again.text.count("déjà invitée") == 3
    letters = at(
        app,
        lambda: db.session.scalars(
            sa.select(Message).where(Message.template == "registration_invitation")
        ).all(),
    )
    tokens = at(app, lambda: [invitations.token_of(one) for one in db.session.scalars(sa.select(Invitation))])
    assert sorted(letter.text.splitlines()[0] for letter in letters) == [
        "Bonjour Anne Roy,",
        "Bonjour Ève Côté,",
        "Bonjour,",
    ]
    assert all(any(token in letter.text for token in tokens) for letter in letters)


def test_only_the_invited_register_to_what_is_by_invitation(app: Flask) -> None:
    with app.app_context(), transaction():
        rules = gathering(10, is_invitation_only=True)
        event = planning.get_event(rules.event_id)
        guest = invitations.Guest(name="Ève Côté", email="eve@exemple.quebec", role="élue provinciale")
        invitations.invite(event, [guest], now=NOW)
        invitation = invitations.list_invitations(event.id)[0]
        token = invitations.token_of(invitation)
        stranger = world.answers(someone("Réal"))

        with pytest.raises(Conflict, match="sur invitation"):
            services.register(rules, stranger, form_token=None, now=NOW)
        with pytest.raises(Conflict, match="pas reconnue"):
            services.register(rules, replace(stranger, invitation_token="faux"), form_token=None, now=NOW)
        made = services.register(
            rules, replace(world.answers(someone("Eve")), invitation_token=token), form_token=None, now=NOW
        )
        with pytest.raises(Conflict, match="déjà servi"):
            services.register(rules, replace(stranger, invitation_token=token), form_token=None, now=NOW)

        assert (invitation.state, invitation.registration_id) == (InvitationState.ACCEPTED, made.id)
        exported = list(invitations.rows(invitations.list_invitations(event.id)))
        assert [(row[0], row[1], row[3]) for row in exported] == [("élue provinciale", "Ève Côté", "vient")]


# --- another one like it, and who may ------------------------------------------------------------------


def test_a_gathering_is_cloned_in_two_steps(app: Flask, client: Client, number: int) -> None:
    sign_in(client)

    preview = client.submit(client.visit(f"{EVENTS}/{number}/cloner"), FORM, day="2027-10-20")
    before = at(app, lambda: db.session.scalar(sa.select(sa.func.count(Event.id))))
    page = client.submit(preview, FORM)

    assert "mercredi 13 octobre 2027 → mercredi 20 octobre 2027" in preview.text.replace("\u00a0", " ")
    assert before == 1
    assert page.h1 == "Programme"
    twin = at(app, lambda: db.session.scalars(sa.select(Event).order_by(Event.id.desc())).first())
    assert twin is not None
    assert (twin.is_published, at(app, lambda: organizing.count_by_state(twin.id))) == (False, [])


ADDRESSES = (
    "inscriptions",
    "inscriptions/export.csv",
    "inscriptions/regles",
    "inscriptions/ajouter",
    "inscriptions/{registration}",
    "inscriptions/{registration}/annuler",
    "programme",
    "programme/seances/nouvelle",
    "programme/groupes/nouveau",
    "questions",
    "questions/nouvelle",
    "invitations",
    "invitations/ajouter",
    "invitations/export.csv",
    "cloner",
)


@pytest.mark.parametrize(
    ("role", "regions", "status"),
    [
        (Role.ADMIN, (), 200),
        (Role.ORGANIZER, (), 200),
        (Role.COORDINATOR, ("02",), 200),
        (Role.COORDINATOR, ("01",), 403),
        (Role.VIEWER, (), 403),
        (Role.HOST, (), 403),
    ],
)
def test_each_page_is_open_to_who_edits_in_that_region(
    app: Flask, client: Client, number: int, role: Role, regions: tuple[str, ...], status: int
) -> None:
    registration = registration_of(app, "Ève")
    sign_in(client, role, *regions)

    answers = {
        address: client.get(f"{EVENTS}/{number}/{address.format(registration=registration)}").status_code
        for address in ADDRESSES
    }

    assert {address: found for address, found in answers.items() if found != status} == {}
