"""Requests that come together to one process: answered one after the other, none held up by a slow one."""

import io
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app

from campaign.web import floor
from campaign.web.floor import Floor

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATIENCE_SECONDS = 30
AT_ONCE = 4


def ask(application: "WSGIApplication", path: str = "/", body: io.IOBase | None = None) -> str:
    """The text that this request is answered."""
    given = EnvironBuilder(path, method="POST").get_environ()
    if body is not None:
        given["wsgi.input"] = body
    answer, _status, _headers = run_wsgi_app(application, given)
    return b"".join(answer).decode()


def says(text: str, start_response: "StartResponse") -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [text.encode()]


class Crowd:
    """An application that waits until so many compute together, or until it is sure that they do not."""

    def __init__(self, expected: int, seconds: float) -> None:
        self.meeting = threading.Barrier(expected)
        self.seconds = seconds

    def __call__(self, _environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        try:
            self.meeting.wait(self.seconds)
        except threading.BrokenBarrierError:
            return says("alone", start_response)
        return says("together", start_response)


def answers(application: "WSGIApplication") -> list[str]:
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return [asked.result() for asked in [threads.submit(ask, application) for _ in range(AT_ONCE)]]


def test_requests_that_come_together_are_answered_one_after_the_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert answers(Crowd(AT_ONCE, PATIENCE_SECONDS)) == ["together"] * AT_ONCE, (
        "they do meet without the floor"
    )

    monkeypatch.setattr(floor, "PATIENCE_SECONDS", PATIENCE_SECONDS)

    assert answers(Floor(Crowd(2, 0.05))) == ["alone"] * AT_ONCE


def test_one_that_takes_long_holds_nobody_up_for_long() -> None:
    is_slow, is_over = threading.Event(), threading.Event()

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/long":
            is_slow.set()
            assert is_over.wait(PATIENCE_SECONDS)
        return says(environ["PATH_INFO"], start_response)

    behind_floor = Floor(application)
    with ThreadPoolExecutor(1) as threads:
        long = threads.submit(ask, behind_floor, "/long")
        assert is_slow.wait(PATIENCE_SECONDS)
        assert ask(behind_floor, "/short") == "/short"
        assert not long.done()
        is_over.set()
        assert long.result() == "/long"


def test_one_that_keeps_the_floor_is_waited_for_once_only(monkeypatch: pytest.MonkeyPatch) -> None:
    is_slow, is_over = threading.Event(), threading.Event()
    crowd = Crowd(2, 0.05)

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/long":
            is_slow.set()
            assert is_over.wait(PATIENCE_SECONDS)
            return says("long", start_response)
        return crowd(environ, start_response)

    behind_floor = Floor(application)
    with ThreadPoolExecutor(1) as threads:
        long = threads.submit(ask, behind_floor, "/long")
        assert is_slow.wait(PATIENCE_SECONDS)
        assert ask(behind_floor) == "alone", "it waited, not for long"

        monkeypatch.setattr(floor, "PATIENCE_SECONDS", PATIENCE_SECONDS)
        began = time.monotonic()
        assert answers(behind_floor) == ["alone"] * AT_ONCE, "the next ones still come one after the other"
        assert time.monotonic() - began < PATIENCE_SECONDS, "and do not wait for the one before"

        assert not long.done()
        is_over.set()
        assert long.result() == "long"


def test_a_body_in_many_pieces_waits_once_for_one_that_takes_long() -> None:
    is_slow, is_over = threading.Event(), threading.Event()
    pieces = 200

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/long":
            is_slow.set()
            assert is_over.wait(PATIENCE_SECONDS)
            return says("long", start_response)
        return says(f"{len(list(environ['wsgi.input']))}", start_response)

    class Pieces(io.RawIOBase):
        """Somebody else takes the floor while the first piece comes in, and keeps it."""

        left = pieces

        def readline(self, _size: int | None = -1) -> bytes:
            if self.left == pieces:
                threads.submit(ask, behind_floor, "/long")
                assert is_slow.wait(PATIENCE_SECONDS)
            self.left -= 1
            return b"piece" if self.left >= 0 else b""

    behind_floor = Floor(application)
    with ThreadPoolExecutor(1) as threads:
        began = time.monotonic()
        assert ask(behind_floor, "/upload", Pieces()) == f"{pieces}"
        assert time.monotonic() - began < pieces * floor.PATIENCE_SECONDS / 2
        is_over.set()


def test_a_body_read_while_the_answer_leaves_does_not_keep_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "PATIENCE_SECONDS", PATIENCE_SECONDS)

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (environ["wsgi.input"].read() for _ in range(1))

    behind_floor = Floor(application)
    assert ask(behind_floor, body=io.BytesIO(b"first")) == "first"

    with ThreadPoolExecutor(1) as threads:
        second = threads.submit(ask, behind_floor, "/", io.BytesIO(b"second"))
        assert second.result(PATIENCE_SECONDS / 2) == "second"


class SlowBody(io.RawIOBase):
    """Sent when the test says so."""

    def __init__(self) -> None:
        self.is_read, self.is_sent = threading.Event(), threading.Event()
        self.lines = [b"one\n", b"two\n"]

    def read(self, _size: int = -1) -> bytes:
        return self.readline()

    def readline(self, _size: int | None = -1) -> bytes:
        self.is_read.set()
        assert self.is_sent.wait(PATIENCE_SECONDS)
        return self.lines.pop(0) if self.lines else b""

    def readlines(self, _hint: int | None = -1) -> list[bytes]:
        return [self.readline(), self.readline()]


READINGS: dict[str, Callable[[io.RawIOBase], list[bytes]]] = {
    "read": lambda body: [body.read(4) or b"", body.read() or b""],
    "readline": lambda body: [body.readline(), body.readline(10)],
    "readlines": lambda body: body.readlines(),
    "iteration": list,
}


@pytest.mark.parametrize("reading", READINGS)
def test_the_floor_is_free_while_a_body_comes_in(reading: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "PATIENCE_SECONDS", PATIENCE_SECONDS)
    body = SlowBody()

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/quick":
            return says("quick", start_response)
        return says(b"".join(READINGS[reading](environ["wsgi.input"])).decode(), start_response)

    behind_floor = Floor(application)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, behind_floor, "/slow", body)
        assert body.is_read.wait(PATIENCE_SECONDS)
        assert ask(behind_floor, "/quick") == "quick", "it did not wait for the body of the other"
        assert not slow.done()
        body.is_sent.set()
        assert slow.result() == "one\ntwo\n"


def test_a_failure_gives_the_floor_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floor, "PATIENCE_SECONDS", PATIENCE_SECONDS)

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/wrong":
            raise LookupError("wrong")
        return says("right", start_response)

    behind_floor = Floor(application)
    with pytest.raises(LookupError):
        ask(behind_floor, "/wrong")

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(ask, behind_floor).result(PATIENCE_SECONDS) == "right"
