"""A mailing through SendGrid, against a server on the loopback that takes everything: in batches, one by one,
and from the queue of each engine."""

import json
import multiprocessing
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from pathlib import Path

from campaign import clock
from campaign.app import create_app
from campaign.config import MailTransport, Settings
from campaign.db import transaction
from campaign.jobs import Worker
from campaign.outbox import services, stencils
from campaign.outbox.letters import Letter, Verdict
from campaign.outbox.transports.sendgrid import MOST_PEOPLE, SendGridTransport, payload

LETTERS = 1_098
SENDER = "Grande semaine <bonjour@exemple.quebec>"
TEXT = "Bonjour {{nom}},\n\nVotre lien : {{lien}}\n\n" + "Hissons le drapeau des tout-petits. " * 60
HTML = (
    "<!doctype html><html lang='fr'><body><p>Bonjour {{nom}},</p><p><a href='{{lien}}'>Votre lien</a></p>"
    + "<p style='margin:0 0 16px'>Hissons le drapeau des tout-petits.</p>" * 188
    + "</body></html>"
)


@dataclass(frozen=True)
class Taken:
    """What the server took."""

    requests: int
    people: int
    bytes: int


@dataclass(frozen=True)
class Line:
    """One way of sending."""

    name: str
    letters: int
    seconds: float
    cpu_seconds: float
    taken: Taken

    def __str__(self) -> str:
        cells = (
            self.name,
            f"{self.letters / self.seconds:,.0f}",
            f"{self.taken.requests:,}",
            f"{self.taken.bytes / 1e6:.1f}",
            f"{1000 * self.cpu_seconds / self.letters:.2f}",
        )
        return f"| {' | '.join(cells)} |"


HEADER = """| way | letters per s | requests | MB sent | CPU ms a letter |
|---|---:|---:|---:|---:|"""


def measure(say: Callable[[str], None], databases: Sequence[tuple[str, str]], count: int = LETTERS) -> None:
    """Print the table: the transport alone, then from the queue of each of these databases."""
    size = len(TEXT.encode()) + len(HTML.encode())
    say(f"\n{count:,} letters of {size / 1000:.1f} kB, of one stencil\n\n{HEADER}")
    with sendgrid() as port:
        for line in transports(port, count):
            say(str(line))
        for engine, url in databases:
            say(str(queue(engine, url, port, count)))


def transports(port: int, count: int) -> Iterator[Line]:
    """The same letters: given ready-made, sent in batches, sent each in its request."""
    letters = [invitation(number) for number in range(1, count + 1)]
    bodies = [
        json.dumps(payload(letters[first : first + MOST_PEOPLE], SENDER)).encode()
        for first in range(0, count, MOST_PEOPLE)
    ]
    yield _timed("bare urllib, the same bytes", port, count, lambda: _post(port, bodies, count))
    yield _timed("batches of 1,000", port, count, lambda: _send(port, letters))
    alone = [replace(letter, stencil_id=None) for letter in letters]
    yield _timed("each in its request", port, count, lambda: _send(port, alone))


def queue(engine: str, url: str, port: int, count: int) -> Line:
    """From rows in the queue to rows that are sent, by one worker without pace."""
    with tempfile.TemporaryDirectory(prefix="pavois-sendgrid-") as folder:
        app = create_app(replace(_settings(port), database_url=url, instance_dir=Path(folder)))
        now = clock.now()
        with app.app_context(), transaction():
            stencil = services.new_stencil(subject="Invitation", text=TEXT, html=HTML, now=now)
            services.enqueue_many((_draft(number, stencil.id) for number in range(count)), now=now)
        worker = Worker(app)
        return _timed(f"from the queue, {engine}", port, count, lambda: worker.run_due(clock.now()).sent)


def invitation(number: int) -> Letter:
    """One of the letters, as the queue hands it over."""
    values = _values(number)
    return Letter(
        id=number,
        leased_until=clock.now(),
        attempts=1,
        to_email=f"mairie@{number}.exemple.quebec",
        to_name=f"Mairie {number}",
        subject=f"Invitation à {values['nom']}",
        text=stencils.fill(TEXT, values),
        html=stencils.fill_html(HTML, values),
        headers={"List-Unsubscribe": f"<https://exemple.quebec/desabonnement/{number:032}>"},
        message_id=f"<{number:032}@pavois.example>",
        written_at=clock.now(),
        stencil_id=1,
        stencil_text=TEXT,
        stencil_html=HTML,
        values=values,
    )


def _draft(number: int, stencil_id: int) -> services.Draft:
    return services.Draft(
        to=f"mairie@{number}.exemple.quebec",
        subject=f"Invitation à Municipalité {number}",
        stencil_id=stencil_id,
        values=_values(number),
        dedupe_key=f"envoi:1:{number}",
        campaign="12",
        batch="envoi:1",
    )


def _values(number: int) -> dict[str, str]:
    return {"nom": f"Municipalité {number}", "lien": f"https://exemple.quebec/p/{number:032}"}


def _send(port: int, letters: Sequence[Letter]) -> int:
    with SendGridTransport(_settings(port)) as transport:
        answers = [
            answer
            for first in range(0, len(letters), transport.together)
            for answer in transport.send(letters[first : first + transport.together])
        ]
    return sum(answer.verdict is Verdict.ACCEPTED for answer in answers)


def _post(port: int, bodies: Sequence[bytes], count: int) -> int:
    """The yardstick: nothing to decide, nothing to write."""
    for body in bodies:
        asked = urllib.request.Request(f"http://127.0.0.1:{port}/v3/mail/send", data=body)
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310 - our own address
            answer.read()
    return count


def _timed(name: str, port: int, count: int, run: Callable[[], int]) -> Line:
    before = _taken(port)
    started, cpu = time.perf_counter(), time.process_time()
    sent = run()
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    after = _taken(port)
    taken = Taken(after.requests - before.requests, after.people - before.people, after.bytes - before.bytes)
    if (sent, taken.people) != (count, count):
        raise RuntimeError(f"{name}: {sent} letters said to be sent, {taken.people} taken, of {count}")
    return Line(name, count, seconds, cpu, taken)


def _settings(port: int) -> Settings:
    return Settings(
        database_url="sqlite://",
        secret_key="a made-up secret, long enough for measures",
        mail_transport=MailTransport.SENDGRID,
        mail_from=SENDER,
        sendgrid_api_key="SG.made-up",
        sendgrid_api_url=f"http://127.0.0.1:{port}",
        mail_batch_size=MOST_PEOPLE,
    )


@contextmanager
def sendgrid() -> Iterator[int]:
    """A server in a process of its own; gives its port."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _taken(port: int) -> Taken:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return Taken(*json.load(answer))


def _serve(pipe: Connection) -> None:
    taken = [0, 0, 0]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for place, more in enumerate((1, len(json.loads(body)["personalizations"]), len(body))):
                taken[place] += more
            self._answer(202, b"")

        def do_GET(self) -> None:
            self._answer(200, json.dumps(taken).encode())

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            """Say nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pipe.send(server.server_port)
        server.serve_forever()
