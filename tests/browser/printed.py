"""A printed code as the camera of a phone sees it: turned, leaning, in the shade, blurred, grainy, torn."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from math import cos, pi, radians, sin
from random import Random
from typing import Any

from PIL import Image, ImageChops, ImageDraw, ImageFilter
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.main import QRCode

SIZE = (640, 480)
MODULE = 10
DISTANCE = 3.0
"""Of the eye, in sides of the code: nearer, what leans looks more deformed."""

Matrix = list[list[float]]


@dataclass(frozen=True, kw_only=True)
class Sight:
    """How the code is held, and what the light and the lens make of it."""

    side: tuple[int, int] = (180, 360)
    """Pixels, margin included."""
    turn: int = 360
    """Degrees at most."""
    tilt: int = 0
    light: tuple[float, float] = (1.0, 1.0)
    """From one edge of the picture to the other."""
    blur: float = 0.0
    grain: int = 0
    jpeg: int = 0
    torn: float = 0.0
    """Side of a stain in the middle, as a share of the code's."""
    clutter: bool = False


def photograph(text: str, sight: Sight, *, seed: int, version: int | None = None) -> Image.Image:
    """The same picture for the same seed, in shades of grey."""
    chance = Random(seed)
    side = chance.uniform(*sight.side)
    code = printed(text, version=version)
    seen = _projection(code.width, side, sight, chance)
    paper = code.transform(SIZE, Image.Transform.PERSPECTIVE, seen, Image.Resampling.BICUBIC, fillcolor=225)
    if sight.clutter:
        shape = Image.new("L", code.size, 255).transform(SIZE, Image.Transform.PERSPECTIVE, seen)
        paper = Image.composite(paper, _clutter(chance), shape)
    if sight.torn:
        _stain(paper, side * sight.torn)
    return _developed(paper, sight, chance)


def printed(text: str, *, version: int | None = None, level: int = ERROR_CORRECT_Q) -> Image.Image:
    """The code alone, as a printer makes it: ink is not black, paper is not white."""
    code: QRCode[Any] = QRCode(version=version, error_correction=level, border=4, mask_pattern=0)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    small = Image.new("L", (len(matrix), len(matrix)))
    small.putdata([25 if dark else 235 for row in matrix for dark in row])
    return small.resize((len(matrix) * MODULE,) * 2, Image.Resampling.NEAREST)


def _projection(width: int, side: float, sight: Sight, chance: Random) -> tuple[float, ...]:
    """From each pixel of the picture to the place of the code that it shows."""
    lean = radians(sight.tilt)
    about = chance.uniform(0, 2 * pi)
    turn = radians(chance.uniform(0, sight.turn))
    middle = (SIZE[0] / 2 + chance.uniform(-25, 25), SIZE[1] / 2 + chance.uniform(-15, 15))
    to_eye: Matrix = [[1 / side, 0, -middle[0] / side], [0, 1 / side, -middle[1] / side], [0, 0, 1]]
    onto_paper: Matrix = [
        [DISTANCE * cos(lean), 0, 0],
        [0, DISTANCE, 0],
        [0, -sin(lean), DISTANCE * cos(lean)],
    ]
    to_code: Matrix = [[width, 0, width / 2], [0, width, width / 2], [0, 0, 1]]
    whole = to_eye
    for step in (_turned(about), onto_paper, _turned(turn - about), to_code):
        whole = _product(step, whole)
    return tuple(value / whole[2][2] for row in whole for value in row)[:8]


def _turned(angle: float) -> Matrix:
    return [[cos(angle), sin(angle), 0], [-sin(angle), cos(angle), 0], [0, 0, 1]]


def _product(left: Matrix, right: Matrix) -> Matrix:
    return [[sum(left[i][k] * right[k][j] for k in range(3)) for j in range(3)] for i in range(3)]


def _clutter(chance: Random) -> Image.Image:
    small = Image.new("L", (SIZE[0] // 16, SIZE[1] // 16))
    small.putdata(list(chance.randbytes(small.width * small.height)))
    return small.resize(SIZE, Image.Resampling.NEAREST)


def _stain(paper: Image.Image, side: float) -> None:
    left, top = SIZE[0] / 2 - side / 2, SIZE[1] / 2 - side / 2
    ImageDraw.Draw(paper).rectangle((left, top, left + side, top + side), fill=40)


def _developed(picture: Image.Image, sight: Sight, chance: Random) -> Image.Image:
    dim, bright = sight.light
    slope = Image.linear_gradient("L").rotate(chance.choice((0, 90, 180, 270))).resize(SIZE)
    lit = ImageChops.multiply(
        picture, slope.point([round(255 * dim + (bright - dim) * n) for n in range(256)])
    )
    soft = lit.filter(ImageFilter.GaussianBlur(sight.blur))
    grain = Image.frombytes("L", SIZE, chance.randbytes(SIZE[0] * SIZE[1]))
    grainy = ImageChops.add(
        soft, grain.point([round(128 + (n - 127.5) / 127.5 * sight.grain) for n in range(256)]), offset=-128
    )
    if not sight.jpeg:
        return grainy
    octets = BytesIO()
    grainy.save(octets, "JPEG", quality=sight.jpeg)
    return Image.open(octets)
