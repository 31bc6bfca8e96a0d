"""Who holds a message: told apart from all other processes, known to be dead only when it is certain."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from campaign.outbox import owners


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """Another process, alive."""
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as process:
        yield process
        process.kill()


def name_of(number: int) -> str:
    machine = owners.me().partition("/")[0]
    return f"{machine}/{number}/{owners._birth(number)}"


def test_whoever_lives_is_not_dead(process: "subprocess.Popen[bytes]") -> None:
    assert owners.me() == name_of(os.getpid())
    assert not owners.is_dead(owners.me())
    assert not owners.is_dead(name_of(process.pid))


def test_a_killed_process_is_dead_before_and_after_its_parent_knows(
    process: "subprocess.Popen[bytes]",
) -> None:
    owner = name_of(process.pid)

    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    as_a_zombie = owners.is_dead(owner)
    process.wait()

    assert (as_a_zombie, owners.is_dead(owner)) == (True, True)


def test_another_process_of_the_same_number_is_not_the_one_that_died(
    process: "subprocess.Popen[bytes]",
) -> None:
    machine, number, birth = name_of(process.pid).split("/")

    assert owners.is_dead(f"{machine}/{number}/{int(birth) - 1}")


@pytest.mark.parametrize("owner", ["", "ailleurs:1/999999/5", "sans-rien", f"{'x' * 90}/1/1"])
def test_of_whom_nothing_is_known_nothing_is_said(owner: str) -> None:
    assert not owners.is_dead(owner)


def test_the_name_fits_in_its_column() -> None:
    assert 10 < len(owners.me()) <= 100
