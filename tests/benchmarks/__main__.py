"""Prints the table of README.md: `python -m tests.benchmarks`; `--help` says what can be left out."""

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import touch_public, transaction
from tests import postgres
from tests.benchmarks import (
    calendar,
    calendar_events,
    cases,
    cold,
    feed,
    gatherings,
    growing,
    mailings_decided,
    mailings_delivery,
    sendgrid,
)
from tests.benchmarks.cases import Case, Ground
from tests.benchmarks.load import COUNTER, Job, Line, Outcome, Request, filled
from tests.benchmarks.servers import Running, bare_command, free_port, product_command, running
from tests.databases import PostgresTemplates, SqliteTemplates

SECRET = "a made-up secret, long enough for measures"
SIZES = {"sqlite": (2, 4), "postgresql": (2, 4)}
"""Processes and threads: what `serve` takes by itself on two cores."""

DURABLE = {"listen_addresses": "", "max_connections": "100"}
"""A real server keeps its promises after a power cut, unlike that of the tests."""


@dataclass(frozen=True)
class Measure:
    """One case at one number of connections."""

    outcome: Outcome
    cpu_ms: float
    """Of the server's processes, for one answer."""

    @property
    def p50(self) -> float:
        return self.outcome.percentile(50)

    @property
    def p95(self) -> float:
        return self.outcome.percentile(95)


class Bench:
    """A product server and a bare one, side by side."""

    def __init__(self, product: Running, bare: Running, *, seconds: float, rounds: int) -> None:
        self.product = product
        self.bare = bare
        self.seconds = seconds
        self.rounds = rounds
        self.asked = 0

    def measure(self, server: Running, case: Case, connections: int, *, is_repeated: bool = True) -> Measure:
        """The median of the rounds, by rate."""
        rounds = self.rounds if is_repeated else 1
        seconds = self.seconds if is_repeated else 600
        if is_repeated:
            self._once(server, case, connections, self.seconds / 3, is_repeated=True)  # warm up
        measures = [
            self._once(server, case, connections, seconds, is_repeated=is_repeated) for _ in range(rounds)
        ]
        middle = statistics.median_low(each.outcome.rate for each in measures)
        return next(each for each in measures if each.outcome.rate == middle)

    def _once(
        self, server: Running, case: Case, connections: int, seconds: float, *, is_repeated: bool
    ) -> Measure:
        before = server.cpu_seconds()
        outcome = Outcome.of(
            Job(
                port=server.port,
                connections=connections,
                requests=case.requests,
                seconds=seconds,
                is_repeated=is_repeated,
                first_number=self.asked,
            )
        )
        count = len(outcome.milliseconds)
        # The next run is asked by other people, for other addresses.
        self.asked += count + 10 - count % 10
        if set(outcome.statuses) != {str(case.status)}:
            raise RuntimeError(f"{case.name}, {case.kind}: answered {outcome.statuses}")
        return Measure(outcome, (server.cpu_seconds() - before) * 1000 / count)

    def measure_after_changes(self, case: Case, change: Callable[[], None]) -> Measure:
        """One at a time, each after a change of the data: nothing that is kept is of any use."""
        taken, size, before = [], 0, self.product.cpu_seconds()
        line = Line(self.product.port)
        request = case.requests[0].encoded()
        for _ in range(10 * self.rounds):
            change()
            asked = time.perf_counter()
            status, size = line.ask(filled(request, self.asked))
            taken.append((time.perf_counter() - asked) * 1000)
            if status != case.status:
                raise RuntimeError(f"{case.name}: answered {status} after a change")
            self.asked += 1
        line.socket.close()
        cpu_ms = (self.product.cpu_seconds() - before) * 1000 / len(taken)
        return Measure(Outcome(taken, {}, seconds=sum(taken) / 1000, body_bytes=size), cpu_ms)

    def line_after_changes(self, case: Case, twin: Case, change: Callable[[], None]) -> str:
        """The same page when the data changes before each answer, at 1 connection."""
        ours = self.measure_after_changes(case, change)
        bare = self.measure(self.bare, twin, 1)
        return (
            f"| {case.name} | changed | {ours.outcome.body_bytes:,} | {_cell(ours)} | | {_cell(bare)} | | "
            f"{ours.cpu_ms:.2f} ({bare.cpu_ms:.2f}) | {ours.p50 / bare.p50:.1f} | "
            f"{ours.cpu_ms / bare.cpu_ms:.1f} |"
        )

    def line(self, case: Case, twin: Case, *, is_repeated: bool = True) -> str:
        """The case beside its twin of the bare server, at 1 and at 8 connections."""
        halves = _halves(case, is_repeated=is_repeated)
        ours = [
            self.measure(self.product, half, n, is_repeated=is_repeated)
            for half, n in zip(halves, (1, 8), strict=True)
        ]
        bare = [self.measure(self.bare, twin, n) for n in (1, 8)]
        cells = [case.name, case.kind, f"{ours[0].outcome.body_bytes:,}"]
        cells += [_cell(measure) for measure in (*ours, *bare)]
        cells.append(f"{ours[1].cpu_ms:.2f} ({bare[1].cpu_ms:.2f})")
        cells.append(f"{ours[0].p50 / bare[0].p50:.1f}")
        cells.append(f"{ours[1].cpu_ms / bare[1].cpu_ms:.1f}")
        return f"| {' | '.join(cells)} |"


