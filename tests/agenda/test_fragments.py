"""Texts of events: written once per version, and no more of them than the memory holds."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from campaign.agenda.fragments import AT_ONCE, Fragments
from campaign.events.ical import WrittenEntry


class Writer:
    """Writes a text that names the event, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Sequence[int]] = []

    def __call__(self, numbers: Sequence[int]) -> Iterator[tuple[int, WrittenEntry | None]]:
        self.asked.append(numbers)
        for number in numbers:
            text = str(number).encode()
            order = datetime(2027, 11, 15, tzinfo=UTC), str(number)
            yield number, WrittenEntry(order=order, zone="", octets=text, insistent=text) if number else None


def test_only_what_has_another_version_is_written_again() -> None:
    fragments, write = Fragments(), Writer()
    fragments.of({1: (0, 0, "a", None), 2: (0, 0, "a", None), 3: (0, 0, "a", None)}, 7, write)

    texts = fragments.of(
        {1: (1, 0, "a", None), 2: (0, 0, "b", None), 3: (0, 0, "a", None), 4: (0, 0, "a", None)}, 7, write
    )

    assert write.asked[1:] == [[1, 2, 4]]
    assert sorted(text.octets for text in texts) == [b"1", b"2", b"3", b"4"]


def test_another_list_of_territories_writes_all_again() -> None:
    fragments, write = Fragments(), Writer()
    for territories in (7, 8):
        fragments.of({1: (0, 0, "a", None), 2: (0, 0, "a", None)}, territories, write)

    assert write.asked == [[1, 2], [1, 2]]


def test_an_event_without_text_is_left_out_and_not_asked_for_again() -> None:
    fragments, write = Fragments(), Writer()

    texts = [fragments.of({0: (0, 0, "a", None)}, 7, write) for _turn in range(2)]

    assert (texts, write.asked) == ([[], []], [[0]])


def test_the_memory_is_bounded_and_many_events_are_read_in_turns() -> None:
    fragments, write = Fragments(kept=10), Writer()

    texts = fragments.of(dict.fromkeys(range(1, AT_ONCE + 3), (0, 0, "a", None)), 7, write)

    assert [len(numbers) for numbers in write.asked] == [AT_ONCE, 2]
    assert (len(texts), len(fragments)) == (AT_ONCE + 2, 10)
