"""Runs migrations on the application's database."""

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app

extension = current_app.extensions["migrate"]
metadata = extension.db.metadata


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | bool:
    """Write our instants as the plain column they are: a migration never imports the application."""
    if kind == "type" and type(item).__name__ == "UTCDateTime":
        return "sa.DateTime(timezone=True)"
    return False


def keep_rows(connection: sa.Connection, *, is_on: bool) -> None:
    """SQLite changes a table by copying it and dropping the old one, which its foreign keys would refuse, or
    follow by deleting rows: they are off meanwhile, and checked at the end. It has an effect outside a
    transaction only."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={'ON' if is_on else 'OFF'}")


with extension.db.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_item=render_item, **extension.configure_args
    )
    keep_rows(connection, is_on=False)
    try:
        with context.begin_transaction():
            context.run_migrations()
            if connection.dialect.name == "sqlite":
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"rows without what they refer to: {broken[:5]}")
        connection.commit()
    finally:
        connection.rollback()
        keep_rows(connection, is_on=True)
