"""The load: keep-alive connections that ask without pause, in a process of their own.

    python -m tests.benchmarks.load     reads one `Job` as JSON, writes one `Outcome` as JSON

The standard library is enough. Sockets are spoken to directly: `http.client` costs a third of a millisecond
per answer, as much as the pages that are measured here.
"""

import itertools
import json
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

COUNTER = "{n}"
"""Replaced in an address by a number that is never the same: a page that nobody has asked for yet."""

PERSON = "{person}"
"""Replaced in a header by an address of the network that changes every ten requests: many people."""

LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request to send, as it goes over the wire."""

    path: str
    method: str = "GET"
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def encoded(self) -> bytes:
        body = self.body.encode()
        lines = {"Host": "127.0.0.1", "X-Forwarded-For": PERSON, **self.headers}
        if self.method == "POST":
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            lines = form | lines | {"Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{self.method} {self.path} HTTP/1.1\r\n{head}\r\n".encode() + body


@dataclass(frozen=True, kw_only=True)
class Job:
    """What to ask, of whom, how many at a time, for how long."""

    port: int
    connections: int
    requests: list[Request]
    seconds: float
    is_repeated: bool = True
    """Begin again at the end of the list; otherwise each request is sent once."""
    first_number: int = 0


@dataclass(frozen=True)
class Outcome:
    """How long each answer took, and what was answered."""

    milliseconds: list[float]
    statuses: dict[str, int]
    seconds: float
    body_bytes: int
    """Of the last answer."""

    @property
    def rate(self) -> float:
        return len(self.milliseconds) / self.seconds

    def percentile(self, percent: int) -> float:
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]

    @classmethod
    def of(cls, job: Job) -> Self:
        """Put the load on from another process, and wait for the outcome."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.load"],
            input=json.dumps(asdict(job)),
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        return cls(**json.loads(done.stdout))


class Line:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, int]:
        """The status and the number of bytes of the body."""
        self.socket.sendall(request)
        answer = bytearray()
        while (end := answer.find(b"\r\n\r\n")) < 0:
            answer += self._received()
        head = bytes(answer[:end])
        status = int(head[9:12])
        given = LENGTH.search(head)
        length = int(given[1]) if given and status != 304 else 0
        missing = end + 4 + length - len(answer)
        while missing > 0:
            missing -= len(self._received())
        return status, length

    def _received(self) -> bytes:
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server hung up in the middle of an answer")
        return piece


def run(job: Job) -> Outcome:
    """Ask until the time is over or the list is at its end."""
    templates = [request.encoded() for request in job.requests]
    numbers = itertools.count(job.first_number)
    turns = iter(itertools.cycle(templates) if job.is_repeated else templates)
    lock = threading.Lock()
    taken: list[float] = []
    statuses: Counter[str] = Counter()
    sizes: list[int] = [0]
    failures: list[BaseException] = []
    lines = [Line(job.port) for _ in range(job.connections)]
    started = time.perf_counter()
    deadline = started + job.seconds

    def work(line: Line) -> None:
        try:
            while time.perf_counter() < deadline:
                with lock:
                    template, number = next(turns, None), next(numbers)
                if template is None:
                    return
                request = filled(template, number)
                asked = time.perf_counter()
                status, sizes[0] = line.ask(request)
                taken.append((time.perf_counter() - asked) * 1000)
                statuses[str(status)] += 1
        except BaseException as failure:  # told to the caller below: a thread's own exception would be lost
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    for line in lines:
        line.socket.close()
    if failures:
        raise failures[0]
    return Outcome(milliseconds=taken, statuses=dict(statuses), seconds=seconds, body_bytes=sizes[0])


def filled(template: bytes, number: int) -> bytes:
    """The request as that number's person sends it."""
    person = number // 10
    address = f"10.{person >> 16 & 255}.{person >> 8 & 255}.{person & 255}"
    return template.replace(COUNTER.encode(), str(number).encode(), 1).replace(
        PERSON.encode(), address.encode(), 1
    )


if __name__ == "__main__":
    told = json.load(sys.stdin)
    requests = [Request(**each) for each in told.pop("requests")]
    json.dump(asdict(run(Job(**told, requests=requests))), sys.stdout)
