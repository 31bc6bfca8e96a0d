"""The team registers a municipality that telephones, and corrects its answers."""

import re
from datetime import timedelta

import sqlalchemy as sa
from flask import Flask

from campaign.accounts.models import Role
from campaign.campaigns.queries import current_edition
from campaign.db import db
from campaign.outbox.models import Message
from campaign.participations import services
from campaign.participations.models import Channel, State, Track
from campaign.territory.queries import get_territory
from tests.board.world import BAIE_COMEAU, CLERK, NOW, SAYABEC, details, register
from tests.pages import Client
from tests.participations.manage.pages import FORM, in_transaction, last_move, letters_about, page_of, stored
from tests.people import sign_in


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

    found = stored(app, BAIE_COMEAU)
    assert (found.state, found.channel, found.needs_review) == (State.REGISTERED, Channel.PHONE, False)
    assert "Inscrite par la coordination, à confirmer par la municipalité." in done.text
    assert last_move(app, BAIE_COMEAU)[2:4] == ("Dominique Roy", Channel.PHONE)
    assert letters_about(app, BAIE_COMEAU) == ["participation_verification"]


def test_the_letter_of_a_registration_by_the_team_confirms_it(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    form = client.visit(page_of(BAIE_COMEAU, "inscrire"))
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

    assert stored(app, BAIE_COMEAU).state is State.CONFIRMED


def test_nothing_typed_is_lost_when_an_answer_is_missing(client: Client, world: None) -> None:
    sign_in(client)
    form = client.visit(page_of(BAIE_COMEAU, "inscrire"))

    again = client.submit(form, FORM, status=422, first_name="Ève", last_name="Roy", email="", place="Quai")

    assert again.fields(FORM)["first_name"] == ["Ève"]
    assert again.fields(FORM)["place"] == ["Quai"]
    assert "Inscrivez l’adresse courriel." in again.text


def test_a_municipality_already_registered_is_not_registered_twice(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    form = client.visit(page_of(BAIE_COMEAU, "inscrire"))
    in_transaction(app, lambda: register(current_edition(), BAIE_COMEAU))

    answer = client.submit(
        form, FORM, flag_time="10 h", place="Quai", first_name="A", last_name="B", email="a@exemple.quebec"
    )

    assert "Cette municipalité est déjà inscrite." in answer.text
    assert stored(app, BAIE_COMEAU).contact_id is not None
    assert letters_about(app, BAIE_COMEAU) == []


def test_answers_are_corrected(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    form = client.visit(page_of(SAYABEC, "corriger"))

    done = client.submit(form, FORM, channel="courriel", place="Bibliothèque", flag_time="9 h 30")

    assert "Les réponses sont corrigées." in done.text
    assert "Bibliothèque" in done.text
    assert "9\u00a0h\u00a030" in done.text
    assert last_move(app, SAYABEC, Track.DETAILS)[1:4] == ("corrigée", "Dominique Roy", Channel.MAIL)


def test_a_correction_does_not_erase_what_somebody_wrote_meanwhile(
    app: Flask, client: Client, world: None
) -> None:
    sign_in(client)
    form = client.visit(page_of(SAYABEC, "corriger"))

    def meanwhile() -> None:
        found = services.find_participation(current_edition().id, get_territory(SAYABEC).id)
        assert found is not None
        services.revise(found, details(place="Église"), author=CLERK, now=NOW + timedelta(hours=1))

    in_transaction(app, meanwhile)
    warned = client.submit(form, FORM, status=409, place="Bibliothèque")
    done = client.submit(warned, FORM)

    assert "Une autre personne a modifié cette inscription" in warned.text
    assert "Bibliothèque" in done.text
