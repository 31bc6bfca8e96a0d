"""The team says where a participation stands: confirmed, checked, held, declined, cancelled, and back."""

from flask import Flask

from campaign.campaigns.queries import current_edition
from campaign.events.models import EventState
from campaign.participations import figures
from campaign.participations.models import Channel, State
from tests.board.world import BAIE_COMEAU, NOW, PERCE, RIMOUSKI, SAYABEC, register
from tests.pages import Client
from tests.participations.manage.pages import (
    FORM,
    ask,
    in_transaction,
    last_move,
    letters_about,
    page_of,
    stored,
)
from tests.people import sign_in


def test_a_confirmation_by_telephone_has_its_note_and_its_letter(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    asked = client.visit(page_of(RIMOUSKI, "confirmer"))
    refused = client.submit(asked, FORM, status=422, reason=" ")

    done = client.submit(refused, FORM, reason="Mme Tremblay, greffière")

    assert "Indiquez la raison en quelques mots." in refused.text
    assert done.texts(".file-state")[0].startswith("Confirmée")
    assert last_move(app, RIMOUSKI) == (
        "inscrite",
        "confirmee",
        "Dominique Roy",
        Channel.PHONE,
        "Mme Tremblay, greffière",
    )
    assert letters_about(app, RIMOUSKI) == ["participation_confirmed"]


def test_a_checked_registration_enters_the_figures(app: Flask, client: Client, world: None) -> None:
    in_transaction(app, lambda: register(current_edition(), BAIE_COMEAU, needs_review=True))
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

    cancelled = ask(client, SAYABEC, "Annuler la participation", reason="Travaux à l’hôtel de ville")
    event, told = stored(app, SAYABEC).event, letters_about(app, SAYABEC)
    back = ask(client, SAYABEC, "Rétablir la participation", reason="Travaux terminés")

    assert cancelled.texts(".file-state")[0].startswith("Annulée")
    assert event is not None
    assert (event.state, event.state_reason) == (EventState.CANCELLED, "Travaux à l’hôtel de ville")
    assert told == ["participation_changed"]
    assert back.texts(".file-state")[0].startswith("Confirmée")


def test_a_silent_municipality_may_decline_by_telephone(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    ask(client, PERCE, "Noter un refus pour cette année", reason="Pas de personnel")

    assert stored(app, PERCE).state is State.DECLINED
    assert last_move(app, PERCE)[4] == "Pas de personnel"


def test_held_with_its_evidence_and_back_when_it_was_a_mistake(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)

    ask(client, SAYABEC, "Marquer comme réalisée", reason="Photo reçue")
    held = stored(app, SAYABEC)
    ask(client, SAYABEC, "Revenir à «\u00a0confirmée\u00a0»", reason="Photo d’une autre municipalité")
    back = stored(app, SAYABEC)

    assert held.event is not None
    assert back.event is not None
    assert (held.state, held.event.state) == (State.DONE, EventState.HELD)
    assert (back.state, back.event.state) == (State.CONFIRMED, EventState.PLANNED)
    assert back.event.sequence > held.event.sequence


def test_a_move_that_does_not_exist_is_said_and_changes_nothing(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)

    answer = client.submit(client.visit(page_of(RIMOUSKI, "tenue")), FORM, reason="Photo")

    assert "elle ne peut pas devenir «\u00a0Réalisée\u00a0»" in answer.text
    assert stored(app, RIMOUSKI).state is State.REGISTERED


def test_a_discarded_file_can_be_reopened(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    preview = client.visit(f"{page_of(SAYABEC, 'fusionner')}?cible={PERCE}")
    client.submit(preview, FORM, reason="Erreur")

    done = ask(client, SAYABEC, "Rouvrir la fiche", reason="C’était la bonne")

    assert done.texts(".file-state") == ["Non sollicitée"]
    assert done.link("Inscrire en son nom")
