"""A feed read again and again: a change is always told, and what has not changed is never sent twice."""

import gc
import gzip
import logging
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event as Flag

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy.orm import selectinload
from werkzeug.test import TestResponse

from campaign import clock
from campaign.agenda.feeds import Feeds
from campaign.agenda.index import Index
from campaign.app import create_app
from campaign.config import Settings
from campaign.db import (
    CALENDAR,
    CalendarChange,
    changed_second,
    db,
    revisions,
    table_of,
    touch,
    touch_public,
    transaction,
)
from campaign.events import services as events
from campaign.events.content import Sitting
from campaign.events.models import Event, EventKind, EventState, Session
from campaign.events.services import When
from campaign.participations import services
from campaign.participations.models import Participation
from campaign.territory.models import Territory
from campaign.territory.services import record_merger
from campaign.web.access_log import record_requests
from tests import builders
from tests.builders import DAY_J, HEBERTVILLE, NOW, SAINT_AUGUSTIN_OF_THE_COAST, TEAM
from tests.events import activities
from tests.pages import Client
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("directory")

TOWNS = (HEBERTVILLE, SAINT_AUGUSTIN_OF_THE_COAST, "92005", "01023")
FEEDS = (
    "/calendrier.ics",
    "/calendrier.ics?annules=titre",
    "/calendrier/region/09.ics",
    "/calendrier/mrc/930.ics",
    f"/calendrier/municipalite/{HEBERTVILLE}.ics",
    "/calendrier/municipalite/92005.ics?annules=titre",
)
CHOSEN = (
    "/calendrier/type/heure-du-conte.ics",
    "/calendrier/theme/lecture.ics",
    "/calendrier.ics?q=pyjama&ouvert=oui",
    f"/calendrier.ics?du={DAY_J}&au={DAY_J}",
)
SILENT = ("23027", "66023", "58227", "81017", "65005", "43027", "49058", "25213")
"""Towns that the wrong ceremonies are handed to."""


@pytest.fixture
def towns(app: Flask) -> None:
    """Four towns in three regions, two of which are in Atlantic time."""
    with app.app_context(), transaction():
        for geo_code in TOWNS:
            builders.confirm(geo_code)


def read(client: Client, address: str, **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(address, headers=named)


def with_sessions() -> sa.Select[Event]:
    return sa.select(Event).options(selectinload(Event.sessions)).order_by(Event.id)


# --- what each answer carries ---------------------------------------------------------------------


@pytest.mark.parametrize("address", FEEDS)
def test_each_feed_says_how_it_is_kept_and_sets_no_cookie(client: Client, towns: None, address: str) -> None:
    answer = read(client, address)

    mark, is_weak = answer.get_etag()
    assert mark
    assert not is_weak
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in answer.headers
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) <= datetime.now(UTC)


def test_a_head_request_gets_the_same_headers_and_no_body(client: Client, towns: None) -> None:
    whole, head = client.get("/calendrier.ics"), client.head("/calendrier.ics")

    assert (head.status_code, head.data) == (200, b"")
    assert dict(head.headers) == dict(whole.headers)
    assert int(head.headers["Content-Length"]) == len(whole.data)


def test_a_compressed_feed_has_a_mark_of_its_own_and_the_same_words(client: Client, towns: None) -> None:
    plain, small = read(client, FEEDS[0]), read(client, FEEDS[0], Accept_Encoding="gzip")

    assert gzip.decompress(small.data) == plain.data
    assert small.headers["ETag"] != plain.headers["ETag"]


def test_neither_a_mark_nor_a_date_brings_the_same_feed_twice_and_it_costs_one_query(
    app: Flask, client: Client, towns: None
) -> None:
    plain, small = read(client, FEEDS[0]), read(client, FEEDS[0], Accept_Encoding="gzip")
    marks = [plain.headers["ETag"], small.headers["ETag"], f"W/{plain.headers['ETag']}", '"x", *', "*"]
    # The change of the arrangement may be of this very second.
    date = datetime.now(UTC) + timedelta(minutes=1)

    with count_queries(app) as statements:
        answers = [
            *(read(client, FEEDS[0], If_None_Match=mark) for mark in (*marks[:3], "*")),
            read(client, FEEDS[0], If_Modified_Since=date.strftime("%a, %d %b %Y %H:%M:%S GMT")),
        ]

    assert [(answer.status_code, answer.data) for answer in answers] == [(304, b"")] * 5
    assert len(statements) == 5
    assert {answer.headers["ETag"] for answer in answers} == {plain.headers["ETag"]}


