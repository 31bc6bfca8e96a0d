"""Passwords: how long they must be, how they are kept (argon2id), how one is checked."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 200
"""Beyond it nothing is hashed: a megabyte sent as a password must not keep the server busy."""

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""What OWASP asks of argon2id: 19 MiB, two passes; eight people may sign in at once on a small machine."""


def make_hash(password: str) -> str:
    """What is kept of a password."""
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise ValueError("password of a length that is not accepted")
    return _hasher.hash(password)


def verify(stored: str, password: str) -> bool:
    """Is it this one? Without a stored hash the same work is done, for nothing."""
    if len(password) > MAX_LENGTH:
        return False
    try:
        _hasher.verify(stored or _hash_of_nobody(), password)
    except (VerificationError, InvalidHashError):
        return False
    return bool(stored)


def needs_rehash(stored: str) -> bool:
    """Was it hashed with weaker parameters than today's?"""
    return _hasher.check_needs_rehash(stored)


@cache
def _hash_of_nobody() -> str:
    return _hasher.hash("personne n’a ce mot de passe")
