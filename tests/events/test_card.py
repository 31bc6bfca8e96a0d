"""The picture that a shared link shows: its size, its words, its cost, whatever people type."""

import io
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from campaign import clock
from campaign.db import transaction
from campaign.events import services
from campaign.events.models import Event
from campaign.events.picture_card import HEIGHT, WIDTH, CardContent, draw_card, drawable
from tests.builders import NOW
from tests.events.activities import publish
from tests.pages import Client
from tests.queries import count_queries

ORDINARY = CardContent(
    title="Heure du conte en pyjama",
    date="Lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h",
    place="Bibliothèque municipale, Hébertville",
    campaign="Grande semaine des tout-petits",
)
RED = (216, 67, 43)


def picture(content: CardContent) -> Image.Image:
    return Image.open(io.BytesIO(draw_card(content))).convert("RGB")


def share(image: Image.Image, colour: tuple[int, int, int]) -> float:
    """How much of the picture is exactly of that colour."""
    counts = image.getcolors(WIDTH * HEIGHT) or []
    return sum(count for count, found in counts if found == colour) / (WIDTH * HEIGHT)


def test_it_is_what_networks_ask_for() -> None:
    octets = draw_card(ORDINARY)

    assert octets[:8] == b"\x89PNG\r\n\x1a\n"
    assert picture(ORDINARY).size == (1200, 630)
    assert len(octets) < 300_000


def test_what_is_called_off_is_seen_from_afar() -> None:
    off = replace(ORDINARY, state="ANNULÉE", is_off=True)

    assert share(picture(off), RED) > share(picture(ORDINARY), RED) + 0.015


def test_its_words_are_drawn() -> None:
    empty = picture(replace(ORDINARY, title="", date="", place=""))

    for name in ("title", "date", "place"):
        drawn = picture(replace(ORDINARY, **{"title": "", "date": "", "place": "", name: "Mot"}))
        assert drawn.tobytes() != empty.tobytes()


@pytest.mark.parametrize(
    "title",
    [
        "W" * 200,
        "Tout·e·s-petit·e·s " * 10,
        "👶🏽🎉" * 40,
        "שלום עליכם لكل الأطفال",
        "ᓄᓇᕗᑦ 日本",
        "\u202eenvers\u202c\u0000\ud800",
        '#panic("x") *gras* $x$ <a> \\',
        "",
    ],
    ids=["one word", "long", "emoji", "right to left", "other scripts", "mute", "markup", "empty"],
)
def test_a_hostile_title_stays_in_its_place(title: str) -> None:
    image = picture(replace(ORDINARY, title=title, place="y " * 100, state="ANNULÉE", is_off=True))
    bare = picture(CardContent(title="", date=""))

    for margin in ((1000, 0, 1200, 630), (0, 590, 1200, 630), (0, 0, 1200, 120)):
        assert image.crop(margin).tobytes() == bare.crop(margin).tobytes()


def test_emoji_and_controls_are_left_out_of_what_is_drawn() -> None:
    assert drawable("Fête 👶🏽 au\u200b parc\n!", 200) == "Fête au parc !"
    assert drawable("a" * 300, 20).replace("\u200b", "") == "a" * 19 + "…"


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(max_size=200), st.text(max_size=80))
def test_any_text_makes_a_picture(title: str, place: str) -> None:
    assert picture(replace(ORDINARY, title=title, place=place)).size == (1200, 630)


def test_it_costs_little() -> None:
    """In time of processor, the worst title included: a crowd of robots costs no more than pages do."""
    draw_card(ORDINARY)
    contents = [replace(ORDINARY, title=f"{number} {'W' * 198}") for number in range(5)]

    before = time.process_time()
    for content in contents:
        draw_card(content)

    assert (time.process_time() - before) / len(contents) < 0.25


def test_its_mark_follows_its_words() -> None:
    assert ORDINARY.mark == replace(ORDINARY).mark
    assert ORDINARY.mark != replace(ORDINARY, state="ANNULÉE").mark


@pytest.mark.usefixtures("directory")
def test_the_picture_follows_the_state_of_its_event(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        slug = publish().slug
    address = f"/evenements/{slug}/image.png"
    with clock.pretend(NOW):
        before = client.visit(f"/evenements/{slug}").one("meta[property='og:image']")["content"]
        first = client.get(address)
    with app.app_context(), transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        services.cancel(event, reason="", now=NOW)
    with clock.pretend(NOW):
        page = client.visit(f"/evenements/{slug}")
        second = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert first.mimetype == "image/png"
    assert first.headers["Cache-Control"] == "no-cache"
    shown = str(page.one("meta[property='og:image']")["content"])
    assert "immutable" in client.get(shown).headers["Cache-Control"]
    assert shown != before
    assert second.status_code == 200
    assert second.data != first.data
    assert str(before).startswith(f"http://localhost{address}?v=")
    assert page.one("meta[property='og:image:width']")["content"] == "1200"
    assert str(page.one("meta[property='og:image:alt']")["content"]).startswith(
        "Annulée\u00a0– Heure du conte"
    )


@pytest.mark.usefixtures("directory")
def test_it_is_drawn_once_however_often_the_rest_changes(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        slug = publish().slug
    address = f"/evenements/{slug}/image.png"
    first = client.get(address)
    with app.app_context(), transaction():
        publish(now=datetime(2027, 9, 2, tzinfo=UTC))

    with count_queries(app) as statements:
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert len(statements) <= 4


@pytest.mark.usefixtures("directory")
def test_the_home_page_and_the_calendar_have_one_too(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        publish()

    for address in ("/", "/calendrier"):
        shown = str(client.visit(address).one("meta[property='og:image']")["content"])
        answer = client.get(shown)
        assert answer.mimetype == "image/png"
        assert Image.open(io.BytesIO(answer.data)).size == (WIDTH, HEIGHT)
