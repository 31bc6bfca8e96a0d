"""Counting the requests of each address: one table in memory, for all the processes of one server.

Redis, when it is set, counts for several machines. Without it, processes that each counted for themselves
would let through as many times too much.
"""

from __future__ import annotations

import mmap
import secrets
import struct
import threading
import time
from hashlib import blake2b

from limits.storage import Storage

SLOT = struct.Struct("=QdI")
"""A fingerprint of the key, when its window ends (Unix time), how many hits."""

SLOTS = 2**15
NEIGHBOURS = 16
"""Where a key may be: its own slot, or one of those that follow."""


class MachineStorage(Storage):
    """Hits counted in memory shared by the processes forked after it was made (`machine://`).

    The table has a fixed size: when all the places of a key are taken, the window that ends soonest is
    forgotten. Processes do not wait for each other, as one killed at the wrong time would stop all: two that
    count the same key at the same instant may count one hit for two.
    """

    STORAGE_SCHEME = ["machine"]  # noqa: RUF012 - the shape that the library reads

    def __init__(self, uri: str | None = None, wrap_exceptions: bool = False, **options: str) -> None:
        super().__init__(uri, wrap_exceptions, **options)
        self._memory = mmap.mmap(-1, SLOTS * SLOT.size)
        self._secret = secrets.token_bytes(16)
        self._counting = threading.Lock()

    @property
    def base_exceptions(self) -> type[Exception]:
        return OSError

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """One more hit; the first of a window says when the window ends (`expiry` seconds from now)."""
        now = time.time()
        print_ = self._fingerprint(key)
        with self._counting:
            place, end, hits = self._find(print_, now)
            if not hits:
                end = now + expiry
            SLOT.pack_into(self._memory, place, print_, end, hits + amount)
        return hits + amount

    def get(self, key: str) -> int:
        """The hits of the window that is open; 0 without one."""
        return self._find(self._fingerprint(key), time.time())[2]

    def get_expiry(self, key: str) -> float:
        """When the window ends; now, when none is open."""
        now = time.time()
        _, end, hits = self._find(self._fingerprint(key), now)
        return end if hits else now

    def clear(self, key: str) -> None:
        place, _, _ = self._find(self._fingerprint(key), time.time())
        SLOT.pack_into(self._memory, place, 0, 0.0, 0)

    def reset(self) -> int | None:
        self._memory[:] = bytes(len(self._memory))
        return None

    def check(self) -> bool:
        return True

    def _fingerprint(self, key: str) -> int:
        """Nobody outside can choose two keys that share one: the secret is this server's."""
        digest = blake2b(key.encode(), digest_size=8, key=self._secret).digest()
        return int.from_bytes(digest, "big") or 1

    def _find(self, fingerprint: int, now: float) -> tuple[int, float, int]:
        """Where it is, when its window ends and its hits; or the place that it may take, and no hit."""
        free, free_end = 0, float("inf")
        for step in range(NEIGHBOURS):
            place = (fingerprint + step) % SLOTS * SLOT.size
            known, end, hits = SLOT.unpack_from(self._memory, place)
            if known == fingerprint and end > now:
                return place, end, hits
            if end < free_end:
                free, free_end = place, end
        return free, 0.0, 0
