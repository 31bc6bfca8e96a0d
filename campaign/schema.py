"""Is the database at the version this program expects, and how it is brought there.

Alembic is brought in to migrate only: every server process looks at the version, and would keep eleven
megabytes for it.
"""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from campaign.config import ROOT
from campaign.db import db

_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


@cache
def expected_version() -> str:
    """The last migration that ships with this program: its file has the highest number, and its name."""
    return max(file.stem for file in (ROOT / "migrations" / "versions").glob("[0-9]*.py"))


def present_version() -> str | None:
    """The last migration applied to this database; None when it is empty."""
    with db.engine.connect() as connection:
        if not sa.inspect(connection).has_table(_VERSION.name):
            return None
        return connection.scalar(sa.select(_VERSION.c.version_num))


def is_current() -> bool:
    """Can this program work on this database?"""
    return present_version() == expected_version()


def is_empty() -> bool:
    """Is there no table at all?"""
    return not sa.inspect(db.engine).get_table_names()


def upgrade() -> None:
    """Apply the migrations that are missing."""
    if not is_current():
        import flask_migrate  # noqa: PLC0415 - see above

        flask_migrate.upgrade()
