"""A ticket on a page, as a code, on paper, in a calendar: read back by what would read it at the door."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pypdfium2
import pytest
import sqlalchemy as sa
import zxingcpp
from flask import Flask
from icalendar import Calendar
from PIL import Image

from campaign import clock
from campaign.db import db, transaction
from campaign.events.models import Event
from campaign.registrations import links, queries, services
from campaign.registrations.models import Attendee, Registration, RegistrationState
from tests.browser import gatherings
from tests.builders import NOW
from tests.events.test_qr import drawn
from tests.pages import Client
from tests.registrations import world
from tests.registrations.world import person

pytestmark = pytest.mark.usefixtures("directory")

BEGUN = datetime(2027, 10, 13, 13, 0, tzinfo=UTC)
"""The hour of the gathering of `world`."""

LINK = "https://visio.exemple.quebec/salle"


@pytest.fixture
def ticket(app: Flask) -> str:
    """The address of Renée's ticket to one morning workshop of the regional day."""
    with app.app_context(), transaction() as session:
        event = gatherings.regional_day(session, NOW)
        rules = queries.get_rules(event.id)
        made = world.register(rules, person("Renée", session_ids=(event.sessions[1].id,)))
        return f"/billet/{links.ticket_token(made.attendees[0])}"


def arrival(app: Flask) -> str:
    with app.app_context():
        return f"http://localhost/accueil/{db.session.scalars(sa.select(Attendee.ticket_code)).one()}"


def read(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image)]


def test_the_page_shows_the_code_and_the_dates_without_script(
    app: Flask, client: Client, ticket: str
) -> None:
    page = client.visit(ticket)

    assert "Renée Tremblay" in page.text
    assert "Le jeu libre" in page.text
    assert "Les transitions douces" not in page.text
    svg = str(page.one(".ticket__code svg")).replace("viewbox", "viewBox")
    assert read(drawn(svg)) == [arrival(app)]
    assert len(page.html) < 20_000