def _cell(measure: Measure) -> str:
    return f"{measure.outcome.rate:,.0f} ({measure.p50:.2f} / {measure.p95:.2f})"


def _halves(case: Case, *, is_repeated: bool) -> tuple[Case, Case]:
    """The same requests twice; or a third, then the rest, of those that can be sent only once."""
    if is_repeated:
        return case, case
    cut = len(case.requests) // 3
    first, rest = case.requests[:cut], case.requests[cut:]
    return (
        Case(name=case.name, kind=case.kind, status=case.status, requests=first),
        Case(name=case.name, kind=case.kind, status=case.status, requests=rest),
    )


def twin_of(case: Case, name: str) -> Case:
    """What the bare server answers in the same way."""
    if case.status == 304:
        request = Request(path=f"/{name}", headers={"If-None-Match": '"bare"'})
    elif case.status == 303:
        request = Request(path=f"/{name}", method="POST", body=case.requests[0].body)
    else:
        request = Request(path=f"/{name}?essai={COUNTER}")
    return Case(name=case.name, kind=case.kind, requests=[request], status=case.status)


@contextmanager
def _database(engine: str, folder: Path, filling: str = "demo") -> Iterator[str]:
    """The demonstration, or empty tables, on that engine."""
    with ExitStack() as stack:
        templates: SqliteTemplates | PostgresTemplates
        if engine == "sqlite":
            templates = SqliteTemplates(folder)
        else:
            address = stack.enter_context(postgres.running(DURABLE))
            templates = stack.enter_context(PostgresTemplates(address))
        yield stack.enter_context(templates.copy(filling)).url


