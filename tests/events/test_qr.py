"""QR codes, read back by a decoder that is not the library that made them."""

import re
from io import BytesIO
from xml.etree import ElementTree

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from campaign.events.qr import CHEQUERED, MARGIN, qr_matrix, qr_png, qr_svg

URL = "https://exemple.quebec/evenements/lever-du-drapeau-a-saint-louis-du-ha-ha-2027"
SVG = "{http://www.w3.org/2000/svg}"


def read(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image)]


def drawn(svg: str, scale: int = 5) -> Image.Image:
    """The picture that the SVG asks for: its background, then its horizontal strokes."""
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own document
    side = int(root.attrib["viewBox"].split()[2])
    image = Image.new("L", (side * scale, side * scale), color=255)
    pen = ImageDraw.Draw(image)
    x = y = 0
    for command, values in re.findall(r"([Mmh])([\d. -]+)", root.find(f"{SVG}path").attrib["d"]):
        if command == "h":
            pen.rectangle((x * scale, y * scale, (x + int(values)) * scale - 1, (y + 1) * scale - 1), fill=0)
            x += int(values)
        elif command == "M":
            x, y = (int(float(value)) for value in values.split())
        else:
            x += int(values.split()[0])
    return image


@pytest.mark.parametrize("url", [URL, "https://a.ca/e/x", "https://exemple.quebec/évènement?œ=1&b=«x»"])
def test_the_svg_reads_as_the_address(url: str) -> None:
    assert read(drawn(qr_svg(url, title="Code QR"))) == [url]


@pytest.mark.parametrize("scale", [1, 3, 6])
def test_the_png_reads_as_the_address(scale: int) -> None:
    with Image.open(BytesIO(qr_png(URL, scale=scale))) as image:
        image.load()
        side = len(qr_matrix(URL)) * scale

        assert (image.mode, image.size) == ("1", (side, side))
        assert read(
            image.convert("L").resize((side * 6 // scale, side * 6 // scale), Image.Resampling.NEAREST)
        ) == [URL]


def test_one_mask_reads_as_well_as_the_best_of_eight() -> None:
    addresses = [f"https://exemple.quebec/accueil/{number:010X}" for number in range(60)]

    read = []
    for address in addresses:
        with Image.open(BytesIO(qr_png(address, scale=3, mask=CHEQUERED))) as image:
            read.append(zxingcpp.read_barcodes(image)[0].text)

    assert read == addresses


def test_it_still_reads_with_a_fifth_of_its_side_covered() -> None:
    image = drawn(qr_svg(URL, title="Code QR"))
    side = image.width - 2 * MARGIN * 5
    low, high = image.width / 2 - side / 10, image.width / 2 + side / 10

    ImageDraw.Draw(image).rectangle((low, low, high, high), fill=255)

    assert read(image) == [URL]


def test_the_margin_is_four_light_modules_on_each_side() -> None:
    matrix = qr_matrix(URL)

    edges = [*matrix[:MARGIN], *matrix[-MARGIN:]]
    edges += [(*row[:MARGIN], *row[-MARGIN:]) for row in matrix]
    assert not any(module for edge in edges for module in edge)
    assert matrix[MARGIN][MARGIN]


def test_the_svg_names_itself_and_carries_no_style() -> None:
    svg = qr_svg("https://a.ca/?a=1&b=2", title="Code QR : <L’Isle-Verte> & Cie")

    root = ElementTree.fromstring(svg)  # noqa: S314 - our own document
    texts = {element.attrib["id"]: element.text for element in root if "id" in element.attrib}
    assert [texts[name] for name in root.attrib["aria-labelledby"].split()] == [
        "Code QR : <L’Isle-Verte> & Cie",
        "https://a.ca/?a=1&b=2",
    ]
    assert root.attrib["role"] == "img"
    assert not any("style" in element.attrib or element.tag == f"{SVG}style" for element in root.iter())
    assert root.find(f"{SVG}rect").attrib["fill"] == "#fff"


def test_two_codes_in_a_page_have_different_ids() -> None:
    ids = [set(re.findall(r' id="([^"]+)"', qr_svg(url, title="Code QR"))) for url in (URL, URL + "-2")]

    assert len(ids[0] | ids[1]) == 4


def test_the_svg_is_light() -> None:
    assert len(qr_svg(URL, title="Code QR")) < 4_000
