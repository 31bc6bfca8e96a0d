"""Images: drawn again by us, upright, without hidden data, kept once, shown to whoever may see them."""

import hashlib
import io
import struct
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from campaign import clock
from campaign.accounts.models import Role
from campaign.config import Settings
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events import pictures, services
from campaign.events.models import Event, Picture
from campaign.events.pictures import Unreadable
from tests.builders import NOW
from tests.events.activities import publish
from tests.pages import Client
from tests.people import sign_in

RED, BLUE = (200, 30, 30), (30, 30, 200)
ORIENTATION, GPS, MAKE = 0x0112, 0x8825, 0x010F


def photo(width: int = 400, height: int = 300, *, orientation: int = 1, kind: str = "JPEG") -> bytes:
    """Red on the left, blue on the right, taken somewhere by some telephone."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, "Téléphone de Karim"
    exif.get_ifd(GPS)[2] = (46.0, 48.0, 50.0)
    written = io.BytesIO()
    image.save(written, kind, exif=exif)
    return written.getvalue()


def opened(drawn: pictures.Drawn) -> Image.Image:
    image = Image.open(io.BytesIO(drawn.data))
    image.load()
    return image


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that says it has that many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 100))
        + chunk(b"IEND", b"")
    )


def test_where_and_by_what_it_was_taken_is_gone() -> None:
    sent = photo()
    assert b"Karim" in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(GPS)

    image = opened(pictures.redraw(sent))

    assert (dict(image.getexif()), image.info.get("icc_profile"), image.info.get("exif")) == ({}, None, None)
    assert b"Karim" not in pictures.redraw(sent).data


def test_a_photo_taken_sideways_stands_upright() -> None:
    drawn = pictures.redraw(photo(400, 300, orientation=6))

    image = opened(drawn)

    assert (drawn.width, drawn.height) == image.size == (300, 400)
    top, bottom = image.getpixel((150, 50)), image.getpixel((150, 350))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > bottom[0]


@pytest.mark.parametrize(("size", "expected"), [((4000, 2000), (1600, 800)), ((640, 480), (640, 480))])
def test_it_is_no_larger_than_screens_need(size: tuple[int, int], expected: tuple[int, int]) -> None:
    drawn = pictures.redraw(photo(*size))

    assert (drawn.media_type, opened(drawn).size) == ("image/jpeg", expected)


def test_what_is_transparent_stays_so() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (50, 40), (0, 0, 0, 0)).save(written, "PNG")

    drawn = pictures.redraw(written.getvalue())

    assert drawn.media_type == "image/webp"
    assert opened(drawn).convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "I;16"])
def test_unusual_kinds_are_read(mode: str) -> None:
    written = io.BytesIO()
    Image.new(mode, (20, 10)).save(written, "JPEG" if mode == "CMYK" else "PNG")

    assert opened(pictures.redraw(written.getvalue())).mode == "RGB"


@pytest.mark.parametrize("size", [(100_000, 100_000), (9_000, 9_000)])
def test_a_decompression_bomb_is_refused_unread(size: tuple[int, int]) -> None:
    with pytest.raises(Unreadable, match="trop grande"):
        pictures.redraw(bomb(*size))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "n’est pas une image"),
        (b"%PDF-1.7 ...", "n’est pas une image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "n’est pas une image"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (photo()[:2000], "incomplète"),
        (b"\0" * (pictures.MAX_BYTES + 1), "8\u00a0Mo"),
    ],
    ids=["empty", "pdf", "svg", "heic", "cut", "heavy"],
)
def test_what_is_not_a_picture_is_refused_with_a_sentence(data: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        pictures.redraw(data)


def test_it_is_kept_once_under_the_name_of_what_it_holds(app: Flask, settings: Settings) -> None:
    with app.app_context():
        stored, again = pictures.store(photo()), pictures.store(photo(kind="JPEG"))

    files = list((settings.upload_dir / "images").iterdir())
    assert stored == again
    assert [file.name for file in files] == [stored.name]
    assert hashlib.sha256(files[0].read_bytes()).hexdigest() == stored.key


def test_a_sealed_picture_is_one_of_ours(app: Flask) -> None:
    with app.app_context():
        stored = pictures.store(photo())
        word = pictures.seal(stored)

        assert pictures.unseal(word) == stored
        with pytest.raises(NotFound):
            pictures.unseal(word[:-1] + ("A" if word[-1] != "A" else "B"))


@pytest.mark.usefixtures("session")
def test_another_text_is_another_row_of_the_same_file() -> None:
    stored = pictures.Stored(key="a" * 64, media_type="image/jpeg", width=1, height=1)
    first = pictures.describe(stored, alt="Une doudou", credit="", now=NOW)
    assert first is not None

    same = pictures.describe(stored, alt="Une doudou", credit="", now=NOW, known=first)
    other = pictures.describe(stored, alt="Deux doudous", credit="", now=NOW, known=first)

    assert same is first
    assert other is not None
    assert other.id != first.id
    assert first.alt == "Une doudou"
    assert pictures.describe(None, alt="", credit="", now=NOW, known=first) is None


def test_a_file_that_nobody_took_is_dropped_after_two_days(app: Flask, kept: str, settings: Settings) -> None:
    with app.app_context():
        unused = pictures.store(photo(80, 60))
    young = clock.now()

    with app.app_context():
        assert pictures.forget_unused(young) == 0
        assert pictures.forget_unused(young + timedelta(days=3)) == 1

    names = {file.name for file in (settings.upload_dir / "images").iterdir()}
    assert unused.name not in names
    assert names == {kept.rpartition("/")[2]}


@pytest.fixture
def kept(app: Flask, directory: None) -> str:
    """The address of the image of a published activity."""
    with app.app_context(), clock.pretend(NOW), transaction():
        event = publish()
        assert event.details is not None
        event.details.picture = pictures.describe(
            pictures.store(photo()), alt="Une doudou", credit="", now=NOW
        )
        assert isinstance(event.details.picture, Picture)
        return f"/images/{pictures.name_of(event.details.picture)}"


def withdraw(app: Flask) -> None:
    with app.app_context(), transaction() as session:
        for event in session.scalars(sa.select(Event)):
            services.withdraw(event, now=NOW)


def test_a_published_image_is_kept_for_long_by_everybody(client: Client, kept: str) -> None:
    answer = client.get(kept)

    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    again = client.get(kept, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_what_is_not_published_is_for_the_team(app: Flask, client: Client, kept: str) -> None:
    withdraw(app)
    assert client.get(kept).status_code == 404

    sign_in(client, Role.VIEWER)
    answer = client.get(kept)

    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "private, no-store")


def test_whoever_holds_the_form_sees_its_image(app: Flask, client: Client) -> None:
    with app.app_context():
        word = pictures.seal(pictures.store(photo()))

    answer = client.get(f"/images/apercu/{word}")

    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(f"/images/apercu/{word}x").status_code == 404


@pytest.mark.parametrize(
    "address",
    ["/images/" + "a" * 64 + ".jpg", "/images/..%2Fsecret_key.jpg", "/images/a.exe", "/images/%C3%A9.jpg"],
)
def test_nothing_else_of_the_uploads_is_served(client: Client, settings: Settings, address: str) -> None:
    Path(settings.upload_dir).mkdir(parents=True, exist_ok=True)
    (settings.upload_dir / "secret_key.jpg").write_bytes(b"not an image")

    assert client.get(address).status_code == 404
