"""Migrations: there and back on both engines, in agreement with the models, without the program."""

import ast
import re
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
from campaign.db import db

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
