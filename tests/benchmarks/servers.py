"""Starts the servers that are measured, watches their processes, and stops them."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.load import ROOT

TICKS = os.sysconf("SC_CLK_TCK")
START_SECONDS = 90


@dataclass(frozen=True)
class Running:
    """A server that answers."""

    port: int
    process: subprocess.Popen[bytes]
    start_seconds: float
    """From the command to the first answer."""

    def processes(self) -> list[int]:
        """The process that was started and all those that it started."""
        found = [self.process.pid]
        for pid in found:
            for thread in Path(f"/proc/{pid}/task").iterdir():
                found += map(int, (thread / "children").read_text().split())
        return found

    def cpu_seconds(self) -> float:
        """What these processes have used so far."""
        total = 0
        for pid in self.processes():
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / TICKS

    def memory_mb(self) -> tuple[float, float]:
        """Resident memory of all processes, counted in each; and each shared page counted once."""
        return self._memory("Rss"), self._memory("Pss")

    def _memory(self, name: str) -> float:
        rollups = (Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self.processes())
        return sum(int(re.findall(rf"^{name}: *(\d+)", rollup, re.MULTILINE)[0]) for rollup in rollups) / 1024


@contextmanager
def running(
    command: list[str], port: int, env: Mapping[str, str], *, path: str = "/", folder: Path = ROOT
) -> Iterator[Running]:
    """The server of that command while the block lasts; it has answered 200 at `path`."""
    started = time.perf_counter()
    with open(env["BENCHMARK_LOG"], "ab") as log:
        process = subprocess.Popen(command, cwd=folder, env={**os.environ, **env}, stdout=log, stderr=log)
    try:
        _wait_for(process, f"http://127.0.0.1:{port}{path}", started)
        yield Running(port, process, time.perf_counter() - started)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(process: subprocess.Popen[bytes], address: str, started: float) -> None:
    """Ask until it answers, or until it stops."""
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:  # noqa: S310 - our own address
                answer.read()
            return
        except OSError:
            if time.perf_counter() - started > START_SECONDS:
                raise
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.02)
            raise RuntimeError(f"the server of {address} stopped at once: see its log")


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def product_command(port: int, *, workers: int, threads: int) -> list[str]:
    """The production server, as `python3 run.py serve` starts it."""
    sizes = ["--workers", str(workers), "--threads", str(threads)]
    return [sys.executable, "-m", "campaign", "serve", "--port", str(port), *sizes]


def bare_command(port: int, *, workers: int, threads: int) -> list[str]:
    """The bare page in the same server with the same sizes."""
    sizes = ["--workers", str(workers), "--threads", str(threads), "--keep-alive", "15"]
    kind = ["--worker-class", "gthread", "--no-control-socket"]
    return [
        *(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *kind, *sizes),
        *("--log-level", "warning", "tests.benchmarks.bare:app"),
    ]
