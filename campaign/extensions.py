"""Flask extensions, made once and bound to the application by `create_app`."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

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
