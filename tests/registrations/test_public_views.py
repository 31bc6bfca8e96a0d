"""Registering on the page of an event, then what the link of the letter lets a person do."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from campaign import clock
from campaign.db import db, transaction
from campaign.events.models import Event
from campaign.outbox.models import Message
from campaign.registrations import invitations, links, queries
from campaign.registrations.invitations import Guest
from campaign.registrations.models import Attendee, Invitation, Registration, RegistrationState
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

    thanks = register(client, slug)
    (letter,) = letters(app)
    found = re.search(r"http://localhost(/inscriptions/\S+)", letter.text)
    assert found is not None
    page = client.visit(found[1])

    assert thanks.h1 == "C’est reçu"
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
    slug = opened(app)

    robot = register(client, slug, site_web="https://spam.example")

    assert registered(app) == []
    assert robot.text == register(client, slug).text


@pytest.mark.parametrize("proof", [True, False], ids=["proof", "no-proof"])
def test_a_form_tells_nobody_who_is_registered_and_the_letter_does(
    app: Flask, client: Client, proof: bool
) -> None:
    slug = opened(app, needs_verification=proof)
    first = register(client, slug)

    again = register(client, slug)
    unknown = register(client, slug, **{"people-0-email": "personne@exemple.quebec"})

    assert again.text == unknown.text == first.text
    assert (again.url, again.h1) == (unknown.url, unknown.h1)
    assert [one.email for one in registered(app)] == ["renee@exemple.quebec", "personne@exemple.quebec"]
    told = [letter for letter in letters(app) if letter.template == "registration_already"]
    assert [letter.to_email for letter in told] == ["renee@exemple.quebec"]
    assert link_of(app, registered(app)[0].id) in told[0].text


def test_replacing_by_somebody_registered_tells_nothing_either(app: Flask, client: Client) -> None:
    slug = opened(app)
    register(client, slug)
    register(client, slug, **{"people-0-email": "luc@exemple.quebec", "people-0-first_name": "Luc"})
    mine = link_of(app, 2)

    page = client.visit(f"{mine}/personnes/2/remplacer")
    client.submit(
        page, button="Remplacer", first_name="Renée", last_name="Côté", email="renee@exemple.quebec"
    )

    with app.app_context():
        people = db.session.execute(
            sa.select(Attendee.first_name, Attendee.email, Attendee.is_active).order_by(Attendee.id)
        ).all()
    assert [tuple(one) for one in people] == [
        ("Renée", "renee@exemple.quebec", True),
        ("Luc", "luc@exemple.quebec", False),
        ("Renée", "", True),
    ]
    assert [letter.to_email for letter in letters(app) if letter.template == "registration_already"] == [
        "renee@exemple.quebec"
    ]


# --- the link of a registration -----------------------------------------------------------------------


def training(app: Flask, client: Client) -> tuple[str, str]:
    """Renée in the first of two groups of one seat each: her link, and the number of the other group."""
    with app.app_context(), transaction():
        rules, groups = world.training(seats=1)
        event = queries.get_event(rules.event_id)
        for place, sitting in enumerate(event.sessions, 1):  # ahead of the clock of the test
            sitting.starts_on, sitting.starts_at, sitting.ends_at = date(2099, 1, place), None, None
        person = world.person("Renée", cohort_id=groups[0].id)
        made = world.register(rules, person)
        return f"/inscriptions/{links.registration_token(made)}", str(groups[1].id)


def test_somebody_is_replaced_by_three_answers(app: Flask, client: Client) -> None:
    register(client, opened(app))
    old = client.visit(link_of(app, 1)).link("Billet de Renée Côté")

    page = client.visit(client.visit(link_of(app, 1)).link("Me faire remplacer"))
    page = client.submit(page, first_name="Luc", last_name="Roy", email="luc@exemple.quebec")

    assert "Luc Roy" in page.text
    assert "Renée" not in page.text
    assert [letter.to_email for letter in letters(app)[1:]] == ["luc@exemple.quebec", "renee@exemple.quebec"]
    assert client.get(old).status_code == 410
    new = client.visit(page.link("Billet de Luc Roy"))
    assert "Luc Roy" in new.text


def test_another_group_is_chosen_by_the_link(app: Flask, client: Client) -> None:
    link, other = training(app, client)

    page = client.visit(client.visit(link).link("Changer mes choix"))
    page = client.submit(page, cohort=other)

    assert "Groupe 2" in page.text
    assert registered(app)[0].attendees[0].cohort_id == int(other)


def test_a_full_group_is_closed_and_everything_stays(app: Flask, client: Client) -> None:
    link, other = training(app, client)
    sheet = client.visit(client.visit(link).link("Changer mes choix"))
    with app.app_context(), transaction():
        event_id = db.session.scalars(sa.select(Registration.event_id)).one()
        rules = queries.get_rules(event_id)
        world.register(rules, world.person("Luc", cohort_id=int(other)))

    page = client.submit(sheet, cohort=other, status=422)

    assert "Ce groupe est complet." in page.text
    assert registered(app)[0].attendees[0].cohort_id != int(other)


def test_one_of_two_leaves_after_a_page_that_asks(app: Flask, client: Client) -> None:
    page = client.submit(client.visit(address(opened(app))), button="Ajouter une personne", **RENEE)
    client.submit(page, button="S’inscrire", **{"people-1-first_name": "Luc", "people-1-last_name": "Roy"})
    page = client.visit(link_of(app, 1))
    leaving = [tag["href"] for tag in page.all("a[href$='/annuler']") if "personnes" in str(tag["href"])]

    asking = client.visit(str(leaving[1]))
    assert asking.h1 == "Annuler cette inscription?"
    assert len([one for one in registered(app)[0].attendees if one.is_active]) == 2
    page = client.submit(asking)

    assert [one.first_name for one in registered(app)[0].attendees if one.is_active] == ["Renée"]
    assert "Luc Roy" not in page.text


def test_cancelling_offers_the_seat_to_the_next(app: Flask, client: Client) -> None:
    slug = opened(app, 1)
    register(client, slug)
    client.submit(
        client.visit(address(slug)),
        button="M’inscrire à la liste d’attente",
        **(RENEE | {"people-0-email": "luc@exemple.quebec"}),
    )
    assert "Vous êtes au premier rang." in client.visit(link_of(app, 2)).text

    client.submit(client.visit(client.visit(link_of(app, 1)).link("Annuler mon inscription")))

    assert [one.state for one in registered(app)] == [RegistrationState.CANCELLED, RegistrationState.OFFERED]
    page = client.submit(client.visit(link_of(app, 2)), button="Prendre la place")
    assert "Votre inscription est confirmée." in page.text


def test_opening_a_page_of_cancellation_cancels_nothing(app: Flask, client: Client) -> None:
    register(client, opened(app))
    ticket = client.visit(link_of(app, 1)).link("Billet de Renée Côté")

    for path in (f"{link_of(app, 1)}/annuler", f"{ticket}/annuler"):
        client.visit(path)

    assert registered(app)[0].state is RegistrationState.CONFIRMED


def test_a_link_wrong_or_replaced_leads_to_the_same_words(app: Flask, client: Client) -> None:
    register(client, opened(app))
    good = link_of(app, 1)
    with app.app_context(), transaction() as session:
        session.get_one(Registration, 1).link_generation += 1

    revoked = client.visit(good, 410)
    wrong = client.visit("/inscriptions/inconnu", 404)
    ticket = client.visit("/billet/inconnu", 404)

    assert revoked.text == wrong.text == ticket.text
    assert revoked.h1 == "Recevoir un nouveau lien"


def test_a_new_link_is_mailed_and_nothing_says_who_is_registered(app: Flask, client: Client) -> None:
    register(client, opened(app))

    answers = [
        client.submit(client.visit("/inscriptions/lien"), email=email)
        for email in ("personne@exemple.quebec", "RENEE@exemple.quebec")
    ]

    assert answers[0].text == answers[1].text
    (letter,) = letters(app)[1:]
    assert letter.to_email == "renee@exemple.quebec"
    assert f"http://localhost{link_of(app, 1)}" in letter.text


def test_tickets_are_sent_again(app: Flask, client: Client) -> None:
    register(client, opened(app))

    page = client.submit(client.visit(link_of(app, 1)), button="Recevoir les billets de nouveau")

    assert "Les billets sont envoyés de nouveau." in page.text
    assert len(letters(app)) == 2


def test_a_person_of_another_registration_is_out_of_reach(app: Flask, client: Client) -> None:
    slug = opened(app)
    register(client, slug)
    register(client, slug, **{"people-0-email": "luc@exemple.quebec"})
    with app.app_context():
        other = db.session.scalars(sa.select(Attendee.id).where(Attendee.registration_id == 2)).one()

    response = client.get(f"{link_of(app, 1)}/personnes/{other}/remplacer")

    assert response.status_code == 404


# --- invitations --------------------------------------------------------------------------------------


def invited(app: Flask, **rules: Any) -> tuple[str, str]:
    """A private event by invitation, and the token of Renée's."""
    slug = opened(app, **rules)
    with app.app_context(), transaction() as session:
        found = session.scalars(sa.select(Event).where(Event.slug == slug)).one()
        found.is_published, found.is_private = False, True
        event = queries.get_event(found.id)
        guest = Guest(name="Renée Côté", email="renee@exemple.quebec", role="partenaire")
        invitations.invite(event, [guest], now=clock.now())
        return slug, invitations.token_of(session.scalars(sa.select(Invitation)).one())


