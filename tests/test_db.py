"""The column of instants, the one place that commits, and the number that public pages depend on."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import joinedload

from campaign.campaigns.models import Edition
from campaign.db import (
    PUBLIC,
    CalendarChange,
    Revision,
    db,
    insert_at_once,
    insert_unless_there,
    public_revision,
    revisions,
    touch_public,
    transaction,
    update_at_once,
)
from campaign.events.models import Event, EventKind, EventState
from campaign.outbox.models import Heartbeat
from tests.queries import count_queries

INSTANT = datetime(2027, 11, 15, 10, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))


def beat(name: str = "worker", at: datetime = INSTANT) -> Heartbeat:
    return Heartbeat(name=name, beat_at=at)


def names() -> list[str]:
    return list(db.session.scalars(sa.select(Heartbeat.name).order_by(Heartbeat.name)))


def _fail_halfway(error: type[BaseException], row: object) -> None:
    with transaction() as session:
        session.add(row)
        session.flush()
        raise error


def test_an_instant_comes_back_aware_in_utc_to_the_microsecond(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.add(beat())
    with app.app_context():
        kept = db.session.scalars(sa.select(Heartbeat.beat_at)).one()

    assert (kept, kept.tzinfo) == (INSTANT, UTC)


def test_an_instant_without_its_zone_is_refused(app: Flask) -> None:
    with (
        app.app_context(),
        pytest.raises(StatementError, match="an instant carries its zone"),
        transaction() as session,
    ):
        session.add(beat(at=INSTANT.replace(tzinfo=None)))


def test_what_was_done_is_kept_at_the_end(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.add(beat())

    with app.app_context():
        assert names() == ["worker"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_whatever_goes_wrong_nothing_is_half_written(app: Flask, error: type[BaseException]) -> None:
    with app.app_context():
        with pytest.raises(error):
            _fail_halfway(error, beat())

        assert names() == []
        with transaction() as session:
            session.add(beat("next"))
        assert names() == ["next"]


def test_a_transaction_is_never_opened_in_another(app: Flask) -> None:
    with app.app_context(), transaction(), pytest.raises(RuntimeError, match="already open"), transaction():
        pass


def test_changes_made_before_it_was_opened_are_refused(app: Flask) -> None:
    with app.app_context():
        db.session.add(beat())

        with pytest.raises(RuntimeError, match="before the transaction"), transaction():
            pass


def test_what_was_read_before_is_read_again_inside(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.add(beat())
    with app.app_context():
        known = db.session.scalars(sa.select(Heartbeat)).one()
        later = INSTANT + timedelta(hours=1)
        with db.engine.connect() as other:
            other.execute(sa.update(Heartbeat).values(beat_at=later))
            other.commit()

        with transaction():
            assert known.beat_at == later


def test_what_was_read_before_is_kept_by_those_who_say_so(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        session.add(beat())
    with app.app_context():
        known = db.session.scalars(sa.select(Heartbeat)).one()
        with transaction(rereads=False), count_queries(app) as statements:
            assert known.beat_at == INSTANT
            known.beat_at = INSTANT + timedelta(hours=1)
        assert [statement.split()[0] for statement in statements] == []

        assert db.session.scalar(sa.select(Heartbeat.beat_at)) == INSTANT + timedelta(hours=1)


def test_what_is_read_inside_is_still_true_when_it_is_written(app: Flask) -> None:
    """Each of two threads adds one to what it read; none is lost."""
    with app.app_context(), transaction() as session:
        session.add(Edition(number=1, year=2027, last_number=0))
    ready = Barrier(2, timeout=30)

    def add_one() -> None:
        with app.app_context():
            ready.wait()
            for _ in range(10):
                with transaction() as session:
                    edition = session.scalars(sa.select(Edition).with_for_update()).one()
                    edition.last_number += 1

    threads = [Thread(target=add_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with app.app_context():
        assert db.session.scalar(sa.select(Edition.last_number)) == 20


HOLDER = """
import fcntl, os, sys
turn = os.open(sys.argv[1], os.O_RDONLY)
fcntl.flock(turn, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.readline()
"""


@contextmanager
def turn_held_elsewhere(app: Flask) -> Iterator[subprocess.Popen[str]]:
    """Another process has its turn to write, until it reads a line or dies."""
    with app.app_context():
        turn = Path(db.engine.url.database or "").parent
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, turn], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.kill()


def write_in_a_thread(app: Flask) -> Thread:
    def write() -> None:
        with app.app_context(), transaction() as session:
            session.add(beat())

    thread = Thread(target=write)
    thread.start()
    return thread


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("is_killed", [False, True], ids=["it ends", "it is killed"])
def test_processes_take_turns_to_write_on_sqlite(app: Flask, is_killed: bool) -> None:
    with turn_held_elsewhere(app) as holder:
        writer = write_in_a_thread(app)
        writer.join(0.3)
        waited = writer.is_alive()
        if is_killed:
            holder.kill()
        else:
            holder.communicate("go\n")
        writer.join(10)

        with app.app_context():
            assert (waited, writer.is_alive(), names()) == (True, False, ["worker"])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_whoever_never_gets_a_turn_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own lock still protects the file."""
    monkeypatch.setattr("campaign.db.BUSY_SECONDS", 0.05)
    with turn_held_elsewhere(app):
        writer = write_in_a_thread(app)
        writer.join(10)

        with app.app_context():
            assert (writer.is_alive(), names()) == (False, ["worker"])


def test_the_public_number_grows_with_what_the_public_sees_and_with_nothing_else(app: Flask) -> None:
    seen = []
    with app.app_context():
        seen.append(public_revision())
        with transaction() as session:
            session.add(beat())
        seen.append(public_revision())
        with transaction() as session:
            session.add(Edition(number=1, year=2027, start_on=date(2027, 11, 15), end_on=date(2027, 11, 21)))
        seen.append(public_revision())
        with pytest.raises(ValueError):  # noqa: PT011 - ours, raised halfway
            _fail_halfway(ValueError, Edition(number=2, year=2028))
        seen.append(public_revision())
        with transaction():
            touch_public()
        seen.append(public_revision())

    assert seen == [0, 0, 1, 1, 2]


def test_there_is_one_public_number(app: Flask) -> None:
    with app.app_context(), transaction():
        touch_public()
    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.add(Revision(key=PUBLIC, number=9))


def test_foreign_keys_hold_on_every_engine(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.execute(
            sa.text("INSERT INTO territory_alias (name, kind, territory_id) VALUES ('x', 'secteur', 999999)")
        )


def test_an_edition_does_not_end_before_it_starts(app: Flask) -> None:
    with app.app_context(), pytest.raises(IntegrityError), transaction() as session:
        session.add(Edition(number=1, year=2027, start_on=date(2027, 11, 15), end_on=date(2027, 11, 14)))


def test_the_planner_knows_what_a_large_load_brought(app: Flask, directory: None) -> None:
    """On PostgreSQL fresh tables pass for empty until autovacuum looks, or until the load says it is done."""
    with app.app_context():
        if db.engine.dialect.name != "postgresql":
            assert db.session.scalar(sa.text("SELECT count(*) FROM territory")) > 1_281
            return
        known = db.session.scalar(sa.text("SELECT reltuples FROM pg_class WHERE relname = 'territory'"))

    assert known is not None
    assert known > 1_281


def new_event(edition_id: int, **told: Any) -> Event:
    given: dict[str, Any] = {
        "uid": "u",
        "slug": "lever",
        "kind": EventKind.FLAG_RAISING,
        "title": "Lever",
    } | told
    return Event(
        **given, edition_id=edition_id, time_zone="America/Toronto", created_at=INSTANT, updated_at=INSTANT
    )


@pytest.mark.parametrize("is_published", [False, True])
def test_a_row_inserted_at_once_is_as_one_that_was_flushed(app: Flask, is_published: bool) -> None:
    with app.app_context():
        with transaction() as session:
            edition = Edition(number=1, year=2027)
            session.add(edition)
        before = revisions()
        with transaction() as session:
            event = new_event(edition.id, is_published=is_published)
            insert_at_once(event)
            held = (event in session, session.get(Event, event.id) is event, event.state, event.region_code)
            with count_queries(app) as statements:
                session.flush()
            event.title = "Lever du drapeau"
        after = revisions()

        assert held == (True, True, EventState.TO_PLAN, None)
        assert list(statements) == []
        assert db.session.scalar(sa.select(Event.title)) == "Lever du drapeau"
        assert (after != before) is is_published, "the public sees what is published, and nothing else"
        changed = db.session.scalars(sa.select(CalendarChange.event_id)).all()
        assert changed == ([event.id] if is_published else [])


def test_a_row_is_inserted_unless_there_is_one_already(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            edition = Edition(number=1, year=2027)
            session.add(edition)
        with transaction() as session:
            first = new_event(edition.id, is_published=True)
            assert insert_unless_there(first, "slug")
            assert first in session
            assert session.get(Event, first.id) is first
        before = revisions()

        with transaction() as session:
            second = new_event(edition.id, uid="autre", is_published=True)
            assert not insert_unless_there(second, "slug")
            assert second not in session

        assert revisions() == before, "nothing was written: nothing has changed"
        assert db.session.scalars(sa.select(Event.uid)).all() == [first.uid]
        assert db.session.scalars(sa.select(CalendarChange.event_id)).all() == [first.id]


def test_what_is_updated_at_once_is_stored_whole_and_leaves_nothing_to_write(app: Flask) -> None:
    with app.app_context():
        with transaction() as session:
            first, second = Edition(number=1, year=2027), Edition(number=2, year=2028)
            session.add_all([first, second])
            session.flush()
            insert_at_once(new_event(first.id))
        with transaction() as session:
            event = session.scalars(sa.select(Event).options(joinedload(Event.edition))).one()
            event.title, event.edition, event.is_published = "Autre titre", second, True
            update_at_once(event)
            with count_queries(app) as statements:
                session.flush()
                same = session.get(Event, event.id)
            update_at_once(event)

        assert (list(statements), same is event) == ([], True)
        stored = db.session.execute(sa.select(Event.title, Event.edition_id, Event.is_published)).one()
        assert tuple(stored) == ("Autre titre", second.id, True)
        assert db.session.scalars(sa.select(CalendarChange.event_id)).all() == [event.id]


def test_what_was_inserted_at_once_is_let_go_when_the_transaction_fails(app: Flask) -> None:
    """SQLite gives its number to the next row: the session must not take one for the other."""
    with app.app_context():
        with transaction() as session:
            edition = Edition(number=1, year=2027)
            session.add(edition)
        lost = new_event(edition.id, slug="perdu", uid="perdu")
        with pytest.raises(ValueError), transaction():  # noqa: PT011, PT012 - ours, raised halfway
            insert_at_once(lost)
            raise ValueError
        with transaction() as session:
            kept = new_event(edition.id)
            insert_at_once(kept)
            is_held = (kept in session, lost in session)

        assert is_held == (True, False)
        assert db.session.scalars(sa.select(Event.slug)).all() == ["lever"]


LETTING_GO = """
import gc
import sqlalchemy as sa
from sqlalchemy.orm import Session, declarative_base
from campaign import db

class Row(declarative_base()):
    __tablename__ = "row"
    id = sa.Column(sa.Integer, primary_key=True)

engine = sa.create_engine("sqlite://")
Row.metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(sa.insert(Row), [{"id": number} for number in range(1, 301)])
for turn in range(240):
    session = Session(engine)
    rows = session.scalars(sa.select(Row)).all()
    gc.disable()
    sa.inspect(rows[0]).the_last_name_of_the_table = None
    for row in rows:
        row.itself = row  # a cycle, which only the collector frees
    del rows, row
    gc.set_threshold(gc.get_count()[0] + 20 + turn, 1000, 1000)
    gc.enable()
    session.close()
    gc.collect()
"""


def test_rows_that_are_garbage_when_a_session_lets_go_of_them_stop_nothing() -> None:
    """A process of its own: without the room made in states, CPython 3.11 dies of it."""
    done = subprocess.run([sys.executable, "-c", LETTING_GO], capture_output=True, check=False)

    assert (done.returncode, done.stderr.decode()) == (0, "")
