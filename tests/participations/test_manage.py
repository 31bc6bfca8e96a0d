"""What the team does to a participation: through the pages, as a person does it by telephone."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.db import db, transaction
from campaign.events.models import EventState
from campaign.outbox.models import Message
from campaign.participations import figures, links, services
from campaign.participations.models import (
    Channel,
    KitState,
    Participation,
    ParticipationMove,
    PersonalLink,
    ResolutionState,
    State,
    Track,
)
from campaign.territory.models import Territory
from campaign.territory.queries import get_territory
from tests.board.world import (
    BAIE_COMEAU,
    CLERK,
    NOW,
    PERCE,
    RIMOUSKI,
    SAYABEC,
    details,
    open_world,
    register,
)
from tests.pages import Client, Page
from tests.people import sign_in

FORM = "main form[method=post]"

ACTIONS = (
    "inscrire",
    "corriger",
    "confirmer",
    "verifier",
    "annuler",
    "decliner",
    "retablir",
    "tenue",
    "pas-tenue",
    "rouvrir",
    "reporter",
    "interieur",
    "resolution",
    "trousse",
    "fusionner",
    "lien",
)


@pytest.fixture
def world(app: Flask) -> None:
    """Sayabec is confirmed, Rimouski to confirm, the others silent."""
    with app.app_context(), transaction():
        edition = open_world()
        register(edition, SAYABEC)
        register(edition, RIMOUSKI, is_confirmed=False)


def _page(geo_code: str, action: str) -> str:
    return f"/gestion/municipalites/{geo_code}/{action}"


def _found(app: Flask, geo_code: str) -> Participation:
    with app.app_context():
        found = services.find_participation(current_edition().id, get_territory(geo_code).id)
        assert found is not None
        db.session.expunge_all()
        return found


def _last_move(app: Flask, geo_code: str, track: Track = Track.STATE) -> tuple[str, str, str, Channel, str]:
    with app.app_context():
        move = db.session.scalars(
            sa.select(ParticipationMove)
            .join(Participation, Participation.id == ParticipationMove.participation_id)
            .join(Territory, Territory.id == Participation.territory_id)
            .where(Territory.geo_code == geo_code, ParticipationMove.track == track)
            .order_by(ParticipationMove.id.desc())
        ).first()
        assert move is not None
        return move.before, move.after, move.author, move.channel, move.reason


def _letters(app: Flask, geo_code: str) -> list[str]:
    with app.app_context():
        return list(
            db.session.scalars(
                sa.select(Message.template).where(Message.regarding == geo_code).order_by(Message.id)
            )
        )


def _write(app: Flask, act: Callable[[], object]) -> None:
    with app.app_context(), transaction():
        act()


# --- who may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", [Role.VIEWER, Role.HOST])
def test_who_only_reads_changes_nothing(
    app: Flask, client: Client, world: None, role: Role, action: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, role)
    before = _found(app, SAYABEC).updated_at

    assert client.post(_page(SAYABEC, action)).status_code == 403
    assert client.get(_page(SAYABEC, action)).status_code == (405 if action == "verifier" else 403)
    assert _found(app, SAYABEC).updated_at == before


@pytest.mark.parametrize("action", ACTIONS)
def test_a_coordinator_cannot_act_on_another_region(
    app: Flask, client: Client, world: None, action: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, Role.COORDINATOR, "09")
    sent = {
        "channel": "telephone",
        "reason": "x",
        "state": "adoptee",
        "on": "2027-10-01",
        "target": BAIE_COMEAU,
    }

    assert client.post(_page(SAYABEC, action), data=sent).status_code == 403
    assert client.get(_page(SAYABEC, action)).status_code == (405 if action == "verifier" else 403)
    assert _found(app, SAYABEC).state is State.CONFIRMED


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_wants_the_token_of_its_page(client: Client, world: None, action: str) -> None:
    sign_in(client)

    assert client.post(_page(SAYABEC, action)).status_code == 400


# --- in the municipality's name ---------------------------------------------------------------------


def test_a_municipality_is_registered_by_telephone_and_asked_to_confirm(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client, Role.COORDINATOR, "09")
    page = client.visit(f"/gestion/municipalites/{BAIE_COMEAU}")
    form = client.visit(page.link("Inscrire en son nom"))

    done = client.submit(
        form,
        FORM,
        channel="telephone",
        flag_time="10 h",
        place="Hôtel de ville",
        first_name="Ève",
        last_name="O’Bomsawin",
        email="eve@exemple.quebec",
        phone="418 555-0199",
    )

    found = _found(app, BAIE_COMEAU)
    assert (found.state, found.channel, found.needs_review) == (State.REGISTERED, Channel.PHONE, False)
    assert "Inscrite par la coordination, à confirmer par la municipalité." in done.text
    assert _last_move(app, BAIE_COMEAU)[2:4] == ("Dominique Roy", Channel.PHONE)
    assert _letters(app, BAIE_COMEAU) == ["participation_verification"]


def test_the_letter_of_a_registration_by_the_team_confirms_it(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    form = client.visit(_page(BAIE_COMEAU, "inscrire"))
    client.submit(
        form,
        FORM,
        flag_time="10 h",
        place="Hôtel de ville",
        first_name="Ève",
        last_name="Roy",
        email="eve@exemple.quebec",
    )
    with app.app_context():
        text = db.session.scalar(sa.select(Message.text).where(Message.regarding == BAIE_COMEAU)) or ""
    found = re.search(r"http://localhost(/inscription/confirmer/\S+)", text)
    assert found is not None
    clerk = app.test_client()
    assert isinstance(clerk, Client)

    clerk.submit(clerk.visit(found[1]))

    assert _found(app, BAIE_COMEAU).state is State.CONFIRMED


def test_nothing_typed_is_lost_when_an_answer_is_missing(client: Client, world: None) -> None:
    sign_in(client)
    form = client.visit(_page(BAIE_COMEAU, "inscrire"))

    again = client.submit(form, FORM, status=422, first_name="Ève", last_name="Roy", email="", place="Quai")

    assert again.fields(FORM)["first_name"] == ["Ève"]
    assert again.fields(FORM)["place"] == ["Quai"]
    assert "Inscrivez l’adresse courriel." in again.text


def test_a_municipality_already_registered_is_not_registered_twice(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    form = client.visit(_page(BAIE_COMEAU, "inscrire"))
    _write(app, lambda: register(current_edition(), BAIE_COMEAU))

    answer = client.submit(
        form, FORM, flag_time="10 h", place="Quai", first_name="A", last_name="B", email="a@exemple.quebec"
    )

    assert "Cette municipalité est déjà inscrite." in answer.text
    assert _found(app, BAIE_COMEAU).contact_id is not None
    assert _letters(app, BAIE_COMEAU) == []


def test_answers_are_corrected(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    form = client.visit(_page(SAYABEC, "corriger"))

    done = client.submit(form, FORM, channel="courriel", place="Bibliothèque", flag_time="9 h 30")

    assert "Les réponses sont corrigées." in done.text
    assert "Bibliothèque" in done.text
    assert "9\u00a0h\u00a030" in done.text
    assert _last_move(app, SAYABEC, Track.DETAILS)[1:4] == ("corrigée", "Dominique Roy", Channel.MAIL)


def test_a_correction_does_not_erase_what_somebody_wrote_meanwhile(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    form = client.visit(_page(SAYABEC, "corriger"))

    def meanwhile() -> None:
        found = services.find_participation(current_edition().id, get_territory(SAYABEC).id)
        assert found is not None
        services.revise(found, details(place="Église"), author=CLERK, now=NOW + timedelta(hours=1))

    _write(app, meanwhile)
    warned = client.submit(form, FORM, status=409, place="Bibliothèque")
    done = client.submit(warned, FORM)

    assert "Une autre personne a modifié cette inscription" in warned.text
    assert "Bibliothèque" in done.text


# --- one question, then done ------------------------------------------------------------------------


def _ask(client: Client, geo_code: str, words: str, /, **values: str) -> Page:
    """Follow that action from the file, answer, and come back to the file."""
    file = client.visit(f"/gestion/municipalites/{geo_code}")
    return client.submit(client.visit(file.link(words)), FORM, **values)


def test_a_confirmation_by_telephone_has_its_note_and_its_letter(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    asked = client.visit(_page(RIMOUSKI, "confirmer"))
    refused = client.submit(asked, FORM, status=422, reason=" ")

    done = client.submit(refused, FORM, reason="Mme Tremblay, greffière")

    assert "Indiquez la raison en quelques mots." in refused.text
    assert done.texts(".file-state")[0].startswith("Confirmée")
    assert _last_move(app, RIMOUSKI) == (
        "inscrite",
        "confirmee",
        "Dominique Roy",
        Channel.PHONE,
        "Mme Tremblay, greffière",
    )
    assert _letters(app, RIMOUSKI) == ["participation_confirmed"]


def test_a_checked_registration_enters_the_figures(app: Flask, client: Client, world: None) -> None:
    _write(app, lambda: register(current_edition(), BAIE_COMEAU, needs_review=True))
    sign_in(client)
    file = client.visit(f"/gestion/municipalites/{BAIE_COMEAU}")
    with app.app_context():
        before = figures.compute(current_edition().id, now=NOW).municipalities

    client.submit(file, FORM, button="C’est vérifié\u00a0: publier")

    with app.app_context():
        after = figures.compute(current_edition().id, now=NOW).municipalities
    assert (before, after) == (1, 2)


def test_a_participation_is_cancelled_then_comes_back(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    cancelled = _ask(client, SAYABEC, "Annuler la participation", reason="Travaux à l’hôtel de ville")
    event, told = _found(app, SAYABEC).event, _letters(app, SAYABEC)
    back = _ask(client, SAYABEC, "Rétablir la participation", reason="Travaux terminés")

    assert cancelled.texts(".file-state")[0].startswith("Annulée")
    assert event is not None
    assert (event.state, event.state_reason) == (EventState.CANCELLED, "Travaux à l’hôtel de ville")
    assert told == ["participation_changed"]
    assert back.texts(".file-state")[0].startswith("Confirmée")


def test_a_silent_municipality_may_decline_by_telephone(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    _ask(client, PERCE, "Noter un refus pour cette année", reason="Pas de personnel")

    assert _found(app, PERCE).state is State.DECLINED
    assert _last_move(app, PERCE)[4] == "Pas de personnel"


def test_held_with_its_evidence_and_back_when_it_was_a_mistake(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)

    _ask(client, SAYABEC, "Marquer comme réalisée", reason="Photo reçue")
    held = _found(app, SAYABEC)
    _ask(client, SAYABEC, "Revenir à «\u00a0confirmée\u00a0»", reason="Photo d’une autre municipalité")
    back = _found(app, SAYABEC)

    assert held.event is not None
    assert back.event is not None
    assert (held.state, held.event.state) == (State.DONE, EventState.HELD)
    assert (back.state, back.event.state) == (State.CONFIRMED, EventState.PLANNED)
    assert back.event.sequence > held.event.sequence


def test_a_ceremony_is_postponed_by_telephone_and_the_municipality_told(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)

    done = _ask(
        client, SAYABEC, "Reporter la cérémonie", flag_on="2027-11-16", flag_time="14 h", reason="Verglas"
    )

    assert "mardi 16\u00a0novembre\u00a02027, 14\u00a0h" in done.text
    assert "Reportée – Verglas" in done.text
    assert _letters(app, SAYABEC) == ["participation_changed"]


def test_a_ceremony_moves_indoors(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    _ask(client, SAYABEC, "Déplacer la cérémonie à l’intérieur", place="Gymnase", reason="Pluie")

    event = _found(app, SAYABEC).event
    assert event is not None
    assert (event.place, event.is_indoors) == ("Gymnase", True)


def test_a_resolution_adopted_needs_its_day(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    asked = client.visit(_page(SAYABEC, "resolution"))

    refused = client.submit(asked, FORM, status=422, state="adoptee")
    client.submit(refused, FORM, on="2027-10-04", number="2027-10-123")

    found = _found(app, SAYABEC)
    assert "Inscrivez la date de la séance du conseil." in refused.text
    assert (found.resolution_state, found.resolution_on, found.resolution_number) == (
        ResolutionState.ADOPTED,
        date(2027, 10, 4),
        "2027-10-123",
    )


def test_a_kit_is_followed(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    _ask(client, SAYABEC, "Suivre la trousse", state="expediee", reason="Colis 123")

    assert _found(app, SAYABEC).kit_state is KitState.SHIPPED
    assert _last_move(app, SAYABEC, Track.KIT)[4] == "Colis 123"


def test_a_move_that_does_not_exist_is_said_and_changes_nothing(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)

    answer = client.submit(client.visit(_page(RIMOUSKI, "tenue")), FORM, reason="Photo")

    assert "elle ne peut pas devenir «\u00a0Réalisée\u00a0»" in answer.text
    assert _found(app, RIMOUSKI).state is State.REGISTERED


# --- the wrong municipality, the same one twice -----------------------------------------------------


def test_the_wrong_municipality_is_put_right_with_everything(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    number = _found(app, SAYABEC).number
    search = client.visit(f"{_page(SAYABEC, 'fusionner')}?q=baie comeau")
    preview = client.visit(search.link("Baie-Comeau (municipalité, MRC Manicouagan)"))

    done = client.submit(preview, FORM, reason="Le clic était sur la mauvaise ligne")

    right, wrong = _found(app, BAIE_COMEAU), _found(app, SAYABEC)
    assert "La fiche gardée reprend toutes les réponses" in preview.text
    assert done.h1 == "Baie-Comeau"
    assert (right.state, right.number) == (State.CONFIRMED, number)
    assert right.event is not None
    assert right.event.title == "Lever du drapeau à Baie-Comeau"
    assert (wrong.state, wrong.merged_into_id) == (State.DISCARDED, right.id)
    assert _letters(app, BAIE_COMEAU) == ["participation_confirmed"]


def test_a_file_is_not_merged_with_itself_nor_into_another_region(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client, Role.COORDINATOR, "01")

    client.visit(f"{_page(SAYABEC, 'fusionner')}?cible={SAYABEC}", status=409)
    client.visit(f"{_page(SAYABEC, 'fusionner')}?cible={BAIE_COMEAU}", status=403)


def test_a_discarded_file_can_be_reopened(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    preview = client.visit(f"{_page(SAYABEC, 'fusionner')}?cible={PERCE}")
    client.submit(preview, FORM, reason="Erreur")

    done = _ask(client, SAYABEC, "Rouvrir la fiche", reason="C’était la bonne")

    assert done.texts(".file-state") == ["Non sollicitée"]
    assert done.link("Inscrire en son nom")


# --- the personal link ------------------------------------------------------------------------------


def test_a_link_is_shown_once_and_works(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    page = client.submit(client.visit(_page(SAYABEC, "lien")), FORM, mail=False)

    address = str(page.one("#lien")["value"])
    stranger = app.test_client()
    assert isinstance(stranger, Client)
    assert "Sayabec" in stranger.visit(address.removeprefix("http://localhost")).text
    assert address.rpartition("/")[2] not in client.visit(f"/gestion/municipalites/{SAYABEC}").html
    assert _letters(app, SAYABEC) == []
    assert "no-store" in page.response.headers["Cache-Control"]


def test_a_new_link_may_close_the_earlier_ones_and_leave_by_mail(
    app: Flask, client: Client, world: None
) -> None:
    tokens: list[str] = []
    _write(
        app, lambda: tokens.append(links.issue(current_edition(), get_territory(SAYABEC), now=clock.now()))
    )
    sign_in(client)
    form = client.visit(_page(SAYABEC, "lien"))

    page = client.submit(form, FORM, revoke="1", mail="1", email="nouvelle@exemple.quebec")

    assert "Les liens donnés auparavant ne fonctionnent plus." in page.text
    assert client.get(f"/p/{tokens[0]}").status_code == 410
    with app.app_context():
        assert db.session.scalar(sa.select(Message.to_email)) == "nouvelle@exemple.quebec"
        good = db.session.scalars(sa.select(PersonalLink.id).where(PersonalLink.revoked_at.is_(None))).all()
        assert len(good) == 1


def test_a_letter_needs_an_address(client: Client, world: None) -> None:
    sign_in(client)

    page = client.submit(client.visit(_page(SAYABEC, "lien")), FORM, status=422, mail="1", email="")

    assert "Inscrivez l’adresse courriel." in page.text


# --- the figures ------------------------------------------------------------------------------------


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

    _write(app, later)
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
