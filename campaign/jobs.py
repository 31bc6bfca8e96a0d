"""What happens without anybody asking: the queue leaves, old keys are forgotten, the worker says it lives.

APScheduler is a metronome here, not a memory: everything that is due is read from tables, so that any number
of workers may run, stop and start again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from campaign import clock
from campaign.accounts import services as accounts
from campaign.config import MailTransport, Settings
from campaign.db import transaction
from campaign.outbox import queries as outbox_queries
from campaign.outbox import services as outbox
from campaign.outbox.letters import Letter, Transport
from campaign.outbox.models import MessageState
from campaign.outbox.transports import transport_for

log = logging.getLogger(__name__)

HEARTBEAT = "worker"
DELIVERY_SECONDS = 5
HEARTBEAT_SECONDS = 30
FORGETTING_SECONDS = 3600


@dataclass
class Counts:
    """What one run did."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    uncertain: int = 0
    forgotten: int = 0

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


class Worker:
    """Does what is due. `stop` is looked at between two messages, never in the middle of one."""

    def __init__(self, app: Flask, transport: Transport | None = None) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.transport = transport or transport_for(self.settings)
        self.stop = threading.Event()

    def deliver(self, counts: Counts, *, is_paced: bool = True) -> int:
        """Send one batch and give the number of attempts: none when nothing is due or the rate is used up.

        Two short transactions a message and none in between: whatever happens, at most the message under way
        is in doubt.
        """
        with self.app.app_context():
            with transaction():
                counts.uncertain += outbox.set_aside_expired(clock.now())
            allowed = self._allowed() if is_paced else self.settings.mail_batch_size
            attempts = 0
            with self.transport as transport:
                while attempts < allowed and not self.stop.is_set():
                    with transaction():
                        letter = outbox.claim(clock.now())
                    if letter is None:
                        break
                    attempts += 1
                    if self._attempt(transport, letter, counts):
                        break
            return attempts

    def _attempt(self, transport: Transport, letter: Letter, counts: Counts) -> bool:
        """Send, write down the answer, and say whether the line is down for the next one too."""
        (answer,) = transport.send([letter])
        with transaction():
            state = outbox.record(letter, answer, clock.now())
        counts.add(state)
        if state is not MessageState.SENT:
            log.warning(
                "message not sent",
                extra={"message_pk": letter.id, "state": state, "attempts": letter.attempts},
            )
        return answer.is_line_down

    def _allowed(self) -> int:
        """How many may leave now without passing the rate; the screen needs no restraint."""
        if self.settings.mail_transport is MailTransport.CONSOLE:
            return self.settings.mail_batch_size
        sent = outbox_queries.count_sent_in_last_minute(clock.now())
        return max(0, min(self.settings.mail_batch_size, self.settings.mail_rate_per_minute - sent))

    def beat(self) -> None:
        """Say that a worker is alive."""
        with self.app.app_context(), transaction():
            outbox.beat(HEARTBEAT, clock.now())

    def forget(self, counts: Counts) -> None:
        """Drop sign-in links and sessions that can open nothing any more."""
        with self.app.app_context(), transaction():
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

    def _run_once(self, counts: Counts, *, is_paced: bool) -> None:
        self.beat()
        self.forget(counts)
        while not self.stop.is_set():
            attempts = self.deliver(counts, is_paced=is_paced)
            if not attempts and not (is_paced and self._waits_for_rate()):
                break
            if not attempts:
                self.stop.wait(1)

    def _waits_for_rate(self) -> bool:
        with self.app.app_context():
            return outbox_queries.count_due(clock.now()) > 0 and self._allowed() == 0

    def schedule(self) -> BackgroundScheduler:
        """The metronome, not yet started: late ticks run once, never twice at the same time."""
        scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_listener(_log_failure, EVENT_JOB_ERROR)
        ticks: list[tuple[str, Callable[[], object], int]] = [
            ("deliver", lambda: self.deliver(Counts()), DELIVERY_SECONDS),
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
    log.error("job failed", extra={"job": event.job_id}, exc_info=event.exception)
