"""Hits are counted for all the processes of one server, and forgotten when their window is over."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine

from campaign import hits
from campaign.hits import MachineStorage


def test_hits_are_counted_until_their_window_is_over() -> None:
    storage = MachineStorage()

    with time_machine.travel(1_000_000, tick=False) as traveller:
        first = [storage.incr("a", 60), storage.incr("a", 60), storage.incr("b", 60)]
        end = storage.get_expiry("a")
        traveller.shift(61)
        second = [storage.get("a"), storage.get_expiry("a"), storage.incr("a", 60)]

    assert (first, end, second) == ([1, 2, 1], 1_000_060, [0, 1_000_061, 1])


def test_a_key_may_be_forgotten_and_all_of_them() -> None:
    storage = MachineStorage()
    for key in "abc":
        storage.incr(key, 60)

    storage.clear("a")
    cleared = [storage.get(key) for key in "abc"]
    storage.reset()

    assert (cleared, [storage.get(key) for key in "abc"], storage.check()) == ([0, 1, 1], [0, 0, 0], True)


def test_a_full_table_forgets_the_window_that_ends_soonest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hits, "SLOTS", hits.NEIGHBOURS)
    storage = MachineStorage()
    for number in range(hits.NEIGHBOURS):
        storage.incr(f"key {number}", 100 + number)

    newcomer = storage.incr("one more", 50)

    kept = [number for number in range(hits.NEIGHBOURS) if storage.get(f"key {number}")]
    assert (newcomer, storage.get("one more"), kept) == (1, 1, list(range(1, hits.NEIGHBOURS)))


def test_processes_count_together() -> None:
    storage = MachineStorage()
    storage.incr("a", 60)

    child = os.fork()
    if not child:
        os._exit(0 if storage.incr("a", 60) == 2 else 1)
    _, status = os.waitpid(child, 0)

    assert (os.waitstatus_to_exitcode(status), storage.incr("a", 60)) == (0, 3)


def test_no_hit_is_lost_between_threads_and_none_starts_one() -> None:
    storage = MachineStorage()
    before = set(threading.enumerate())

    with ThreadPoolExecutor(4, thread_name_prefix="hits") as pool:
        list(pool.map(lambda _: storage.incr("a", 60), range(400)))
        started = {thread.name.rpartition("_")[0] for thread in set(threading.enumerate()) - before}

    assert (storage.get("a"), started) == (400, {"hits"})


def test_two_servers_do_not_share_their_counts() -> None:
    first, second = MachineStorage(), MachineStorage()

    first.incr("a", 60)

    assert second.get("a") == 0
