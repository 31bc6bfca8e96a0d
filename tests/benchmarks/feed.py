"""The calendar as a subscription, with 900 and 10,000 events, beside a bare page of the same bytes."""

import os
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import refresh_statistics, table_of, touch_public, transaction
from campaign.events import services as events
from campaign.events.models import Event, EventKind, EventState, Opening, Session
from campaign.territory.models import Territory
from tests import builders
from tests.benchmarks.cases import READER, Case, freshened
from tests.benchmarks.load import Request
from tests.benchmarks.servers import Running, bare_command, free_port, product_command, running

COUNTS = (900, 10_000)
REGION = "16"
SECRET = "a made-up secret, long enough for measures"
WORDS = (
    "Venez lever le drapeau avec nous. Les enfants du CPE chanteront, la mairesse lira la résolution du "
    "conseil; café, jus et galettes pour tout le monde, beau temps, mauvais temps. "
)


class Bench(Protocol):
    """What measures: see `tests.benchmarks.__main__`."""

    def line(self, case: Case, twin: Case) -> str: ...

    def line_after_changes(self, case: Case, twin: Case, change: Callable[[], None]) -> str: ...


def measure(
    tell: Callable[[str], None],
    url: str,
    folder: Path,
    *,
    sizes: tuple[int, int],
    header: str,
    make_bench: Callable[[Running, Running], Bench],
    twin_of: Callable[[Case, str], Case],
) -> None:
    """One table for each number of events, on a database that holds the directory alone."""
    app = create_app(Settings(database_url=url, secret_key=SECRET, instance_dir=folder))
    known = 0
    for count in COUNTS:
        _fill(app, known, count)
        known = count
        with _servers(folder, url, sizes) as (product, bare):
            tell(f"\n#### {count:,} events\n")
            tell(header)
            bench = make_bench(product, bare)
            for case in _cases():
                twin = twin_of(case, case.name)
                if case.is_kept:
                    tell(bench.line_after_changes(case, twin, lambda: _edit(app)))
                else:
                    tell(bench.line(freshened(case, product.port), twin))
            rss, pss = product.memory_mb()
            tell(f"\nMemory of the product, RSS (PSS) in MB: {rss:.0f} ({pss:.0f}).")
    tell(f"\nLoad of the machine after: {os.getloadavg()[0]:.1f}")


def _cases() -> list[Case]:
    whole, region = "/calendrier.ics", f"/calendrier/region/{REGION}.ics"
    chosen = f"/calendrier.ics?type=lever-de-drapeau&region={REGION}&ouvert=oui"
    return [
        Case(name="feed", kind="plain", requests=[Request(path=whole)]),
        Case(name="feed-gzip", kind="gzip", requests=[Request(path=whole, headers=READER)]),
        Case(name="feed-gzip", kind="304", requests=[Request(path=whole, headers=READER)], status=304),
        Case(name="region-gzip", kind="gzip", requests=[Request(path=region, headers=READER)]),
        Case(name="chosen-gzip", kind="gzip", requests=[Request(path=chosen, headers=READER)]),
        Case(name="feed", kind="plain", requests=[Request(path=whole)], is_kept=True),
        Case(name="feed-gzip", kind="gzip", requests=[Request(path=whole, headers=READER)], is_kept=True),
    ]


@contextmanager
def _servers(folder: Path, url: str, sizes: tuple[int, int]) -> Iterator[tuple[Running, Running]]:
    workers, threads = sizes
    bodies = folder / "bodies"
    bodies.mkdir(exist_ok=True)
    env = {
        "BENCHMARK_LOG": str(folder / "log"),
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET,
        "TRUSTED_PROXIES": "1",
        "BARE_BODIES": str(bodies),
    }
    with ExitStack() as stack:
        port = free_port()
        command = product_command(port, workers=workers, threads=threads)
        product = stack.enter_context(running(command, port, env, path="/healthz"))
        for case in _cases():
            (bodies / case.name).write_bytes(_body_of(port, case.requests[0]))
        (bodies / "ready").write_bytes(b"")
        port = free_port()
        command = bare_command(port, workers=workers, threads=threads)
        yield product, stack.enter_context(running(command, port, env, path="/ready"))


def _body_of(port: int, request: Request) -> bytes:
    """The file as it goes over the wire to who asks in that way."""
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{request.path}", headers=request.headers)
    with urllib.request.urlopen(asked, timeout=60) as answer:  # noqa: S310 - our own address
        read: bytes = answer.read()
        return read


def _fill(app: Flask, known: int, count: int) -> None:
    """Events of the coming year, as many as that in all, in every municipality in turn."""
    with app.app_context(), transaction() as session:
        edition = builders.edition()
        session.flush()
        towns = session.execute(
            sa.select(Territory.id, Territory.name, Territory.time_zone)
            .where(Territory.is_local, Territory.valid_to.is_(None))
            .order_by(Territory.geo_code)
        ).all()
        numbers = range(known, count)
        now = datetime.now(UTC).replace(microsecond=0)
        rows = [_event(number, towns[number % len(towns)], edition.id, now) for number in numbers]
        session.execute(sa.insert(table_of(Event)), rows)
        ids = dict(session.execute(sa.select(Event.slug, Event.id)).all())
        session.execute(
            sa.insert(table_of(Session)),
            [
                _sitting(number, ids[row["slug"]], now.date())
                for number, row in zip(numbers, rows, strict=True)
            ],
        )
        touch_public()
        refresh_statistics()


def _event(number: int, town: Any, edition_id: int, now: datetime) -> dict[str, Any]:
    return {
        "uid": f"{number:08d}-mesure@pavois",
        "slug": f"lever-{number}",
        "kind": EventKind.FLAG_RAISING,
        "edition_id": edition_id,
        "territory_id": town.id,
        "title": f"Lever du drapeau des tout-petits, {town.name}",
        "description": WORDS,
        "place": "Hôtel de ville, 1, rue Principale",
        "is_indoors": False,
        "time_zone": town.time_zone,
        "opening": Opening.PUBLIC,
        "state": EventState.PLANNED,
        "state_reason": "",
        "is_published": True,
        "sequence": 0,
        "created_at": now,
        "updated_at": now,
    }


def _sitting(number: int, event_id: int, today: date) -> dict[str, Any]:
    starts_at = datetime.combine(today + timedelta(days=1 + number % 360), time(15), UTC)
    return {
        "event_id": event_id,
        "position": 0,
        "starts_on": starts_at.date(),
        "starts_at": starts_at,
        "ends_at": starts_at + events.CEREMONY_LENGTH,
    }


def _edit(app: Flask) -> None:
    """A ceremony goes in, or out again, by the service that the team uses."""
    with app.app_context(), transaction() as session:
        event = session.scalars(
            sa.select(Event)
            .order_by(Event.updated_at, Event.id)
            .options(selectinload(Event.sessions))
            .limit(1)
        ).one()
        events.move_indoors(event, place=f"Aréna {event.sequence}", reason="Pluie", now=datetime.now(UTC))
