"""The same requests with 900 and 10,000 events, beside a bare page of the same bytes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import selectinload

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import transaction
from campaign.events import services as events
from campaign.events.models import Event
from tests.benchmarks.cases import Case, body_of, freshened
from tests.benchmarks.servers import Running, bare_command, free_port, product_command, running

COUNTS = (900, 10_000)
SECRET = "a made-up secret, long enough for measures"


class Bench(Protocol):
    """What measures: see `tests.benchmarks.__main__`."""

    def line(self, case: Case, twin: Case) -> str: ...

    def line_after_changes(self, case: Case, twin: Case, change: Callable[[], None]) -> str: ...


def measure(
    tell: Callable[[str], None],
    url: str,
    folder: Path,
    *,
    fill: Callable[[Flask, int, int], None],
    cases: Sequence[Case],
    sizes: tuple[int, int],
    header: str,
    make_bench: Callable[[Running, Running], Bench],
    twin_of: Callable[[Case, str], Case],
) -> None:
    """One table for each number of events, on a database that holds the directory alone. `fill` adds to so
    many events until there are so many."""
    app = create_app(Settings(database_url=url, secret_key=SECRET, instance_dir=folder))
    known = 0
    for count in COUNTS:
        fill(app, known, count)
        known = count
        with _servers(folder, url, sizes, cases) as (product, bare):
            tell(f"\n#### {count:,} events\n")
            tell(header)
            bench = make_bench(product, bare)
            for case in cases:
                twin = twin_of(case, case.name)
                if case.is_kept:
                    tell(bench.line_after_changes(case, twin, lambda: _edit(app)))
                else:
                    tell(bench.line(freshened(case, product.port), twin))
            rss, pss = product.memory_mb()
            tell(f"\nMemory of the product, RSS (PSS) in MB: {rss:.0f} ({pss:.0f}).")
    tell(f"\nLoad of the machine after: {os.getloadavg()[0]:.1f}")


@contextmanager
def _servers(
    folder: Path, url: str, sizes: tuple[int, int], cases: Sequence[Case]
) -> Iterator[tuple[Running, Running]]:
    """The product, and the bare page that gives the bytes which the product gave."""
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
        for case in cases:
            request = case.requests[0]
            (bodies / case.name).write_bytes(body_of(port, request, headers=request.headers))
        (bodies / "ready").write_bytes(b"")
        port = free_port()
        command = bare_command(port, workers=workers, threads=threads)
        yield product, stack.enter_context(running(command, port, env, path="/ready"))


def _edit(app: Flask) -> None:
    """An event goes in, or out again, by the service that the team uses."""
    with app.app_context(), transaction() as session:
        event = session.scalars(
            sa.select(Event)
            .order_by(Event.updated_at, Event.id)
            .options(selectinload(Event.sessions))
            .limit(1)
        ).one()
        events.move_indoors(event, place=f"Aréna {event.sequence}", reason="Pluie", now=datetime.now(UTC))
