"""The newcomer's cost: from a fresh clone to the first page, and the second start."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.benchmarks.load import ROOT
from tests.benchmarks.servers import free_port, running


def measure(say: Callable[[str], None]) -> None:
    """Clone what is committed, start it twice by the README's command, weigh what was installed."""
    with tempfile.TemporaryDirectory(prefix="pavois-cold-") as name:
        clone = Path(name) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        interpreter = shutil.which("python3") or sys.executable
        for start in ("first", "second"):
            port = free_port()
            command = [interpreter, "run.py", "demo", "--port", str(port)]
            env = {"BENCHMARK_LOG": str(Path(name) / "log")}
            with running(command, port, env, folder=clone) as server:
                memory = server.memory_mb()
                say(
                    f"{start} start: first page after {server.start_seconds:.1f} s; "
                    f"memory {memory[0]:.0f} MB RSS ({memory[1]:.0f} PSS)"
                )
        files = [path for path in (clone / ".venv").rglob("*") if path.is_file() and not path.is_symlink()]
        weight = sum(path.stat().st_size for path in files) / 2**20
        say(f"virtual environment: {weight:.0f} MiB in {len(files):,} files")
