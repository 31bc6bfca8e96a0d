"""Worker processes that start in milliseconds and die when told: for tests of what a crash leaves.

`Nursery` starts one process that imports everything and opens nothing; each worker is a fork of it. The other
side is this module run by itself.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask

from campaign import jobs
from campaign.app import create_app
from campaign.config import ROOT, Settings
from campaign.db import db
from campaign.outbox import delivery
from campaign.outbox.models import Message, MessageState


@dataclass(frozen=True)
class Order:
    """What a worker is to do."""

    now: datetime | None = None
    """Everything that is due at that instant, then end; without it, tick until the end."""
    is_lawless: bool = False
    """Without the guard: what another worker was sending when it died goes back into the queue."""


class Nursery:
    """Where workers come from, and where they are seen to die."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def start(self, order: Order = Order()) -> int:
        """A new worker process; gives its number."""
        number: int = self._ask(_start, order)
        return number

    def kill(self, number: int) -> None:
        """SIGKILL; it is dead when this returns."""
        self._ask(_kill, number)

    def wait(self, number: int) -> int:
        """Its exit status, once it has ended by itself."""
        status: int = self._ask(_wait, number)
        return status

    def _ask(self, what: Callable[..., Any], argument: object) -> Any:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        pickle.dump((what.__name__, argument), self.process.stdin)
        self.process.stdin.flush()
        return pickle.load(self.process.stdout)  # noqa: S301 - our own process


@contextmanager
def nursery(settings: Settings, log: Path) -> Iterator[Nursery]:
    """A nursery for workers with these settings; what they say goes into `log`."""
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.workers"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=file,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        pickle.dump(settings, process.stdin)
        process.stdin.flush()
        yield Nursery(process)
    process.wait(timeout=30)


def _start(app: Flask, order: Order) -> int:
    number = os.fork()
    if number == 0:
        status = 1
        try:
            _work(app, order)
            status = 0
        finally:
            os._exit(status)
    return number


def _kill(_app: Flask, number: int) -> None:
    os.kill(number, signal.SIGKILL)
    os.waitpid(number, 0)


def _wait(_app: Flask, number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def _work(app: Flask, order: Order) -> None:
    os.dup2(2, 1)  # the pipe is the nursery's
    if order.is_lawless:
        delivery.settle_expired = _queue_again  # type: ignore[assignment]  # the guard that is taken away
    if order.now is None:
        jobs.Worker(app).run_forever()
    else:
        jobs.run_due(app, order.now)


def _queue_again(now: datetime) -> int:
    db.session.execute(
        sa.update(Message)
        .where(
            Message.state.in_([MessageState.RESERVED, MessageState.SENDING]),
            Message.leased_until < now - delivery.GRACE,
        )
        .values(state=MessageState.QUEUED, leased_until=None)
    )
    return 0


def main() -> None:
    """Answer orders until nobody gives any."""
    app = create_app(pickle.load(sys.stdin.buffer))  # noqa: S301 - from our parent
    answers: dict[str, Callable[..., Any]] = {each.__name__: each for each in (_start, _kill, _wait)}
    while True:
        try:
            name, argument = pickle.load(sys.stdin.buffer)  # noqa: S301 - from our parent
        except EOFError:
            return
        pickle.dump(answers[name](app, argument), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    # Pickled values name this module as others import it.
    from tests import workers

    workers.main()
