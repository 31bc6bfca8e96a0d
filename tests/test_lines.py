"""One line: what it reserves, begins, hands over and writes down."""

import logging
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from campaign import clock
from campaign.config import MailTransport, Settings, SmtpSecurity
from campaign.db import db, transaction
from campaign.lines import Line, Tally
from campaign.outbox import delivery, events
from campaign.outbox.letters import Answer, Letter, Verdict
from campaign.outbox.models import Message, MessageState
from campaign.outbox.transports import transport_for
from tests.outbox.letters import add_templates
from tests.outbox.scripted import Scripted, accept, fill, states
from tests.outbox.smtp_server import Mailbox, running


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    with running(mailbox) as number:
        yield number


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


def line_to(app: Flask, way_out: Scripted) -> Line:
    return Line(app, way_out, threading.Event())


def test_a_server_out_of_reach_spends_one_attempt_and_not_the_whole_queue(app: Flask) -> None:
    fill(app, 3)
    tally = Tally()

    line = line_to(app, Scripted(lambda _: Answer(verdict=Verdict.LATER, is_line_down=True)))

    assert line.deliver(tally) == 1
    assert tally == Tally(postponed=1)
    assert states(app) == {MessageState.QUEUED: 3}, "those behind it are given back at once"


def test_a_line_told_to_stop_gives_back_what_it_reserved(app: Flask) -> None:
    fill(app, 3)
    stop = threading.Event()

    def take_the_last(letter: Letter) -> Answer:
        stop.set()
        return accept(letter)

    tally = Line(app, Scripted(take_the_last), stop).deliver_all(after_chunk=lambda: None)

    assert tally == Tally(sent=1)
    assert states(app) == {MessageState.SENT: 1, MessageState.QUEUED: 2}


def test_answers_that_came_are_kept_when_the_database_fails_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(app, 3)
    line = line_to(app, Scripted())
    record, answers = delivery.record, 0

    def fail_once(letters: Sequence[Letter], *more: object) -> object:
        nonlocal answers
        answers += len(letters)
        if len(letters) == answers == 1:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))
        return record(letters, *more)  # type: ignore[arg-type]  # handed on as it came

    monkeypatch.setattr(delivery, "record", fail_once)
    with pytest.raises(OperationalError):
        line.deliver(Tally())

    assert states(app) == {MessageState.SENT: 1, MessageState.QUEUED: 2}


def test_an_accident_of_the_transport_leaves_its_letter_in_doubt_and_frees_the_others(app: Flask) -> None:
    fill(app, 3)

    def break_down(_letter: Letter) -> Answer:
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        line_to(app, Scripted(break_down)).deliver(Tally())

    assert states(app) == {MessageState.SENDING: 1, MessageState.QUEUED: 2}


def test_the_rate_of_a_minute_is_respected_and_the_connection_waits(
    app: Flask, settings: Settings, mailbox: Mailbox, port: int
) -> None:
    app.extensions["settings"] = sending = replace(
        settings,
        mail_transport=MailTransport.SMTP,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security=SmtpSecurity.NONE,
        mail_rate_per_minute=3,
    )
    fill(app, 5)
    line = Line(app, transport_for(sending), threading.Event())

    assert line.deliver(Tally()) == 3
    assert line.deliver(Tally()) == 0
    with clock.pretend(clock.now() + timedelta(seconds=61)):
        assert line.deliver(Tally()) == 2
    line.hang_up()

    assert (len(mailbox.letters), mailbox.connections) == (5, 1)


@pytest.mark.parametrize(("verdict", "told"), [(Verdict.ACCEPTED, Tally(sent=1)), (Verdict.UNKNOWN, Tally())])
def test_a_message_that_its_provider_settled_first_is_not_said_to_be_unsent(
    app: Flask, caplog: pytest.LogCaptureFixture, verdict: Verdict, told: Tally
) -> None:
    fill(app, 1)
    caplog.set_level(logging.INFO, "campaign.lines")

    def answer_after_the_event(letter: Letter) -> Answer:
        with app.app_context(), transaction():
            item = {
                "event": "delivered",
                "email": letter.to_email,
                "delivery": letter.message_id,
                "timestamp": int(clock.now().timestamp()),
            }
            events.register([events.Event.of(item, clock.now())], clock.now())
        return Answer(verdict=verdict)

    tally = Tally()
    line_to(app, Scripted(answer_after_the_event)).deliver(tally)

    with app.app_context():
        (message,) = db.session.scalars(select(Message)).all()
    assert tally == told
    assert (message.state, message.leased_until) == (MessageState.DELIVERED, None)
    assert message.sent_at is not None
    assert [record.message for record in caplog.records] == [
        "message settled by its provider before the answer"
    ]
