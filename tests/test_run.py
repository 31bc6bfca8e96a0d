"""`run.py` on real checkouts in miniature: real environments and a real pip, with packages made here."""

import ast
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import run

PROGRAM = """
import json, os, sys
print(json.dumps({"arguments": sys.argv[1:], "folder": os.getcwd(), "process": os.getpid()}))
sys.exit(7)
"""


@dataclass(frozen=True)
class Checkout:
    """A folder with `run.py`, locks and a program that says how it was started."""

    root: Path
    wheels: Path

    @property
    def environment(self) -> Path:
        return self.root / ".venv"

    def lock(self, name: str, *packages: str) -> None:
        """Write a hashed lock of packages that exist, and put them where pip will look."""
        lines = [f"{package}==1.0 --hash=sha256:{_wheel(self.wheels, package)}\n" for package in packages]
        (self.root / name).write_text("".join(lines))

    def begin(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start `run.py` from a folder that is not the checkout."""
        return subprocess.Popen(
            [sys.executable, str(self.root / "run.py"), *arguments],
            cwd=self.wheels,
            env=self._environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self, *arguments: str, **environment: str) -> "Outcome":
        return finish(self.begin(*arguments, **environment))

    def copy(self, root: Path) -> "Checkout":
        shutil.copytree(self.root, root, symlinks=True)
        return Checkout(root, self.wheels)

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        return kept | {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(self.wheels)}


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str
    messages: str

    @property
    def report(self) -> dict[str, object]:
        """What the program said of how it was started."""
        return dict(json.loads(self.output))


def finish(process: subprocess.Popen[str]) -> Outcome:
    output, messages = process.communicate(timeout=120)
    return Outcome(process.returncode, output, messages)


def _first_message(process: subprocess.Popen[str]) -> str:
    assert process.stderr
    return process.stderr.readline()


def _wheel(folder: Path, package: str) -> str:
    """Make the smallest wheel whose module says how it was started; return its hash."""
    information = f"{package}-1.0.dist-info"
    files = {
        f"{package}/__init__.py": "",
        f"{package}/__main__.py": PROGRAM,
        f"{information}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n",
        f"{information}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = f"{information}/RECORD"
    files[record] = "".join(f"{name},,\n" for name in [*files, record])
    path = folder / f"{package}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, text in files.items():
            wheel.writestr(zipfile.ZipInfo(name), text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _new_checkout(folder: Path) -> Checkout:
    checkout = Checkout(folder / "checkout", folder / "wheels")
    checkout.wheels.mkdir()
    (checkout.root / "campaign").mkdir(parents=True)
    (checkout.root / "campaign" / "__main__.py").write_text(PROGRAM)
    shutil.copy(run.__file__, checkout.root / "run.py")
    checkout.lock("requirements.txt", "flags")
    checkout.lock("requirements-test.txt", "flags", "pytest")
    return checkout


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A checkout that was set up by a first start; each test that uses it leaves it ready."""
    checkout = _new_checkout(tmp_path_factory.mktemp("ready"))

    first = checkout.start("directory", "import", "mon fichier.csv", PIP_USER="1")

    assert first.code == 7, first.messages
    assert first.report["arguments"] == ["directory", "import", "mon fichier.csv"]
    assert "Environnement prêt" in first.messages
    return checkout


def test_a_second_start_is_quiet_quick_and_becomes_the_command(ready: Checkout) -> None:
    began = time.monotonic()
    process = ready.begin("worker", "--once")
    outcome = finish(process)

    assert time.monotonic() - began < 3
    assert (outcome.code, outcome.messages) == (7, "")
    assert outcome.report == {
        "arguments": ["worker", "--once"],
        "folder": str(ready.wheels),  # where the person works: their paths keep their meaning
        "process": process.pid,  # the same process: signals and exit codes pass
    }


def test_without_arguments_it_is_the_demonstration(ready: Checkout) -> None:
    assert ready.start().report["arguments"] == ["demo"]


def test_the_locked_packages_are_installed_for_the_program(ready: Checkout) -> None:
    found = subprocess.run([ready.environment / "bin" / "python", "-m", "flags"], check=False, cwd="/")

    assert found.returncode == 7


def test_test_installs_its_own_lock_once_and_hands_its_arguments_to_pytest(ready: Checkout) -> None:
    first = ready.start("test", "-k", "ceremony")
    second = ready.start("test")
    after = ready.start("doctor")

    assert (first.code, first.report["arguments"], first.report["folder"]) == (
        7,
        ["-k", "ceremony"],
        str(ready.root),
    )
    assert "Environnement prêt" in first.messages
    assert (second.messages, after.messages) == ("", "")


def test_two_starts_at_once_install_one_after_the_other(ready: Checkout) -> None:
    ready.lock("requirements.txt", "flags", "masts")

    outcomes = [finish(process) for process in [ready.begin("demo"), ready.begin("demo")]]

    assert [outcome.code for outcome in outcomes] == [7, 7]
    assert sum("Environnement prêt" in outcome.messages for outcome in outcomes) == 1


def test_a_half_made_environment_is_made_again_once_its_maker_is_done(ready: Checkout) -> None:
    remains = ready.environment / "half-installed"
    remains.touch()
    (ready.environment / "pavois.json").unlink()

    with run.Environment(ready.root).locked():
        process = ready.begin("demo")
        waits = _first_message(process)
    outcome = finish(process)

    assert waits.startswith("Une autre installation est en cours")
    assert (outcome.code, remains.exists()) == (7, False)


@pytest.fixture
def in_front() -> Iterator[None]:
    """What is started hears Ctrl+C: a suite that a script left in the background (`… &`) ignores it, and who
    ignores a signal hands that on."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("in_front")
def test_ctrl_c_stops_the_installation_in_one_sentence(ready: Checkout, tmp_path: Path) -> None:
    process = ready.copy(tmp_path / "elsewhere").begin("demo")
    assert _first_message(process).startswith("Installation")

    process.send_signal(signal.SIGINT)
    outcome = finish(process)

    assert outcome.code == 130
    assert outcome.messages == "Installation interrompue. Relancez la même commande pour la reprendre.\n"


def test_a_copied_folder_does_not_use_the_environment_of_the_first(ready: Checkout, tmp_path: Path) -> None:
    copy = ready.copy(tmp_path / "elsewhere")

    outcome = copy.start("demo")

    assert outcome.code == 7
    assert "Environnement prêt" in outcome.messages
    assert str(copy.environment) in (copy.environment / "bin" / "pip").read_text()


def test_an_environment_reached_by_a_link_is_left_to_its_owner(ready: Checkout, tmp_path: Path) -> None:
    owned = sorted(ready.environment.rglob("*"))
    second = Checkout(tmp_path / "linked", ready.wheels)
    shutil.copytree(ready.root, second.root, symlinks=True, ignore=shutil.ignore_patterns(".venv"))
    second.environment.symlink_to(ready.environment)

    outcome = second.start("serve")

    assert outcome.code == 7
    assert not second.environment.is_symlink()
    assert sorted(ready.environment.rglob("*")) == owned


def test_another_interpreter_gets_an_environment_of_its_own(ready: Checkout) -> None:
    environment = run.Environment(ready.root)
    assert environment.is_ready("requirements.txt")
    stamp = json.loads(environment.stamp.read_text())

    environment.stamp.write_text(json.dumps(stamp | {"python": "3.11.0 (an older build)"}))
    is_ready_after_an_upgrade = environment.is_ready("requirements.txt")
    environment.stamp.write_text("{ cut in the mid")
    is_ready_when_unreadable = environment.is_ready("requirements.txt")
    environment.stamp.write_text(json.dumps(stamp))

    assert (is_ready_after_an_upgrade, is_ready_when_unreadable) == (False, False)
    assert environment.is_ready("requirements.txt")


def test_without_network_one_sentence_says_what_to_check(ready: Checkout, tmp_path: Path) -> None:
    offline = _as_installed(ready.copy(tmp_path / "elsewhere"))
    offline.lock("requirements.txt", "flags", "poles")
    (offline.wheels / "poles-1.0-py3-none-any.whl").unlink()

    outcome = offline.start("demo", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:1/simple")

    assert outcome.code == 1
    assert "Vérifiez la connexion à Internet" in outcome.messages
    assert not (offline.environment / "pavois.json").exists()


def test_a_package_that_is_not_the_one_locked_is_refused(ready: Checkout, tmp_path: Path) -> None:
    altered = _as_installed(ready.copy(tmp_path / "elsewhere"))
    altered.lock("requirements.txt", "flags", "ropes")
    with zipfile.ZipFile(altered.wheels / "ropes-1.0-py3-none-any.whl", "a") as wheel:
        wheel.writestr("ropes/added.py", "")

    outcome = altered.start("demo")

    assert outcome.code == 1
    assert "n’est pas celui qui était attendu" in outcome.messages


def _as_installed(checkout: Checkout) -> Checkout:
    """Let the copied environment pass for one made in its place, so that only pip has work to do."""
    stamp = checkout.environment / "pavois.json"
    stamp.write_text(json.dumps(json.loads(stamp.read_text()) | {"folder": str(checkout.environment)}))
    return checkout


@pytest.mark.parametrize("absent", ["venv", "ensurepip"])
def test_without_python3_venv_the_command_that_installs_it_is_given(tmp_path: Path, absent: str) -> None:
    checkout = _new_checkout(tmp_path)
    (tmp_path / "sitecustomize.py").write_text(f"import sys\nsys.modules[{absent!r}] = None\n")

    outcome = checkout.start("demo", PYTHONPATH=str(tmp_path))

    assert outcome.code == 1
    assert "sudo apt install python3-venv" in outcome.messages
    assert not checkout.environment.exists()


def test_a_read_only_folder_is_explained(tmp_path: Path) -> None:
    assert "Vérifiez qu’il vous appartient" in run._explain(f"[Errno 13] Permission denied: '{tmp_path}'")


def test_an_unknown_failure_shows_the_last_lines() -> None:
    explained = run._explain("\n".join(f"line {number}" for number in range(20)))

    assert explained.splitlines() == [
        "L’installation a échoué. Les dernières lignes disent pourquoi.",
        "",
        *(f"line {number}" for number in range(12, 20)),
    ]


def test_an_older_python_gets_a_sentence_and_no_traceback() -> None:
    source = Path(run.__file__).read_text(encoding="utf-8")
    pretend = f"import runpy, sys; sys.version_info = (3, 9, 2); runpy.run_path({run.__file__!r})"

    outcome = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True, check=False)

    assert ast.parse(source, feature_version=(3, 7))  # an older one must read it to say so
    assert outcome.returncode == 1
    assert outcome.stderr.startswith(
        "Pavois demande Python 3.11 ou plus récent, et vous utilisez Python 3.9."
    )


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-test.txt"])
def test_each_line_of_the_locks_is_hashed_and_names_no_host(lock: str) -> None:
    text = (run.ROOT / lock).read_text()
    packages = [line for line in text.splitlines() if line and line[0] not in " #"]

    assert len(packages) > 20
    assert all("==" in line and line.endswith("\\") for line in packages)
    assert text.count("\\\n    --hash=sha256:") >= len(packages)
    assert "://" not in text
    assert "index-url" not in text


def test_the_test_lock_holds_all_that_the_runtime_lock_holds() -> None:
    runtime, both = (
        {line for line in (run.ROOT / lock).read_text().splitlines() if "==" in line or "--hash" in line}
        for lock in ("requirements.txt", "requirements-test.txt")
    )

    assert runtime - both == set()
