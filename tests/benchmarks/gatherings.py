"""Gatherings: registrations at an event that fills, scans at its door, papers; each beside its bare limit.

Registrations and scans go over HTTP to a product server, beside a bare one that answers the same kind of
request. In this process: one insert committed, typst and the QR reader alone.
"""

from __future__ import annotations

import json
import os
import re
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from http.cookies import SimpleCookie
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode
from uuid import uuid4

import sqlalchemy as sa
import zxingcpp
from flask import Flask
from PIL import Image

from campaign import clock
from campaign.app import create_app
from campaign.checkin import frames, papers
from campaign.checkin import queries as doors
from campaign.checkin.models import DoorDevice, ScanAction
from campaign.checkin.services import AT_ONCE, PhoneScan, receive
from campaign.config import Settings
from campaign.db import Revision, db, table_of, transaction
from campaign.events.models import Event
from campaign.events.qr import qr_png
from campaign.events.typesetting import typeset_pdf
from campaign.registrations import queries, ticket_paper, tickets
from campaign.registrations.models import Attendee, Registration, RegistrationState
from tests.benchmarks.cases import Case
from tests.benchmarks.load import PERSON, Request
from tests.benchmarks.servers import Running, bare_command, free_port, product_command, running
from tests.pages import Client
from tests.people import sign_in
from tests.registrations import world

SEATS = 50
FORMS = 600
PEOPLE = 500
SCANS = 1_500
SECRET = "a made-up secret, long enough for measures"


class Bench(Protocol):
    """What measures: see `tests.benchmarks.__main__`."""

    def line(self, case: Case, twin: Case, *, is_repeated: bool = True) -> str: ...


def measure(
    tell: Callable[[str], None],
    url: str,
    folder: Path,
    *,
    sizes: tuple[int, int],
    header: str,
    make_bench: Callable[[Running, Running], Bench],
    twin_of: Callable[[Case, str], Case],
    forms: int = FORMS,
    scans: int = SCANS,
) -> None:
    """One table for one engine, on a database that holds the directory alone."""
    app = create_app(
        Settings(database_url=url, secret_key=SECRET, instance_dir=folder, public_url="http://localhost")
    )
    filling, door = _gathering(app, "plein", SEATS), _gathering(app, "porte", None)
    bodies = folder / "bodies"
    bodies.mkdir(exist_ok=True)
    (bodies / "registration").write_bytes(b"")
    (bodies / "scan").write_bytes(b"{}" * 300)
    env = {
        "BENCHMARK_LOG": str(folder / "log"),
        "DATABASE_URL": url,
        "SECRET_KEY": SECRET,
        "TRUSTED_PROXIES": "1",
        "BARE_BODIES": str(bodies),
    }
    workers, threads = sizes
    with ExitStack() as stack:
        port, bare_port = free_port(), free_port()
        command = product_command(port, workers=workers, threads=threads)
        product = stack.enter_context(running(command, port, env, path="/healthz"))
        command = bare_command(bare_port, workers=workers, threads=threads)
        bare = stack.enter_context(running(command, bare_port, env, path="/registration"))
        bench = make_bench(product, bare)
        tell(header)
        registration = _registrations(port, forms)
        tell(bench.line(registration, twin_of(registration, "registration"), is_repeated=False))
        codes = _people(app, door)
        phone = _Phone(app, door)
        scanned = phone.scans(codes, scans)
        page = Case(name="scan", kind="GET", requests=[Request(path="/scan")])
        tell(bench.line(scanned, page, is_repeated=False))
    tell(f"\n{_kept(app, filling, door)}")
    tell(_replay(app, door, codes))
    tell(f"One insert, committed: {_inserts(app):,.0f} per second.")
    for line in _papers(app):
        tell(line)
    tell(f"Load of the machine after: {os.getloadavg()[0]:.1f}")


def _gathering(app: Flask, slug: str, seats: int | None) -> int:
    with app.app_context(), transaction() as session:
        rules = world.gathering(seats)
        event = session.get_one(Event, rules.event_id)
        event.slug = slug
        return rules.event_id


