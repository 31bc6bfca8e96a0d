"""One style sheet, files kept for ever at their hashed address, pressed for those who take it so."""

import gzip

import pytest

from campaign.config import ROOT
from campaign.web.assets import SHEETS, static_url, stylesheet_url
from tests.pages import Client

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PRESSED = {"Accept-Encoding": "gzip, br"}
FOR_EVER = "public, max-age=31536000, immutable"


def test_the_style_sheet_is_kept_for_ever_at_the_address_of_its_content(client: Client) -> None:
    plain, pressed = client.get(stylesheet_url()), client.get(stylesheet_url(), headers=PRESSED)
    other = client.get("/styles.css?v=000000000000")

    assert [answer.headers["Cache-Control"] for answer in (plain, pressed, other)] == [
        *(FOR_EVER, FOR_EVER),
        "no-cache",
    ]
    assert [answer.headers["Vary"] for answer in (plain, pressed)] == ["Accept-Encoding"] * 2
    assert pressed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(pressed.data) == plain.data == other.data
    assert [plain.text.count((ROOT / "static" / "css" / f"{s}.css").read_text()) for s in SHEETS] == [
        1 for _ in SHEETS
    ]


def test_a_static_file_is_named_with_its_content(client: Client) -> None:
    address = static_url("js/enhance.js")

    kept, bare = client.get(address), client.get("/static/js/enhance.js")

    assert address.startswith("/static/js/enhance.js?v=")
    assert kept.headers["Cache-Control"] == FOR_EVER
    assert "immutable" not in bare.headers["Cache-Control"]
    assert static_url("js/rien.js") == "/static/js/rien.js"
    kept.close()
    bare.close()


def test_a_static_text_is_pressed_and_has_a_validator_of_its_own(client: Client) -> None:
    plain = client.get("/static/js/enhance.js")

    pressed = client.get("/static/js/enhance.js", headers=PRESSED)

    assert gzip.decompress(pressed.data) == plain.data
    assert (pressed.headers["Content-Encoding"], pressed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert int(pressed.headers["Content-Length"]) == len(pressed.data) < len(plain.data)
    assert pressed.headers["ETag"] != plain.headers["ETag"]
    plain.close()
    pressed.close()


def test_the_mark_is_found_where_programs_look_for_it(client: Client) -> None:
    moved = client.get("/favicon.ico")

    assert (moved.status_code, moved.headers["Location"]) == (301, static_url("img/pavois.svg"))