@pytest.mark.parametrize("address", FEEDS)
@pytest.mark.parametrize("accepted", ["", "gzip", "gzip;q=0, br"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_the_short_way_answers_as_the_whole_application_does(
    app: Flask, client: Client, towns: None, address: str, accepted: str, method: str
) -> None:
    express = app.extensions["express"]
    headers = {"Accept-Encoding": accepted}
    mark = client.get(address, headers=headers).headers["ETag"]
    express.known.clear()
    asked = [headers, headers | {"If-None-Match": mark}, headers | {"If-None-Match": '"other"'}]
    whole = [client.open(address, method=method, headers=each) for each in asked]
    before = express.answered

    again = [client.open(address, method=method, headers=each) for each in asked]

    assert express.answered == before + len(asked)
    assert [answer.status for answer in whole] == ["200 OK", "304 NOT MODIFIED", "200 OK"]
    assert [answer.status for answer in again] == [answer.status for answer in whole]
    assert [answer.data for answer in again] == [answer.data for answer in whole]
    assert [dict(answer.headers) for answer in again] == [dict(answer.headers) for answer in whole]


def test_the_short_way_has_its_line_in_the_log(
    app: Flask, client: Client, towns: None, caplog: pytest.LogCaptureFixture
) -> None:
    record_requests(app)
    with caplog.at_level(logging.INFO, logger="campaign.requests"):
        for _turn in range(2):
            read(client, FEEDS[0])

    assert app.extensions["express"].answered == 1
    assert [line.getMessage() for line in caplog.records] == ["GET /calendrier.ics"] * 2
    assert [line.__dict__["status"] for line in caplog.records] == [200, 200]


def test_the_short_way_remembers_so_many_addresses_and_no_other_answer(
    app: Flask, client: Client, towns: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("campaign.agenda.express.KNOWN", 2)
    for number in range(4):
        read(client, f"{FEEDS[0]}?mot={number}")
    read(client, "/calendrier/region/99.ics")
    read(client, "/calendrier")

    assert [key[1] for key in app.extensions["express"].known] == ["mot=2", "mot=3"]


def test_a_wrong_mark_is_believed_rather_than_a_right_date(client: Client, towns: None) -> None:
    date = client.get(FEEDS[0]).headers["Last-Modified"]

    assert read(client, FEEDS[0], If_None_Match='"other"', If_Modified_Since=date).status_code == 200


def test_another_process_gives_the_same_mark(app: Flask, client: Client, towns: None) -> None:
    mark = client.get(FEEDS[0]).headers["ETag"]

    app.extensions["feeds"] = Feeds()  # what a second process starts from

    assert read(client, FEEDS[0], If_None_Match=mark).status_code == 304


def test_two_changes_of_one_second_have_two_dates(app: Flask) -> None:
    seconds = []
    for _turn in range(3):
        with app.app_context(), transaction():
            touch(CALENDAR)
            seconds.append(changed_second(revisions()))

    assert seconds == sorted(set(seconds))
    assert abs(seconds[0] - clock.machine_second()) < 60


def test_a_day_that_takes_an_old_event_away_changes_the_date(app: Flask, client: Client, towns: None) -> None:
    day = datetime(2028, 11, 13, 12, tzinfo=UTC)
    with clock.pretend(day):
        before = client.get(FEEDS[0])
    with clock.pretend(day + timedelta(days=1)):
        still_there = read(client, FEEDS[0], If_None_Match=before.headers["ETag"])
    with clock.pretend(day + timedelta(days=2)):
        after = read(client, FEEDS[0], If_None_Match=before.headers["ETag"])
        by_date = read(client, FEEDS[0], If_Modified_Since="Sun, 12 Nov 2028 12:00:00 GMT")

    assert before.data.count(b"BEGIN:VEVENT") == len(TOWNS)
    assert still_there.status_code == 304
    assert (after.status_code, after.data.count(b"BEGIN:VEVENT")) == (200, 0)
    assert by_date.status_code == 200


def test_a_town_without_any_event_has_a_calendar_that_readers_take(client: Client) -> None:
    text = client.get("/calendrier/municipalite/98005.ics").text

    assert "BEGIN:VEVENT" not in text
    assert [zone["TZID"] for zone in Calendar.from_ical(text).walk("VTIMEZONE")] == ["America/Toronto"]


# --- whatever happens -----------------------------------------------------------------------------

edits = st.lists(
    st.tuples(
        st.sampled_from(
            ["correct", "postpone", "indoors", "cancel", "reinstate", "withdraw", "publish", "register",
             "hand over", "rename", "end", "move a date", "leave a date open", "call off a date", "describe"]
        ),
        st.integers(min_value=0, max_value=3),
        st.text(alphabet="aé,;\\\n👶", max_size=12),
    ),
    min_size=1,
    max_size=6,
)  # fmt: skip


def make(kind: str, which: int, word: str, number: int) -> None:
    """One edit of the kind that the team or a municipality makes; some find nothing to do."""
    now = NOW + timedelta(seconds=number)
    event = db.session.scalars(with_sessions()).all()[which]
    when = When(day=DAY_J + timedelta(days=len(word)), at=NOW.time())
    is_over = event.state in (EventState.CANCELLED, EventState.HELD)
    match kind:
        case "move a date" | "leave a date open" | "call off a date" | "describe":
            _change_the_activity(kind, which, word, number)
        case "correct":
            events.change(
                event, when=when, place=word, opening=event.opening, description=word[::-1], now=now
            )
        case "postpone" if not is_over:
            events.postpone(event, when=when, reason=word, place=event.place, now=now)
        case "indoors" if not is_over:
            events.move_indoors(event, place=word, reason="Pluie", now=now)
        case "cancel":
            events.cancel(event, reason=word, now=now)
        case "reinstate":
            events.reinstate(event, now=now)
        case "withdraw":
            events.withdraw(event, now=now)
        case "publish":
            events.publish(event, now=now)
        case "register":
            free = [code for code in SILENT if not _takes_part(code)]
            if free:
                builders.confirm(free[0], now=now)
        case "hand over":
            _hand_over(event, now)
        case "rename":
            builders.territory(TOWNS[which]).name = f"Ville {word}".strip()
        case "end":
            town = builders.territory(TOWNS[which])
            if town.successor_id is None:
                record_merger(db.session(), town, builders.territory("94068"), DAY_J)


def _change_the_activity(kind: str, which: int, word: str, number: int) -> None:
    """The one that has several dates."""
    activity = db.session.scalars(
        with_sessions().where(Event.kind == EventKind.ACTIVITY).options(selectinload(Event.details))
    ).one()
    now = NOW + timedelta(hours=number + 1)
    sitting = activity.sessions[which % len(activity.sessions)]
    day = DAY_J + timedelta(days=number + 1)
    if kind == "describe":
        assert activity.details is not None
        activity.details.hashtags = word
    elif kind == "call off a date":
        events.cancel_sitting(activity, sitting, reason=word, now=now)
    elif sitting.state is not EventState.CANCELLED:
        moved = Session(starts_on=day if kind == "move a date" else None)
        events.postpone_sitting(activity, sitting, moved=moved, reason=word, now=now)


def _takes_part(geo_code: str) -> bool:
    found = sa.select(Participation.id).join(Participation.territory).where(Territory.geo_code == geo_code)
    return db.session.scalar(found) is not None


def _hand_over(event: Event, now: datetime) -> None:
    """Registered for the wrong municipality: the ceremony goes to the right one."""
    source = db.session.scalar(sa.select(Participation.id).where(Participation.event_id == event.id))
    free = [code for code in SILENT if not _takes_part(code)]
    if source is None or not free:
        return
    right = services.claim(builders.edition(), builders.territory(free[0]), author=TEAM, now=now)
    db.session.flush()
    services.merge(
        services.get_participation(source), right, author=TEAM, now=now, reason="Mauvaise municipalité"
    )


@run(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=edits)
def test_a_feed_that_changed_is_never_answered_304(
    app: Flask, client: Client, towns: None, chosen: list[tuple[str, int, str]]
) -> None:
    with app.app_context(), transaction() as session:
        if session.scalar(sa.select(Event.id).where(Event.kind == EventKind.ACTIVITY)) is None:
            dates = tuple(Sitting(day=DAY_J + timedelta(days=n)) for n in range(3))
            activities.publish(activities.content(sittings=dates))
    known = {address: read(client, address) for address in (*FEEDS, *CHOSEN)}
    for number, edit in enumerate(chosen):
        with app.app_context(), transaction():
            make(*edit, number)
        memory = app.extensions["feeds"]
        for address, before in known.items():
            by_mark = read(client, address, If_None_Match=before.headers["ETag"])
            by_date = read(client, address, If_Modified_Since=before.headers["Last-Modified"])
            app.extensions["feeds"] = Feeds()
            true = read(client, address)
            app.extensions["feeds"] = memory

            is_same = true.data == before.data
            assert by_mark.status_code == (304 if is_same else 200)
            assert by_date.status_code == 200 or is_same
            assert is_same or by_mark.data == by_date.data == true.data
            known[address] = true


def test_an_edit_costs_one_text_and_one_date_read_once(app: Flask, client: Client, towns: None) -> None:
    client.get(FEEDS[0])
    fragments = app.extensions["feeds"].fragments
    before = fragments.written
    with app.app_context(), transaction():
        make("cancel", 1, "Neige", 0)

    with count_queries(app) as statements:
        answers = [client.get(address) for address in FEEDS]

    assert before == len(TOWNS)
    assert fragments.written == before + 1
    # For where it stands in the calendar and for its text.
    assert len([each for each in statements if "state_reason" in each]) == 1
    # Nor the version of the others: what was stamped since is asked for.
    assert len([each for each in statements if "session" in each]) == 1
    assert "ANNULÉ" in answers[0].text


def test_changes_that_cross_are_seen_in_the_order_of_their_numbers(
    app: Flask, client: Client, towns: None
) -> None:
    """One transaction writes first and is committed last: who read the calendar in between misses nothing."""
    client.get(FEEDS[0])
    with app.app_context():
        is_shared = db.engine.dialect.name == "postgresql"  # on SQLite, whoever writes waits for its turn
    first_wrote, second_done = Flag(), Flag()

    def change_first() -> None:
        with app.app_context(), transaction() as session:
            make("cancel", 0, "Neige", 0)
            session.flush()
            first_wrote.set()
            assert second_done.wait(30) or not is_shared

    with ThreadPoolExecutor(1) as other:
        first = other.submit(change_first)
        assert first_wrote.wait(30)
        if not is_shared:
            second_done.set()
        with app.app_context(), transaction():
            make("cancel", 1, "Verglas", 1)
        between = client.get(FEEDS[0])
        second_done.set()
        first.result(30)
    after = client.get(FEEDS[0])

    assert between.text.count("STATUS:CANCELLED") == (1 if is_shared else 2)
    assert after.text.count("STATUS:CANCELLED") == 2
    with app.app_context():
        numbers = db.session.scalars(
            sa.select(CalendarChange.number).order_by(CalendarChange.event_id).limit(2)
        ).all()
        assert (numbers[0] > numbers[1]) is is_shared
        assert max(numbers) == revisions()[CALENDAR]


def test_two_processes_tell_the_same_after_each_change(app: Flask, towns: None, settings: Settings) -> None:
    """The second one is told of nothing but through the database; one change names no event."""
    other = create_app(settings)
    other.test_client_class = Client

    def rename() -> None:
        db.session.execute(sa.update(table_of(Event)).values(title="Tous debout"))
        touch_public()

    changes: list[Callable[[], None]] = [
        lambda: make("cancel", 0, "Neige", 0),
        rename,
        lambda: make("withdraw", 1, "", 1),
        lambda: make("publish", 1, "", 2),
        lambda: make("correct", 2, "Aréna", 3),
    ]
    seen = set()
    for number, change in enumerate(changes):
        writer = (app, other)[number % 2]
        with writer.app_context(), transaction():
            change()
        answers = [each.test_client().get(FEEDS[0]) for each in (app, other)]
        app.extensions["feeds"], app.extensions["calendar_index"] = Feeds(), Index()
        answers.append(app.test_client().get(FEEDS[0]))

        assert len({(each.data, each.headers["ETag"]) for each in answers}) == 1
        seen.add(answers[0].data)
    with other.app_context():
        db.engine.dispose()

    assert len(seen) == len(changes)


def test_edits_leave_the_memory_as_it_was(app: Flask, client: Client, towns: None) -> None:
    """What Python holds, as long as the same texts are replaced by others of the same length."""

    def edit(times: int) -> int:
        for number in range(times):
            with app.app_context(), transaction():
                make("correct", number % len(TOWNS), f"Aréna {number % 10}", number)
            client.get(FEEDS[0])
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        before, after = edit(100), edit(100)
    finally:
        tracemalloc.stop()

    assert after - before < 200 * 1024


def test_a_name_of_the_list_that_changes_is_told_by_the_feed(app: Flask, client: Client, towns: None) -> None:
    before = client.get(FEEDS[0]).text
    with app.app_context(), transaction():
        builders.territory().name = "Hébertville-la-Neuve"

    assert "LOCATION:Hôtel de ville\\, Hébertville\r\n" in before
    assert "LOCATION:Hôtel de ville\\, Hébertville-la-Neuve\r\n" in client.get(FEEDS[0]).text


def test_homonyms_are_told_apart_at_the_same_cost_whatever_their_number(app: Flask, client: Client) -> None:
    def confirm(*geo_codes: str) -> None:
        with app.app_context(), transaction():
            for geo_code in geo_codes:
                builders.confirm(geo_code)

    def statements_of_all_texts() -> int:
        client.get(FEEDS[0])
        app.extensions["feeds"] = Feeds()
        with count_queries(app) as statements:
            client.get(FEEDS[0])
        return len(statements)

    confirm(SAINT_AUGUSTIN_OF_THE_COAST)
    alone = statements_of_all_texts()
    confirm("92005", "55008", "21040")

    assert statements_of_all_texts() == alone
    text = client.get(FEEDS[0]).text.replace("\r\n ", "")
    assert "LOCATION:Hôtel de ville\\, Saint-Augustin\\, Côte-Nord\r\n" in text
    assert "LOCATION:Hôtel de ville\\, Saint-Augustin\\, Saguenay–Lac-Saint-Jean\r\n" in text