def _registrations(port: int, count: int) -> Case:
    """The whole form, each sent by somebody else."""
    address = f"http://127.0.0.1:{port}/evenements/plein/inscription"
    with urllib.request.urlopen(address, timeout=30) as answer:
        cookie = SimpleCookie(answer.headers["Set-Cookie"])["pavois"].value
        page = answer.read().decode()
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    names = dict.fromkeys(re.findall(r'name="(people-0-[a-z_]+|site_web|courriel_garde|phone)"', page), "")
    return Case(
        name="registration",
        kind="POST",
        status=303,
        requests=[
            Request(
                path="/evenements/plein/inscription",
                method="POST",
                headers={"Cookie": f"pavois={cookie}", "X-Forwarded-For": PERSON},
                body=urlencode(names | _answers(number) | {"csrf_token": found[1], "cle": f"cle-{number}"}),
            )
            for number in range(count)
        ],
    )


def _answers(number: int) -> dict[str, str]:
    return {
        "people-0-first_name": "Marie-Ève",
        "people-0-last_name": f"Tremblay {number}",
        "people-0-email": f"personne{number}@exemple.org",
        "people-0-organization": f"CPE Les Petits Pas {number}",
        "people-0-role": "Éducatrice",
    }


def _people(app: Flask, event_id: int) -> list[str]:
    """Confirmed people; the codes of their tickets."""
    with app.app_context(), transaction():
        rules = queries.get_rules(event_id)
        for number in range(PEOPLE):
            someone = world.person("Ana", email=f"ana{number}@exemple.org", organization="")
            world.register(rules, someone, now=clock.now())
    with app.app_context():
        return list(db.session.scalars(sa.select(Attendee.ticket_code).where(Attendee.event_id == event_id)))


class _Phone:
    """A phone at the door: signed in, its list open."""

    def __init__(self, app: Flask, event_id: int) -> None:
        app.test_client_class = Client
        client = app.test_client()
        assert isinstance(client, Client)
        sign_in(client)
        self.address = f"/gestion/accueil/{event_id}"
        with app.app_context():
            self.session_id = queries.get_event(event_id).sessions[0].id
        page = client.get(self.address).get_data(as_text=True)
        found = re.search(r'(?:name="csrf_token" value|data-csrf)="([^"]+)"', page)
        assert found is not None
        headers = {"X-CSRFToken": found[1]}
        opened = client.post(f"{self.address}/ouvrir", json={"porte": "Porte 1"}, headers=headers)
        cookie = client.get_cookie("pavois")
        assert cookie is not None
        self.headers = {
            "Cookie": f"pavois={cookie.value}",
            "X-CSRFToken": found[1],
            "X-Appareil": opened.get_json()["jeton"],
            "Content-Type": "application/json",
        }

    def scans(self, codes: list[str], count: int) -> Case:
        """Everybody once, then again and again: each comes back refused, with the hour of the first."""
        return Case(
            name="scan",
            kind="POST",
            requests=[
                Request(
                    path=f"{self.address}/lectures",
                    method="POST",
                    headers=self.headers,
                    body=self.report([codes[number % len(codes)]]),
                )
                for number in range(count)
            ],
        )

    def report(self, codes: list[str]) -> str:
        now = clock.now()
        return json.dumps(
            {
                "maintenant": now.isoformat(),
                "depuis": (now + timedelta(hours=1)).isoformat(),
                "lectures": [self._scan(code, now.isoformat()) for code in codes],
            }
        )

    def _scan(self, code: str, at: str) -> dict[str, Any]:
        return {"id": str(uuid4()), "seance": self.session_id, "action": "admettre", "a": at, "code": code}


def _kept(app: Flask, filling: int, door: int) -> str:
    """What is true at the end, whatever the speed."""
    with app.app_context():
        states = dict(
            db.session.execute(
                sa.select(Registration.state, sa.func.count())
                .where(Registration.event_id == filling)
                .group_by(Registration.state)
            ).all()
        )
        present = sum(doors.count_present(door).values())
    confirmed, waiting = states[RegistrationState.CONFIRMED], states[RegistrationState.WAITING]
    if confirmed != SEATS or present != PEOPLE:
        raise RuntimeError(f"{confirmed} confirmed for {SEATS} seats, {present} present of {PEOPLE}")
    return f"{confirmed} confirmed for {SEATS} seats, {waiting} waiting; {present} present of {PEOPLE}."


