"""Sets Pavois up and starts it, with the Python standard library alone.

    python3 run.py                    the demonstration
    python3 run.py test [arguments]   the test suite (arguments go to pytest)
    python3 run.py <command> ...      any other command, the same as `python -m campaign <command> ...`

The first start makes `.venv` and installs the locked packages. A stamp in it then tells later starts that
nothing is left to do. The stamp is removed before anything is changed and written last: a set-up that was
interrupted leaves none, and is simply made again.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

if os.name != "posix":
    sys.exit("Pavois s’exécute sous Linux ou macOS. Sous Windows, ouvrez un terminal WSL et recommencez.")
if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells people that their Python is too old
    sys.exit(
        "Pavois demande Python 3.11 ou plus récent, et vous utilisez Python {}.{}. "
        "Installez une version récente, puis relancez avec elle, par exemple « python3.11 run.py ».".format(
            *sys.version_info
        )
    )

ROOT = Path(__file__).resolve().parent
RUNTIME_LOCK = "requirements.txt"
TEST_LOCK = "requirements-test.txt"  # the runtime lock and the tools of the tests

VENV_MISSING = """\
Il manque à Python de quoi créer un environnement (modules venv et ensurepip).
Sous Debian et Ubuntu, installez le paquet python3-venv, puis relancez la même commande.

    sudo apt install python3-venv
