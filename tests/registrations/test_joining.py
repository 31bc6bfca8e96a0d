"""How people register, as calendars and tickets tell it: never what is true no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest
from flask import Flask
from icalendar import Calendar

from campaign import clock
from campaign.db import db, key_of, transaction
from campaign.events import planning
from campaign.events.content import Sitting
from campaign.events.models import EventKind
from campaign.registrations import links, organizing, queries
from campaign.registrations.organizing import RulesTold
from tests.builders import NOW
from tests.events.activities import content, publish
from tests.pages import Client
from tests.registrations import world
from tests.registrations.world import person

pytestmark = pytest.mark.usefixtures("directory")

SOON = "Les inscriptions ouvriront sous peu."


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def announced() -> int:
    """A gathering published before its registration opens."""
    sittings = (Sitting(day=world.DAY, starts=time(9), ends=time(12)),)
    return key_of(publish(content(kind=EventKind.GATHERING, sittings=sittings, registration=SOON)))


def open_it(event_id: int, **rules: bool) -> None:
    told = replace(RulesTold(needs_verification=False), **rules)
    organizing.set_rules(planning.get_event(event_id), told, now=NOW)


def description(file: bytes) -> str:
    (entry,) = Calendar.from_ical(file).walk("VEVENT")
    return str(entry["DESCRIPTION"])


def test_once_it_opens_calendars_no_more_say_that_it_will(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        event_id = announced()
        slug = queries.get_event(event_id).slug
    before = description(client.get(f"/evenements/{slug}.ics").data)

    with app.app_context(), transaction():
        open_it(event_id)

    after = client.get(f"/evenements/{slug}.ics").data
    assert SOON in before
    assert SOON not in description(after)
    assert organizing.HERE in description(after)
    (entry,) = Calendar.from_ical(after).walk("VEVENT")
    assert int(entry["SEQUENCE"]) > 0  # calendars take it again
    assert SOON not in client.get("/calendrier.ics").text.replace("\r\n ", "")


def test_what_the_team_writes_once_it_is_open_stays(app: Flask) -> None:
    with app.app_context(), transaction():
        event_id = announced()
        open_it(event_id)
        details = queries.get_event(event_id).details
        assert details is not None
        open_it(event_id, is_invitation_only=True)
        invited = details.registration
        details.registration = "Avant le 10 octobre, sur notre page."

        open_it(event_id)

        assert invited == organizing.INVITED
        assert details.registration == "Avant le 10 octobre, sur notre page."


def test_a_ticket_never_says_how_to_register(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        event_id = announced()
        open_it(event_id)
        made = world.register(queries.get_rules(event_id), person("Renée"))
        details = queries.get_event(event_id).details
        assert details is not None
        details.registration = SOON
        ticket = f"/billet/{links.ticket_token(made.attendees[0])}"
        db.session.flush()

    mine = description(client.get(f"{ticket}.ics").data)

    assert "Inscription" not in mine
    assert SOON not in client.visit(ticket).text
