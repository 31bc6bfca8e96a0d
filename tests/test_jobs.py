"""The queue leaves: once, whatever the number of workers, and whatever becomes of them."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update

from campaign import clock, jobs
from campaign.app import create_app
from campaign.config import ROOT, MailTransport, Settings, SmtpSecurity
from campaign.db import db, transaction
from campaign.lines import VAIN_CHUNKS, Line, Tally
from campaign.outbox import queries, services
from campaign.outbox.letters import Answer, Letter, Verdict
from campaign.outbox.models import HEARTBEAT, Message, MessageState
from tests.outbox.letters import add_templates, find_due, write
from tests.outbox.scripted import Scripted, fill, states
from tests.outbox.smtp_server import Mailbox, running


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

    def work(own: Flask) -> None:
        start.wait(60)
        sent.append(jobs.run_due(own).sent)
        with own.app_context():
            db.engine.dispose()

    # Made one after the other: two threads that compile routes at once break CPython 3.11 now and then.
    apps = [create_app(replace(settings, mail_batch_size=4)) for _ in range(4)]
    threads = [threading.Thread(target=work, args=[own]) for own in apps]
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
        with worker.lines[0].transport as transport:
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
    after = jobs.run_due(app)

    # Dead on this machine: seen at once, without waiting for the end of its lease.
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


def test_a_server_out_of_reach_is_left_alone_by_each_line(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = replace(settings, mail_batch_size=1)
    fill(app, 10)
    unreachable = [Scripted(lambda _: Answer(verdict=Verdict.LATER, is_line_down=True)) for _ in range(2)]

    assert jobs.Worker(app, unreachable).run_due() == jobs.Counts(postponed=2 * VAIN_CHUNKS)


@pytest.mark.parametrize(("per_minute", "per_domain"), [(10, 1_000), (1_000, 10)])
def test_the_rate_is_that_of_all_lines_together(
    app: Flask, settings: Settings, per_minute: int, per_domain: int
) -> None:
    app.extensions["settings"] = replace(
        settings, mail_rate_per_minute=per_minute, mail_rate_per_domain=per_domain, mail_batch_size=2
    )
    fill(app, 25)
    ways_out = [Scripted() for _ in range(3)]
    worker = jobs.Worker(app, ways_out)
    meet = threading.Barrier(3)

    def deliver(line: Line) -> Tally:
        meet.wait(20)
        return line.deliver_all(after_chunk=lambda: None)

    def minute() -> int:
        tallies = jobs.at_once([partial(deliver, line) for line in worker.lines], stop=worker.stop)
        return sum(tally.sent for tally in tallies)

    sent = minute()
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        sent_next = minute()
    worker.hang_up()

    assert (sent, sent_next) == (10, 10)
    assert max(Counter(email for way_out in ways_out for email in way_out.taken).values()) == 1


def test_a_line_whose_server_is_silent_keeps_no_other_waiting(
    app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "DELIVERY_SECONDS", 1)
    app.extensions["settings"] = replace(settings, mail_batch_size=5)
    fill(app, 30)
    left = threading.Semaphore(0)
    may_answer = threading.Event()

    def keep_silent(_letter: Letter) -> Answer:
        may_answer.wait(60)
        return Answer(verdict=Verdict.ACCEPTED)

    def take(_letter: Letter) -> Answer:
        left.release()
        return Answer(verdict=Verdict.ACCEPTED)

    silent = Scripted(keep_silent)
    stop = jobs.Worker(app, [silent, Scripted(take), Scripted(take)]).start()
    try:
        others_left = [left.acquire(timeout=20) for _ in range(25)]
        with app.app_context(), transaction():
            write(to="lien@exemple.quebec", now=clock.now())
        has_left_since = left.acquire(timeout=20)
        meanwhile = states(app)
    finally:
        may_answer.set()
        stop()

    assert (all(others_left), has_left_since) == (True, True)
    assert (meanwhile[MessageState.SENDING] >= 1, meanwhile[MessageState.RESERVED]) == (True, 4)
    assert silent.taken, "its letter leaves when the server answers"
    assert not silent.is_open


def test_a_line_that_fails_ends_none_of_the_others(app: Flask, settings: Settings) -> None:
    app.extensions["settings"] = replace(settings, mail_batch_size=5)
    fill(app, 30)
    has_failed = threading.Event()

    def fail(_letter: Letter) -> Answer:
        has_failed.set()
        raise RuntimeError("a fault of ours")

    def take(_letter: Letter) -> Answer:
        has_failed.wait(20)
        return Answer(verdict=Verdict.ACCEPTED)

    failing, others = Scripted(fail), [Scripted(take), Scripted(take)]
    with pytest.raises(RuntimeError, match="a fault of ours"):
        jobs.Worker(app, [failing, *others]).run_due()

    known = states(app)
    assert known[MessageState.SENDING] == 1, "the letter that was under way is in doubt"
    assert known[MessageState.SENT] >= 25
    assert not any(way_out.is_open for way_out in (failing, *others))


def test_when_several_lines_fail_each_failure_is_told(
    app: Flask, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_letter: Letter) -> Answer:
        both.wait(20)
        raise RuntimeError("a fault of ours")

    both = threading.Barrier(2)
    app.extensions["settings"] = replace(settings, mail_batch_size=1)
    fill(app, 2)

    with pytest.raises(RuntimeError):
        jobs.Worker(app, [Scripted(fail), Scripted(fail)]).run_due()

    assert [record.message for record in caplog.records if record.exc_info] == ["line failed"]


def test_a_worker_that_is_interrupted_lets_each_line_finish_its_letter(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app, 10)

    def interrupt(_under_way: object) -> None:
        is_under_way.acquire(timeout=20)
        raise KeyboardInterrupt

    def take(_letter: Letter) -> Answer:
        is_under_way.release()
        worker.stop.wait(20)
        return Answer(verdict=Verdict.ACCEPTED)

    is_under_way = threading.Semaphore(0)
    monkeypatch.setattr(jobs, "wait", interrupt)
    worker = jobs.Worker(app, [Scripted(take), Scripted(take)])
    with pytest.raises(KeyboardInterrupt):
        worker.run_due()

    assert set(states(app)) == {MessageState.SENT, MessageState.QUEUED}


@pytest.mark.parametrize(
    ("transport", "on_sqlite", "on_postgresql"),
    [(MailTransport.SMTP, 1, 3), (MailTransport.SENDGRID, 1, 1), (MailTransport.CONSOLE, 1, 1)],
)
def test_several_lines_only_where_they_gain(
    settings: Settings, transport: MailTransport, on_sqlite: int, on_postgresql: int
) -> None:
    chosen = jobs.count_lines(replace(settings, mail_transport=transport, mail_lines=3))

    assert chosen == (on_postgresql if settings.database_url.startswith("postgresql") else on_sqlite)


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
        assert queries.find_heartbeat(HEARTBEAT) is not None


def test_ticks_never_pile_up(app: Flask) -> None:
    scheduler = jobs.Worker(app).schedule()
    scheduler.start(paused=True)
    lines = len(jobs.Worker(app).lines)
    ticks = {
        job.id: (job.coalesce, job.max_instances, job.misfire_grace_time) for job in scheduler.get_jobs()
    }
    scheduler.shutdown()

    deliveries = (f"deliver {number + 1}" for number in range(lines))
    names = ["plan", "import", "seats", "thanks", "beat", "forget", *deliveries]
    assert ticks == dict.fromkeys(names, (True, 1, None))


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
