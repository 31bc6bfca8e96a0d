"""A throw-away PostgreSQL server made of Debian's binaries: local socket only, nothing kept, nothing synced.

    python3 tests/postgres.py start FOLDER    makes a server in FOLDER and prints its address
    python3 tests/postgres.py stop FOLDER

The standard library is enough, so that `.ci/run` can call it before anything is installed.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# PostgreSQL refuses to run as root: the account that the Debian package makes runs it instead.
ACCOUNT = "postgres"
# Durability costs most of a test's time, and these databases outlive no test.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
}


def find_binaries() -> Path | None:
    """The folder of the newest server installed, if any: Debian keeps it out of the search path."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def start(folder: Path, options: Mapping[str, str] = OPTIONS) -> str:
    """Make a server in `folder` and return the address of its maintenance database."""
    binaries = find_binaries()
    if binaries is None:
        raise FileNotFoundError("PostgreSQL est absent (sudo apt install postgresql)")
    if os.geteuid() == 0:
        shutil.chown(folder, ACCOUNT)
    data = folder / "data"
    settings = " ".join(f"-c {name}='{value}'" for name, value in options.items())
    _run(
        binaries / "initdb",
        *("--pgdata", data, "--username", "postgres", "--auth", "trust"),
        *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
    )
    _run(
        binaries / "pg_ctl",
        *("start", "--wait", "--silent", "--pgdata", data, "--log", folder / "log"),
        *("--options", f"{settings} -c unix_socket_directories='{folder}'"),
    )
    return f"postgresql://postgres@/postgres?host={folder}"


def stop(folder: Path) -> None:
    """Stop the server of `folder`, whose process id it holds, and remove all trace of it."""
    binaries = find_binaries()
    if binaries is not None and (folder / "data" / "postmaster.pid").exists():
        _run(binaries / "pg_ctl", "stop", "--silent", "--mode", "immediate", "--pgdata", folder / "data")
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(options: Mapping[str, str] = OPTIONS) -> Iterator[str]:
    """The address of a server that lives as long as the block, and never longer than this process."""
    folder = Path(tempfile.mkdtemp(prefix="pavois-postgres-"))
    # A killed process cleans nothing up, so another one does: it waits for the end of a pipe that we hold.
    guard = subprocess.Popen(
        [sys.executable, __file__, "guard", str(folder)], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        yield start(folder, options)
    finally:
        guard.communicate()


def _run(*command: str | Path) -> None:
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": ()}
    # The server inherits these streams for life: a pipe here would never close.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            check=False,
            **identity,
        )
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} a échoué\n{output.read().decode(errors='replace')}")


if __name__ == "__main__":
    action, place = sys.argv[1:]
    if action == "start":
        sys.stdout.write(start(Path(place)) + "\n")
    elif action == "guard":
        sys.stdin.read()
        stop(Path(place))
    else:
        stop(Path(place))