def test_a_date_without_a_name_does_not_repeat_that_of_the_event(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        made = world.register(world.gathering(5), person("Renée"))
        title = db.session.get_one(Event, made.event_id).title
        ticket = f"/billet/{links.ticket_token(made.attendees[0])}"

    dates = client.visit(ticket).texts(".ticket li")

    assert dates
    assert not [date for date in dates if title in date]


def test_the_code_alone_reads_as_its_address(app: Flask, client: Client, ticket: str) -> None:
    response = client.get(f"{ticket}.svg")

    assert response.mimetype == "image/svg+xml"
    assert read(drawn(response.text)) == [arrival(app)]
    assert "Renée" not in response.text


def test_the_paper_is_one_page_whose_code_reads(app: Flask, client: Client, ticket: str) -> None:
    pdf = client.get(f"{ticket}.pdf").data

    with closing(pypdfium2.PdfDocument(pdf)) as document:
        assert len(document) == 1
        with closing(document[0]) as page:
            assert read(page.render(scale=2).to_pil()) == [arrival(app)]
            with closing(page.get_textpage()) as text:
                words = text.get_text_range()
    assert "Renée Tremblay" in words
    assert "Le jeu libre" in words


def test_a_long_name_and_many_dates_still_fit_on_one_page(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        rules = world.gathering()
        name = "Archambault-Létourneau de la Durantaye " * 2
        long = person("Marie-Philomène", last_name=name, email="marie@exemple.quebec")
        made = world.register(rules, long)
        address = f"/billet/{links.ticket_token(made.attendees[0])}.pdf"

    with closing(pypdfium2.PdfDocument(client.get(address).data)) as document:
        assert len(document) == 1


def test_the_calendar_file_holds_the_chosen_dates_alone_under_their_names_of_the_feed(
    app: Flask, client: Client, ticket: str
) -> None:
    mine = Calendar.from_ical(client.get(f"{ticket}.ics").data).walk("VEVENT")
    with app.app_context():
        event = db.session.scalars(sa.select(Event)).one()
        slug = event.slug
    everybody = Calendar.from_ical(client.get(f"/evenements/{slug}.ics").data).walk("VEVENT")

    with app.app_context():
        first, workshop, *_others = queries.get_event(1).sessions
        chosen = {queries.get_event(1).uid, workshop.uid}
    assert first.uid is None  # it bears the event's
    assert {str(one["UID"]) for one in mine} == chosen
    assert chosen < {str(one["UID"]) for one in everybody}
    assert LINK in str(mine[0]["DESCRIPTION"])
    assert LINK not in str(everybody[0]["DESCRIPTION"])


def test_the_link_of_what_is_online_is_for_confirmed_people_alone(
    app: Flask, client: Client, ticket: str
) -> None:
    assert LINK in client.visit(ticket).html
    with app.app_context():
        slug = db.session.scalars(sa.select(Event.slug)).one()
    assert LINK not in client.visit(f"/evenements/{slug}").html

    with app.app_context(), transaction():
        services.cancel(queries.get_registration(1, to_change=True), author="x", now=NOW)

    assert LINK not in client.visit(ticket).html
    assert client.get(f"{ticket}.ics").status_code == 404


def test_a_ticket_is_kept_by_nobody_and_named_to_nobody(client: Client, ticket: str) -> None:
    for suffix in ("", ".svg", ".pdf", ".ics", "/annuler"):
        headers = client.get(ticket + suffix).headers
        assert headers["Cache-Control"] == "no-store", suffix
        assert headers["Referrer-Policy"] == "no-referrer", suffix
        assert "noindex" in headers["X-Robots-Tag"], suffix


def test_the_person_cancels_from_the_ticket(app: Flask, client: Client, ticket: str) -> None:
    page = client.submit(client.visit(client.visit(ticket).link("Je ne pourrai pas venir")))

    assert page.h1 == "C’est annulé"
    with app.app_context():
        assert db.session.get_one(Registration, 1).state is RegistrationState.CANCELLED
    assert "ne donne pas accès" in client.visit(ticket).text
    assert client.get(f"{ticket}.svg").status_code == 404


def test_who_waits_may_still_leave_the_list_once_it_has_begun(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        rules = world.gathering(1)
        world.register(rules, person("Renée"))
        waiting = world.register(rules, person("Luc"))
        link = f"/inscriptions/{links.registration_token(waiting)}"

    with clock.pretend(BEGUN):
        page = client.visit(client.visit(link).link("Quitter la liste d’attente"))
        client.submit(page)

    with app.app_context():
        assert db.session.get_one(Registration, 2).state is RegistrationState.CANCELLED


@pytest.mark.parametrize("status", [200, 409])
def test_nobody_leaves_a_seat_once_it_has_begun(app: Flask, client: Client, status: int) -> None:
    with app.app_context(), transaction():
        made = world.register(world.gathering(5), person("Renée"), person("Luc"))
        link = f"/inscriptions/{links.registration_token(made)}"
        ticket = f"/billet/{links.ticket_token(made.attendees[0])}"
    ways = [f"{ticket}/annuler", f"{link}/annuler", f"{link}/personnes/1/annuler"]
    asked = [client.visit(way) for way in ways]
    assert "Je ne pourrai pas venir" in client.visit(ticket).text
    assert "Annuler toute l’inscription" in client.visit(link).text

    with clock.pretend(BEGUN):
        assert "Je ne pourrai pas venir" not in client.visit(ticket).text
        assert "Annuler" not in client.visit(link).text
        told = [
            client.visit(way) if status == 200 else client.submit(page, status=409)
            for way, page in zip(ways, asked, strict=True)
        ]

    for page in told:
        assert page.h1 == "Il est trop tard pour annuler"
        assert "L’événement a commencé" in page.text
    with app.app_context():
        assert db.session.get_one(Registration, 1).state is RegistrationState.CONFIRMED
        assert all(db.session.scalars(sa.select(Attendee.is_active)))
