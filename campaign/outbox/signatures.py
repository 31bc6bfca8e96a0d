"""Whether a request was signed by the provider, and lately: SendGrid's signed event webhook.

SendGrid signs the time of the request followed by its body, byte for byte, with ECDSA over P-256 and SHA-256.
Cryptography is brought in when a signature is read: seven megabytes in a server process, and many
installations receive none.
"""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import ec

MAX_AGE = timedelta(minutes=10)
"""In either direction: enough for a slow line and for two clocks that disagree. A request that somebody
caught is of no use afterwards; and before, an event told twice changes nothing."""

SECONDS = re.compile(r"[0-9]{1,11}", re.ASCII)
LONGEST_SIGNATURE = 200
"""In base64; one over P-256 takes some 96 letters."""


class Unsigned(Exception):
    """Nothing in this request may be believed; the reason says what is wrong with its signature."""


def verify(public_key: str, *, body: bytes, signature: str, timestamp: str, now: datetime) -> None:
    """Pass in silence when the request is the provider's and recent; raise `Unsigned` otherwise."""
    if not signature or not timestamp:
        raise Unsigned("signature or time absent")
    if not SECONDS.fullmatch(timestamp):
        raise Unsigned("time is no number")
    if abs(now.timestamp() - int(timestamp)) > MAX_AGE.total_seconds():
        raise Unsigned("too old, or from the future")
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    try:
        read_key(public_key).verify(_decoded(signature), timestamp.encode() + body, ec.ECDSA(SHA256()))
    except InvalidSignature as error:
        raise Unsigned("signature is another's") from error


@cache
def read_key(text: str) -> ec.EllipticCurvePublicKey:
    """The provider's public key, in base64 as its page shows it."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 - see above
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Unsigned("our own key cannot be read") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Unsigned("our own key is of another kind")
    return key


def _decoded(signature: str) -> bytes:
    if len(signature) > LONGEST_SIGNATURE:
        raise Unsigned("signature is no signature")
    try:
        return base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Unsigned("signature is not base64") from error
