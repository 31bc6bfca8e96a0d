"""The benchmark runs: it asks real servers, and each registration that it counts is in the database."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.config import Settings
from campaign.contacts.models import ContactKind
from campaign.db import db
from campaign.outbox import queries
from campaign.outbox.models import MessageState
from campaign.outbox.transports.mime import compose
from campaign.participations.models import SubmissionReceipt
from tests.benchmarks import cases, mailings_decided, mailings_delivery, sendgrid
from tests.benchmarks.__main__ import Bench, twin_of
from tests.benchmarks.load import Job, Outcome, Request
from tests.benchmarks.servers import bare_command, free_port, product_command, running
from tests.databases import Database


def env(folder: Path, settings: Settings) -> dict[str, str]:
    (folder / "bodies").mkdir(exist_ok=True)
    (folder / "bodies" / "registration").write_bytes(b"x" * 1000)
    return {
        "BENCHMARK_LOG": str(folder / "log"),
        "BARE_BODIES": str(folder / "bodies"),
        "DATABASE_URL": settings.database_url,
        "SECRET_KEY": settings.secret_key,
        "TRUSTED_PROXIES": "1",
    }


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_request_is_answered_and_each_registration_is_kept(
    app: Flask, settings: Settings, demo: None, tmp_path: Path
) -> None:
    ground = cases.Ground.of(app)
    port, bare_port = free_port(), free_port()
    told = env(tmp_path, settings)

    with (
        running(product_command(port, workers=1, threads=4), port, told, path="/healthz") as product,
        running(bare_command(bare_port, workers=1, threads=4), bare_port, told, path="/registration") as bare,
    ):
        case = cases.registrations(ground, port, 0, 9)
        line = Bench(product, bare, seconds=0.1, rounds=1).line(
            case, twin_of(case, "registration"), is_repeated=False
        )
        memory = product.memory_mb()

    with app.app_context():
        kept = db.session.scalar(sa.select(sa.func.count()).select_from(SubmissionReceipt))
    assert (kept, line.count("|")) == (9, 11)
    assert 20 < memory[1] < memory[0] < 400


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_each_way_through_sendgrid_is_measured(database: Database) -> None:
    said: list[str] = []

    sendgrid.measure(said.append, [("sqlite", database.url)], count=7)

    requests = [line.split("|")[3].strip() for line in said[1:]]
    assert requests == ["1", "1", "7", "1"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_answers_are_counted_by_status(settings: Settings, tmp_path: Path) -> None:
    port = free_port()
    requests = [
        Request(path="/registration?n={n}"),
        Request(path="/registration", headers={"If-None-Match": '"bare"'}),
        Request(path="/absent/page"),
    ]

    with running(
        bare_command(port, workers=1, threads=2), port, env(tmp_path, settings), path="/registration"
    ):
        outcome = Outcome.of(Job(port=port, connections=2, requests=requests, seconds=30, is_repeated=False))

    assert outcome.statuses == {"200": 1, "304": 1, "404": 1}
    assert len(outcome.milliseconds) == 3
    assert outcome.percentile(50) <= outcome.percentile(95)


def test_a_mailing_is_written_and_delivered_beside_bare_smtplib(database: Database, tmp_path: Path) -> None:
    with mailings_delivery.sink() as port:
        app = mailings_delivery.application(database.url, tmp_path, port)

        ours, theirs = mailings_delivery.deliver_beside_bare(app, port, 9, 1)
        ticks = mailings_delivery.idle_ticks(app, 3)
        with app.app_context():
            sent = queries.count_by_state()
            db.session.remove()
            db.engine.dispose()

    assert sent == {MessageState.SENT: 59}
    assert min(ours.seconds, theirs.seconds, ticks.seconds) > 0


def test_a_mailing_decides_for_municipalities_and_for_a_list(database: Database, tmp_path: Path) -> None:
    app = mailings_decided.application(database.url, tmp_path)
    mailings_decided.fill(app)

    ticks = mailings_decided.idle_ticks(app, 2)
    shown = mailings_decided.preview(app)
    towns = mailings_decided.decide(app, "invitation")
    list_key = mailings_decided.add_list(app, ContactKind.PARTNER, 450)
    people = mailings_decided.decide(app, list_key)
    with app.app_context():
        written = queries.count_by_state()
        db.session.remove()
        db.engine.dispose()

    assert towns > 1_000
    assert people == 450
    assert written == {MessageState.QUEUED: towns + people}
    assert min(ticks.seconds, shown.seconds) > 0


def test_the_letter_that_is_measured_weighs_fifteen_kilobytes() -> None:
    weight = len(compose(mailings_delivery.sample(*mailings_delivery.words()), mailings_delivery.FROM))

    assert 15_000 <= weight < 15_300
