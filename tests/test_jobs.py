"""The queue leaves: once, whatever the number of workers, and whatever becomes of them."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from campaign import clock, jobs
from campaign.app import create_app
from campaign.config import ROOT, MailTransport, Settings, SmtpSecurity
from campaign.db import db, transaction
from campaign.outbox import delivery, queries, services
from campaign.outbox.letters import Answer, Letter, Verdict
from campaign.outbox.models import Message, MessageState
from tests.outbox.letters import add_templates, find_due, write
from tests.outbox.smtp_server import Mailbox, running

LATER = delivery.LEASE + delivery.GRACE + timedelta(seconds=10)
"""When what a dead worker held is free again."""


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with running(mailbox) as number:
        yield number


@pytest.fixture
def settings(settings: Settings, port: int) -> Settings:
    return replace(
        settings,
        mail_transport=MailTransport.SMTP,
        mail_from="Semaine <bonjour@exemple.quebec>",
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security=SmtpSecurity.NONE,
        mail_rate_per_minute=10_000,
        mail_rate_per_domain=10_000,
    )


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


class Scripted:
    """A way out that answers as it is told."""

    together = 1

    def __init__(self, answer: Callable[[], Answer]) -> None:
        self.answer = answer

    def __enter__(self) -> "Scripted":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        return [self.answer() for _ in letters]


def fill(app: Flask, count: int, **more: object) -> None:
    with app.app_context(), transaction():
        for number in range(count):
            write(to=f"p{number}@exemple.quebec", **({"now": clock.now()} | more))


def states(app: Flask) -> dict[MessageState, int]:
    with app.app_context():
        return queries.count_by_state()


def test_everything_due_leaves_and_the_counts_say_so(app: Flask, mailbox: Mailbox) -> None:
    fill(app, 3)
    fill(app, 1, not_before=clock.now() + timedelta(hours=1))
    mailbox.on_rcpt = lambda address: "550 5.1.1 Unknown" if address.startswith("p2") else "250 OK"

    counts = jobs.run_due(app)

    assert counts == jobs.Counts(sent=2, refused=1)
    assert sorted(mailbox.recipients) == ["p0@exemple.quebec", "p1@exemple.quebec"]
    assert states(app) == {MessageState.SENT: 2, MessageState.BOUNCED: 1, MessageState.QUEUED: 1}


def test_a_rehearsal_pretends_that_it_is_another_instant(app: Flask, mailbox: Mailbox) -> None:
    later = datetime(2027, 11, 15, 15, tzinfo=UTC)
    fill(app, 1, not_before=later)

    assert jobs.run_due(app).sent == 0
    assert jobs.run_due(app, later).sent == 1

    with app.app_context():
        assert db.session.scalars(select(Message.sent_at)).all() == [later]


def test_no_transaction_is_open_while_the_other_side_is_waited_for(app: Flask, mailbox: Mailbox) -> None:
    fill(app, 1)
    seen: list[MessageState] = []

    def look(_letter: object) -> str:
        # From another connection: what was claimed is committed, and writing is not blocked.
        with app.app_context(), transaction() as session:
            seen.append(session.scalars(select(Message.state)).one())
            services.beat("somebody else", clock.now())
        return "250 OK"

    mailbox.on_data = look

    assert jobs.run_due(app).sent == 1
    assert seen == [MessageState.SENDING]


def test_several_workers_double_nothing_and_lose_nothing(
    app: Flask, settings: Settings, mailbox: Mailbox
) -> None:
    fill(app, 60)
    start = threading.Barrier(4)
    sent: list[int] = []

    def work() -> None:
        own = create_app(settings)
        start.wait()
        sent.append(jobs.run_due(own).sent)
        with own.app_context():
            db.engine.dispose()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(mailbox.recipients) == {f"p{n}@exemple.quebec": 1 for n in range(60)}
    assert sum(sent) == 60
    assert states(app) == {MessageState.SENT: 60}


def test_without_the_lease_two_workers_send_the_same_letter(app: Flask, mailbox: Mailbox) -> None:
    """The race exists: it shows as soon as the guard, the committed state of a message, is removed."""
    fill(app, 1)
    workers = [jobs.Worker(app), jobs.Worker(app)]

    taken = []
    with app.app_context():
        for _worker in workers:
            with transaction() as session:
                taken.append(find_due(clock.now()))
                session.execute(update(Message).values(state=MessageState.QUEUED))
    for worker, letter in zip(workers, taken, strict=True):
        assert letter is not None
        with worker.transport as transport:
            transport.send([letter])

    assert mailbox.recipients == ["p0@exemple.quebec"] * 2


def test_a_killed_worker_leaves_one_letter_in_doubt_and_the_others_leave(
    app: Flask, settings: Settings, mailbox: Mailbox
) -> None:
    fill(app, 3)
    is_held, may_go_on = threading.Event(), threading.Event()

    def hold(_letter: object) -> str:
        is_held.set()
        may_go_on.wait(20)
        return "250 OK"

    mailbox.on_data = hold
    worker = subprocess.Popen(
        [sys.executable, "-m", "campaign", "worker", "--once"], cwd=ROOT, env=environment(settings)
    )
    assert is_held.wait(20)
    worker.kill()
    worker.wait()
    mailbox.on_data = lambda _letter: "250 OK"
    may_go_on.set()
    in_time, after = jobs.run_due(app), jobs.run_due(app, clock.now() + LATER)

    assert (in_time.sent, in_time.uncertain) == (0, 0), "the two behind it are still reserved"
    assert (after.sent, after.uncertain) == (2, 1)
    assert states(app) == {MessageState.SENT: 2, MessageState.UNCERTAIN: 1}
    assert max(Counter(mailbox.recipients).values()) == 1


def test_a_worker_told_to_stop_finishes_its_letter(app: Flask, settings: Settings, mailbox: Mailbox) -> None:
    fill(app, 3)
    is_held, may_go_on = threading.Event(), threading.Event()

    def hold(_letter: object) -> str:
        is_held.set()
        may_go_on.wait(20)
        return "250 OK"

    mailbox.on_data = hold
    worker = subprocess.Popen(
        [sys.executable, "-m", "campaign", "worker"],
        cwd=ROOT,
        env=environment(settings),
        stderr=subprocess.DEVNULL,
    )
    assert is_held.wait(20)
    worker.send_signal(signal.SIGTERM)
    may_go_on.set()

    assert worker.wait(20) == 0
    assert not {MessageState.SENDING, MessageState.RESERVED} & set(states(app))
    assert states(app)[MessageState.SENT] >= 1
    assert len(mailbox.letters) == states(app)[MessageState.SENT]


def test_a_line_that_is_down_spends_one_attempt_and_not_the_whole_queue(app: Flask) -> None:
    fill(app, 3)
    worker = jobs.Worker(app)
    counts = jobs.Counts()

    worker.transport = Scripted(
        lambda: Answer(verdict=Verdict.LATER, reason="injoignable", is_line_down=True)
    )

    assert worker.deliver(counts) == 1
    assert counts == jobs.Counts(postponed=1)
    assert states(app) == {MessageState.QUEUED: 3}, "those behind it are given back at once"


def test_a_line_that_stays_down_is_left_alone(app: Flask) -> None:
    fill(app, 10)
    worker = jobs.Worker(app, Scripted(lambda: Answer(verdict=Verdict.LATER, is_line_down=True)))

    assert worker.run_due() == jobs.Counts(postponed=jobs.VAIN_CHUNKS)


def test_answers_that_came_are_kept_when_the_database_fails_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app, 3)
    worker = jobs.Worker(app, Scripted(lambda: Answer(verdict=Verdict.ACCEPTED)))
    record, answers = delivery.record, 0

    def fail_once(letters: Sequence[Letter], *more: object) -> object:
        nonlocal answers
        answers += len(letters)
        if len(letters) == answers == 1:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return record(letters, *more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(delivery, "record", fail_once)
    with pytest.raises(OperationalError):
        worker.deliver(jobs.Counts())

    assert states(app) == {MessageState.SENT: 1, MessageState.QUEUED: 2}


def test_an_accident_of_the_transport_leaves_its_letter_in_doubt_and_frees_the_others(app: Flask) -> None:
    fill(app, 3)

    def break_down() -> Answer:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        jobs.Worker(app, Scripted(break_down)).deliver(jobs.Counts())

    assert states(app) == {MessageState.SENDING: 1, MessageState.QUEUED: 2}


def test_the_rate_of_a_minute_is_shared_and_respected(app: Flask, mailbox: Mailbox) -> None:
    fill(app, 5)
    worker = jobs.Worker(app)
    worker.settings = replace(worker.settings, mail_rate_per_minute=3)

    assert worker.deliver(jobs.Counts()) == 3
    assert worker.deliver(jobs.Counts()) == 0
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        assert worker.deliver(jobs.Counts()) == 2
    worker.hang_up()

    assert (len(mailbox.letters), mailbox.connections) == (5, 1), "the connection waits with the letters"


def test_the_scheduler_delivers_beside_the_web_server_and_stops(app: Flask, mailbox: Mailbox) -> None:
    fill(app, 1)
    has_arrived = threading.Event()

    def take(_letter: object) -> str:
        has_arrived.set()
        return "250 OK"

    mailbox.on_data = take
    stop = jobs.Worker(app).start()
    arrived = has_arrived.wait(20)
    stop()

    assert arrived
    assert states(app) == {MessageState.SENT: 1}
    with app.app_context():
        assert queries.find_heartbeat(jobs.HEARTBEAT) is not None


def test_ticks_never_pile_up(app: Flask) -> None:
    scheduler = jobs.Worker(app).schedule()
    scheduler.start(paused=True)
    ticks = {
        job.id: (job.coalesce, job.max_instances, job.misfire_grace_time) for job in scheduler.get_jobs()
    }
    scheduler.shutdown()

    assert ticks == dict.fromkeys(("deliver", "plan", "beat", "forget"), (True, 1, None))


def environment(settings: Settings) -> dict[str, str]:
    """The same settings, as another process reads them."""
    return {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": settings.database_url.replace("postgresql+psycopg://", "postgresql://"),
        "SECRET_KEY": settings.secret_key,
        "PUBLIC_URL": settings.public_url,
        "MAIL_TRANSPORT": "smtp",
        "MAIL_FROM": settings.mail_from,
        "SMTP_HOST": settings.smtp_host,
        "SMTP_PORT": str(settings.smtp_port),
        "SMTP_SECURITY": "none",
        "MAIL_RATE_PER_MINUTE": "10000",
        "MAIL_RATE_PER_DOMAIN": "10000",
    }
