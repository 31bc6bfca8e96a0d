"""Runs migrations on the application's database."""

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


with extension.db.engine.connect() as connection:
    context.configure(
        connection=connection, target_metadata=metadata, render_item=render_item, **extension.configure_args
    )
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
