"""Workshops to choose from are one entry of lists and calendars; whoever chose one holds that one alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy.orm import Session as OrmSession

from campaign import clock
from campaign.campaigns.queries import organization
from campaign.db import db, key_of, transaction
from campaign.events import parallel, planning, services, showcase
from campaign.events.content import Sitting
from campaign.events.documents import calendar_entry
from campaign.events.ical import CalendarEntry, write_entry
from campaign.events.models import Event, EventKind, EventState, Session
from campaign.events.planning import SittingPlan
from campaign.events.sheet import sheet_of
from campaign.registrations import tickets
from tests.agenda.honest import Subscriber
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.pages import Client

FEED = "/calendrier.ics"
NBSP = "\u00a0"


def plan(letter: str, **changes: Any) -> SittingPlan:
    told = {
        "title": f"Atelier {letter}",
        "day": DAY_J,
        "starts": time(13, 30),
        "ends": time(15),
        "place": f"Salle {letter}",
        "block": "ateliers de l’après-midi",
    }
    return SittingPlan(**{**told, **changes})


def gathering() -> Event:
    """A morning for all, then three workshops to choose from."""
    event = publish(
        content(
            title="Rassemblement",
            kind=EventKind.GATHERING,
            description="Une journée.",
            place="Centre des congrès",
            sittings=(Sitting(day=DAY_J, starts=time(9), ends=time(12)),),
        )
    )
    event = planning.get_event(key_of(event))
    for letter in "ABC":
        planning.add_sitting(event, plan(letter), now=NOW)
    return event


@pytest.fixture
def follower(app: Flask, client: Client, directory: None) -> Subscriber:
    """Somebody who follows the whole calendar, where there is that gathering."""
    with app.app_context(), transaction():
        gathering()
    subscriber = Subscriber(client, FEED)
    subscriber.refresh()
    return subscriber


def change(app: Flask, act: Callable[[Event, dict[str, Session]], object]) -> dict[str, str]:
    """Do something to the workshops, by their letter; gives their identifiers."""
    with app.app_context(), transaction() as session:
        event = planning.get_event(session.scalars(sa.select(Event.id)).one())
        rows = {row.title[-1]: row for row in event.sessions if row.title}
        act(event, rows)
        return {letter: row.uid or event.uid for letter, row in rows.items()}


def look(app: Flask) -> dict[str, str]:
    return change(app, lambda _event, _rows: None)


def said(entry: Any, name: str) -> str:
    return str(entry[name])


def test_a_feed_tells_them_once_and_names_them(app: Flask, follower: Subscriber) -> None:
    uids = look(app)

    assert len(follower.entries) == 2
    entry = follower.entries[uids["A"]]
    assert said(entry, "SUMMARY") == "Rassemblement – Ateliers de l’après-midi"
    assert said(entry, "LOCATION") == "Centre des congrès, Hébertville"
    assert said(entry, "DESCRIPTION").split("\n")[2] == (
        f"Au choix{NBSP}: Atelier A (Salle A); Atelier B (Salle B); Atelier C (Salle C)."
    )
    assert (entry.start, entry.end) == tuple(
        clock.to_local(clock.to_utc(DAY_J, at, clock.EASTERN), clock.EASTERN)
        for at in (time(13, 30), time(15))
    )


@pytest.mark.parametrize(
    "address", ["/calendrier", "/calendrier?vue=mois&mois=2027-11", "/calendrier/encart"]
)
def test_lists_tell_them_once(app: Flask, client: Client, follower: Subscriber, address: str) -> None:
    with clock.pretend(NOW):
        text = client.get(address).text

    assert text.count("Rassemblement – Ateliers de l’après-midi") == 1
    assert "Atelier B" not in text


def test_files_tell_them_once_and_name_them(client: Client, follower: Subscriber) -> None:
    told = client.get("/donnees/evenements.json").json["evenements"]

    assert [each["titre"] for each in told] == ["Rassemblement", "Rassemblement – Ateliers de l’après-midi"]
    assert "Atelier B (Salle B)" in told[1]["description"]
    assert client.get("/calendrier.atom").text.count("Ateliers de l’après-midi</title>") == 1
    assert client.get("/donnees/evenements.geojson").text.count("Ateliers de l’après-midi") == 1


def test_one_is_found_by_its_own_words(client: Client, follower: Subscriber) -> None:
    assert "Ateliers de l’après-midi" in client.get("/calendrier?q=atelier+c").text
    assert "Ateliers de l’après-midi" not in client.get("/calendrier?q=atelier+z").text


def test_one_called_off_is_said_so_among_the_others(app: Flask, follower: Subscriber) -> None:
    def cancel(event: Event, rows: dict[str, Session], letters: str) -> None:
        for letter in letters:
            services.cancel_sitting(event, rows[letter], reason="Grippe", now=NOW + timedelta(hours=1))

    uids = change(app, lambda event, rows: cancel(event, rows, "A"))
    assert follower.refresh() == {uids["A"]}
    entry = follower.entries[uids["A"]]
    assert follower.says(uids["A"]) == ("CONFIRMED", "Rassemblement – Ateliers de l’après-midi")
    assert "Atelier A (annulé); Atelier B (Salle B)" in said(entry, "DESCRIPTION")
    assert "Grippe" not in said(entry, "DESCRIPTION")  # not the reason of what goes on

    change(app, lambda event, rows: cancel(event, rows, "BC"))
    assert follower.refresh() == {uids["A"]}
    assert follower.says(uids["A"])[0] == "CANCELLED"


def test_one_moved_to_another_day_stands_there_alone(app: Flask, follower: Subscriber) -> None:
    def move(event: Event, rows: dict[str, Session]) -> None:
        moved = Session(starts_on=DAY_J + timedelta(days=1))
        services.postpone_sitting(event, rows["C"], moved=moved, reason="", now=NOW + timedelta(hours=1))

    uids = change(app, move)

    assert follower.refresh() == {uids["A"], uids["C"]}
    assert follower.says(uids["C"]) == ("CONFIRMED", "Rassemblement – Atelier C")
    assert said(follower.entries[uids["C"]], "LOCATION") == "Salle C, Centre des congrès, Hébertville"
    assert "Atelier C" not in said(follower.entries[uids["A"]], "DESCRIPTION")


def test_another_hour_widens_the_entry_and_is_told_beside_its_workshop(
    app: Flask, follower: Subscriber
) -> None:
    def shorten(event: Event, rows: dict[str, Session]) -> None:
        planning.change_sitting(event, rows["B"], plan("B", ends=time(16)), now=NOW + timedelta(hours=1))

    uids = change(app, shorten)

    assert follower.refresh() == {uids["A"]}
    entry = follower.entries[uids["A"]]
    assert entry.end.time() == time(16)
    assert f"Atelier B (Salle B, de 13{NBSP}h{NBSP}30 à 16{NBSP}h)" in said(entry, "DESCRIPTION")


def test_the_team_and_the_page_have_the_entries_of_the_feed(
    app: Flask, client: Client, follower: Subscriber
) -> None:
    with app.app_context(), transaction() as session:
        slug = session.scalars(sa.select(Event.slug)).one()
    alone = Calendar.from_ical(client.get(f"/evenements/{slug}.ics").data).walk("VEVENT")

    assert {str(entry["UID"]): entry.to_ical() for entry in alone} == {
        uid: entry.to_ical() for uid, entry in follower.entries.items()
    }


def test_the_page_and_the_poster_say_each_hour_once(app: Flask, client: Client, follower: Subscriber) -> None:
    with app.app_context(), transaction() as session:
        event = planning.get_event(session.scalars(sa.select(Event.id)).one())
        sheet = sheet_of(event, None, now=NOW)
        paper = showcase.poster_of(event, sheet, organization(), "https://exemple.quebec/e")

    assert [line.when for line in sheet.dates] == [
        f"de 9{NBSP}h à 12{NBSP}h",
        f"de 13{NBSP}h{NBSP}30 à 15{NBSP}h",
    ]
    assert sheet.dates_text == f"{sheet.dates[0].text}, {sheet.dates[1].when}"
    assert (paper.date_text, len(paper.dates)) == (f"Lundi 15{NBSP}novembre{NBSP}2027", 2)


def test_whoever_chose_one_holds_it_alone_under_its_own_name(app: Flask, follower: Subscriber) -> None:
    with app.app_context(), transaction() as session:
        event = planning.get_event(session.scalars(sa.select(Event.id)).one())
        morning, _a, chosen, _c = event.sessions
        file = tickets.calendar_file(event, [morning, chosen], "https://exemple.quebec/e")
        uids = [event.uid, chosen.uid]
        on_ticket = tickets.told(event, chosen)

    # What its ticket, on a page or on paper, and its letters say.
    assert (on_ticket.title, on_ticket.place) == ("Atelier B", "Salle B, Centre des congrès")
    assert file is not None
    entries = Calendar.from_ical(file).walk("VEVENT")
    assert [str(entry["UID"]) for entry in entries] == uids
    assert [str(entry["SUMMARY"]) for entry in entries] == ["Rassemblement", "Rassemblement – Atelier B"]
    assert str(entries[1]["LOCATION"]) == "Salle B, Centre des congrès, Hébertville"
    assert "Au choix" not in str(entries[1]["DESCRIPTION"])
    # A file that was sent is never older than what the feed told under that name.
    assert int(entries[0]["SEQUENCE"]) >= int(follower.entries[uids[0]]["SEQUENCE"])


# --- a name once given keeps growing ----------------------------------------------------------------


def _rows(event: Event) -> list[Session]:
    return [row for row in event.sessions if row.title]


def _cancel(event: Event, which: int, _other: int) -> None:
    services.cancel_sitting(event, _rows(event)[which], reason="Panne", now=NOW)


def _reinstate(event: Event, which: int, _other: int) -> None:
    services.reinstate_sitting(_rows(event)[which], now=NOW)


def _postpone(event: Event, which: int, days: int) -> None:
    row = _rows(event)[which]
    if row.state is not EventState.CANCELLED:
        moved = Session(starts_on=DAY_J + timedelta(days=days) if days else None)
        services.postpone_sitting(event, row, moved=moved, reason="Neige", now=NOW)


def _say(event: Event, which: int, other: int) -> None:
    row = _rows(event)[which]
    block = ("", "Matin", row.block)[other]
    told = plan("ABC"[which % 3], title=f"Autre {which}{other}", block=block)
    planning.change_sitting(event, row, told, now=NOW, keeps_date=True)


def _add(event: Event, which: int, other: int) -> None:
    planning.add_sitting(event, plan("D", block=("", "Matin", "Soir")[other]), now=NOW)


def _remove(event: Event, which: int, _other: int) -> None:
    planning.remove_sitting(event, _rows(event)[which], now=NOW)


def told_by_feeds(event: Event) -> list[CalendarEntry]:
    told = (
        calendar_entry(event, event.territory, "", sitting=entry[0], is_whole=True)
        for entry in parallel.entries(event.sessions)
    )
    return [entry for entry in told if entry is not None]


ACTS = [_cancel, _reinstate, _postpone, _say, _add, _remove]


@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 3), st.integers(0, 2)), max_size=12))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_changes_grows_and_what_was_given_never_goes_back(
    directory: None, session: OrmSession, acts: Any
) -> None:
    with db.session.begin_nested() as nested:
        event = gathering()
        given_: dict[str, tuple[int, bytes]] = {}
        for act, which, other in [(_reinstate, 0, 0), *acts]:
            if which < len(_rows(event)):
                act(event, which, other)
                db.session.flush()
            for entry in told_by_feeds(event):
                sequence, text = given_.get(entry.uid, (-1, b""))
                written = write_entry(entry).octets
                assert entry.sequence >= sequence
                assert entry.sequence > sequence or written == text
                given_[entry.uid] = entry.sequence, written
        nested.rollback()
    db.session.expunge_all()