def test_an_invitation_opens_the_form_of_a_private_event_already_filled(app: Flask, client: Client) -> None:
    slug, token = invited(app, is_invitation_only=True)
    assert client.get(address(slug)).status_code == 404

    page = client.submit(client.visit(f"/invitation/{token}"), button="J’y serai")
    assert page.one("[name=people-0-email]")["value"] == "renee@exemple.quebec"
    page = client.submit(page, button="S’inscrire")

    assert page.h1 == "C’est reçu"
    assert "Votre inscription est confirmée." in client.visit(link_of(app, 1)).text
    assert "Vous avez répondu que vous y serez." in client.visit(f"/invitation/{token}").text


def test_declining_is_kept_and_may_be_taken_back(app: Flask, client: Client) -> None:
    _slug, token = invited(app)

    page = client.submit(client.visit(f"/invitation/{token}"), button="Je ne pourrai pas")

    assert "Vous pouvez changer d’avis." in page.text
    page = client.submit(page, button="J’y serai")
    assert page.h1 == "S’inscrire"


def test_an_invitation_to_one_event_opens_no_other(app: Flask, client: Client) -> None:
    _slug, token = invited(app)
    other = opened(app, is_invitation_only=True)

    page = client.visit(f"{address(other)}?invitation={token}")

    assert "Cet événement est sur invitation." in page.text
