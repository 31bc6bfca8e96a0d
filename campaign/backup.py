"""A consistent copy of the database and of the uploads, taken while the service runs; and its return.

One zip archive: `manifest.json`, `database.sqlite3` or `database.pgdump`, and `uploads/…`. The secret key is
not in it: a stolen copy opens no session.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from contextlib import closing, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from campaign import schema
from campaign.config import Settings
from campaign.db import db
from campaign.errors import CampaignError, Conflict

FORMAT = "pavois-sauvegarde-1"
MANIFEST = "manifest.json"
UPLOADS = "uploads/"
DUMPS = {"sqlite": "database.sqlite3", "postgresql": "database.pgdump"}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What an archive says of itself."""

    format: str
    engine: str
    schema: str
    made_at: str
    uploads: int


def back_up(settings: Settings, destination: Path, now: datetime) -> Manifest:
    """Write the archive beside its final name, then rename it: a file of that name is always complete."""
    version = schema.present_version()
    if version is None:
        raise CampaignError("La base est vide : il n’y a rien à sauvegarder.")
    destination = destination.absolute()
    if not destination.parent.is_dir():
        raise CampaignError(f"Le dossier {destination.parent} n’existe pas. Créez-le, puis recommencez.")
    files = _uploads(settings.upload_dir)
    manifest = Manifest(
        format=FORMAT,
        engine=db.engine.dialect.name,
        schema=version,
        made_at=now.isoformat(timespec="seconds"),
        uploads=len(files),
    )
    with tempfile.TemporaryDirectory(dir=destination.parent, prefix=".sauvegarde-") as folder:
        dump = Path(folder) / DUMPS[manifest.engine]
        _dump(dump)
        draft = Path(folder) / "archive"
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=2))
            archive.write(dump, dump.name)
            for file in files:
                # An upload withdrawn since the list was made is not an error.
                with suppress(FileNotFoundError):
                    archive.write(file, UPLOADS + file.relative_to(settings.upload_dir).as_posix())
        draft.chmod(0o600)  # names and addresses of people are in it
        draft.replace(destination)
    return manifest


def restore(settings: Settings, source: Path) -> Manifest:
    """Put an archive back in place of the database and of the uploads; refuses what is not a whole archive.

    The service must be stopped. Everything is unpacked and checked first; what was there before is replaced
    at the very end.
    """
    manifest = read_manifest(source)
    engine = db.engine.dialect.name
    if manifest.engine != engine:
        raise Conflict(
            f"Cette sauvegarde vient d’une base {manifest.engine}, et DATABASE_URL désigne une base {engine}."
        )
    settings.upload_dir.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=_database_folder(settings), prefix=".retour-") as folder,
        tempfile.TemporaryDirectory(dir=settings.upload_dir.parent, prefix=".retour-") as uploads,
    ):
        with zipfile.ZipFile(source) as archive:
            dump = Path(archive.extract(DUMPS[engine], folder))
            for name in archive.namelist():
                if name.startswith(UPLOADS):
                    archive.extract(name, uploads)
        db.session.remove()
        db.engine.dispose()
        if engine == "sqlite":
            _put_sqlite_back(dump)
        else:
            _run_postgresql_tool(
                "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction",
                "--exit-on-error", "--dbname", _postgresql_address(), str(dump),
            )  # fmt: skip
        _swap_uploads(Path(uploads) / UPLOADS, settings.upload_dir)
    return manifest


def read_manifest(source: Path) -> Manifest:
    """What the archive says of itself, after checking that all of it is there, unharmed, and ours."""
    not_ours = CampaignError(f"Le fichier {source} n’est pas une sauvegarde de Pavois. Rien n’a changé.")
    try:
        with zipfile.ZipFile(source) as archive:
            manifest = Manifest(**json.loads(archive.read(MANIFEST)))
            names = archive.namelist()
            is_sound = manifest.format == FORMAT and DUMPS.get(manifest.engine) in names
            if not is_sound or any(_escapes(name) for name in names):
                raise not_ours
            if archive.testzip() is not None:
                raise CampaignError(f"La sauvegarde {source} est abîmée. Rien n’a changé.")
    except FileNotFoundError as error:
        raise CampaignError(f"Le fichier {source} n’existe pas.") from error
    except (OSError, zipfile.BadZipFile, KeyError, TypeError, ValueError) as error:
        raise not_ours from error
    return manifest


def database_file() -> Path:
    """The file of the SQLite database in use."""
    name = db.engine.url.database
    if db.engine.dialect.name != "sqlite" or not name or name == ":memory:":
        raise CampaignError("Cette commande demande une base SQLite dans un fichier.")
    return Path(name).absolute()


def leave_sqlite_alone(file: Path) -> None:
    """Make sure that nobody uses this file, and fold its log into it, so that it can be replaced.

    A log left behind would be played over the file that takes its place.
    """
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=2)) as connection:
            # To leave the write-ahead log, SQLite wants the file to itself: it refuses while others have it.
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if "locked" not in str(error):
            return  # not a database any more: nothing of it to fold
        mode = "wal"
    if mode == "wal":
        raise Conflict("La base est en service. Arrêtez le serveur et le planificateur, puis recommencez.")


def _dump(destination: Path) -> None:
    if db.engine.dialect.name == "sqlite":
        with (
            closing(sqlite3.connect(f"file:{database_file()}?mode=ro", uri=True)) as live,
            closing(sqlite3.connect(destination)) as copy,
        ):
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    else:
        _run_postgresql_tool(
            "pg_dump", "--format=custom", "--no-owner", "--file", str(destination),
            "--dbname", _postgresql_address(),
        )  # fmt: skip


def _put_sqlite_back(dump: Path) -> None:
    try:
        with closing(sqlite3.connect(dump)) as copy:
            (verdict,) = copy.execute("PRAGMA integrity_check").fetchone()
    except sqlite3.DatabaseError:
        verdict = "unreadable"
    if verdict != "ok":
        raise CampaignError("La base contenue dans la sauvegarde est abîmée. Rien n’a changé.")
    file = database_file()
    leave_sqlite_alone(file)
    dump.replace(file)


def _run_postgresql_tool(*command: str) -> None:
    """The password travels in the environment, where other users of the machine do not read it."""
    password = db.engine.url.password
    try:
        result = subprocess.run(  # noqa: S603 - our own arguments, no shell
            command,
            env=os.environ | ({"PGPASSWORD": password} if password else {}),
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise CampaignError(
            f"Le programme {command[0]} est introuvable. Installez-le : sudo apt install postgresql-client."
        ) from error
    if result.returncode:
        raise CampaignError(f"{command[0]} a échoué. {result.stderr.strip()[-500:]}")


def _postgresql_address() -> str:
    return db.engine.url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _uploads(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else []


def _swap_uploads(fresh: Path, place: Path) -> None:
    fresh.mkdir(exist_ok=True)
    before = place.with_name(f"{place.name}.avant")
    shutil.rmtree(before, ignore_errors=True)
    if place.exists():
        place.rename(before)
    fresh.rename(place)
    shutil.rmtree(before, ignore_errors=True)


def _database_folder(settings: Settings) -> Path:
    folder = database_file().parent if db.engine.dialect.name == "sqlite" else settings.instance_dir
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _escapes(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts
