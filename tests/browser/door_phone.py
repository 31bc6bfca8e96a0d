"""A phone at the door: the page in a browser that may lose the network, be killed and come back."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import sqlalchemy as sa
from flask import Flask
from PIL.Image import Image
from playwright.sync_api import BrowserContext, BrowserType, Locator, Page, ViewportSize, expect

from campaign.accounts.models import Role
from campaign.checkin.models import Attendance, Scan
from campaign.db import db
from tests.browser.serving import Server, find_chromium
from tests.browser.stage import sign_in_address
from tests.checkin.doors import Gathering

PHONE: ViewportSize = {"width": 375, "height": 760}


@dataclass
class DoorPage:
    """What a host does with the page, in their words."""

    page: Page
    gathering: Gathering
    base: str = ""
    """Of the server, for a browser that knows no address by itself."""

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def sign_in(self, server: Server, role: Role = Role.ORGANIZER) -> None:
        self.page.goto(self.base + sign_in_address(server.app, role, now=server.now))
        self.page.get_by_role("button", name="Ouvrir ma session").click()
        self.page.wait_for_url("**/gestion**")

    def visit(self) -> None:
        self.page.goto(f"{self.base}/gestion/accueil/{self.gathering.event_id}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        """The scripts have run, and the page is kept for when there is no network."""
        expect(self.page.locator("#porte[data-ready]")).to_be_attached()

    def open_list(self, door: str = "Porte 1") -> None:
        self.visit()
        self.page.get_by_label("Nom de cette porte").fill(door)
        self.page.get_by_role("button", name="Ouvrir la liste").click()
        expect(self.page.get_by_label("Code, nom ou organisation")).to_be_visible()
        expect(self.state).to_contain_text("Tout est synchronisé")

    @property
    def state(self) -> Locator:
        return self.page.locator("#etat")

    @property
    def result(self) -> Locator:
        return self.page.locator("#resultat")

    def type(self, text: str) -> None:
        """As a hand or a reader of codes does: signs, then Enter."""
        field = self.page.locator("#saisie")
        field.fill(text)
        field.press("Enter")

    def scan(self, code: str, word: str) -> None:
        """Type a code, and wait until the page has answered with that word."""
        self.page.evaluate("document.getElementById('resultat').hidden = true")
        self.type(code)
        expect(self.result.get_by_role("heading")).to_have_text(word)

    def walk_in(self, first: str, last: str) -> None:
        self.page.get_by_role("button", name="Inscrire sur place").last.click()
        self.page.get_by_label("Prénom").fill(first)
        self.page.get_by_label("Nom", exact=True).fill(last)
        self.page.get_by_role("button", name="Inscrire et laisser entrer").click()
        expect(self.result).to_contain_text(f"{first} {last}")

    def count(self) -> str:
        return self.page.locator("#compte").inner_text()

    def kept(self, store: str) -> int:
        """How many rows of that kind are on the phone's disk."""
        name = f"pavois-porte-{self.gathering.event_id}"
        return int(
            self.page.evaluate(
                """([name, store]) => new Promise((resolve, reject) => {
                  const opening = indexedDB.open(name);
                  opening.onerror = () => reject(opening.error);
                  opening.onsuccess = () => {
                    const asked = opening.result.transaction(store).objectStore(store).count();
                    asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
                  };
                })""",
                [name, store],
            )
        )


def truth(app: Flask) -> dict[str, int]:
    """What the server knows."""
    with app.app_context():
        people = db.session.scalar(sa.select(sa.func.count()).select_from(Attendance)) or 0
        scans = db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) or 0
        return {"present": people, "scans": scans}


class Line:
    """The wire between phones and the server: cut, it refuses; mended, it is at the same address."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener: socket.socket | None = None
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """No new connection, and those that are open end at once."""
        assert self._listener is not None
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _address = listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._to))
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket) -> None:
        with self._lock:
            self._open.add(one)
        with suppress(OSError):
            while octets := one.recv(65536):
                other.sendall(octets)
        with suppress(OSError):
            other.shutdown(socket.SHUT_WR)
        with self._lock:
            self._open.discard(one)
        one.close()


class KillableBrowser:
    """A browser that is a program of its own, on a folder: it can be killed as an empty battery does."""

    def __init__(self, browser_type: BrowserType, folder: Path) -> None:
        self._type = browser_type
        self._folder = folder
        self._program: subprocess.Popen[bytes] | None = None

    def start(self) -> Page:
        program = find_chromium()
        assert program is not None
        port_file = self._folder / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        self._program = subprocess.Popen(
            [
                program,
                "--headless=new",
                "--no-sandbox",  # as Playwright starts its own
                "--no-first-run",
                "--remote-debugging-port=0",
                f"--user-data-dir={self._folder}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        wait_for(lambda: port_file.exists() and port_file.read_text().count("\n") > 0)
        port = port_file.read_text().split("\n")[0]
        browser = self._type.connect_over_cdp(f"http://127.0.0.1:{port}")
        context = browser.contexts[0]
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.set_viewport_size(PHONE)
        return page

    def kill(self) -> None:
        """At once, the programs that it started too: nothing is closed, nothing is written."""
        if self._program is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._program.pid, signal.SIGKILL)
            self._program.wait()
            self._program = None


def wait_for(is_true: Callable[[], bool], seconds: float = 15) -> None:
    """Until something outside the page is so."""
    until = monotonic() + seconds
    paused = threading.Event()
    while not is_true():
        assert monotonic() < until, "it never came"
        paused.wait(0.05)


def film(path: Path, picture: Image) -> Path:
    """That picture for a fake camera, two frames of it, as raw video."""
    grey = picture.convert("L")
    width, height = grey.size
    colourless = bytes([128]) * (width * height // 2)
    frame = b"FRAME\n" + grey.tobytes() + colourless
    path.write_bytes(f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode() + frame * 2)
    return path
