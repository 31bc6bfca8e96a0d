"""What happens without anybody asking: the queue leaves, old keys are forgotten, the worker says it lives.

APScheduler is a metronome here, not a memory: everything that is due is read from tables, so that any number
of workers may run, stop and start again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from campaign import clock, drift
from campaign.accounts import services as accounts
from campaign.config import MailTransport, Settings
from campaign.db import transaction
from campaign.errors import CampaignError
from campaign.mailings import services as mailings
from campaign.outbox import delivery
from campaign.outbox import queries as outbox_queries
from campaign.outbox import services as outbox
from campaign.outbox.delivery import Chunk, Pace
from campaign.outbox.letters import Answer, Letter, Transport, Verdict
from campaign.outbox.models import MessageState
from campaign.outbox.transports import transport_for

log = logging.getLogger(__name__)

HEARTBEAT = "worker"
DELIVERY_SECONDS = 5
PLANNING_SECONDS = 30
HEARTBEAT_SECONDS = 30
FORGETTING_SECONDS = 3600
QUIET_SECONDS = 60.0
"""How long a connection is kept for letters that wait for their minute; servers hang up after five."""
VAIN_CHUNKS = 3
"""How many times in a row the line may be down before it is left alone until the next tick."""


@dataclass
class Counts:
    """What one run did."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    uncertain: int = 0
    forgotten: int = 0
    decided: int = 0

    def add(self, state: MessageState | None) -> None:
        """Count one recorded attempt."""
        if state is MessageState.SENT:
            self.sent += 1
        elif state is MessageState.QUEUED:
            self.postponed += 1
        elif state is MessageState.UNCERTAIN:
            self.uncertain += 1
        elif state is not None:
            self.refused += 1


class ClockWrong(CampaignError):
    """This process and its neighbours do not agree on the time: it does nothing."""


