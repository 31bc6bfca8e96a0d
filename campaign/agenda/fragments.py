"""The text of each date of the calendar, written once per version and shared by all the feeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from campaign.agenda.versions import Versions
from campaign.events.ical import WrittenEntry

KEPT = 30_000
"""Texts that one process keeps, of about a kilobyte each."""

AT_ONCE = 500
"""Dates read together when their text is missing."""

Write = Callable[[Sequence[int]], Iterable[tuple[int, WrittenEntry | None]]]


class Fragments:
    """The text of sittings by number, each with the version that it tells.

    A version says all that the text depends on, and is read from the database each time: processes that share
    it write the same text, and need no word from each other. Used by one thread at a time.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self.written = 0
        """How many texts have been written so far."""
        self._texts: dict[int, tuple[object, WrittenEntry | None]] = {}
        self._territories: int | None = None

    def __len__(self) -> int:
        return len(self._texts)

    def of(self, sittings: Versions, territories: int, write: Write) -> list[WrittenEntry]:
        """The text of each sitting; `write` is called for those alone whose version is not known.

        `territories` is the revision of the known list, from which each text takes a name and a point.
        """
        if territories != self._territories:
            self._territories = territories
            self._texts.clear()
        known = self._texts
        found: list[WrittenEntry | None] = []
        missing: list[int] = []
        for number, version in sittings.items():
            kept = known.get(number)
            # Most often the very same version, which the calendar in memory keeps.
            if kept is not None and (kept[0] is version or kept[0] == version):
                found.append(kept[1])
            else:
                missing.append(number)
        for some in _batches(missing):
            for number, text in write(some):
                found.append(text)
                self._keep(number, sittings[number], text)
                self.written += 1
        return [text for text in found if text is not None]

    def _keep(self, number: int, version: object, text: WrittenEntry | None) -> None:
        self._texts.pop(number, None)
        self._texts[number] = version, text
        while len(self._texts) > self.kept:
            del self._texts[next(iter(self._texts))]


def _batches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + AT_ONCE] for start in range(0, len(numbers), AT_ONCE))
