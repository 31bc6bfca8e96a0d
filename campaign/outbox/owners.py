"""Which process holds a message, and whether that process is certainly dead.

Certain only of the processes of one machine since it was started: of any other, a lease decides.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

PROCESSES = Path("/proc")


def me() -> str:
    """This process, told apart from all others: machine, number, and when it was born."""
    return _name(_machine(), os.getpid())


def is_dead(owner: str) -> bool:
    """Sure that nobody will ever write under that name; False when it lives, or when nobody here can tell."""
    machine, _, rest = owner.partition("/")
    number, _, birth = rest.partition("/")
    if not birth or machine != _machine() or not number.isdecimal():
        return False
    return _birth(int(number)) != birth


@cache
def _name(machine: str, number: int) -> str:
    """Asked for each chunk of messages; a child of this process has another number."""
    return f"{machine}/{number}/{_birth(number)}" if machine else ""


@cache
def _machine() -> str:
    """This start of this machine, and the numbering of processes that we are in (containers have theirs)."""
    try:
        boot = (PROCESSES / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        numbering = os.readlink(PROCESSES / "self/ns/pid")
    except OSError:
        return ""
    return f"{boot}:{numbering.strip('pid:[]')}"


def _birth(number: int) -> str:
    """When the process of that number was born, in ticks since the start; empty when there is none alive."""
    try:
        told = (PROCESSES / str(number) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    # After the name, which may hold spaces and parentheses: state is the 3rd field, starttime the 22nd.
    fields = told.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]
