"""Images of activities: decoded, drawn again smaller without any hidden data, kept under the name of what
they hold."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from campaign.config import Settings
from campaign.db import db
from campaign.errors import CampaignError, NotFound
from campaign.events.models import Event, EventDetails, Picture
from campaign.i18n import _

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_BYTES = 8_000_000
LONGEST_SIDE = 1600
MOST_PIXELS = 50_000_000
"""What the largest phones take; a JPEG is decoded at a fraction of it."""
MOST_PLAIN_PIXELS = 25_000_000
"""Formats that are decoded whole: 100 MB of memory at most."""

UNUSED_LIFE = timedelta(days=2)
"""How long a form may stay open with its image."""

QUALITY = 82
JPEG, WEBP = "image/jpeg", "image/webp"
EXTENSIONS = {JPEG: "jpg", WEBP: "webp"}
MEDIA_TYPES = {extension: media_type for media_type, extension in EXTENSIONS.items()}
READABLE = ("JPEG", "PNG", "WEBP", "AVIF")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")

ADVICE = _("Choisissez une image JPEG, PNG ou WebP de 8 Mo au plus.")
TOO_HEAVY = _("Cette image pèse plus de 8 Mo. Choisissez-en une plus légère.")
TOO_LARGE = _("Cette image est trop grande pour être lue. Réduisez-la, puis téléversez-la de nouveau.")
NOT_AN_IMAGE = _("Ce fichier n’est pas une image. Choisissez un fichier JPEG, PNG ou WebP.")
CUT_SHORT = _("Cette image est incomplète. Téléversez-la de nouveau.")
HEIC = _("Cette photo est au format HEIC, que peu de navigateurs affichent. Enregistrez-la en JPEG.")


class Unreadable(CampaignError):
    """No picture can be made of this file; the sentence says why, and what to do."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A picture of ours, in memory."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A picture whose file is kept; nobody says yet what it shows."""

    key: str
    media_type: str
    width: int
    height: int

    @property
    def name(self) -> str:
        return f"{self.key}.{EXTENSIONS[self.media_type]}"


def redraw(data: bytes, *, longest_side: int = LONGEST_SIDE, on_white: bool = False) -> Drawn:
    """The same picture, upright, no larger than `longest_side`, without metadata; `Unreadable` otherwise.

    `on_white`: a JPEG in any case, what is transparent being laid on paper.
    """
    from PIL import (  # noqa: PLC0415 - eight megabytes that most processes never need
        Image,
        ImageOps,
        UnidentifiedImageError,
    )

    if len(data) > MAX_BYTES:
        raise Unreadable(TOO_HEAVY)
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        raise Unreadable(HEIC)
    try:
        with Image.open(BytesIO(data), formats=READABLE) as opened:
            _refuse_bomb(opened)
            opened.draft("RGB", (longest_side * 2, longest_side * 2))
            return _drawn(_in_srgb(ImageOps.exif_transpose(opened)), longest_side, on_white=on_white)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Unreadable(TOO_LARGE) from error
    except UnidentifiedImageError as error:
        raise Unreadable(NOT_AN_IMAGE) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unreadable(CUT_SHORT) from error


def _refuse_bomb(opened: Image) -> None:
    pixels = opened.width * opened.height
    if pixels > (MOST_PIXELS if opened.format == "JPEG" else MOST_PLAIN_PIXELS):
        raise Unreadable(TOO_LARGE)


def _in_srgb(image: Image) -> Image:
    """The colours that every screen understands, before the profile that says others is dropped."""
    from PIL import ImageCms  # noqa: PLC0415 - as above

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    mode: Any = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        told = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, told, ImageCms.createProfile("sRGB"), outputMode=mode)
    except ImageCms.PyCMSError:
        return image  # a broken profile: the colours are taken as they are
    return converted or image


def _drawn(image: Image, longest_side: int, *, on_white: bool) -> Drawn:
    from PIL import Image as Images  # noqa: PLC0415 - as above

    is_transparent = image.has_transparency_data
    plain = image.convert("RGBA" if is_transparent else "RGB")
    plain.thumbnail((longest_side, longest_side), Images.Resampling.LANCZOS)
    if is_transparent and on_white:
        clean, is_transparent = Images.new("RGB", plain.size, "white"), False
        clean.paste(plain, mask=plain)
    else:
        clean = Images.new(plain.mode, plain.size)
        clean.paste(plain)
    written = BytesIO()
    if is_transparent:
        clean.save(written, "WEBP", quality=QUALITY)
    else:
        clean.save(written, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return Drawn(
        data=written.getvalue(),
        media_type=WEBP if is_transparent else JPEG,
        width=clean.width,
        height=clean.height,
    )


def store(data: bytes) -> Stored:
    """Keep the file of a picture, drawn again; the same picture is kept once."""
    drawn = redraw(data)
    key = hashlib.sha256(drawn.data).hexdigest()
    stored = Stored(key=key, media_type=drawn.media_type, width=drawn.width, height=drawn.height)
    file = path_of(stored.name)
    if file.exists():
        file.touch()  # as young as its last use: `forget_unused` leaves it
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{secrets.token_hex(8)}")
        draft.write_bytes(drawn.data)
        os.replace(draft, file)  # whoever reads finds nothing, or all of it
    return stored


def describe(
    stored: Stored | Picture | None, *, alt: str, credit: str, now: datetime, known: Picture | None = None
) -> Picture | None:
    """What the picture shows and who took it. `known` is given back when it says all this already; it is
    never changed, since the calendar may show it."""
    if stored is None:
        return None
    if known is not None and (known.key, known.alt, known.credit) == (stored.key, alt, credit):
        return known
    picture = Picture(
        key=stored.key,
        media_type=stored.media_type,
        width=stored.width,
        height=stored.height,
        alt=alt,
        credit=credit,
        created_at=now,
    )
    db.session.add(picture)
    db.session.flush()
    return picture


def name_of(picture: Picture) -> str:
    """The name of its file, which is the end of its address (`events.images.show`)."""
    return f"{picture.key}.{EXTENSIONS[picture.media_type]}"


def path_of(name: str) -> Path:
    """Where the file of that name is."""
    settings: Settings = current_app.extensions["settings"]
    return settings.upload_dir / "images" / name


def forget_unused(now: datetime) -> int:
    """Drop the files that no proposal took: forms that were never sent; gives how many."""
    folder = path_of("x").parent
    if not folder.is_dir():
        return 0
    limit = (now - UNUSED_LIFE).timestamp()
    old = [file for file in folder.iterdir() if file.stat().st_mtime < limit]
    kept = set(db.session.scalars(sa.select(Picture.key)))
    unused = [file for file in old if file.name.partition(".")[0] not in kept]
    for file in unused:
        file.unlink(missing_ok=True)
    return len(unused)


def is_published(key: str) -> bool:
    """Does something that the public sees show it?"""
    return bool(
        db.session.scalar(
            sa.select(
                sa.exists()
                .where(Picture.key == key)
                .where(EventDetails.picture_id == Picture.id)
                .where(Event.id == EventDetails.event_id)
                .where(Event.is_published.is_(True))
            )
        )
    )


def seal(stored: Stored | Picture) -> str:
    """A word by which a form, or a page of one person, keeps a picture that is not published."""
    told = [stored.key, stored.media_type, stored.width, stored.height]
    return str(_seals().dumps(told))


def unseal(word: str) -> Stored:
    """The picture of that word; NotFound when it is not ours."""
    try:
        key, media_type, width, height = _seals().loads(word)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound(_("Cette image n’existe pas.")) from error
    return Stored(key=key, media_type=media_type, width=width, height=height)


def _seals() -> URLSafeSerializer:
    settings: Settings = current_app.extensions["settings"]
    return URLSafeSerializer(settings.secret_key, salt="image en attente")