class Worker:
    """Does what is due. `stop` is looked at between two messages, never in the middle of one."""

    def __init__(self, app: Flask, transport: Transport | None = None) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.transport = transport or transport_for(self.settings)
        self.stop = threading.Event()
        self.line: ExitStack | None = None
        self.last_call = 0.0
        self.vain_chunks = 0

    def deliver(self, counts: Counts, *, is_paced: bool = True) -> int:
        """Send one chunk and give the number of attempts: none when nothing is due or the rate is used up.

        Each message is committed as *sending* before the transport is called, with no transaction open during
        the call: whatever happens, at most one call is in doubt. The transaction that writes down an answer
        is the one that begins the next call.
        """
        with self.app.app_context():
            if not delivery.is_anything_due(clock.now()):
                self._hang_up_when_quiet(is_over=True)
                return 0
            self.check_clock()
            with transaction():
                counts.uncertain += delivery.settle_expired(clock.now())
                chunk = delivery.reserve(
                    clock.now(), self.settings.mail_batch_size, self._pace() if is_paced else None
                )
            attempts = self._hand_over(chunk, counts) if chunk else 0
            self._hang_up_when_quiet(is_over=False)
            return attempts

    def _hand_over(self, chunk: Chunk, counts: Counts) -> int:
        """Send what is reserved, one call after the other; what does not leave is given back."""
        transport = self._transport()
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
                self._count(letters, states, counts)
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
            self._save(chunk, letters, answers)
            raise

    def _save(self, chunk: Chunk, letters: Sequence[Letter], answers: Sequence[Answer]) -> None:
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

    def _count(
        self, letters: Sequence[Letter], states: Sequence[MessageState | None], counts: Counts
    ) -> None:
        for letter, state in zip(letters, states, strict=True):
            counts.add(state)
            if state is not MessageState.SENT:
                log.warning(
                    "message not sent",
                    extra={"message_pk": letter.id, "state": state, "attempts": letter.attempts},
                )

    def _pace(self) -> Pace | None:
        """The screen needs no restraint."""
        if self.settings.mail_transport is MailTransport.CONSOLE:
            return None
        return Pace(
            per_minute=self.settings.mail_rate_per_minute, per_domain=self.settings.mail_rate_per_domain
        )

    def _transport(self) -> Transport:
        """The transport, entered at the first letter and kept while letters are due."""
        if self.line is None:
            self.line = ExitStack()
            self.line.enter_context(self.transport)
        return self.transport

    def _hang_up_when_quiet(self, *, is_over: bool) -> None:
        if self.line is not None and (is_over or time.monotonic() - self.last_call > QUIET_SECONDS):
            self.hang_up()

    def hang_up(self) -> None:
        """Let go of the connection that was kept."""
        line, self.line = self.line, None
        if line is not None:
            line.close()

    def deliver_all(self, counts: Counts) -> None:
        """Send chunk after chunk, until nothing is due, the minute is used up or the line is down."""
        self.vain_chunks = 0
        while not self._must_end() and self.deliver(counts):
            self.follow_up()

    def _must_end(self) -> bool:
        """Told to stop, or nobody answers: the others keep their attempts for later."""
        return self.stop.is_set() or self.vain_chunks >= VAIN_CHUNKS

    def check_clock(self) -> None:
        """Raise `ClockWrong` when this process is more than a minute away from the clock that all share."""
        ahead = drift.measure(self.settings.instance_dir)
        if not drift.is_right(ahead):
            seconds = round(ahead.total_seconds()) if ahead else 0
            raise ClockWrong(
                f"L’horloge de ce processus est décalée de {seconds} secondes : rien n’est envoyé. "
                "Activez la synchronisation de l’heure, puis relancez le planificateur."
            )

    def beat(self) -> None:
        """Say that a worker is alive, and that its clock is right."""
        with self.app.app_context():
            self.check_clock()
            with transaction():
                outbox.beat(HEARTBEAT, clock.now())

    def forget(self, counts: Counts) -> None:
        """Drop sign-in links and sessions that can open nothing any more."""
        with self.app.app_context():
            self.check_clock()
            with transaction():
                counts.forgotten += accounts.forget_expired(clock.now())

    def run_due(self, now: datetime | None = None) -> Counts:
        """Do everything that is due and deliver until the queue is empty.

        With `now` it is a rehearsal of that instant, without pace. Otherwise the rate is respected, and a
        long queue takes its minutes.
        """
        counts = Counts()
        if now is not None:
            with clock.pretend(now):
                self._run_once(counts, is_paced=False)
        else:
            self._run_once(counts, is_paced=True)
        return counts

    def plan(self, counts: Counts) -> None:
        """Let the mailings whose moment has come decide their next addresses, some at a time.

        Who answered since their letter was written is taken out of the queue first.
        """
        with self.app.app_context():
            self.check_clock()
            if mailings.has_queued():
                with transaction():
                    mailings.take_out_answered(now=clock.now())
            for mailing_id in mailings.list_moving(clock.now()):
                while not self.stop.is_set():
                    with transaction():
                        decided = mailings.advance(mailing_id, now=clock.now())
                    counts.decided += decided
                    if not decided:
                        break

    def follow_up(self) -> None:
        """Mark who was invited, and stop the mailings that too many refuse."""
        with self.app.app_context():
            if mailings.is_above_limits(now=clock.now()):
                with transaction():
                    mailings.stop_above_limits(now=clock.now())
            while mailings.has_newly_invited() and not self.stop.is_set():
                with transaction():
                    mailings.mark_invited(now=clock.now())

    def _run_once(self, counts: Counts, *, is_paced: bool) -> None:
        self.beat()
        self.forget(counts)
        self.plan(counts)
        try:
            while not self._must_end():
                if self.deliver(counts, is_paced=is_paced):
                    self.follow_up()
                    continue
                if not (is_paced and self._waits_for_rate()):
                    break
                self.stop.wait(1)
        finally:
            self.hang_up()

    def _waits_for_rate(self) -> bool:
        """Whether what is due waits for its minute only."""
        with self.app.app_context():
            return self._pace() is not None and outbox_queries.count_due(clock.now()) > 0

    def schedule(self) -> BackgroundScheduler:
        """The metronome, not yet started: late ticks run once, never twice at the same time."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_listener(_log_failure, EVENT_JOB_ERROR)
        ticks: list[tuple[str, Callable[[], object], int]] = [
            ("plan", lambda: self.plan(Counts()), PLANNING_SECONDS),
            ("deliver", lambda: self.deliver_all(Counts()), DELIVERY_SECONDS),
            ("beat", self.beat, HEARTBEAT_SECONDS),
            ("forget", lambda: self.forget(Counts()), FORGETTING_SECONDS),
        ]
        for name, tick, seconds in ticks:
            scheduler.add_job(tick, "interval", seconds=seconds, id=name, next_run_time=clock.now())
        return scheduler

    def start(self) -> Callable[[], None]:
        """Tick beside whatever this process does; gives what ends it, letting a message under way finish."""
        scheduler = self.schedule()
        scheduler.start()

        def finish() -> None:
            self.stop.set()
            scheduler.shutdown(wait=True)
            self.hang_up()

        return finish

    def run_forever(self) -> None:
        """Tick until SIGTERM or SIGINT; the message under way is finished first."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        finish = self.start()
        log.info("worker started", extra={"pid": os.getpid()})
        self.stop.wait()
        finish()
        log.info("worker stopped", extra={"pid": os.getpid()})


def run_due(app: Flask, now: datetime | None = None) -> Counts:
    """See `Worker.run_due`."""
    return Worker(app).run_due(now)


def _log_failure(event: JobExecutionEvent) -> None:
    if isinstance(event.exception, ClockWrong):
        log.error("clock wrong, nothing done", extra={"job": event.job_id})
        return
    log.error("job failed", extra={"job": event.job_id}, exc_info=event.exception)
