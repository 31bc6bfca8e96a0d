"""Connections shared out between processes."""

import os

from campaign.shares import Shares


def test_the_process_with_the_fewest_connections_is_known_to_all() -> None:
    shares = Shares(2)
    first, second = shares.take_place(), shares.take_place()
    assert shares.is_fewest(first)
    assert shares.is_fewest(second)

    if (child := os.fork()) == 0:
        shares.tell(second, 3)
        os._exit(0)
    os.waitpid(child, 0)

    assert shares.is_fewest(first)
    assert not shares.is_fewest(second)
    shares.tell(first, 4)
    assert not shares.is_fewest(first)
    assert shares.is_fewest(second)


def test_a_process_that_ended_counts_no_more() -> None:
    shares = Shares(1)
    ended, living = shares.take_place(), shares.take_place()
    shares.tell(living, 5)
    assert not shares.is_fewest(living)

    shares.free_place(ended)

    assert shares.is_fewest(living)
    assert shares.take_place() == ended, "its place is for the next one"


def test_who_finds_no_place_takes_what_comes() -> None:
    shares = Shares(1)
    assert None not in {shares.take_place(), shares.take_place()}

    late = shares.take_place()

    assert late is None
    shares.tell(late, 7)
    assert shares.is_fewest(late)
    shares.free_place(late)
