"""Draws `docs/accueil.png`, the picture of the README, from the product itself.

    python -m tests.browser.picture

starts the demonstration of the tests on this machine, opens its home page in Chromium at 1280 pixels, keeps
the first 900, and writes the picture with a palette, which no eye sees (under 300 kB).
"""

import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import sync_playwright

from campaign.config import ROOT
from tests.browser.serving import find_chromium, serving
from tests.databases import SqliteTemplates

PICTURE = ROOT / "docs" / "accueil.png"
WIDTH, HEIGHT = 1280, 900
COLOURS = 256
MOST_BYTES = 300_000


def main() -> int:
    """Write the picture; 1 when Chromium is absent or the picture too heavy."""
    program = find_chromium()
    if program is None:
        print("Chromium est absent : sudo apt install chromium", file=sys.stderr)  # noqa: T201
        return 1
    octets = optimized(photograph(program))
    if len(octets) > MOST_BYTES:
        print(f"L’image pèse {len(octets)} octets : trop pour un README.", file=sys.stderr)  # noqa: T201
        return 1
    PICTURE.write_bytes(octets)
    print(f"{PICTURE.relative_to(ROOT)} : {WIDTH} × {HEIGHT}, {len(octets) // 1000} ko")  # noqa: T201
    return 0


def photograph(program: str) -> bytes:
    """The top of the home page of the demonstration."""
    with (
        TemporaryDirectory() as folder,
        SqliteTemplates(Path(folder)).copy("demo") as database,
        serving(database, Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, locale="fr-CA")
        page.goto(server.url, wait_until="networkidle")
        picture = page.screenshot()
        browser.close()
    return picture


def optimized(picture: bytes) -> bytes:
    """The same with a palette: flat colours lose nothing that an eye sees."""
    octets = BytesIO()
    with Image.open(BytesIO(picture)) as whole:
        few = whole.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(octets, "PNG", optimize=True)
    return octets.getvalue()


if __name__ == "__main__":
    raise SystemExit(main())
