"""The team's pages of a gathering: rules, list, registrations, programme, questions, invitations."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.db import db, key_of, transaction
from campaign.events import planning
from campaign.events.models import Event, EventKind, ItemKind
from campaign.outbox.models import Message
from campaign.registrations import capacity, queries, questions
from campaign.registrations.answers import PersonAnswers
from campaign.registrations.models import (
    Attendee,
    PoolKind,
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


def test_somebody_is_registered_by_telephone_without_an_address(
    app: Flask, client: Client, number: int
) -> None:
    def widen() -> None:
        rules = queries.get_rules(number)
        rules.needs_verification, rules.opens_at = True, datetime(2027, 10, 1, tzinfo=UTC)
        capacity.set_limits(planning.get_event(number), rules, capacity=5)

    at(app, widen)
    sign_in(client)

    page = client.submit(
        client.visit(f"{EVENTS}/{number}/inscriptions/ajouter"),
        FORM,
        first_name="Léo",
        last_name="Gagné",
        organization="CPE Soleil",
        phone="418 555-0123",
    )

    assert page.h1 == "Léo Gagné"
    assert "Confirmée" in page.texts(".timeline__title")[0]
    assert "Dominique Roy" in page.text
    assert "Aucune lettre" in page.text
    assert states(app)["Léo Gagné"] is RegistrationState.CONFIRMED


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
