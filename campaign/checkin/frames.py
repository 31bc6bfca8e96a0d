"""Reading QR codes in a picture sent by a phone whose browser cannot; nothing of it is kept."""

from __future__ import annotations

from io import BytesIO

from campaign.errors import CampaignError
from campaign.i18n import _

MAX_BYTES = 8_000_000
MOST_PIXELS = 50_000_000
"""What the largest phones take; a JPEG is decoded at a fraction of it."""
MOST_PLAIN_PIXELS = 12_000_000
"""Formats that are decoded whole: 12 MB of grey at most."""
ENOUGH = (1600, 1600)
"""A ticket held before a phone is read well below this."""
FORMATS = ("JPEG", "PNG", "WEBP")

TOO_LARGE = _("Cette image est trop grande. Prenez la photo de plus loin, ou tapez le code.")
UNREADABLE = _("Ce fichier n’est pas une image lisible. Reprenez la photo, ou tapez le code.")


class NotAPicture(CampaignError):
    """Nothing can be read of this file."""

    status = 422


def read_codes(data: bytes) -> list[str]:
    """The texts of the QR codes in that picture, none when it has none."""
    # Both libraries are large, and only doors without a decoder of their own need them.
    import zxingcpp  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    try:
        with Image.open(BytesIO(data), formats=FORMATS) as picture:
            width, height = picture.size
            most = MOST_PIXELS if picture.format == "JPEG" else MOST_PLAIN_PIXELS
            if width * height > most:
                raise NotAPicture(TOO_LARGE)
            picture.draft("L", ENOUGH)
            grey = picture.convert("L")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise NotAPicture(UNREADABLE) from None
    grey.thumbnail(ENOUGH)
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode))
    return [code.text[:300] for code in found]
