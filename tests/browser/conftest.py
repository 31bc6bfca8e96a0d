"""A real Chromium on a real server: a console error, a refused resource or a call elsewhere is a failure."""

import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import db
from tests.absence import Absence
from tests.databases import Templates

CHROMIUM = Absence("Chromium", "sudo apt install chromium")
DESKTOP = 1280
HEIGHT = 900


@dataclass(frozen=True)
class Server:
    """The demonstration, served on this machine for one test."""

    url: str
    app: Flask


@dataclass
class Watch:
    """What went wrong in the browser. A test that expects some of it looks, then clears the list."""

    host: str
    problems: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Listen to all pages of the context, those that a page opens included."""
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda failure: self.problems.append(f"script error: {failure.error}"))
        context.on("request", self._see)

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"console {kind}: {text}")

    def _see(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != self.host:
            self.problems.append(f"request to another host: {request.url}")


class NewPage(Protocol):
    """Opens a page with cookies of its own: `width` in CSS pixels, and Playwright's options by name."""

    def __call__(self, *, width: int = DESKTOP, **options: Any) -> Page: ...


class _Quiet(WSGIRequestHandler):
    """Addresses carry tokens: nothing is logged."""

    def log(self, type: str, message: str, *args: object) -> None: ...


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once per process."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        CHROMIUM.report()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def server(sqlite_templates: Templates, tmp_path: Path) -> Iterator[Server]:
    """A threaded server on a fresh copy of the demonstration: writing is allowed."""
    with sqlite_templates.copy("demo") as database, socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(
            Settings(
                database_url=database.url,
                secret_key="a made-up secret, long enough for tests",
                public_url=url,
                instance_dir=tmp_path / "instance",
                upload_dir=tmp_path / "uploads",
                is_testing=True,
            )
        )
        with make_server(
            "127.0.0.1", 0, app, threaded=True, request_handler=_Quiet, fd=listener.fileno()
        ) as served:
            thread = threading.Thread(target=served.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            yield Server(url, app)
            served.shutdown()
            thread.join()
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    """Listens to every page of the test; at its end, anything heard is a failure."""
    watch = Watch(urlsplit(server.url).netloc)
    yield watch
    assert watch.problems == []


@pytest.fixture
def new_page(chromium: Browser, server: Server, watch: Watch) -> Iterator[NewPage]:
    """Opens pages, each a new visitor: `new_page(width=320)`, `new_page(java_script_enabled=False)`."""
    contexts = []

    def open_page(*, width: int = DESKTOP, **options: Any) -> Page:
        settings = {"base_url": server.url, "locale": "fr-CA", "reduced_motion": "reduce"} | options
        context = chromium.new_context(viewport={"width": width, "height": HEIGHT}, **settings)
        context.set_default_timeout(10_000)
        contexts.append(context)
        watch.follow(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """One page at 1280 pixels: `page.goto("/calendrier")`."""
    return new_page()


@pytest.fixture(scope="session")
def check_axe() -> Callable[[Page], None]:
    """Fails on whatever axe finds on the page as it stands, in words that say where."""
    axe = Axe()

    def check(page: Page) -> None:
        found = axe.run(page).response["violations"]
        assert [
            f"{rule['id']}: {rule['help']} – {node['html'][:120]} – {node.get('failureSummary', '')}"
            for rule in found
            for node in rule["nodes"]
        ] == [], page.url

    return check
