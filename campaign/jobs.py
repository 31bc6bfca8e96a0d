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
from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from apscheduler.events import EVENT_JOB_ERROR, JobExecutionEvent
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError

from campaign import clock, drift
from campaign.accounts import services as accounts
from campaign.config import MailTransport, Settings
from campaign.contacts import services as contacts
from campaign.db import transaction
from campaign.drift import ClockWrong
from campaign.events import following, importing, pictures, proposals
from campaign.lines import Line, Tally
from campaign.mailings import gatherings, hours
from campaign.mailings import services as mailings
from campaign.outbox import services as outbox
from campaign.outbox.letters import Transport
from campaign.outbox.models import HEARTBEAT
from campaign.outbox.transports import transport_for
from campaign.registrations import retention
from campaign.registrations import services as registrations

log = logging.getLogger(__name__)

DELIVERY_SECONDS = 5
IMPORTING_SECONDS = 5
PLANNING_SECONDS = 30
HEARTBEAT_SECONDS = 30
THANKING_SECONDS = 600
FORGETTING_SECONDS = 3600


@dataclass
class Counts(Tally):
    """What one run did."""

    forgotten: int = 0
    decided: int = 0
    reminded: int = 0
    imported: int = 0

    def include(self, tally: Tally) -> None:
        """Add what a line did."""
        self.sent += tally.sent
        self.postponed += tally.postponed
        self.refused += tally.refused
        self.uncertain += tally.uncertain


def count_lines(settings: Settings) -> int:
    """How many letters one worker hands over at once.

    Before each letter the database makes durable that it is about to leave, which on PostgreSQL is most of
    the time that a letter takes; those of several lines become durable together. SQLite's writers take turns,
    and SendGrid takes a thousand letters in one request: a second line would gain nothing there.
    """
    is_postgresql = settings.database_url.startswith("postgresql")
    return settings.mail_lines if settings.mail_transport is MailTransport.SMTP and is_postgresql else 1


