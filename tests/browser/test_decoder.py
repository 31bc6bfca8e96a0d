"""Our own reading of QR codes, in a real Chromium: what zxing-cpp reads, it reads."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from random import Random

import pytest
import zxingcpp
from PIL import Image, ImageOps
from playwright.sync_api import Browser, Route
from qrcode.constants import ERROR_CORRECT_H, ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q

from campaign.config import ROOT
from campaign.identifiers import UNAMBIGUOUS
from tests.browser.printed import Sight, photograph, printed

PROGRAMME = ROOT / "static" / "js" / "door"
HOME = "https://decodeur.test"

READ = """async ([octets, width, height]) => {
  const { decode } = await import("/qr.mjs");
  const grey = Uint8Array.from(atob(octets), (sign) => sign.charCodeAt(0));
  const data = new Uint8ClampedArray(grey.length * 4);
  grey.forEach((shade, place) => data.set([shade, shade, shade, 255], place * 4));
  return decode({ data, width, height });
}"""

Read = Callable[[Image.Image], str]


@pytest.fixture(scope="module")
def read(chromium: Browser) -> Iterator[Read]:
    """Gives the modules of the door a picture, and their answer."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{HOME}/")
        if name:
            route.fulfill(body=(PROGRAMME / name).read_text(), content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html><title>Décodeur</title>", content_type="text/html")

    page = chromium.new_page()
    page.route(f"{HOME}/**", serve)
    page.goto(f"{HOME}/")

    def ask(picture: Image.Image) -> str:
        grey = picture.convert("L")
        return str(page.evaluate(READ, [b64encode(grey.tobytes()).decode(), *grey.size]))

    yield ask
    page.close()


def judge(picture: Image.Image) -> str:
    """What zxing-cpp reads there."""
    found = zxingcpp.read_barcodes(
        picture.convert("L"), formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    )
    return found[0].text if found else ""


def address(seed: int) -> str:
    """What a ticket holds."""
    code = "".join(Random(seed).choices(UNAMBIGUOUS, k=10))
    return f"https://inscriptions.exemple.quebec/accueil/{code}"


SIGHTS = {
    "before the eyes": Sight(turn=0),
    "turned": Sight(),
    "leaning": Sight(tilt=25),
    "leaning much": Sight(tilt=45, side=(220, 380)),
    "out of focus": Sight(blur=2.0, side=(220, 380)),
    "grainy": Sight(grain=45),
    "in the dark": Sight(light=(0.2, 0.25), grain=8),
    "half in the shade": Sight(light=(0.3, 1.0), tilt=20, grain=12),
    "printed and photographed": Sight(light=(0.5, 1.0), tilt=30, grain=16, blur=1.0, jpeg=60, clutter=True),
    "from afar": Sight(side=(95, 130)),
    "from very near": Sight(side=(400, 430), turn=4),
    "torn": Sight(torn=0.2, tilt=15),
}


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS)
def test_a_ticket_is_read_as_phones_see_it(read: Read, sight: Sight) -> None:
    texts = [address(seed) for seed in range(4)]
    pictures = [photograph(text, sight, seed=seed) for seed, text in enumerate(texts)]

    assert [judge(picture) for picture in pictures] == texts  # what is asked can be done
    assert [read(picture) for picture in pictures] == texts


@pytest.mark.parametrize("sight", SIGHTS.values(), ids=SIGHTS)
def test_a_ticket_is_read_light_on_dark_as_some_wallets_show_it(read: Read, sight: Sight) -> None:
    texts = [address(seed) for seed in range(4)]
    pictures = [ImageOps.invert(photograph(text, sight, seed=seed)) for seed, text in enumerate(texts)]

    assert [judge(picture) for picture in pictures] == texts  # what is asked can be done
    assert [read(picture) for picture in pictures] == texts


def test_a_dark_screen_in_a_lit_room_is_read(read: Read) -> None:
    room = Image.new("L", (800, 600), 190)
    screen = ImageOps.invert(printed(address(3))).resize((280, 280))
    room.paste(Image.new("L", (320, 560), 18), (240, 20))
    room.paste(screen, (260, 160))

    assert (read(room), judge(room)) == (address(3), address(3))


def test_ink_on_paper_is_read_before_light_on_dark(read: Read) -> None:
    both = Image.new("L", (900, 480), 235)
    both.paste(ImageOps.invert(printed(address(1))).resize((400, 400)), (25, 40))
    both.paste(printed(address(2)).resize((400, 400)), (475, 40))

    assert read(both) == address(2)


@pytest.mark.parametrize("version", range(1, 11))
def test_every_size_of_code_is_read_at_every_level(read: Read, version: int) -> None:
    levels = (ERROR_CORRECT_L, ERROR_CORRECT_M, ERROR_CORRECT_Q, ERROR_CORRECT_H)
    pictures = [printed("a/b", version=version, level=level) for level in levels]

    assert [read(picture) for picture in pictures] == ["a/b"] * 4


@pytest.mark.parametrize(
    "text",
    [
        "0123456789012",
        "7",
        "42",
        "ABC-123/$ %*+.:",
        "Z",
        "https://exemple.quebec/accueil/ABCDEFGHJK",
        "Éloïse « à l’Île »",
        "https://inscriptions.la-grande-semaine-des-tout-petits.exemple.quebec/rassemblement/accueil/ABCDEFGHJK",
    ],
)
def test_every_alphabet_is_read(read: Read, text: str) -> None:
    picture = printed(text)

    assert (read(picture), judge(picture)) == (text, text)


def test_a_code_too_torn_to_be_right_is_not_guessed(read: Read) -> None:
    pictures = [photograph(address(seed), Sight(torn=0.6, turn=0), seed=seed) for seed in range(4)]

    assert [read(picture) for picture in pictures] == [""] * 4


def test_nothing_is_read_where_there_is_no_code(read: Read) -> None:
    chance = Random(5)
    small = Image.new("L", (80, 60))
    small.putdata(list(chance.randbytes(small.width * small.height)))
    pictures = [
        Image.new("L", (640, 480), 0),
        Image.new("L", (640, 480), 255),
        Image.frombytes("L", (640, 480), chance.randbytes(640 * 480)),
        small.resize((640, 480), Image.Resampling.NEAREST),
        Image.new("L", (3, 2), 90),
    ]

    assert [read(picture) for picture in pictures] == [""] * 5


def test_one_of_two_codes_in_the_picture_is_read(read: Read) -> None:
    texts = [address(1), address(2)]
    both = Image.new("L", (900, 480), 235)
    for place, text in enumerate(texts):
        both.paste(printed(text).resize((400, 400)), (25 + 450 * place, 40))

    assert read(both) in texts
