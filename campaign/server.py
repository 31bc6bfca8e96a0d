"""The web server: gunicorn, set up in one place for production and for the demonstration."""

from __future__ import annotations

import errno
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.errors import AppImportError
from gunicorn.glogging import Logger
from gunicorn.workers.gthread import ThreadWorker

from campaign.config import Settings
from campaign.errors import CampaignError
from campaign.shares import Shares

if TYPE_CHECKING:
    from flask import Flask

GRACE_SECONDS = 30
"""How long requests under way may still take after SIGTERM."""

PATIENCE_SECONDS = 300
"""How long a server process may stay mute; the demonstration's data are made before it first speaks."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - not for our files: where gunicorn's pulse costs no disk


STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
"""What tells a process to stop."""


COURTESY_SECONDS = 0.000_5
"""How long a connection is left to another process: it takes a tenth of that when it is idle."""

_time_passes = threading.Event()


class ServerLogger(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's own sentences, in our format and through our redaction."""

    def setup(self, cfg: Any) -> None:
        self.error_log.handlers = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class Watcher(Arbiter):  # type: ignore[misc]  # gunicorn carries no types
    """Starts and stops the server processes.

    A process is born with the watcher's own handlers, which only note a signal for the watcher: one that came
    before it had put its own would be lost, and the watcher would wait for it until the grace is over. It is
    born with these signals held back instead, and takes them once it can (`ServerWorker.init_signals`).
    """

    def spawn_worker(self) -> Any:
        held = signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
        try:
            return super().spawn_worker()  # only the watcher comes back from here
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)


class ServerWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn carries no types
    """One server process."""

    shares: Shares
    place: int | None = None
    """Among the shares."""

    def init_signals(self) -> None:
        super().init_signals()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)

    def notify(self) -> None:
        """At each turn of the loop."""
        super().notify()
        self.shares.tell(self.place, self.nr_conns)

    def accept(self, listener: socket.socket) -> None:
        """Whoever holds fewer connections is let through first, if it has time."""
        if not self.shares.is_fewest(self.place):
            _time_passes.wait(COURTESY_SECONDS)
        super().accept(listener)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Makes the application: in the one server process, and the process that watches over it stays small; or
    before several are made, which then share its memory. No connection is inherited."""

    def __init__(self, settings: Settings, options: dict[str, Any], prepare: Callable[[], list[str]]) -> None:
        self.settings = settings
        self.options = options
        self.prepare = prepare
        self.sentences: list[str] = []
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        # Before the rest is imported, which takes the room of what it needs only while it reads: 9 MB less.
        # The first visitor does not wait for it, and it is done once for all processes.
        from campaign.territory.map import read_borders  # noqa: PLC0415 - in the process that needs it only

        read_borders()

        from campaign.app import create_app  # noqa: PLC0415
        from campaign.web.access_log import record_requests  # noqa: PLC0415
        from campaign.web.floor import Floor  # noqa: PLC0415

        try:
            self.sentences = self.prepare()
        except CampaignError as error:
            raise AppImportError(error.message) from error  # printed as it is, and the server stops
        app = create_app(self.settings)
        record_requests(app)
        if self.cfg.preload_app:
            visit_first(app)
        app.wsgi_app = Floor(app.wsgi_app)  # type: ignore[method-assign]  # the documented way to install it
        close_connections(app)
        gc.collect()
        gc.freeze()  # what lives as long as the process is not gone through again and again
        return app

    def run(self) -> None:
        Watcher(self).run()


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    prepare: Callable[[], list[str]],
    with_worker: bool = False,
) -> int:
    """Serve until SIGTERM or SIGINT, finish the requests under way, and give the exit code.

    `prepare` runs before the application is made; what it gives is printed once.
    """
    check_port(host, port)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    running: list[Callable[[], None]] = []

    shares = Shares(workers)

    def give_place(_arbiter: object, server_worker: ServerWorker) -> None:
        server_worker.shares, server_worker.place = shares, shares.take_place()

    def take_place_back(_arbiter: object, server_worker: ServerWorker) -> None:
        shares.free_place(server_worker.place)

    def start(server_worker: ServerWorker) -> None:
        if server_worker.age == 1:  # a process that replaces another has nothing new to say
            print(*server_worker.app.sentences, sep="\n", flush=True)  # noqa: T201 - answers on the terminal
        if with_worker:
            from campaign.jobs import Worker  # noqa: PLC0415 - in the server process only

            running.append(Worker(server_worker.app.wsgi()).start())

    def finish(_arbiter: object, server_worker: ServerWorker) -> None:
        for stop in running:
            stop()
        app: Flask | None = getattr(server_worker, "wsgi", None)
        if app is not None:
            close_connections(app)

    options: dict[str, Any] = {
        "bind": [address],
        "worker_class": ServerWorker,
        "workers": workers,
        "preload_app": workers > 1,
        "threads": threads,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": PATIENCE_SECONDS,
        "keepalive": 15,
        "logger_class": ServerLogger,
        "control_socket_disable": True,
        "proc_name": "pavois",
        "forwarded_allow_ips": "",  # proxies are declared by TRUSTED_PROXIES only
        "pre_fork": give_place,
        "child_exit": take_place_back,
        "post_worker_init": start,
        "worker_exit": finish,
    }
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK):
        options["worker_tmp_dir"] = str(SHARED_MEMORY)
    watcher = os.getpid()
    try:
        Server(settings, options, prepare).run()
    except AppImportError as refusal:
        raise CampaignError(str(refusal)) from refusal
    except SystemExit as leaving:
        if os.getpid() != watcher:
            raise  # a server process that ends: its code tells the watcher not to start another
        return 1 if leaving.code else 0
    return 0


FIRST_VISITS = (
    "/",
    "/municipalites",
    "/municipalites/recherche?q=a",
    "/calendrier",
    "/calendrier.ics",
    "/inscription",
    "/municipalites/23027",
    "/inscription/23027",
)
"""Pages that need most of what a process keeps: templates, statements, the known list and its search, the
calendar and the text of its dates, the longest form (any town will do)."""


def visit_first(app: Flask) -> None:
    """Be the first visitor, before there are several processes: they share what was made for it, some seven
    megabytes each, and nobody waits for it. These visits open the log; their answers do not matter."""
    visitor = app.test_client()
    for address in FIRST_VISITS:
        visitor.get(address)


def close_connections(app: Flask) -> None:
    """The last one to leave SQLite folds its write-ahead log back: one whole file stays behind."""
    from campaign.db import db  # noqa: PLC0415 - in the server process only

    with app.app_context():
        db.engine.dispose()


def check_port(host: str, port: int) -> None:
    """Say at once, in words, that the address cannot be used."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise CampaignError(
                    f"Le port {port} est déjà utilisé. Choisissez-en un autre : « --port {port + 1} »."
                ) from error
            raise CampaignError(
                f"Il n’est pas possible d’ouvrir {host}:{port} ({error.strerror}). Vérifiez --host et --port."
            ) from error