"""
CAUSES = (
    (
        r"No space left on device|Errno 28",
        "Il n’y a plus assez de place sur le disque. Libérez environ 500 Mo, puis relancez la même commande.",
    ),
    (
        r"Permission denied|Errno 13|Read-only file system",
        "Le dossier de Pavois ne peut pas être modifié. Vérifiez qu’il vous appartient, puis relancez.",
    ),
    (
        r"NewConnectionError|NameResolutionError|name resolution|ConnectTimeout|ReadTimeout|ProxyError"
        r"|Max retries|connection broken|SSLError",
        "Les paquets de Python n’ont pas pu être téléchargés. Vérifiez la connexion à Internet "
        "(et le mandataire, s’il y en a un), puis relancez la même commande.",
    ),
    (
        r"DO NOT MATCH THE HASHES",
        "Un paquet téléchargé n’est pas celui qui était attendu et il n’a pas été installé. Relancez la même "
        "commande. Si le message revient, un intermédiaire du réseau modifie les téléchargements.",
    ),
    (
        r"No matching distribution found",
        "Un des paquets n’existe pas pour cette version de Python ou pour cette machine. "
        "Essayez avec Python 3.11, 3.12 ou 3.13.",
    ),
)


class SetupFailed(Exception):
    """The environment could not be made; the text tells a person what to do."""


class Environment:
    """The virtual environment of one checkout, and what is known to be installed in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / ".venv"
        self.python = self.folder / "bin" / "python"
        self.stamp = self.folder / "pavois.json"
        self._inherited: tuple[int, ...] = ()  # open files that the commands we start keep open

    def is_ready(self, lock: str) -> bool:
        state = self._read_stamp()
        return self._is_ours(state) and state.get(lock) == self._fingerprint(lock)

    def make_ready(self, lock: str) -> None:
        """Install what `lock` lists, in a new environment unless the present one is known to be sound."""
        started = time.monotonic()
        installed = self._read_stamp()
        _say(f"Installation des paquets de Pavois dans {self.folder} (moins d’une minute)…")
        if not self._is_ours(installed):
            installed = {}
            self._create()
        self.stamp.unlink(missing_ok=True)
        self._install(lock)
        locks = {RUNTIME_LOCK, lock}  # a test lock covers the runtime one
        self._write_stamp(installed | self._identity() | {name: self._fingerprint(name) for name in locks})
        _say(f"Environnement prêt en {time.monotonic() - started:.0f} s.")

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Let one start at a time work on the environment.

        The folder itself is locked, so nothing is left behind. The system gives the lock back when the last
        process that holds it ends; pip inherits it, so that an orphan still at work keeps others out.
        """
        import fcntl  # noqa: PLC0415 - absent from Windows, which is told so above

        lock = os.open(self.root, os.O_RDONLY)
        self._inherited = (lock,)
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                _say("Une autre installation est en cours dans ce dossier. Elle va se terminer d’abord…")
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _create(self) -> None:
        if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
            raise SetupFailed(VENV_MISSING)
        if self.folder.is_symlink():  # `--clear` would follow it and empty the environment of someone else
            self.folder.unlink()
        self._run(sys.executable, "-m", "venv", "--clear", str(self.folder))
        # The program is found from any folder, so that people's own relative paths keep their meaning.
        for packages in self.folder.glob("lib/python*/site-packages"):
            (packages / "pavois.pth").write_text(f"{self.root}\n", encoding="utf-8")

    def _install(self, lock: str) -> None:
        pip = [str(self.python), "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        safety = ["--no-input", "--require-hashes", "--only-binary", ":all:", "--retries", "2"]
        self._run(*pip, *safety, "--requirement", str(self.root / lock))

    def _run(self, *command: str) -> None:
        # People's own pip settings (mirror, certificate) are kept, except those that would install elsewhere.
        elsewhere = {"PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_DRY_RUN"}
        result = subprocess.run(
            command,
            env={name: value for name, value in os.environ.items() if name not in elsewhere},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            pass_fds=self._inherited,
        )
        if result.returncode:
            raise SetupFailed(_explain(result.stdout + result.stderr))

    def _identity(self) -> dict[str, str]:
        """What an environment cannot outlive: the folder it was made in and its interpreter."""
        return {"folder": str(self.folder), "python": sys.version, "base": sys.base_prefix}

    def _is_ours(self, state: dict[str, str]) -> bool:
        return self.python.exists() and self._identity().items() <= state.items()

    def _fingerprint(self, lock: str) -> str:
        return hashlib.sha256((self.root / lock).read_bytes()).hexdigest()

    def _read_stamp(self) -> dict[str, str]:
        try:
            return dict(json.loads(self.stamp.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _write_stamp(self, state: dict[str, str]) -> None:
        draft = self.stamp.with_suffix(".draft")
        draft.write_text(json.dumps(state, indent=2), encoding="utf-8")
        draft.replace(self.stamp)


def main(arguments: list[str]) -> int:
    """Make the environment ready, then become the command; return only when that could not be done."""
    testing = arguments[:1] == ["test"]
    lock = TEST_LOCK if testing else RUNTIME_LOCK
    environment = Environment(ROOT)
    try:
        if not environment.is_ready(lock):
            with environment.locked():
                if not environment.is_ready(lock):  # the start that held the lock may have done it
                    environment.make_ready(lock)
    except SetupFailed as failure:
        _say(str(failure))
        return 1
    except OSError as failure:
        _say(_explain(str(failure)))
        return 1
    except KeyboardInterrupt:
        _say("Installation interrompue. Relancez la même commande pour la reprendre.")
        return 130
    if testing:
        os.chdir(ROOT)
        command = ["-m", "pytest", *arguments[1:]]
    else:
        # -P: a file that happens to bear the name of a module, where the person works, is not imported.
        command = ["-P", "-m", "campaign", *(arguments or ["demo"])]
    sys.stderr.flush()
    return os.execv(environment.python, [str(environment.python), *command])  # noqa: S606 - signals and exit codes pass


def _explain(output: str) -> str:
    """The advice for what went wrong, then the tool's own last lines, for whoever is asked for help."""
    advice = "L’installation a échoué. Les dernières lignes disent pourquoi."
    for pattern, sentence in CAUSES:
        if re.search(pattern, output):
            advice = sentence
            break
    return "\n".join([advice, "", *output.strip().splitlines()[-8:]])


def _say(sentence: str) -> None:
    """Standard error: what the command prints on standard output stays usable by another program."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
