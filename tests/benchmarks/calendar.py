"""The calendar as families search it, with 900 and 10,000 events, beside a bare page of the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import transaction
from campaign.events import services as events
from campaign.events.models import Event
from tests.benchmarks.calendar_events import fill
from tests.benchmarks.cases import READER, Case, body_of, freshened
from tests.benchmarks.feed import COUNTS, SECRET, Bench
from tests.benchmarks.load import COUNTER, Request
from tests.benchmarks.servers import Running, bare_command, free_port, product_command, running

ADDRESSES = {
    "calendar": "/calendrier",
    "filtered": "/calendrier?region=16&public=0-2-ans&cout=gratuit",
    "search": "/calendrier?q=tout-petits+doudou",
    "month": "/calendrier?vue=mois",
    "map": "/calendrier?vue=carte",
}
ANEW = f"/calendrier?q=doudou&page=900{COUNTER}"
"""The last page of a search under an address that nobody asked before: it is drawn, whatever is kept."""


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
        fill(app, known, count)
        known = count
        _table(app, tell, url, folder, count, sizes, header, make_bench, twin_of)
    tell(f"\nLoad of the machine after: {os.getloadavg()[0]:.1f}")


def _table(
    app: Flask,
    tell: Callable[[str], None],
    url: str,
    folder: Path,
    count: int,
    sizes: tuple[int, int],
    header: str,
    make_bench: Callable[[Running, Running], Bench],
    twin_of: Callable[[Case, str], Case],
) -> None:
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
        port, bare_port = free_port(), free_port()
        command = product_command(port, workers=workers, threads=threads)
        product = stack.enter_context(running(command, port, env, path="/healthz"))
        cases = _cases()
        for case in cases:
            (bodies / case.name).write_bytes(body_of(port, case.requests[0]))
        (bodies / "ready").write_bytes(b"")
        command = bare_command(bare_port, workers=workers, threads=threads)
        bare = stack.enter_context(running(command, bare_port, env, path="/ready"))
        bench = make_bench(product, bare)
        tell(f"\n#### {count:,} events\n")
        tell(header)
        for case in cases:
            twin = twin_of(case, case.name)
            if case.is_kept:
                tell(bench.line_after_changes(case, twin, lambda: edit(app)))
            tell(bench.line(freshened(case, port), twin))
        rss, pss = product.memory_mb()
        tell(f"\nMemory of the product, RSS (PSS) in MB: {rss:.0f} ({pss:.0f}).")


def _cases() -> list[Case]:
    """Each page from memory, and after an edit; then searches that are all different."""
    pages = [
        Case(name=name, kind="gzip", requests=[Request(path=path, headers=READER)], is_kept=True)
        for name, path in ADDRESSES.items()
    ]
    anew = Request(path=ANEW, headers=READER)
    return [*pages, Case(name="anew", kind="drawn", requests=[anew])]


def edit(app: Flask) -> None:
    """An activity goes in, or out again, by the service that the team uses."""
    with app.app_context(), transaction() as session:
        event = session.scalars(
            sa.select(Event)
            .order_by(Event.updated_at, Event.id)
            .options(selectinload(Event.sessions))
            .limit(1)
        ).one()
        events.move_indoors(event, place=f"Aréna {event.sequence}", reason="Pluie", now=datetime.now(UTC))
