"""A line: letters taken out of the queue, chunk after chunk, and handed over through one connection.

Any number of lines share the queue, of one process or of many: each has its own connection, its own chunk,
its own session. One that waits for its mail server keeps no other waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from flask import Flask

from campaign import clock, drift
from campaign.config import MailTransport, Settings
from campaign.db import db, transaction
from campaign.outbox import delivery
from campaign.outbox import queries as outbox
from campaign.outbox.delivery import Chunk, Pace
from campaign.outbox.letters import Answer, Letter, Transport, Verdict
from campaign.outbox.models import MessageState

log = logging.getLogger(__name__)

QUIET_SECONDS = 60.0
"""How long a connection is kept for letters that wait for their minute; servers hang up after five."""
VAIN_CHUNKS = 3
"""How many times in a row the mail server may be out of reach before it is left alone until the next tick."""


@dataclass
class Tally:
    """What became of the letters of a line."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    uncertain: int = 0

    def add(self, state: MessageState) -> None:
        """Count one attempt."""
        if state is MessageState.SENT:
            self.sent += 1
        elif state is MessageState.QUEUED:
            self.postponed += 1
        elif state is MessageState.UNCERTAIN:
            self.uncertain += 1
        else:
            self.refused += 1


class Line:
    """Delivers. `stop` is looked at between two letters, never in the middle of one.

    What a killed process had reserved leaves with the next line of the same machine, which sees that it is
    dead. Another machine cannot tell dead from slow, and waits for the end of its lease: five minutes with
    the grace.
    """

    def __init__(self, app: Flask, transport: Transport, stop: threading.Event) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.transport = transport
        self.stop = stop
        self.connection: ExitStack | None = None
        self.last_call = 0.0
        self.vain_chunks = 0

    def deliver_all(
        self, *, after_chunk: Callable[[], None], is_paced: bool = True, is_patient: bool = False
    ) -> Tally:
        """Send chunk after chunk, until nothing is due, the minute is used up or the server is out of reach.

        A patient line waits for the next minute instead of leaving the rest to the next tick.
        """
        tally = Tally()
        self.vain_chunks = 0
        while not self._must_end():
            if self.deliver(tally, is_paced=is_paced):
                after_chunk()
            elif is_patient and self._waits_for_rate():
                self.stop.wait(1)
            else:
                break
        return tally

    def deliver(self, tally: Tally, *, is_paced: bool = True) -> int:
        """Send one chunk and give the number of attempts: none when nothing is due or the rate is used up.

        Each message is committed as *sending* before the transport is called, with no transaction open during
        the call: whatever happens, at most one call is in doubt. The transaction that writes down an answer
        is the one that begins the next call.
        """
        with self.app.app_context():
            is_due = delivery.is_anything_due(clock.now())
            db.session.rollback()  # one connection to the database for each line, not two
            if not is_due:
                self._hang_up_when_quiet(is_over=True)
                return 0
            drift.refuse_wrong_clock(self.settings.instance_dir)
            with transaction():
                tally.uncertain += delivery.settle_expired(clock.now())
                chunk = delivery.reserve(
                    clock.now(), self.settings.mail_batch_size, self._pace() if is_paced else None
                )
            attempts = self._hand_over(chunk, tally) if chunk else 0
            self._hang_up_when_quiet(is_over=False)
            return attempts

    def hang_up(self) -> None:
        """Let go of the connection that was kept."""
        connection, self.connection = self.connection, None
        if connection is not None:
            connection.close()

    def _hand_over(self, chunk: Chunk, tally: Tally) -> int:
        """Send what is reserved, one call after the other; what does not leave is given back."""
        transport = self._connect()
        attempts, is_line_down = 0, False
        letters: list[Letter] = []
        answers: list[Answer] = []
        try:
            while True:
                with transaction():
                    states = delivery.record(letters, answers, clock.now())
                    is_over = is_line_down or self.stop.is_set()
                    begun = [] if is_over else delivery.begin(chunk, transport.together, clock.now())
                    if not begun:
                        delivery.give_back(chunk)
                for letter, answer, state in zip(letters, answers, states, strict=True):
                    _account(letter, answer, state, tally)
                letters, answers = begun, []
                if not letters:
                    return attempts
                attempts += len(letters)
                answers = transport.send(letters)
                self.last_call = time.monotonic()
                is_line_down = any(answer.is_line_down for answer in answers)
                has_left = any(answer.verdict is Verdict.ACCEPTED for answer in answers)
                self.vain_chunks = 0 if has_left else self.vain_chunks + is_line_down
        except BaseException:
            _save(chunk, letters, answers)
            raise

    def _connect(self) -> Transport:
        """The transport, entered at the first letter and kept while letters are due."""
        if self.connection is None:
            self.connection = ExitStack()
            self.connection.enter_context(self.transport)
        return self.transport

    def _hang_up_when_quiet(self, *, is_over: bool) -> None:
        if is_over or time.monotonic() - self.last_call > QUIET_SECONDS:
            self.hang_up()

    def _pace(self) -> Pace | None:
        """That of all lines together. The screen needs no restraint."""
        if self.settings.mail_transport is MailTransport.CONSOLE:
            return None
        return Pace(
            per_minute=self.settings.mail_rate_per_minute, per_domain=self.settings.mail_rate_per_domain
        )

    def _must_end(self) -> bool:
        """Told to stop, or nobody answers: the others keep their attempts for later."""
        return self.stop.is_set() or self.vain_chunks >= VAIN_CHUNKS

    def _waits_for_rate(self) -> bool:
        """Whether what is due waits for its minute only."""
        with self.app.app_context():
            return self._pace() is not None and outbox.count_due(clock.now()) > 0


def _account(letter: Letter, answer: Answer, state: MessageState | None, tally: Tally) -> None:
    """Count an attempt, and say what is out of the ordinary."""
    known = {"message_pk": letter.id, "attempts": letter.attempts}
    if state is None:
        # The provider's events may come before its answer: what they say of the message stands.
        log.info("message settled by its provider before the answer", extra=known)
        if answer.verdict is Verdict.ACCEPTED:
            tally.add(MessageState.SENT)
        return
    tally.add(state)
    if state is not MessageState.SENT:
        log.warning("message not sent", extra=known | {"state": state})


def _save(chunk: Chunk, letters: Sequence[Letter], answers: Sequence[Answer]) -> None:
    """After an accident: the answers that came are written down, the letters behind are given back.

    Those that were under way when the transport itself failed stay in doubt.
    """
    try:
        with transaction():
            if answers:
                delivery.record(letters, answers, clock.now())
            delivery.give_back(chunk)
    except Exception:
        log.exception("answers not written down; what was reserved waits for the end of its lease")
