"""What the pages of the programme change is told like any other change: seen before, kept, told once."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from campaign import clock
from campaign.db import db
from campaign.events import planning
from campaign.events.models import EventAction, EventMove, EventState, Follower, Session
from campaign.events.planning import SittingPlan
from campaign.outbox.models import Attachment, Message, Stencil
from tests.builders import NOW
from tests.events.activities import content, publish
from tests.pages import Client, Page
from tests.people import sign_in
from tests.registrations import world
from tests.registrations.test_manage_views import EVENTS, FORM, at, someone

pytestmark = pytest.mark.usefixtures("directory")

NBSP = "\u00a0"
PREVIEW = "main form"
ANA, EVE = "ana@exemple.quebec", "eve@exemple.quebec"
LATER = NOW + timedelta(hours=1)
PLAN = SittingPlan(title="Plénière", day=world.DAY, starts=time(9), ends=time(12), place="Salle A")


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


def follow(event_id: int) -> None:
    db.session.add(Follower(event_id=event_id, email=ANA, token_hash=ANA, created_at=NOW, verified_at=NOW))


def followed(*plans: SittingPlan) -> int:
    """A published gathering with these sittings, that Ana follows; gives its number."""
    event = planning.get_event(publish(content(title="Rassemblement", sittings=())).id)
    for plan in plans:
        planning.add_sitting(event, plan, now=NOW)
    follow(event.id)
    return event.id


def told() -> list[tuple[str, str]]:
    """(address, subject) of the letters of changes."""
    written = sa.select(Message.to_email, Message.subject).where(Message.dedupe_key.startswith("change:"))
    return [(row.to_email, row.subject) for row in db.session.execute(written.order_by(Message.to_email))]


def moves() -> list[tuple[EventAction, str]]:
    return [(row.action, row.author) for row in db.session.scalars(sa.select(EventMove))]


def letter(app: Flask) -> str:
    return at(app, lambda: db.session.scalars(sa.select(Stencil.text)).first() or "").replace(NBSP, " ")


def entries(client: Client) -> dict[str, str]:
    told_ = Calendar.from_ical(client.get("/calendrier.ics").data).walk("VEVENT")
    return {str(entry["SUMMARY"]): str(entry["STATUS"]) for entry in told_}


def form_of(app: Flask, client: Client, number: int, which: int = 0) -> Page:
    sitting = at(app, lambda: planning.get_event(number).sessions[which].id)
    return client.visit(f"{EVENTS}/{number}/programme/seances/{sitting}")


def test_another_day_is_seen_first_then_told_once(app: Flask, client: Client) -> None:
    number = at(app, lambda: followed(PLAN))
    sign_in(client)
    before = at(app, lambda: planning.get_event(number).sessions[0].sequence)

    seen = client.submit(form_of(app, client, number), FORM, day="2027-10-20")

    assert "Nouvelle date" in seen.text
    assert "1 personne a demandé à être prévenue" in seen.text.replace(NBSP, " ")
    assert at(app, lambda: (told(), moves())) == ([], [])
    client.submit(seen, PREVIEW, button="Confirmer")
    assert at(app, told) == [(ANA, f"Nouvelle date{NBSP}: Rassemblement")]
    assert at(app, moves) == [(EventAction.POSTPONE, "Dominique Roy")]
    row = at(app, lambda: db.session.scalars(sa.select(Session)).one())
    assert (row.starts_on, row.sequence > before) == (date(2027, 10, 20), True)


def test_what_was_seen_is_what_happens(app: Flask, client: Client) -> None:
    number = at(app, lambda: followed(PLAN))
    sign_in(client)
    seen = client.submit(form_of(app, client, number), FORM, day="2027-10-20")

    def rename() -> None:
        event = planning.get_event(number)
        planning.change_sitting(event, event.sessions[0], PLAN, now=LATER)

    at(app, rename)
    refused = client.send(seen, PREVIEW, button="Confirmer")

    assert refused.status_code == 409
    assert "a changé depuis cet aperçu" in refused.text
    assert at(app, lambda: (told(), moves())) == ([], [])


def test_correcting_after_the_preview_keeps_what_was_typed(app: Flask, client: Client) -> None:
    number = at(app, lambda: followed(PLAN))
    sign_in(client)
    seen = client.submit(form_of(app, client, number), FORM, day="2027-10-20", title="Grande plénière")

    again = client.submit(seen, PREVIEW, button="Corriger")

    assert again.all("[name=title]")[0]["value"] == "Grande plénière"
    assert again.all("[name=day]")[0]["value"] == "2027-10-20"


@pytest.mark.parametrize(
    "changed", [{"title": "Grande plénière"}, {"capacity": "12"}, {"place": "salle a"}], ids=str
)
def test_what_moves_nobody_is_neither_seen_first_nor_told(
    app: Flask, client: Client, changed: dict[str, str]
) -> None:
    number = at(app, lambda: followed(PLAN))
    sign_in(client)

    answer = client.send(form_of(app, client, number), FORM, **changed)

    assert answer.status_code == 303
    assert at(app, lambda: (told(), moves())) == ([], [])


def test_a_first_date_is_told_to_who_registered_and_to_who_follows(app: Flask, client: Client) -> None:
    def make() -> int:
        number = followed(SittingPlan(month_on=date(2027, 10, 1)))
        rules = world.open_to(planning.get_event(number), 10)
        world.register(rules, someone("Ève"))
        return number

    number = at(app, make)
    sign_in(client)
    seen = client.submit(form_of(app, client, number), FORM, day="2027-10-20", starts="9 h", month="")
    client.submit(seen, PREVIEW, button="Confirmer")

    subject = f"Date confirmée{NBSP}: Rassemblement"
    assert at(app, told) == [(ANA, subject), (EVE, subject)]
    assert "mercredi 20 octobre 2027" in letter(app)
    files = at(app, lambda: list(db.session.scalars(sa.select(Attachment.data))))
    assert any(b"DTSTART;TZID=America/Toronto:20271020T090000" in file for file in files)


def test_the_date_of_what_had_none_at_all_is_told(app: Flask, client: Client) -> None:
    number = at(app, followed)
    sign_in(client)

    client.send(
        client.visit(f"{EVENTS}/{number}/programme/seances/nouvelle"), FORM, day="2027-10-20", starts="9 h"
    )

    assert at(app, told) == [(ANA, f"Date confirmée{NBSP}: Rassemblement")]


def test_another_room_is_told_to_who_registered(app: Flask, client: Client) -> None:
    def make() -> int:
        number = followed(PLAN)
        world.register(world.open_to(planning.get_event(number), 10), someone("Ève"))
        return number

    number = at(app, make)
    sign_in(client)
    seen = client.submit(form_of(app, client, number), FORM, place="Salle B")

    assert "1 personne inscrite est prévenue" in seen.text.replace(NBSP, " ")
    client.submit(seen, PREVIEW, button="Confirmer")
    assert [email for email, _subject in at(app, told)] == [ANA, EVE]
    assert "Plénière, mercredi 13 octobre 2027" in letter(app)
    assert "Salle B, Bibliothèque municipale" in letter(app)


def test_a_day_taken_away_stays_in_calendars_as_postponed(app: Flask, client: Client) -> None:
    number = at(app, lambda: followed(PLAN))
    sign_in(client)
    page = form_of(app, client, number)
    seen = client.submit(page, FORM, day="", starts="", ends="", month="2027-12")
    client.submit(seen, PREVIEW, button="Confirmer")

    assert entries(client) == {"REPORTÉ – Rassemblement – Plénière (date à confirmer)": "CANCELLED"}
    row = at(app, lambda: db.session.scalars(sa.select(Session)).one())
    assert (row.state, row.month_on, row.postponed_from_on) == (
        EventState.POSTPONED,
        date(2027, 12, 1),
        world.DAY,
    )
    assert len(at(app, told)) == 1


def test_what_calendars_have_is_called_off_rather_than_taken_out(app: Flask, client: Client) -> None:
    workshops = [SittingPlan(title=f"Atelier {letter}", day=world.DAY, block="Ateliers") for letter in "AB"]
    number = at(app, lambda: followed(PLAN, *workshops))
    sign_in(client)
    for which in (0, 2):
        page = form_of(app, client, number, which)
        client.submit(client.visit(page.link("Retirer cette séance du programme")), FORM)

    assert entries(client) == {
        "ANNULÉ – Rassemblement – Plénière": "CANCELLED",
        "Rassemblement – Atelier A": "CONFIRMED",
    }
    assert at(app, told) == [(ANA, f"Date annulée{NBSP}: Rassemblement")]
