"""A real Chromium on a real server: a console error, a refused resource or a call elsewhere is a failure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.absence import Absence
from tests.browser.serving import Server, find_chromium, serving
from tests.databases import Templates

CHROMIUM = Absence("Chromium", "sudo apt install chromium")
DESKTOP = 1280
HEIGHT = 900

AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "rules": {"target-size": {"enabled": True}},  # the 24 pixels of WCAG 2.2, left out unless asked
    "iframes": False,  # a letter in its sandbox runs nothing; it is looked at by itself
}

STILL = """async () => {
  const nextFrame = () => new Promise(requestAnimationFrame);
  await nextFrame();
  await nextFrame();
  await Promise.allSettled(document.getAnimations().map((change) => change.finished));
}"""
"""Resolves once places and colours no longer change."""


@dataclass
class Watch:
    """What went wrong in the browser. A test that expects some of it looks, then clears the list."""

    host: str
    problems: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def follow(self, context: BrowserContext) -> None:
        """Listen to all pages of the context, those that a page opens included."""
        context.on("console", lambda message: self._hear(message.type, message.text))
        context.on("weberror", lambda failure: self.problems.append(f"script error: {failure.error}"))
        context.on("request", self._see)

    def forgive(self, status: int) -> None:
        """The answer just received was meant to have this status: Chromium says so on the console."""
        said = [text for text in self.problems if f"the server responded with a status of {status} " in text]
        assert said, f"nothing answered {status}: {self.problems}"
        self.problems = [text for text in self.problems if text not in said]

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.problems.append(f"console {kind}: {text}")

    def _see(self, request: Request) -> None:
        self.requests.append(request.url)
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob", "about") and parts.netloc != self.host:
            self.problems.append(f"request to another host: {request.url}")


class NewPage(Protocol):
    """Opens a page with cookies of its own: `width` in CSS pixels, and Playwright's options by name."""

    def __call__(self, *, width: int = DESKTOP, height: int = HEIGHT, **options: Any) -> Page: ...


class CheckAxe(Protocol):
    """Fails on whatever axe finds on the page as it stands, and says where; `tags`: these rules only."""

    def __call__(self, page: Page, *, tags: Sequence[str] = ()) -> None: ...


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, started once per process."""
    program = find_chromium()
    if program is None:
        CHROMIUM.report()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def server(sqlite_templates: Templates, tmp_path: Path) -> Iterator[Server]:
    """A server on a fresh copy of the demonstration: writing is allowed."""
    with sqlite_templates.copy("demo") as database, serving(database, tmp_path) as server:
        yield server


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    """Listens to every page of the test; at its end, anything heard is a failure."""
    watch = Watch(urlsplit(server.url).netloc)
    yield watch
    assert watch.problems == []


def open_context(
    browser: Browser, url: str, *, width: int = DESKTOP, height: int = HEIGHT, **options: Any
) -> BrowserContext:
    """A new visitor's browser, as all tests want it."""
    settings = {"base_url": url, "locale": "fr-CA", "reduced_motion": "reduce"} | options
    context = browser.new_context(viewport={"width": width, "height": height}, **settings)
    context.set_default_timeout(15_000)
    return context


@pytest.fixture
def new_page(chromium: Browser, server: Server, watch: Watch) -> Iterator[NewPage]:
    """Opens pages, each a new visitor: `new_page(width=320)`, `new_page(java_script_enabled=False)`."""
    contexts = []

    def open_page(*, width: int = DESKTOP, height: int = HEIGHT, **options: Any) -> Page:
        context = open_context(chromium, server.url, width=width, height=height, **options)
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
def check_axe() -> CheckAxe:
    axe = Axe()

    def check(page: Page, *, tags: Sequence[str] = ()) -> None:
        options = AXE_OPTIONS | ({"runOnly": {"type": "tag", "values": list(tags)}} if tags else {})
        found = axe.run(page, options=options).response["violations"]
        assert [
            f"{rule['id']}: {rule['help']} – {node['html'][:120]} – {node.get('failureSummary', '')}"
            for rule in found
            for node in rule["nodes"]
        ] == [], page.url

    return check
