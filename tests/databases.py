"""Databases for tests: each content is made once per process by the real migrations, then copied."""

import shutil
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import flask_migrate
import psycopg
import sqlalchemy as sa

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import db, transaction
from campaign.demo import build as build_demo
from campaign.territory.directory import import_directory


@dataclass(frozen=True)
class Database:
    """The address of a database that belongs to one test."""

    url: str

    @property
    def engine_name(self) -> str:
        return sa.make_url(self.url).get_backend_name()


def _load_directory() -> None:
    with transaction():
        import_directory(now=datetime(2026, 11, 22, 12, tzinfo=UTC))


def _build_demo() -> None:
    with transaction():
        build_demo(datetime(2026, 11, 22, 12, tzinfo=UTC))


FILLERS: dict[str, Callable[[], None]] = {
    "empty": lambda: None,
    "directory": _load_directory,
    "demo": _build_demo,
}
"""What each content adds to the migrated schema; called in an application context."""


class Templates(ABC):
    """One template per content, made when a test first asks for it."""

    def __init__(self) -> None:
        self._made: dict[str, str] = {}

    @contextmanager
    def copy(self, filling: str) -> Iterator[Database]:
        """A database of that content, removed at the end of the block."""
        if filling not in self._made:
            self._made[filling] = self._filled(filling)
        url = self._copy(self._made[filling])
        try:
            yield Database(url)
        finally:
            self._drop(url)

    def _filled(self, filling: str) -> str:
        url = self._create(filling)
        try:
            fill(url, FILLERS[filling])
        except BaseException:
            self._drop(url)  # half-made, it would stand in the way of the next test's attempt
            raise
        return url

    @abstractmethod
    def _create(self, name: str) -> str: ...

    @abstractmethod
    def _copy(self, template: str) -> str: ...

    @abstractmethod
    def _drop(self, url: str) -> None: ...


class SqliteTemplates(Templates):
    """Files: the template is closed when it is copied, so its log is already in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def _create(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite3"

    def _copy(self, template: str) -> str:
        copy = self._folder / f"{uuid.uuid4().hex}.sqlite3"
        shutil.copyfile(_file(template), copy)
        return f"sqlite:///{copy}"

    def _drop(self, url: str) -> None:
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_file(url)}{suffix}").unlink(missing_ok=True)


class PostgresTemplates(Templates):
    """Databases of one server; copying files is six times faster than replaying them through its log."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self._server = sa.make_url(server).set(drivername="postgresql+psycopg")
        self._run = uuid.uuid4().hex[:8]

    def __enter__(self) -> Self:
        address = self._server.set(drivername="postgresql").render_as_string(hide_password=False)
        self._maintenance = psycopg.connect(address, autocommit=True)
        return self

    def __exit__(self, *_: object) -> None:
        for url in self._made.values():
            self._drop(url)
        self._maintenance.close()

    def _create(self, name: str) -> str:
        return self._new_database(f"pavois_{self._run}_{name}")

    def _copy(self, template: str) -> str:
        source = sa.make_url(template).database
        by_files = "STRATEGY file_copy" if self._maintenance.info.server_version >= 150_000 else ""
        return self._new_database(
            f"pavois_{self._run}_{uuid.uuid4().hex[:12]}", f"TEMPLATE {source} {by_files}"
        )

    def _drop(self, url: str) -> None:
        self._maintenance.execute(f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)".encode())

    def _new_database(self, name: str, options: str = "TEMPLATE template0 ENCODING 'UTF8'") -> str:
        self._maintenance.execute(f"CREATE DATABASE {name} {options}".encode())
        return self._server.set(database=name).render_as_string(hide_password=False)


def fill(url: str, filler: Callable[[], None]) -> None:
    """Migrate the database at that address from nothing, add what is asked, and let go of it."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            database_url=url,
            secret_key="a made-up secret, long enough for tests",
            instance_dir=Path(folder),
            upload_dir=Path(folder),
            is_testing=True,
        )
        with create_app(settings).app_context():
            flask_migrate.upgrade()
            filler()
            db.session.remove()
            db.engine.dispose()


def _file(url: str) -> Path:
    name = sa.make_url(url).database
    assert name is not None
    return Path(name)
