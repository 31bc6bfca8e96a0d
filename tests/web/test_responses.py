"""Public pages are drawn once per state of the data, and what changes is drawn again."""

import gzip

import pytest
from flask import Flask, flash

from campaign.db import public_revision, touch_public, transaction
from campaign.web.responses import _Drawn, _Memory, conditional
from tests.pages import Client

BODY = "<p>" + "Hébertville " * 100


@pytest.fixture
def drawings(app: Flask) -> list[int]:
    """An address whose page depends on the public revision; gives the revisions at which it was drawn."""
    drawn: list[int] = []

    def view() -> object:
        revision = public_revision()

        def draw() -> str:
            drawn.append(revision)
            return f"{BODY}{revision}"

        return conditional(revision, draw, reads=("a",))

    def tell() -> str:
        flash("Pour vous seulement")
        return ""

    app.add_url_rule("/essai", "essai", view)
    app.add_url_rule("/dire", "dire", tell)
    return drawn


def publish(app: Flask) -> None:
    with app.app_context(), transaction():
        touch_public()


def test_a_page_is_drawn_once_until_something_public_changes(
    app: Flask, client: Client, drawings: list[int]
) -> None:
    first, second = client.get("/essai"), client.get("/essai")
    publish(app)
    third = client.get("/essai")

    assert drawings == [0, 1]
    assert first.data == second.data != third.data
    assert first.headers["ETag"] == second.headers["ETag"] != third.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-cache"


def test_a_reader_who_has_it_gets_304_and_nothing_else(client: Client, drawings: list[int]) -> None:
    etag = client.get("/essai").headers["ETag"]

    again = client.get("/essai", headers={"If-None-Match": etag})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", etag)


def test_each_address_has_its_own_page(client: Client, drawings: list[int]) -> None:
    assert client.get("/essai?a=1").headers["ETag"] != client.get("/essai?a=2").headers["ETag"]


def test_words_that_the_page_does_not_read_make_no_other_page(client: Client, drawings: list[int]) -> None:
    plain = client.get("/essai?a=1")
    followed = [client.get(f"/essai?a=1&fbclid={number}") for number in range(5)]

    assert drawings == [0]
    assert {page.headers["ETag"] for page in followed} == {plain.headers["ETag"]}


def test_it_travels_compressed_to_those_who_can_read_it(client: Client, drawings: list[int]) -> None:
    plain = client.get("/essai", headers={"Accept-Encoding": "identity"})
    small = client.get("/essai", headers={"Accept-Encoding": "gzip"})

    assert "Content-Encoding" not in plain.headers
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == plain.data
    assert {"Accept-Encoding"} <= set(small.vary) & set(plain.vary)


def test_a_message_for_one_person_is_never_kept_for_the_next(client: Client, drawings: list[int]) -> None:
    client.get("/dire")

    told = client.get("/essai")

    assert (told.headers["Cache-Control"], "ETag" in told.headers) == ("no-store", False)


def test_memory_forgets_the_oldest_first_and_stays_within_its_limit() -> None:
    memory = _Memory(250)
    for name in ("a", "b"):
        memory.put(name, _Drawn(b"x" * 100, b"", "text/html", "now"))
    memory.get("a", "now")

    memory.put("c", _Drawn(b"x" * 100, b"", "text/html", "now"))
    memory.put("c", _Drawn(b"x" * 90, b"", "text/html", "now"))

    assert ([name for name in "abc" if memory.get(name, "now")], memory.size) == (["a", "c"], 190)


def test_memory_keeps_one_state_of_a_page() -> None:
    memory = _Memory(250)
    before, after = (_Drawn(b"x" * 100, b"", "text/html", state) for state in ("before", "after"))
    memory.put("a", before)
    memory.put("a", after)

    assert (memory.get("a", "before"), memory.get("a", "after"), memory.size) == (None, after, 100)
