"""What two readers written by others understand of the feeds, beside what the database holds."""

import unicodedata
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import vobject
from flask import Flask
from hypothesis import HealthCheck, example, given
from hypothesis import settings as run
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy.orm import selectinload

from campaign import clock
from campaign.db import db, transaction
from campaign.events import services as events
from campaign.events.models import Event, Opening
from campaign.events.services import When
from campaign.territory.models import Territory
from tests import builders
from tests.builders import DAY_J, NOW
from tests.pages import Client

pytestmark = pytest.mark.usefixtures("directory")

TOWNS = {
    "93022": "America/Toronto",
    "98015": "America/Toronto",
    "01023": "America/Halifax",
    "98012": "America/Blanc-Sablon",
}
"""L'Île-d'Anticosti keeps eastern time though it lies east of the line."""

MARKS = ",;:\\\n\"'«»\u00a0\u202eéŒ👶🏽👨‍👩‍👧שלום مرحبا\r\t\x07\x85\u2028"

# No database of ours takes a NUL; how the writer treats one is told in tests/events/test_ical.py.
words = st.text(
    alphabet=st.one_of(st.sampled_from(MARKS), st.characters(codec="utf-8", exclude_characters="\0")),
    max_size=120,
)
ceremonies = st.fixed_dictionaries(
    {
        "title": words,
        "place": words,
        "description": st.one_of(words, words.map(lambda text: (text * 5000)[:5000])),
        "day": st.dates(date(2026, 11, 22), date(2040, 12, 31)),
        "minute": st.integers(0, 24 * 60 - 1),
        "opening": st.sampled_from(Opening),
    }
)


@pytest.fixture
def towns(app: Flask) -> None:
    """One ceremony in each kind of place."""
    with app.app_context(), transaction():
        for geo_code in TOWNS:
            builders.confirm(geo_code)


def with_all() -> sa.Select[Event]:
    return sa.select(Event).options(selectinload(Event.sessions), selectinload(Event.territory))


def as_a_reader_keeps_it(text: str) -> str:
    """The text without what no calendar may carry, and with one kind of line break."""
    for line_break in ("\r\n", "\r", "\x85", "\u2028", "\u2029"):
        text = text.replace(line_break, "\n")
    kept = (letter for letter in text.replace("\t", " ") if letter == "\n" or not _is_unwritable(letter))
    return "".join(kept).strip()


def _is_unwritable(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs")


def read_by_vobject(text: str) -> dict[str, dict[str, Any]]:
    calendar = vobject.readOne(text)
    return {
        event.uid.value: {
            "start": event.dtstart.value,
            "title": event.summary.value,
            "description": event.description.value,
            "status": event.status.value,
            "sequence": int(event.sequence.value),
            "changed": event.last_modified.value,
            "stamped": event.dtstamp.value,
        }
        for event in calendar.vevent_list
    }


def read_by_icalendar(text: str) -> dict[str, dict[str, Any]]:
    return {
        str(event["UID"]): {
            "start": event.start,
            "title": str(event["SUMMARY"]),
            "description": str(event["DESCRIPTION"]),
            "status": str(event["STATUS"]),
            "sequence": int(event["SEQUENCE"]),
            "changed": event["LAST-MODIFIED"].dt,
            "stamped": event["DTSTAMP"].dt,
        }
        for event in Calendar.from_ical(text).walk("VEVENT")
    }


READERS = [read_by_vobject, read_by_icalendar]


def in_utc(moment: date | datetime) -> date | datetime:
    return moment.astimezone(UTC) if isinstance(moment, datetime) else moment


def stored(app: Flask) -> Iterator[Event]:
    with app.app_context():
        yield from db.session.scalars(with_all().where(Event.is_published)).all()


@run(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(ceremonies, min_size=len(TOWNS), max_size=len(TOWNS)))
@example(
    told=[
        # 1:30 on that night comes twice.
        {"title": "Nuit", "place": "", "description": "", "day": date(2027, 11, 7), "minute": 90,
         "opening": Opening.PUBLIC},
    ] * len(TOWNS)
)  # fmt: skip
def test_readers_agree_with_the_database_to_the_second(
    app: Flask, client: Client, towns: None, told: list[dict[str, Any]]
) -> None:
    with app.app_context(), transaction() as session:
        for event, given_words in zip(session.scalars(with_all()), told, strict=True):
            _tell(event, **given_words)

    feed = client.get("/calendrier.ics").text

    for read in READERS:
        found = read(feed)
        assert len(found) == len(TOWNS)
        for event in stored(app):
            (sitting,) = event.sessions
            seen = found[event.uid]
            is_closed = event.opening is Opening.CLOSED
            assert in_utc(seen["start"]) == (sitting.starts_on if is_closed else sitting.starts_at)
            assert seen["title"] == as_a_reader_keeps_it(event.title.replace("\n", " "))
            assert as_a_reader_keeps_it(event.description) in seen["description"]
            assert seen["sequence"] == event.sequence
            assert seen["changed"] == event.updated_at


def _tell(
    event: Event, *, title: str, place: str, description: str, day: date, minute: int, opening: Opening
) -> None:
    """Correct it by the service; an hour that the clocks jump over is the one at which they land."""
    event.title = " ".join(as_a_reader_keeps_it(title).split())[:200].strip() or "Lever du drapeau"
    wall = time(*divmod(minute, 60))
    try:
        clock.to_utc(day, wall, event.time_zone)
    except clock.NonexistentTime as jump:
        wall = jump.suggestion
    events.change(
        event,
        when=When(day=day, at=wall),
        place=place,
        opening=opening,
        description=description,
        now=NOW + timedelta(seconds=event.sequence + 1),
    )


@pytest.mark.parametrize("read", READERS)
def test_each_change_is_seen_by_an_honest_reader(app: Flask, client: Client, towns: None, read: Any) -> None:
    """A reader takes what has a greater sequence or a later date, and forgets the rest."""
    changes = (
        ("edit", lambda event, now: events.change(
            event, when=When(day=DAY_J, at=NOW.time()), place="Parc", opening=Opening.PUBLIC,
            description="", now=now,
        )),
        ("move", lambda event, now: events.postpone(
            event, when=When(day=DAY_J + timedelta(days=2), at=NOW.time()), reason="Tempête", place="Parc",
            now=now,
        )),
        ("cancel", lambda event, now: events.cancel(event, reason="Panne", now=now)),
        ("reinstate", lambda event, now: events.reinstate(event, now=now)),
    )  # fmt: skip
    geo_code = "93022"
    seen = [read(client.get(f"/calendrier/municipalite/{geo_code}.ics").text)]
    for number, (_kind, change) in enumerate(changes, start=1):
        with app.app_context(), transaction() as session:
            (event,) = session.scalars(with_all().join(Event.territory).where(Territory.geo_code == geo_code))
            change(event, NOW + timedelta(hours=number))
        seen.append(read(client.get(f"/calendrier/municipalite/{geo_code}.ics").text))

    assert [len(each) for each in seen] == [1] * 5
    (uid,) = seen[0]
    told = [each[uid] for each in seen]
    assert [each["sequence"] for each in told] == [told[0]["sequence"] + n for n in range(5)]
    assert [each["changed"] for each in told] == [NOW + timedelta(hours=n) for n in range(5)]
    assert [each["stamped"] for each in told] == [each["changed"] for each in told]
    assert [each["status"] for each in told] == ["CONFIRMED"] * 3 + ["CANCELLED", "CONFIRMED"]
    assert told[2]["start"] - told[1]["start"] == timedelta(days=2)
    assert told[4]["title"] == told[2]["title"] != told[3]["title"]
