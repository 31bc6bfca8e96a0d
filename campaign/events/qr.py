"""QR codes of short addresses: SVG for pages and posters, PNG for e-mails, which show no SVG.

Level Q still reads with a quarter of the code lost; the four-module margin is what readers are promised.
Always black on white, whatever the colours of the page: a reader may not know an inverted code.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache
from html import escape
from itertools import groupby
from typing import Any

MARGIN = 4

Matrix = tuple[tuple[bool, ...], ...]


CHEQUERED = 0
"""A mask that darkens one module in two. Any of the eight reads; trying them all takes eight times longer."""


@lru_cache(maxsize=512)
def qr_matrix(url: str, *, mask: int | None = None) -> Matrix:
    """The modules row by row, margin included; True is dark.

    Without a `mask` all eight are tried, and the one kept that is easiest to read from bad paper.
    """
    from qrcode.constants import ERROR_CORRECT_Q  # noqa: PLC0415 - with Pillow, four megabytes
    from qrcode.main import QRCode  # noqa: PLC0415 - as above

    code: QRCode[Any] = QRCode(error_correction=ERROR_CORRECT_Q, border=MARGIN, mask_pattern=mask)
    code.add_data(url)
    code.make(fit=True)
    return tuple(tuple(bool(module) for module in row) for row in code.get_matrix())


def qr_svg(url: str, *, title: str) -> str:
    """The code as an SVG document that can also be put inside a page; `title` is what a screen reader says.

    Without inline style, so that a strict policy shows it; a style sheet may give it any size.
    """
    matrix = qr_matrix(url)
    side = len(matrix)
    name = f"qr-{zlib.crc32(url.encode()):08x}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"'
        f' width="{side * 6}" height="{side * 6}" shape-rendering="crispEdges"'
        f' role="img" aria-labelledby="{name}-titre {name}-adresse">'
        f'<title id="{name}-titre">{escape(title)}</title>'
        f'<desc id="{name}-adresse">{escape(url)}</desc>'
        f'<rect width="{side}" height="{side}" fill="#fff"/>'
        f'<path stroke="#000" d="{_path(matrix)}"/>'
        "</svg>"
    )


def qr_png(url: str, *, scale: int = 6, mask: int | None = None) -> bytes:
    """The code as a picture of `scale` pixels a module, to attach to an e-mail."""
    return _one_bit_png(qr_matrix(url, mask=mask), scale)


def _path(matrix: Matrix) -> str:
    """Each run of dark modules as one stroke, one module thick, drawn from where the last one ended."""
    strokes = []
    for y, row in enumerate(matrix):
        position = None
        for start, length in _dark_runs(row):
            move = f"M{start} {y}.5" if position is None else f"m{start - position} 0"
            strokes.append(f"{move}h{length}")
            position = start + length
    return "".join(strokes)


def _dark_runs(row: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """Where each run of dark modules starts, and how long it is."""
    position = 0
    for is_dark, modules in groupby(row):
        length = len(list(modules))
        if is_dark:
            yield position, length
        position += length


def _one_bit_png(matrix: Matrix, scale: int) -> bytes:
    """The smallest true PNG: one grey bit a pixel (0 is black), no filter, three chunks (ISO/IEC 15948).

    Each module is drawn `scale` times, in both directions.
    """
    width, height = len(matrix[0]) * scale, len(matrix) * scale
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    scanlines = b"".join((b"\0" + _packed(row, scale)) * scale for row in matrix)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(scanlines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _packed(row: tuple[bool, ...], scale: int) -> bytes:
    """Eight pixels a byte, the first in the highest bit, light pixels as 1; zeros fill the last byte."""
    dark, light = "0" * scale, "1" * scale
    bits = "".join([dark if is_dark else light for is_dark in row])
    octets = -(-len(bits) // 8)
    return int(bits.ljust(octets * 8, "0"), 2).to_bytes(octets, "big")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
