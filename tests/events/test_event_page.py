"""The page of one event, its calendar file, its poster and its QR code."""

from datetime import datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.db import transaction
from campaign.events.models import Event, EventState, Opening
from tests.pages import Client
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("demo")


def find(app: Flask, *conditions: sa.ColumnElement[bool]) -> Event:
    """A published event of the simulated edition that answers these conditions, read and let go."""
    with app.app_context(), transaction() as session:
        event = session.scalar(
            sa.select(Event)
            .where(Event.is_published, Event.edition.has(is_simulated=True), *conditions)
            .options(selectinload(Event.sessions), joinedload(Event.territory), joinedload(Event.edition))
            .order_by(Event.id)
            .limit(1)
        )
        assert event is not None
        session.expunge_all()
        return event


def test_a_ceremony_tells_machines_what_it_tells_people(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)
    starts_at = event.sessions[0].starts_at
    assert starts_at is not None
    assert event.territory is not None

    page = client.visit(f"/evenements/{event.slug}")
    facts = page.one("[itemtype='https://schema.org/Event']")

    assert facts.select_one("h1")["itemprop"] == "name"
    told = facts.select_one("[itemprop=startDate]")["datetime"]
    assert datetime.fromisoformat(told) == starts_at
    assert datetime.fromisoformat(told).utcoffset() == clock.to_local(starts_at, event.time_zone).utcoffset()
    assert page.one("[itemprop=eventStatus]")["content"] == "https://schema.org/EventScheduled"
    assert page.one("[itemprop=location] [itemprop=name]").get_text() == event.place
    assert event.territory.name in page.one("[itemprop=organizer] [itemprop=name]")["content"]
    assert page.one("link[rel=canonical]")["href"] == f"http://localhost/evenements/{event.slug}"
    assert event.title in page.one("meta[property='og:title']")["content"]
    assert event.place in page.one("meta[property='og:description']")["content"]


@pytest.mark.parametrize(
    ("state", "status", "word"),
    [
        (EventState.POSTPONED, "EventRescheduled", "reportée au"),
        (EventState.CANCELLED, "EventCancelled", "annulée"),
    ],
)
def test_what_changed_is_said_in_words_and_to_machines(
    app: Flask, client: Client, state: EventState, status: str, word: str
) -> None:
    event = find(app, Event.state == state, Event.opening != Opening.CLOSED)

    page = client.visit(f"/evenements/{event.slug}")

    assert word in " ".join(page.texts("h1 ~ p .label"))
    assert page.one("[itemprop=eventStatus]")["content"] == f"https://schema.org/{status}"
    assert event.state_reason in page.text
    if state is EventState.POSTPONED:
        assert event.postponed_from_at is not None
        before = page.one("[itemprop=previousStartDate]")["content"]
        assert datetime.fromisoformat(before) == event.postponed_from_at


def test_a_ceremony_moved_indoors_says_so(app: Flask, client: Client) -> None:
    event = find(app, Event.is_indoors, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)

    page = client.visit(f"/evenements/{event.slug}")

    assert "à l’intérieur" in page.texts("h1 ~ p .label")
    assert event.place in page.text


def test_its_calendar_file_is_the_same_entry_as_in_the_feed(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)

    alone = Calendar.from_ical(client.get(f"/evenements/{event.slug}.ics").data).walk("VEVENT")
    feed = Calendar.from_ical(client.get("/calendrier.ics").data).walk("VEVENT")

    (entry,) = alone
    assert entry["UID"] == event.uid
    assert entry["URL"] == f"http://localhost/evenements/{event.slug}"
    assert entry.to_ical() in [other.to_ical() for other in feed]


def test_its_poster_is_a_pdf_and_its_code_leads_here(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)

    poster = client.get(f"/evenements/{event.slug}/affiche.pdf")
    code = client.get(f"/evenements/{event.slug}/qr.svg")

    assert (poster.mimetype, poster.data[:5]) == ("application/pdf", b"%PDF-")
    assert code.mimetype == "image/svg+xml"
    assert f"http://localhost/evenements/{event.slug}<" in code.get_data(as_text=True)


def test_what_is_not_published_has_no_address(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Event).where(Event.id == event.id).values(is_published=False))
        session.info["public_changed"] = True

    for address in ("", ".ics", "/affiche.pdf", "/qr.svg"):
        assert client.get(f"/evenements/{event.slug}{address}").status_code == 404
    client.visit("/evenements/inconnu", status=404)


def test_reading_it_again_costs_one_query(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED)
    for address in (f"/evenements/{event.slug}", f"/evenements/{event.slug}.ics"):
        first = client.get(address)

        with count_queries(app) as statements:
            again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

        assert again.status_code == 304
        assert len(statements) == 1


def test_the_page_of_a_past_ceremony_stays(client: Client) -> None:
    page = client.visit("/evenements/lever-du-drapeau-a-laval-2025")

    assert "drapeau hissé" in page.texts("h1 ~ p .label")
