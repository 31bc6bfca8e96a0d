"""Migrations: there and back on both engines, in agreement with the models, without the program."""

import ast
import re
from datetime import UTC, datetime
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask

from campaign import schema
from campaign.config import ROOT
from campaign.db import db, transaction
from campaign.registrations import queries
from campaign.registrations.models import SeatPool
from tests.registrations import world

NOW = datetime(2027, 9, 1, tzinfo=UTC)
VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))


def _tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def _differences() -> list[object]:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, db.metadata))


def test_the_migrated_schema_is_that_of_the_models(app: Flask) -> None:
    with app.app_context():
        assert _differences() == []
        assert _tables() == set(db.metadata.tables) | {"alembic_version"}


def test_the_version_expected_is_the_head_of_the_migrations(app: Flask) -> None:
    with app.app_context():
        head = ScriptDirectory(str(ROOT / "migrations")).get_current_head()

        assert schema.expected_version() == schema.present_version() == head


def test_each_migration_can_be_undone_and_done_again(app: Flask) -> None:
    with app.app_context():
        for _ in VERSIONS:
            flask_migrate.downgrade()
        after_undoing = _tables()
        flask_migrate.upgrade()

        assert after_undoing == {"alembic_version"}
        assert _differences() == []


def _rows(names: set[str]) -> dict[str, int]:
    with db.engine.connect() as connection:
        return {
            name: connection.scalar(sa.select(sa.func.count()).select_from(db.metadata.tables[name])) or 0
            for name in sorted(names)
        }


def test_a_database_in_use_keeps_its_rows_through_the_last_migration(app: Flask, demo: None) -> None:
    """Down and up again, with what the demonstration holds; foreign keys are watched again afterwards."""
    with app.app_context():
        all_tables = set(db.metadata.tables)
        flask_migrate.downgrade()
        before = _rows(_tables() & all_tables)
        flask_migrate.upgrade()

        after = _rows(before.keys() & all_tables)
        assert after == before
        assert before["contact"] > 400
        assert before["participation"] > 1000
        with db.engine.connect() as connection, pytest.raises(sa.exc.IntegrityError):
            connection.execute(
                sa.insert(db.metadata.tables["personal_link"]).values(
                    edition_id=-1, territory_id=-1, token_hash="x", issued_at=NOW, expires_at=NOW
                )
            )


def test_the_sittings_of_groups_are_counted_for_who_registered_before(app: Flask, directory: None) -> None:
    """Their limits were written, and counted nobody: three people came to a room of two."""
    with app.app_context():
        with transaction():
            rules, (group, _other) = world.training(seats=5)
            for name in ("A", "B", "C"):
                world.register(rules, world.person(name, cohort_id=group.id))
            event = queries.get_event(rules.event_id)
            limited, roomy = event.sessions[0], event.sessions[1]
            limited.capacity, roomy.capacity = 2, 9
            number, rooms = group.id, [limited.id, roomy.id]
        db.session.remove()
        flask_migrate.downgrade(revision="0005_stamp_calendar_changes")
        flask_migrate.upgrade()

        pools = {(one.kind.value, one.target): one for one in db.session.scalars(sa.select(SeatPool))}
        told = [pools["seance", str(one)] for one in rooms]
        assert pools["groupe", str(number)].sittings == [str(one) for one in rooms]
        assert [(one.taken, one.capacity) for one in told] == [(3, 3), (3, 9)]


def test_migrations_follow_each_other_in_one_line() -> None:
    scripts = ScriptDirectory(str(ROOT / "migrations"))
    line = [script.revision for script in reversed(list(scripts.walk_revisions()))]

    assert len(scripts.get_heads()) == 1
    assert line == [path.stem for path in VERSIONS]


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.stem)
def test_a_migration_has_a_number_a_verb_and_stands_alone(version: Path) -> None:
    tree = ast.parse(version.read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }

    assert re.fullmatch(r"\d{4}_[a-z]+(_[a-z0-9]+)+", version.stem)
    assert ast.get_docstring(tree)
    assert not [name for name in imported if name.split(".")[0] == "campaign"]
