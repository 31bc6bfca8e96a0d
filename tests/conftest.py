"""Fixtures of all tests: a fresh database on each engine, the application, a client that checks pages."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy.orm import Session

pytest.register_assert_rewrite("tests.pages", "tests.typography")

from campaign.app import create_app  # noqa: E402 - after the registration above, which must precede these imports
from campaign.config import Settings  # noqa: E402
from campaign.db import db  # noqa: E402
from tests.absence import Absence, closing_lines  # noqa: E402
from tests.databases import Database, PostgresTemplates, SqliteTemplates, Templates  # noqa: E402
from tests.pages import Client  # noqa: E402
from tests.postgres import find_binaries, running  # noqa: E402

POSTGRESQL = Absence("PostgreSQL", "sudo apt install postgresql")
FILLINGS = ("demo", "directory")  # richest first; a test that asks for neither starts from empty tables


@pytest.fixture(scope="session")
def sqlite_templates(tmp_path_factory: pytest.TempPathFactory) -> Templates:
    return SqliteTemplates(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_templates() -> Iterator[Templates]:
    """On the server named by the environment (`.ci/run` starts one), else on one that this process starts."""
    url = os.environ.get("PAVOIS_TEST_POSTGRES_URL")
    if not url and find_binaries() is None:
        POSTGRESQL.report()
    with _server(url) as address, PostgresTemplates(address) as templates:
        yield templates


@contextmanager
def _server(url: str | None) -> Iterator[str]:
    if url:
        yield url
    else:
        with running() as own:
            yield own


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A fresh database with the migrated schema, dropped after the test; the test runs once on each engine.

    It is a copy of a template: nothing is shared between tests, and what is committed is really committed, so
    that several threads or processes may use it.
    """
    templates: Templates = request.getfixturevalue(f"{request.param}_templates")
    filling = next((name for name in FILLINGS if name in request.fixturenames), "empty")
    with templates.copy(filling) as fresh:
        yield fresh


@pytest.fixture
def directory(app: Flask) -> None:
    """Ask for it to start from the packaged directory: regions, MRC, the 1,281 entities, mergers, aliases."""


@pytest.fixture
def demo(app: Flask) -> None:
    """Ask for it to start from the demonstration of 22 November 2026 at 7 h: a simulated 12th edition."""


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """What the application of this test is started with."""
    return Settings(
        database_url=database.url,
        secret_key="a made-up secret, long enough for tests",
        public_url="http://localhost",
        instance_dir=tmp_path / "instance",
        upload_dir=tmp_path / "uploads",
        is_testing=True,
    )


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """The application on a fresh database, with no context open: a request in it would share its session."""
    app = create_app(settings)
    app.test_client_class = Client
    app.jinja_env.bytecode_cache = _compiled_templates
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> Client:
    """A browser without script: `visit(address)` reads and checks, `submit(page, …)` sends its form."""
    client = app.test_client()
    assert isinstance(client, Client)
    return client


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """For services and queries: an application context and a write transaction that is never committed.

    Not together with `client`: on SQLite the open transaction would keep every request waiting. There, write
    with `with app.app_context(), transaction() as session:`.
    """
    with app.app_context():
        session = db.session()
        session.connection(execution_options={"pavois_immediate": True})
        session.info["in_transaction"] = True
        yield session
        session.info.pop("in_transaction")
        session.rollback()


class _CompiledTemplates(BytecodeCache):
    """Templates compiled once per process, though each test has its own application."""

    def __init__(self) -> None:
        self.compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        key = bucket.key + bucket.checksum
        if key in self.compiled:
            bucket.bytecode_from_string(self.compiled[key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.compiled[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


_compiled_templates = _CompiledTemplates()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say by name what was absent from this machine, and what it cost."""
    for line in closing_lines(terminalreporter):
        terminalreporter.write_line(line, yellow=True)
