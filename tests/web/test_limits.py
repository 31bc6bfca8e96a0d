"""Hits are counted in the process, forgotten when their window is over, and start no thread."""

import threading
from concurrent.futures import ThreadPoolExecutor

import time_machine

from campaign.extensions import ProcessStorage


def test_hits_are_counted_until_their_window_is_over() -> None:
    storage = ProcessStorage()

    with time_machine.travel(1_000_000, tick=False) as traveller:
        first = [storage.incr("a", 60), storage.incr("a", 60), storage.incr("b", 60)]
        traveller.shift(61)
        second = storage.incr("a", 60)

    assert (first, second) == ([1, 2, 1], 1)


def test_what_is_over_is_forgotten_even_if_nobody_comes_back() -> None:
    storage = ProcessStorage()

    with time_machine.travel(1_000_000, tick=False) as traveller:
        storage.incr("gone", 60)
        traveller.shift(61)
        storage.SWEEP_SECONDS = 0
        storage.incr("here", 60)

    assert (list(storage.storage), list(storage.expirations)) == (["here"], ["here"])


def test_no_hit_is_lost_between_threads_and_none_starts_one() -> None:
    storage = ProcessStorage()
    storage.timer.join()
    before = set(threading.enumerate())

    with ThreadPoolExecutor(4, thread_name_prefix="hits") as pool:
        list(pool.map(lambda _: storage.incr("a", 60), range(400)))
        started = {thread.name.rpartition("_")[0] for thread in set(threading.enumerate()) - before}

    assert (storage.get("a"), started) == (400, {"hits"})
