"""A process whose clock is wrong knows it, on both engines, and does no harm."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from campaign import clock, doctor, drift, jobs
from campaign.config import Settings
from campaign.db import transaction
from campaign.outbox import delivery, queries
from campaign.outbox.models import HEARTBEAT
from tests.outbox.letters import add_templates, write


@contextmanager
def clock_ahead(by: timedelta) -> Iterator[None]:
    """This process believes that it is another time; the database server and the file system do not."""
    with time_machine.travel(datetime.now(UTC) + by, tick=True):
        yield


@pytest.mark.parametrize("by", [timedelta(0), timedelta(minutes=5), -timedelta(days=1)])
def test_the_drift_is_measured(app: Flask, tmp_path: Path, by: timedelta) -> None:
    with app.app_context(), clock_ahead(by):
        ahead = drift.measure(tmp_path / "instance")

    assert ahead is not None
    assert abs(ahead - by) < timedelta(seconds=2)
    assert drift.is_right(ahead) is (by == timedelta(0))


def test_a_rehearsal_is_no_drift(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), clock.pretend(clock.now() + timedelta(days=30)):
        assert drift.measure(tmp_path) is None
    assert drift.is_right(None)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_folder_that_cannot_be_written_says_nothing_of_the_clock(app: Flask, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with app.app_context():
        assert drift.measure(tmp_path / "file") is None


@pytest.mark.parametrize("by", [timedelta(minutes=5), -timedelta(minutes=5), timedelta(days=400)])
def test_a_worker_whose_clock_is_wrong_does_nothing(
    app: Flask, by: timedelta, caplog: pytest.LogCaptureFixture
) -> None:
    add_templates(app)
    with app.app_context(), transaction():
        write(now=clock.now() - timedelta(hours=1))
        write("b@exemple.quebec", not_before=clock.now() + timedelta(minutes=2), now=clock.now())
        chunk = delivery.reserve(clock.now(), 1)
    worker = jobs.Worker(app)

    with clock_ahead(by):
        for tick in (worker.beat, lambda: worker.forget(jobs.Counts())):
            with pytest.raises(jobs.ClockWrong, match="décalée"):
                tick()
        if by > timedelta(0):
            with pytest.raises(jobs.ClockWrong):
                worker.lines[0].deliver(jobs.Counts())

    with app.app_context(), transaction():
        assert queries.find_heartbeat(HEARTBEAT) is None
        assert len(delivery.begin(chunk, 1, clock.now())) == 1, "nobody took it from its worker"
        assert queries.count_due(clock.now()) == 0


def test_the_doctor_says_that_the_clock_is_wrong(app: Flask, settings: Settings) -> None:
    with app.app_context(), clock_ahead(timedelta(minutes=5)):
        told = [each for each in doctor.examine(settings, clock.now()) if "Horloge" in each.sentence]

    (finding,) = told
    assert finding.is_fine is False
    assert "décalée de 300 secondes" in finding.sentence
