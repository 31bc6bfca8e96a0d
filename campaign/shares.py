"""Who holds how many connections: server processes take about as many each.

Whichever wakes first takes a connection that arrives; of several opened together, one process could take them
all and keep them, while the other has nothing to do.
"""

from __future__ import annotations

import mmap

FREE = -1
"""What the place of no process says."""


class Shares:
    """The connections of each process, in memory shared by those forked after it was made."""

    def __init__(self, processes: int) -> None:
        places = 2 * processes  # one that ends and the one that replaces it may be there together
        self._held = memoryview(mmap.mmap(-1, 4 * places)).cast("i")
        for place in range(places):
            self._held[place] = FREE

    def take_place(self) -> int | None:
        """A place for a process about to be forked; None when there is none left."""
        for place, held in enumerate(self._held):
            if held == FREE:
                self._held[place] = 0
                return place
        return None

    def free_place(self, place: int | None) -> None:
        """That process has ended."""
        if place is not None:
            self._held[place] = FREE

    def tell(self, place: int | None, held: int) -> None:
        """So many connections are held now."""
        if place is not None:
            self._held[place] = held

    def is_fewest(self, place: int | None) -> bool:
        """No other process holds fewer."""
        return place is None or not any(FREE < held < self._held[place] for held in self._held)