class Worker:
    """Does what is due: plans, delivers through its lines, says that it lives."""

    def __init__(self, app: Flask, transports: Sequence[Transport] = ()) -> None:
        self.app = app
        self.settings: Settings = app.extensions["settings"]
        self.stop = threading.Event()
        ways_out = transports or [transport_for(self.settings) for _ in range(count_lines(self.settings))]
        self.lines = [Line(app, way_out, self.stop) for way_out in ways_out]
        self.following_up = threading.Lock()
        self.tidied_at = 0.0

    def check_clock(self) -> None:
        """Raise `ClockWrong` when this process is more than a minute away from the clock that all share."""
        drift.refuse_wrong_clock(self.settings.instance_dir)

    def beat(self) -> None:
        """Say that a worker is alive, and that its clock is right."""
        with self.app.app_context():
            self.check_clock()
            with transaction():
                outbox.beat(HEARTBEAT, clock.now())

    def forget(self, counts: Counts) -> None:
        """Drop what is kept no longer: sign-in links and sessions that ended, proofs of old rights, who
        followed what is over, what nobody went on with."""
        with self.app.app_context():
            self.check_clock()
            with transaction():
                counts.forgotten += accounts.forget_expired(clock.now())
                counts.forgotten += contacts.forget_old_proofs(clock.now())
                counts.forgotten += importing.forget_unused(clock.now())
                counts.forgotten += following.forget_old(clock.now())
                counts.forgotten += proposals.forget_drafts(clock.now())
                counts.forgotten += pictures.forget_unused(clock.now())
                counts.forgotten += retention.forget(clock.now())

    def pass_seats_on(self) -> None:
        """Offer to the next in line the seats that nobody took in time."""
        with self.app.app_context():
            self.check_clock()
            if registrations.has_late_offers(now=clock.now()):
                with transaction():
                    registrations.expire(now=clock.now())

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
        """Let the mailings and the reminders of gatherings whose moment has come decide their next addresses,
        some at a time.

        The queue is tidied first.
        """
        with self.app.app_context():
            self.check_clock()
            self._tidy_queue()
            for mailing_id in mailings.list_moving(clock.now()):
                self._decide(mailing_id, counts)
            for due in gatherings.list_due(clock.now()):
                self._remind(due, counts)

    def _tidy_queue(self) -> None:
        """Take out who answered since their letter was written, and let what may not leave at this hour wait
        for the next allowed one."""
        self.tidied_at = time.monotonic()
        if mailings.has_queued():
            with transaction():
                mailings.take_out_answered(now=clock.now())
                hours.put_off(now=clock.now())
                gatherings.tidy(now=clock.now())

    def _decide(self, mailing_id: int, counts: Counts) -> None:
        """Let one mailing decide; what is wrong with it stops no other, and a person is told.

        A database that is busy or away says nothing against the mailing: the next tick tries again.
        """
        try:
            while not self.stop.is_set():
                with transaction():
                    decided = mailings.advance(mailing_id, now=clock.now())
                counts.decided += decided
                if not decided:
                    return
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("mailing cannot decide", extra={"mailing": mailing_id})
            with transaction():
                mailings.set_aside(mailing_id)

    def _remind(self, due: gatherings.Due, counts: Counts) -> None:
        """One reminder of one day of a gathering, some people at a time; like `_decide`, what is wrong with
        it stops no other.

        The next tick tries again.
        """
        try:
            is_left = True
            while is_left and not self.stop.is_set():
                with transaction():
                    done = gatherings.advance(due, now=clock.now())
                counts.reminded += done.letters
                is_left = done.considered > 0
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception(
                "reminder cannot be written", extra={"event": due.event_id, "reminder": due.kind.value}
            )

    def thank(self, counts: Counts) -> None:
        """Thank whoever came, the day after."""
        with self.app.app_context():
            self.check_clock()
            for event_id in gatherings.list_to_thank(clock.now()):
                self._thank(event_id, counts)

    def _thank(self, event_id: int, counts: Counts) -> None:
        """The people of one event, some at a time; like `_decide`, what is wrong with it stops no other."""
        after, is_left = 0, True
        try:
            while is_left and not self.stop.is_set():
                with transaction():
                    done = gatherings.thank(event_id, after=after, now=clock.now())
                counts.reminded += done.letters
                after, is_left = done.last, done.is_left
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("thanks cannot be written", extra={"event": event_id})

    def import_files(self, counts: Counts) -> None:
        """Write the files of activities that somebody agreed to, and what a worker left in the middle."""
        with self.app.app_context():
            self.check_clock()
            for number in importing.list_to_write():
                self._import(number, counts)

    def _import(self, number: int, counts: Counts) -> None:
        """One file, some activities at a time; like `_decide`, what is wrong with it stops no other."""
        try:
            wanted = importing.read_again(number)
            is_left = True
            while is_left and not self.stop.is_set():
                with transaction():
                    is_left = importing.advance(number, wanted, now=clock.now())
            counts.imported += not is_left
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("file of activities cannot be written", extra={"activity_import": number})
            with transaction():
                importing.set_aside(number, now=clock.now())

    def follow_up(self) -> None:
        """Mark who was invited, and stop the mailings that too many refuse: after each chunk, one line after
        the other, so that no two of them invite the same municipality.

        A queue that takes minutes to leave is tidied again.
        """
        with self.following_up, self.app.app_context():
            if time.monotonic() - self.tidied_at >= PLANNING_SECONDS:
                self._tidy_queue()
            if mailings.is_above_limits(now=clock.now()):
                with transaction():
                    mailings.stop_above_limits(now=clock.now())
            while mailings.has_newly_invited() and not self.stop.is_set():
                with transaction():
                    mailings.mark_invited(now=clock.now())

    def _run_once(self, counts: Counts, *, is_paced: bool) -> None:
        self.beat()
        self.forget(counts)
        self.pass_seats_on()
        self.import_files(counts)
        self.plan(counts)
        self.thank(counts)
        deliver = [
            partial(line.deliver_all, after_chunk=self.follow_up, is_paced=is_paced, is_patient=is_paced)
            for line in self.lines
        ]
        try:
            for tally in at_once(deliver, stop=self.stop):
                counts.include(tally)
        finally:
            self.hang_up()

    def hang_up(self) -> None:
        """Let go of the connections that were kept."""
        for line in self.lines:
            line.hang_up()

    def schedule(self) -> BackgroundScheduler:
        """The metronome, not yet started: late ticks run once, never twice at the same time.

        Each line has its own tick: one that waits for its mail server keeps neither the others nor the plan.
        """
        ticks: list[tuple[str, Callable[[], object], int]] = [
            ("plan", lambda: self.plan(Counts()), PLANNING_SECONDS),
            ("import", lambda: self.import_files(Counts()), IMPORTING_SECONDS),
            ("seats", self.pass_seats_on, PLANNING_SECONDS),
            ("thanks", lambda: self.thank(Counts()), THANKING_SECONDS),
            ("beat", self.beat, HEARTBEAT_SECONDS),
            ("forget", lambda: self.forget(Counts()), FORGETTING_SECONDS),
        ]
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": {"type": "threadpool", "max_workers": len(ticks) + len(self.lines)}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        scheduler.add_listener(_log_failure, EVENT_JOB_ERROR)
        for name, tick, seconds in ticks:
            scheduler.add_job(tick, "interval", seconds=seconds, id=name, next_run_time=clock.now())
        for number, line in enumerate(self.lines):
            # One after the other, so that a letter written in between waits for a part of the interval only.
            after = timedelta(seconds=DELIVERY_SECONDS * number / len(self.lines))
            scheduler.add_job(
                partial(line.deliver_all, after_chunk=self.follow_up),
                "interval",
                seconds=DELIVERY_SECONDS,
                id=f"deliver {number + 1}",
                next_run_time=clock.now() + after,
            )
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


def at_once(works: Sequence[Callable[[], Tally]], *, stop: threading.Event) -> list[Tally]:
    """Do them side by side, each with this thread's own idea of the time, until all have ended.

    One that fails ends none of the others: the first failure is raised when they are done, those after it are
    logged. When this thread is interrupted, the others are told to stop.
    """
    with ThreadPoolExecutor(max_workers=len(works), thread_name_prefix="line") as pool:
        under_way = [pool.submit(copy_context().run, work) for work in works]
        try:
            wait(under_way)
        except BaseException:
            stop.set()
            raise
    failures = [failure for each in under_way if (failure := each.exception())]
    for failure in failures[1:]:
        log.error("line failed", exc_info=failure)
    if failures:
        raise failures[0]
    return [each.result() for each in under_way]


def _log_failure(event: JobExecutionEvent) -> None:
    if isinstance(event.exception, ClockWrong):
        log.error("clock wrong, nothing done", extra={"job": event.job_id})
        return
    log.error("job failed", extra={"job": event.job_id}, exc_info=event.exception)