def _replay(app: Flask, event_id: int, codes: list[str]) -> str:
    """A thousand scans told at once, then the same again."""
    with app.app_context(), transaction() as session:
        event = queries.get_event(event_id)
        device = session.scalars(sa.select(DoorDevice)).first()
        assert device is not None
        now = clock.now()
        scans = [
            PhoneScan(
                id=str(uuid4()),
                session_id=event.sessions[0].id,
                action=ScanAction.ADMIT,
                at=now,
                code=codes[number % len(codes)],
            )
            for number in range(1_000)
        ]
        taken = []
        for _time in range(3):
            started = time.perf_counter()
            for start in range(0, len(scans), AT_ONCE):
                part = scans[start : start + AT_ONCE]
                receive(event, device, part, phone_now=now, now=now)
            taken.append(time.perf_counter() - started)
    return f"1,000 scans told at once: {taken[0]:.2f} s; the same again: {taken[1]:.2f} s, {taken[2]:.2f} s."


def _inserts(app: Flask) -> float:
    """One row in one transaction, again and again."""
    table = table_of(Revision)
    with app.app_context(), db.engine.connect() as connection:
        started = time.perf_counter()
        for number in range(300):
            with connection.begin():
                connection.execute(sa.insert(table).values(key=f"mesure-{number}", number=1))
        elapsed = time.perf_counter() - started
        with connection.begin():
            connection.execute(sa.delete(table).where(table.c.key.like("mesure-%")))
    return 300 / elapsed


def _papers(app: Flask) -> list[str]:
    """A ticket and 200 badges beside typst alone; a frame read beside the reader alone."""
    with app.app_context():
        ticket = ticket_paper.PaperTicket(
            title="Rassemblement régional",
            name="Marie-Ève Tremblay-Côté",
            organization="CPE Les Petits Pas",
            code="ABC 234",
            url="https://pavois.example.org/accueil/ABCDEFGHJK",
            sittings=[
                tickets.Attended(
                    title="Rassemblement régional",
                    day="lundi 15 novembre 2027",
                    hour="10 h",
                    place="Centre de foires",
                    note="",
                    is_cancelled=False,
                    online_url="",
                )
            ],
            carrier="Collectif",
            is_simulated=True,
        )
        people = [
            papers.PrintedPerson(
                first_name="Marie-Ève",
                last_name=f"Tremblay {number}",
                organization="CPE Les Petits Pas",
                code="ABC 234",
                choices="Atelier B",
                url=f"https://pavois.example.org/accueil/{number:010d}",
            )
            for number in range(200)
        ]
        printed = papers.PrintedEvent(
            title="Rassemblement régional", when_text="15 novembre", organization="Collectif", printed_text=""
        )
        one = _milliseconds(lambda: ticket_paper.render(ticket), 20)
        badges = _milliseconds(lambda: papers.render(papers.Paper.BADGES, printed, people), 3)
        frame = _frame()
        read = _milliseconds(lambda: frames.read_codes(frame), 50)
    empty = Path(__file__).with_name("empty.typ")
    alone = _milliseconds(lambda: typeset_pdf(empty, "{}"), 20)
    grey = Image.open(BytesIO(frame)).convert("L")
    reader = _milliseconds(lambda: zxingcpp.read_barcodes(grey), 50)
    return [
        f"Ticket in PDF: {one:.0f} ms; typst alone, one line: {alone:.0f} ms. 200 badges: {badges:.0f} ms.",
        f"QR code of a frame of 1280 × 720: {read:.1f} ms; zxing-cpp alone: {reader:.1f} ms.",
    ]


def _frame() -> bytes:
    """What a phone's camera sends: a code on a table, as a JPEG."""
    picture = Image.new("L", (1280, 720), 190)
    code = Image.open(BytesIO(qr_png("https://pavois.example.org/accueil/ABCDEFGHJK", scale=6)))
    picture.paste(code.convert("L").rotate(7, expand=True, fillcolor=190), (480, 180))
    kept = BytesIO()
    picture.save(kept, "JPEG", quality=70)
    return kept.getvalue()


def _milliseconds(act: Callable[[], object], times: int) -> float:
    """The median of so many, after a first one that is not counted."""
    act()
    taken = []
    for _time in range(times):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    return sorted(taken)[times // 2]
