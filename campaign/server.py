"""The web server: gunicorn, set up in one place for production and for the demonstration."""

from __future__ import annotations

import errno
import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger
from gunicorn.workers.base import Worker as ServerWorker

from campaign import logs
from campaign.app import create_app
from campaign.config import Settings
from campaign.errors import CampaignError
from campaign.jobs import Worker

GRACE_SECONDS = 30
"""How long requests under way may still take after SIGTERM."""

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - not for our files: where gunicorn's pulse costs no disk


class ServerLogger(Logger):  # type: ignore[misc]  # gunicorn carries no types
    """gunicorn's own sentences, in our format and through our redaction."""

    def setup(self, cfg: Any) -> None:
        self.error_log.handlers = []
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn carries no types
    """Makes the application inside each server process: no connection is inherited."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self.settings = settings
        self.options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app = create_app(self.settings)
        logs.record_requests(app)
        return app


def serve(
    settings: Settings,
    *,
    host: str,
    port: int,
    workers: int,
    threads: int,
    when_ready: Callable[[], None],
    with_worker: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished. Never returns: the process ends."""
    check_port(host, port)
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options: dict[str, Any] = {
        "bind": [address],
        "worker_class": "gthread",
        "workers": workers,
        "threads": threads,
        "graceful_timeout": GRACE_SECONDS,
        "timeout": 60,
        "keepalive": 15,
        "logger_class": ServerLogger,
        "control_socket_disable": True,
        "proc_name": "pavois",
        "forwarded_allow_ips": "",  # proxies are declared by TRUSTED_PROXIES only
        "when_ready": lambda _server: when_ready(),
    }
    if SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK):
        options["worker_tmp_dir"] = str(SHARED_MEMORY)
    if with_worker:
        options |= _scheduler_hooks()
    Server(settings, options).run()


def _scheduler_hooks() -> dict[str, Any]:
    """The scheduler beside the web server, in its only process."""
    running: list[Callable[[], None]] = []

    def start(server_worker: ServerWorker) -> None:
        running.append(Worker(server_worker.app.wsgi()).start())

    def finish(_arbiter: object, _server_worker: ServerWorker) -> None:
        for stop in running:
            stop()

    return {"post_worker_init": start, "worker_exit": finish}


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
