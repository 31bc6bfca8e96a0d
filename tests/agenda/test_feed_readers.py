"""What three readers written by others understand of the feeds, beside what the database holds."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
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
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.db import db, transaction
from campaign.events import activities as events_activities
from campaign.events import services as events
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventDetails, EventState, Opening, Session
from campaign.events.services import When
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    SpokenLanguage,
    Theme,
)
from campaign.territory.models import Territory
from tests import builders
from tests.agenda import libical, strict
from tests.builders import DAY_J, NOW
from tests.events import activities
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


def read_by_libical(text: str) -> dict[str, dict[str, Any]]:
    return {
        uid: {
            "start": event.start,
            "title": event.title,
            "description": event.description,
            "status": event.status,
            "sequence": event.sequence,
            "changed": event.changed,
            "stamped": event.stamped,
        }
        for uid, event in libical.read(text).items()
    }


READERS = [read_by_vobject, read_by_icalendar, read_by_libical]


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

    answer = client.get("/calendrier.ics")
    feed = answer.text

    strict.parse(answer.data)
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


# --- activities, with all that is said of them and several dates ----------------------------------

hours = st.times(min_value=time(4), max_value=time(23, 59)).map(
    lambda at: at.replace(second=0, microsecond=0)
)
"""Later than the hours that clocks jump over or show twice, which ceremonies are tried with above."""

days = st.dates(date(2026, 11, 22), date(2040, 12, 31))
sittings = st.one_of(
    st.builds(Sitting, day=days, starts=hours, ends=st.one_of(st.none(), hours)),
    st.builds(Sitting, day=days),
    days.flatmap(
        lambda day: st.integers(1, 40).map(lambda n: Sitting(day=day, last_day=day + timedelta(days=n)))
    ),
)


def some(values: Iterable[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(st.sampled_from(list(values)), unique=True, max_size=4).map(tuple)


def at_most(length: int) -> st.SearchStrategy[str]:
    return words.map(lambda text: text[:length])


contents = st.builds(
    ActivityContent,
    title=words.map(lambda text: " ".join(as_a_reader_keeps_it(text).split())[:200].strip() or "Activité"),
    description=st.one_of(words, words.map(lambda text: (text * 5000)[:5000])),
    activity_type=st.sampled_from(ActivityType),
    organizer_name=words,
    sittings=st.lists(sittings, min_size=1, max_size=4, unique_by=lambda sitting: sitting.day).map(tuple),
    format=st.sampled_from(Format),
    place=words,
    online_url=st.sampled_from(["", "https://exemple.quebec/salle;a=1,2?b=c", "https://réunion.exemple/é 1"]),
    is_online_url_public=st.booleans(),
    opening=st.sampled_from(Opening),
    audiences=some(Audience),
    themes=some(Theme),
    accessibility=some(Accessibility),
    languages=some(SpokenLanguage),
    cost=st.sampled_from(Cost),
    price=words,
    registration=words,
    max_participants=st.one_of(st.none(), st.integers(1, 500)),
    rain_plan=words,
    hashtags=words,
    contact_name=words,
    contact_email=st.sampled_from(["", "biblio@exemple.quebec"]),
    contact_phone=st.sampled_from(["", "418 555-0123"]),
    is_contact_public=st.booleans(),
)

REGIONAL = "02"
"""One of the activities belongs to a region as a whole."""


@pytest.fixture
def outings(app: Flask) -> None:
    """One activity in each kind of place, and one of a region."""
    with app.app_context(), transaction():
        for geo_code in TOWNS:
            activities.publish(activities.content(geo_code=geo_code))
        activities.publish(activities.content(geo_code="", region_code=REGIONAL))


def with_everything() -> sa.Select[Event]:
    return (
        sa.select(Event)
        .order_by(Event.id)
        .options(
            selectinload(Event.sessions),
            joinedload(Event.territory),
            joinedload(Event.details).joinedload(EventDetails.organizer),
        )
    )


@run(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(contents, min_size=len(TOWNS) + 1, max_size=len(TOWNS) + 1))
def test_readers_agree_with_the_database_on_every_date_of_activities(
    app: Flask, client: Client, outings: None, told: list[ActivityContent]
) -> None:
    with app.app_context(), transaction() as session:
        for event, content in zip(session.scalars(with_everything()), told, strict=True):
            now = NOW + timedelta(seconds=event.sequence + 1)
            where = {"region_code": "" if event.territory else REGIONAL}
            events_activities.update(event, replace(content, **where), territory=event.territory, now=now)

    answer = client.get("/calendrier.ics")

    calendar = strict.parse(answer.data)
    _check_what_is_shown_to_all(calendar, told)
    found = libical.read(answer.text)
    with app.app_context():
        expected = {
            sitting.uid or event.uid: (event, sitting)
            for event in db.session.scalars(with_everything())
            for sitting in event.sessions
        }
        assert found.keys() == expected.keys()
        for uid, (event, sitting) in expected.items():
            _check_date(found[uid], event, sitting)
        for read in (read_by_vobject, read_by_icalendar):
            others = read(answer.text)
            assert others.keys() == found.keys()
            for uid, seen in found.items():
                assert in_utc(others[uid]["start"]) == seen.start
                assert others[uid]["sequence"] == seen.sequence
                assert others[uid]["title"] == seen.title


def _check_date(seen: libical.ReadEvent, event: Event, sitting: Session) -> None:
    is_timed = sitting.starts_at is not None and event.opening is not Opening.CLOSED
    assert seen.start == (sitting.starts_at if is_timed else sitting.starts_on)
    if is_timed:
        assert seen.end == (sitting.ends_at or sitting.starts_at)
    else:
        assert sitting.starts_on is not None
        assert seen.end == (sitting.ends_on or sitting.starts_on) + timedelta(days=1)
    assert seen.sequence == event.sequence + sitting.sequence
    assert seen.changed == seen.stamped == max(event.updated_at, sitting.updated_at or event.updated_at)
    assert seen.status == ("CANCELLED" if sitting.state is EventState.CANCELLED else "CONFIRMED")
    assert seen.title.removeprefix("ANNULÉ – ") == event.title
    assert as_a_reader_keeps_it(event.description) in seen.description


def _check_what_is_shown_to_all(calendar: strict.Component, told: list[ActivityContent]) -> None:
    """No address of a person, no way into what is reserved."""
    for entry in (part for part in calendar.parts if part.name == "VEVENT"):
        title = entry.text("SUMMARY").removeprefix("ANNULÉ – ")
        said = [content for content in told if content.title == title]
        assert not entry.all("ORGANIZER") + entry.all("ATTENDEE")
        assert entry.text("CLASS") == "PUBLIC"
        if not any(content.is_contact_public for content in said):
            assert "biblio@exemple.quebec" not in entry.text("DESCRIPTION")
        if not any(_may_be_joined(content) for content in said):
            assert not entry.all("CONFERENCE")
            assert "exemple.quebec/salle" not in entry.text("DESCRIPTION")


def _may_be_joined(content: ActivityContent) -> bool:
    is_online = content.format is not Format.IN_PERSON
    return content.is_online_url_public and content.opening is Opening.PUBLIC and is_online


def test_libical_trusts_the_zones_that_the_file_describes(app: Flask, client: Client, towns: None) -> None:
    """So that its agreement says something of our zones, and not of its own."""
    text = client.get(f"/calendrier/municipalite/{builders.HEBERTVILLE}.ics").text
    (seen,) = libical.read(text).values()

    (shifted,) = libical.read(text.replace("TZOFFSETTO:-0500", "TZOFFSETTO:-0300")).values()

    assert isinstance(seen.start, datetime)
    assert isinstance(shifted.start, datetime)
    assert seen.start - shifted.start == timedelta(hours=2)
