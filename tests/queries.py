"""Counts what is asked of the database: the number must not depend on the number of rows."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from flask import Flask

from campaign.agenda import express
from campaign.db import db, revisions_by_driver


class Statements(list[str]):
    """The statements seen, in order."""

    @property
    def reads(self) -> list[str]:
        return [statement for statement in self if statement.lstrip().upper().startswith(("SELECT", "WITH"))]


@contextmanager
def count_queries(app: Flask) -> Iterator[Statements]:
    """The statements sent to the database during the block, whoever sends them: `len(statements)`."""
    seen = Statements()

    def remember(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.upper().startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "PRAGMA")):
            seen.append(statement)

    def remember_and_ask(engine: sa.Engine) -> dict[str, int]:
        """The short way of feeds asks the driver itself, of which SQLAlchemy tells nothing."""
        seen.append("SELECT the numbers of revisions")
        return revisions_by_driver(engine)

    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", remember)
    express.revisions_by_driver = remember_and_ask
    try:
        yield seen
    finally:
        express.revisions_by_driver = revisions_by_driver
        sa.event.remove(engine, "before_cursor_execute", remember)
