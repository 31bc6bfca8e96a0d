"""The server processes: none is deaf to a stop, however early it comes."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from campaign.config import ROOT, Settings
from tests.outbox.smtp_server import free_port

TOLD_AT_BIRTH = """
import os, signal, sys
from campaign.cli import main

births = []

def tell_the_first_one():
    if not births:
        os.kill(os.getpid(), signal.SIGTERM)

def count():
    births.append("born")
    print(*births, flush=True)

os.register_at_fork(after_in_child=tell_the_first_one, after_in_parent=count)
sys.exit(main(sys.argv[1:]))
"""
"""The command, whose first server process is told to stop before it has had time to do anything."""

PATIENCE_SECONDS = 60


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("workers", [1, 2], ids=["one process", "two processes"])
@pytest.mark.usefixtures("app")
def test_a_process_told_to_stop_as_soon_as_it_is_born_stops(settings: Settings, workers: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", TOLD_AT_BIRTH, "serve", f"--port={free_port()}", f"--workers={workers}"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DATABASE_URL": settings.database_url,
            "SECRET_KEY": settings.secret_key,
            "UPLOAD_DIR": str(settings.upload_dir),
        },
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        watch = threading.Timer(PATIENCE_SECONDS, process.kill)
        watch.start()
        is_replaced = any(line.split() == ["born"] * (workers + 1) for line in process.stdout)
        process.send_signal(signal.SIGTERM)
        ending = process.wait()
        watch.cancel()

    assert is_replaced, "whoever stopped was replaced: it heard"
    assert ending == 0
