"""The demonstration on a real server of this machine, at its own date whatever today is; and Chromium."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from campaign import clock
from campaign.app import create_app
from campaign.config import Settings
from campaign.db import db
from tests.databases import Database

OPENING = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
"""Five minutes after the instant at which the demonstration of the tests is made."""

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass(frozen=True)
class Server:
    """The demonstration, served until the end of the block."""

    url: str
    app: Flask
    started: float

    @property
    def now(self) -> datetime:
        """What the clock of the server shows: it runs, from the day of the demonstration on."""
        return OPENING + timedelta(seconds=monotonic() - self.started)


class _Quiet(WSGIRequestHandler):
    """Addresses carry tokens: nothing is logged."""

    def log(self, type: str, message: str, *args: object) -> None: ...


def find_chromium() -> str | None:
    """Debian's package, under the name it has on this machine."""
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


@contextmanager
def serving(
    database: Database, folder: Path, prepare: Callable[[Flask], None] = lambda app: None
) -> Iterator[Server]:
    """A threaded server on that database; `prepare` is given the application before its first request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(
            Settings(
                database_url=database.url,
                secret_key="a made-up secret, long enough for tests",
                public_url=url,
                instance_dir=folder / "instance",
                upload_dir=folder / "uploads",
                is_testing=True,
            )
        )
        prepare(app)
        server = Server(url, app, monotonic())
        app.wsgi_app = _at_the_time_of(server, app.wsgi_app)
        with make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        ) as served:
            thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            try:
                yield server
            finally:
                served.shutdown()
                thread.join()
        with app.app_context():
            db.engine.dispose()


def _at_the_time_of(server: Server, application: Any) -> Any:
    """The demonstration looks forward to its week: on the clock of this machine it might be over."""

    def answer(environ: Any, start_response: Any) -> Any:
        with clock.pretend(server.now):
            return application(environ, start_response)

    return answer
