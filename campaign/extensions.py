"""Flask extensions, made once and bound to the application by `create_app`."""

from __future__ import annotations

import threading
import time
from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from limits.storage import MemoryStorage

babel = Babel()
csrf = CSRFProtect()
login_manager = LoginManager()
limiter = Limiter(key_func=get_remote_address)


class LateMigrate:
    """Holds Flask-Migrate's place until the first migration asks it for something: see `schema`."""

    def __init__(self, app: Flask, database: SQLAlchemy, **options: Any) -> None:
        self.bind = app, database, options
        app.extensions["migrate"] = self

    def __getattr__(self, name: str) -> Any:
        from flask_migrate import Migrate  # noqa: PLC0415 - with Alembic, eleven megabytes

        app, database, options = self.bind
        Migrate(app, database, **options)
        return getattr(app.extensions["migrate"], name)


class ProcessStorage(MemoryStorage):
    """Hits counted in the process (`process://`), without the thread that the library starts at each one."""

    STORAGE_SCHEME = ["process"]  # noqa: RUF012 - the shape that the library reads
    SWEEP_SECONDS = 60

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._counting = threading.Lock()
        self._swept_at = time.monotonic()

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """One more hit; the first of a window says when the window ends."""
        with self._counting:
            self._sweep()
            hits: int = self.get(key) + amount
            self.storage[key] = hits
            if hits == amount:
                self.expirations[key] = time.time() + expiry
            return hits

    def _sweep(self) -> None:
        """Forget the windows that are over, now and then: whoever left does not come back to be forgotten."""
        if time.monotonic() - self._swept_at < self.SWEEP_SECONDS:
            return
        self._swept_at = time.monotonic()
        now = time.time()
        for key in [key for key, end in self.expirations.items() if end <= now]:
            self.clear(key)