def print_table(engine: str, *, seconds: float, rounds: int, only: str) -> None:
    """Measure one engine, line after line."""
    workers, threads = SIZES[engine]
    with tempfile.TemporaryDirectory(prefix="pavois-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        bodies = folder / "bodies"
        bodies.mkdir()
        url = stack.enter_context(_database(engine, folder))
        app = create_app(Settings(database_url=url, secret_key=SECRET, instance_dir=folder))
        ground = Ground.of(app)
        env = {
            "BENCHMARK_LOG": str(folder / "log"),
            "DATABASE_URL": url,
            "SECRET_KEY": SECRET,
            "TRUSTED_PROXIES": "1",
            "BARE_BODIES": str(bodies),
        }
        port = free_port()
        command = product_command(port, workers=workers, threads=threads)
        product = stack.enter_context(running(command, port, env, path="/healthz"))
        idle = product.memory_mb()
        chosen = [case for case in cases.pages(ground, port) if only in case.name]
        for case in chosen:
            (bodies / case.name.replace(" ", "-")).write_bytes(cases.body_of(port, case.requests[0]))
        (bodies / "registration").write_bytes(b"")
        bare_port = free_port()
        command = bare_command(bare_port, workers=workers, threads=threads)
        bare = stack.enter_context(running(command, bare_port, env, path="/registration"))
        bench = Bench(product, bare, seconds=seconds, rounds=rounds)
        _print(f"\n### {engine}: {workers} × {threads}, ready after {product.start_seconds:.1f} s\n")
        _print(HEADER)

        def change() -> None:
            with app.app_context(), transaction():
                touch_public()

        for case in chosen:
            twin = twin_of(case, case.name.replace(" ", "-"))
            if case.is_kept:
                _print(bench.line_after_changes(case, twin, change))
            _print(bench.line(cases.freshened(case, port), twin))
        if only in "registration":
            case = cases.registrations(ground, port, 0, len(ground.towns))
            _print(bench.line(case, twin_of(case, "registration"), is_repeated=False))
        peak = product.memory_mb()
        own = bare.memory_mb()
        _print(
            f"\nMemory, RSS (PSS) of all processes in MB: idle {idle[0]:.0f} ({idle[1]:.0f}), after the load "
            f"{peak[0]:.0f} ({peak[1]:.0f}); bare page {own[0]:.0f} ({own[1]:.0f})."
        )


def print_feed(engine: str, *, seconds: float, rounds: int) -> None:
    """Measure the subscriptions on one engine."""
    _print_growing(engine, feed.fill, feed.cases(), seconds=seconds, rounds=rounds)


def print_calendar(engine: str, *, seconds: float, rounds: int) -> None:
    """Measure the pages of the calendar on one engine."""
    _print_growing(engine, calendar_events.fill, calendar.cases(), seconds=seconds, rounds=rounds)


def _print_growing(
    engine: str,
    fill: Callable[[Flask, int, int], None],
    asked: Sequence[Case],
    *,
    seconds: float,
    rounds: int,
) -> None:
    with tempfile.TemporaryDirectory(prefix="pavois-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(_database(engine, folder, "directory"))
        _print(f"\n### {engine}: {SIZES[engine][0]} × {SIZES[engine][1]}")
        growing.measure(
            _print,
            url,
            folder,
            fill=fill,
            cases=asked,
            sizes=SIZES[engine],
            header=HEADER,
            make_bench=lambda product, bare: Bench(product, bare, seconds=seconds, rounds=rounds),
            twin_of=twin_of,
        )


def print_gatherings(engine: str, *, seconds: float) -> None:
    """Measure registrations, the door and its papers on one engine."""
    with tempfile.TemporaryDirectory(prefix="pavois-benchmark-") as name, ExitStack() as stack:
        folder = Path(name)
        url = stack.enter_context(_database(engine, folder, "directory"))
        _print(f"\n### {engine}: {SIZES[engine][0]} × {SIZES[engine][1]}\n")
        gatherings.measure(
            _print,
            url,
            folder,
            sizes=SIZES[engine],
            header=HEADER,
            make_bench=lambda product, bare: Bench(product, bare, seconds=seconds, rounds=1),
            twin_of=twin_of,
        )


HEADER = """\
| page | kind | bytes | c1: per s (p50 / p95 ms) | c8 | bare c1 | bare c8 | CPU ms (bare) | p50 × | CPU × |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|"""


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Measure what the arguments ask for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--quick", action="store_true", help="one short round: does it run?")
    parser.add_argument("--engine", choices=[*SIZES], help="one engine only")
    parser.add_argument("--only", default="", help="the pages whose name contains this")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median is told")
    parser.add_argument("--cold", action="store_true", help="a fresh clone to its first page, instead")
    parser.add_argument("--feed", action="store_true", help="the calendar as a subscription, instead")
    parser.add_argument("--calendar", action="store_true", help="the pages of the calendar, instead")
    parser.add_argument("--gatherings", action="store_true", help="registrations and the door, instead")
    parser.add_argument("--sendgrid", action="store_true", help="a mailing through SendGrid, instead")
    parser.add_argument(
        "--mailings", action="store_true", help="a mailing decided, written and delivered, instead"
    )
    options = parser.parse_args(arguments)
    _print(f"{os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}")
    load = os.getloadavg()[0]
    _print(f"Load of the machine before: {load:.2f}" + (" (busy: ratios only)" if load > 0.5 else ""))
    if options.cold:
        cold.measure(_print)
        return
    if options.sendgrid or options.mailings:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pavois-benchmark-")))
            engines = [options.engine] if options.engine else [*SIZES]
            databases = [(name, stack.enter_context(_database(name, folder, "empty"))) for name in engines]
            if options.sendgrid:
                sendgrid.measure(_print, databases)
            else:
                mailings_delivery.measure(_print, databases, folder, rounds=options.rounds)
                mailings_decided.measure(_print, databases, folder)
        return
    seconds, rounds = (0.2, 1) if options.quick else (1.0, options.rounds)
    if options.feed:
        for engine in [options.engine] if options.engine else SIZES:
            print_feed(engine, seconds=seconds, rounds=rounds)
        return
    if options.calendar:
        for engine in [options.engine] if options.engine else SIZES:
            print_calendar(engine, seconds=seconds, rounds=rounds)
        return
    if options.gatherings:
        for engine in [options.engine] if options.engine else SIZES:
            print_gatherings(engine, seconds=seconds)
        return
    for engine in [options.engine] if options.engine else SIZES:
        print_table(engine, seconds=seconds, rounds=rounds, only=options.only)


if __name__ == "__main__":
    main(sys.argv[1:])
