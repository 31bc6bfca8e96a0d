"""The application behind a real server with threads, and people who write to it at the same moment."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from threading import Barrier, Thread
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

from bs4 import BeautifulSoup
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.pages import filled

Answer = TypeVar("Answer")


class _Silent(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """The application writes its own lines."""


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address of the application, answering each request in its own thread with its own connection."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class Reply:
    """What came back over the network."""

    def __init__(self, status: int, location: str, html: str) -> None:
        self.status = status
        self.path = urlsplit(location).path
        self.soup = BeautifulSoup(html, "html.parser")


class Person:
    """A browser of one's own: its cookies, a connection for each request."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.cookies: dict[str, str] = {}

    def ask(self, method: str, path: str, data: Mapping[str, object] | None = None) -> Reply:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        body = urlencode(data, doseq=True) if data is not None else None
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = HTTPConnection(self.host, timeout=60)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            html = response.read().decode()
            for line in response.headers.get_all("Set-Cookie") or []:
                self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(line).items()})
            return Reply(response.status, response.headers.get("Location", ""), html)
        finally:
            connection.close()

    def fill(self, path: str, form: str = "form:has([name=cle])", **values: object) -> dict[str, object]:
        """What sending the form at that address would send, with these answers in it."""
        page = self.ask("GET", path).soup
        found = page.select_one(form)
        assert found is not None, f"{path}: no {form}"
        return {**filled(found), **values}

    def send(self, path: str, data: Mapping[str, object]) -> Reply:
        return self.ask("POST", path, data)


def together(*acts: Callable[[], Answer]) -> list[Answer]:
    """Do them all at once: none begins before the last one is ready."""
    ready = Barrier(len(acts), timeout=60)

    def act(what: Callable[[], Answer]) -> Answer:
        ready.wait()
        return what()

    with ThreadPoolExecutor(len(acts)) as people:
        return list(people.map(act, acts))
