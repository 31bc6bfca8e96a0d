"""What all commands need: the settings, the application around them, sentences on the screen."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from campaign import schema
from campaign.app import create_app
from campaign.config import Settings
from campaign.db import db
from campaign.errors import CampaignError

log = logging.getLogger(__name__)


@contextmanager
def explained() -> Iterator[None]:
    """Turn the database's own exceptions into something to do."""
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.ProgrammingError, sqlite3.Error) as error:
        log.debug("database failed", exc_info=True)
        raise CampaignError(
            "La base de données ne répond pas comme prévu. Exécutez « python3 run.py doctor »."
        ) from error


def settings_here() -> Settings:
    """What the environment says."""
    return Settings.from_environment(os.environ)


@contextmanager
def application(settings: Settings) -> Iterator[Flask]:
    """The application and its context; its connections are closed after, so that nothing is inherited."""
    app = create_app(settings)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def check_schema() -> None:
    """Refuse to work on a database of another version."""
    if not schema.is_current():
        raise CampaignError("La base n’est pas prête. Exécutez d’abord « python3 run.py init ».")


def say(sentence: str) -> None:
    """One line for the person at the terminal."""
    print(sentence, flush=True)
