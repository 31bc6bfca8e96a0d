"""Is the database at the version this program expects, and how it is brought there."""

from __future__ import annotations

import flask_migrate
import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from campaign.config import ROOT
from campaign.db import db


def expected_version() -> str:
    """The last migration that ships with this program."""
    head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()
    if head is None:  # pragma: no cover - the program ships with its migrations
        raise RuntimeError("no migration")
    return head


def present_version() -> str | None:
    """The last migration applied to this database; None when it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current() -> bool:
    """Can this program work on this database?"""
    return present_version() == expected_version()


def is_empty() -> bool:
    """Is there no table at all?"""
    return not sa.inspect(db.engine).get_table_names()


def upgrade() -> None:
    """Apply the migrations that are missing."""
    if not is_current():
        flask_migrate.upgrade()
