"""Registering on the page of an event, then what the link of the letter lets a person do."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from campaign.db import db, transaction
from campaign.events.models import Event
from campaign.outbox.models import Message
from campaign.registrations import links
from campaign.registrations.models import Attendee, Registration, RegistrationState
from tests.pages import Client, Page
from tests.registrations import world

pytestmark = pytest.mark.usefixtures("directory")

RENEE = {
    "people-0-first_name": "Renée",
    "people-0-last_name": "Côté",
    "people-0-email": "Renee@exemple.quebec",
    "people-0-organization": "CPE La Farandole",
}


def opened(app: Flask, seats: int | None = 50, **rules: Any) -> str:
    """The slug of a gathering that takes registrations."""
    with app.app_context(), transaction():
        made = world.gathering(seats, **rules)
        return db.session.get_one(Event, made.event_id).slug


def address(slug: str) -> str:
    return f"/evenements/{slug}/inscription"


def registered(app: Flask) -> list[Registration]:
    with app.app_context():
        rows = sa.select(Registration).options(
            selectinload(Registration.attendees).selectinload(Attendee.choices)
        )
        return list(db.session.scalars(rows.order_by(Registration.id)))


def letters(app: Flask) -> list[Message]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Message).order_by(Message.id)))


def link_of(app: Flask, number: int) -> str:
    with app.app_context():
        return f"/inscriptions/{links.registration_token(db.session.get_one(Registration, number))}"


def register(client: Client, slug: str, **answers: str) -> Page:
    return client.submit(client.visit(address(slug)), button="S’inscrire", **(RENEE | answers))


def test_without_proof_of_the_address_the_tickets_come_at_once(app: Flask, client: Client) -> None:
    slug = opened(app)

    page = register(client, slug)

    assert "Votre inscription est confirmée." in page.text
    assert "Renée Côté" in page.text
    (one,) = registered(app)
    assert (one.state, one.email, one.name) == (
        RegistrationState.CONFIRMED, "renee@exemple.quebec", "Renée Côté",
    )  # fmt: skip
    assert [letter.to_email for letter in letters(app)] == ["renee@exemple.quebec"]


def test_with_proof_the_seat_is_given_behind_the_link_of_the_letter(app: Flask, client: Client) -> None:
    slug = opened(app, needs_verification=True)

    page = register(client, slug)

    assert page.h1 == "Confirmez votre adresse"
    (letter,) = letters(app)
    found = re.search(r"http://localhost(/inscriptions/\S+)", letter.text)
    assert found is not None
    page = client.visit(found[1])
    assert registered(app)[0].state is RegistrationState.PENDING
    page = client.submit(page, button="Confirmer mon inscription")
    assert "Votre inscription est confirmée." in page.text
    assert registered(app)[0].state is RegistrationState.CONFIRMED


def test_the_same_form_sent_twice_is_one_registration(app: Flask, client: Client) -> None:
    sheet = client.visit(address(opened(app)))

    first = client.submit(sheet, button="S’inscrire", **RENEE)
    second = client.submit(sheet, button="S’inscrire", **RENEE)

    assert first.url == second.url
    assert len(registered(app)) == len(letters(app)) == 1


def test_a_robot_is_thanked_and_nothing_is_kept(app: Flask, client: Client) -> None:
    page = register(client, opened(app), site_web="https://spam.example")

    assert page.h1 == "Confirmez votre adresse"
    assert registered(app) == []


def test_somebody_registered_already_is_told_so_and_nothing_typed_is_lost(app: Flask, client: Client) -> None:
    slug = opened(app)
    register(client, slug)

    response = client.send(client.visit(address(slug)), button="S’inscrire", **RENEE)

    assert response.status_code == 409
    assert "déjà inscrite" in response.text
    assert 'value="Renée"' in response.text
    assert len(registered(app)) == 1
