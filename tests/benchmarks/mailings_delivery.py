"""A mailing leaves: written, then delivered through SMTP beside bare smtplib; and an idle tick."""

import smtplib
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path

from flask import Flask

from campaign import clock, jobs
from campaign.app import create_app
from campaign.config import MailTransport, Settings, SmtpSecurity
from campaign.db import db, transaction
from campaign.lines import Tally
from campaign.outbox import queries, services
from campaign.outbox.letters import Letter
from campaign.outbox.models import MessageState
from campaign.outbox.services import Draft
from campaign.outbox.transports.mime import compose
from tests.benchmarks.load import ROOT

TOWNS = 1_098
MANY = 100_000
IDLE = 200
LETTER_BYTES = 15_000
FREELY = 10_000_000
SECRET = "a made-up secret, long enough for measures"
FROM = "Grande semaine des tout-petits <bonjour@exemple.quebec>"

TEXT = "Bonjour {{nom}},\n\n" + "Hissez le drapeau des tout-petits à l’hôtel de ville cet automne.\n" * 45
HTML_LINE = '<p class="texte">Hissez le drapeau des tout-petits à l’hôtel de ville, {{nom}}.</p>\n'


@dataclass(frozen=True)
class Spent:
    """What something took."""

    seconds: float
    cpu_seconds: float

    def rate(self, count: int) -> float:
        return count / self.seconds

    def cpu_ms(self, count: int) -> float:
        """Of this process, for one."""
        return self.cpu_seconds * 1000 / count


def spent(work: Callable[[], object]) -> Spent:
    """Run it and measure it."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Spent(time.perf_counter() - wall, time.process_time() - cpu)


@contextmanager
def sink() -> Iterator[int]:
    """The port of a mail server in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.sink"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.communicate()


def application(url: str, folder: Path, port: int) -> Flask:
    """The product on that database, sending to that port without restraint."""
    return create_app(
        Settings(
            database_url=url,
            secret_key=SECRET,
            instance_dir=folder,
            mail_transport=MailTransport.SMTP,
            mail_from=FROM,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security=SmtpSecurity.NONE,
            mail_rate_per_minute=FREELY,
            mail_rate_per_domain=FREELY,
        )
    )


@cache
def words() -> tuple[str, str]:
    """Text and HTML that make a letter of 15 kB on the wire."""
    html = ""
    while len(compose(sample(TEXT, html), FROM)) < LETTER_BYTES:
        html += HTML_LINE
    return TEXT, html


def sample(text: str, html: str, number: int = 0) -> Letter:
    """A letter as a transport gets it."""
    now = datetime(2027, 11, 1, 17, tzinfo=UTC)
    return Letter(
        id=number,
        leased_until=now,
        attempts=1,
        to_email=f"p{number}@exemple.quebec",
        to_name="Manon Lévesque",
        subject=f"Votre participation à L’Isle-Verte, {number}",
        text=text,
        html=html,
        headers={"Auto-Submitted": "auto-generated"},
        message_id=f"<{number:032x}@exemple.quebec>",
        written_at=now,
    )


def drafts(count: int, stencil_id: int, run: str, not_before: datetime) -> Iterator[Draft]:
    """A mailing, one address after the other."""
    for number in range(count):
        yield Draft(
            to=f"p{number}@exemple.quebec",
            to_name="Manon Lévesque",
            subject=f"Votre participation à L’Isle-Verte, {number}",
            stencil_id=stencil_id,
            values={"nom": f"L’Isle-Verte {number}"},
            headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
            dedupe_key=f"{run}:{number}",
            not_before=not_before,
            campaign="12",
            batch=run,
        )


def write(app: Flask, count: int, run: str, *, later: bool = False) -> None:
    """Put a mailing into the queue, to leave now or next year."""
    text, html = words()
    not_before = clock.now() + timedelta(days=365 if later else 0)
    with app.app_context(), transaction():
        now = clock.now()
        stencil = services.new_stencil(subject="Votre participation", text=text, html=html, now=now)
        services.enqueue_many(drafts(count, stencil.id, run, not_before), now=now)


def bare(port: int, count: int) -> Spent:
    """smtplib on one kept connection, with letters put together beforehand."""
    text, html = words()
    letters = [compose(sample(text, html, number), FROM) for number in range(count)]

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as line:
            for number, letter in enumerate(letters):
                line.sendmail("bonjour@exemple.quebec", [f"p{number}@exemple.quebec"], letter)

    return spent(work)


def deliver(app: Flask, count: int, run: str) -> Spent:
    """The worker, from the queue to the ledger; every letter is *sent* afterwards."""
    write(app, count, run)
    took = spent(lambda: jobs.run_due(app))
    with app.app_context():
        states = queries.count_batch(run)
    if states != {MessageState.SENT: count}:
        raise RuntimeError(f"after delivery: {states}")
    return took


def idle_ticks(app: Flask, count: int) -> Spent:
    """Ticks that find nothing to do."""
    line = jobs.Worker(app).lines[0]
    return spent(lambda: [line.deliver(Tally()) for _ in range(count)])


def measure(
    say: Callable[[str], None], databases: Sequence[tuple[str, str]], folder: Path, *, rounds: int
) -> None:
    """Each engine, line after line."""
    say("\n| engine | what | per s | CPU ms each | bare smtplib: per s | CPU ms each | ratio |")
    say("|---|---|---:|---:|---:|---:|---:|")
    for engine, url in databases:
        with sink() as port:
            app = application(url, folder / engine, port)
            for count in (TOWNS, MANY):
                took = spent(partial(write, app, count, f"written{count}", later=True))
                say(f"| {engine} | {count:,} messages written | {_cells(took, count)} | | | |")
            few, many = peak_mb(app, 2_000), peak_mb(app, 20_000)
            say(f"| {engine} | memory to write 2,000, then 20,000: {few:.1f} and {many:.1f} MB | | | | | |")
            ours, theirs = deliver_beside_bare(app, port, TOWNS, rounds)
            say(
                f"| {engine} | {TOWNS:,} letters of {LETTER_BYTES // 1000} kB delivered | "
                f"{_cells(ours, TOWNS)} | {_cells(theirs, TOWNS)} | "
                f"{ours.rate(TOWNS) / theirs.rate(TOWNS):.2f} |"
            )
            took = idle_ticks(app, IDLE)
            say(f"| {engine} | idle tick | {_cells(took, IDLE)} | | | |")
            with app.app_context():
                db.session.remove()
                db.engine.dispose()


def deliver_beside_bare(app: Flask, port: int, count: int, rounds: int) -> tuple[Spent, Spent]:
    """Turn by turn in the same run; the round whose ratio is the median."""
    deliver(app, 50, "warm")
    bare(port, 50)
    pairs = [(deliver(app, count, f"round{number}"), bare(port, count)) for number in range(rounds)]
    return sorted(pairs, key=lambda pair: pair[0].seconds / pair[1].seconds)[rounds // 2]


def peak_mb(app: Flask, count: int) -> float:
    """The most that Python held while it wrote that many messages: those of one chunk, and their numbers."""
    tracemalloc.start()
    write(app, count, f"traced{count}", later=True)
    peak: int = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def _cells(took: Spent, count: int) -> str:
    return f"{took.rate(count):,.0f} | {took.cpu_ms(count):.2f}"
