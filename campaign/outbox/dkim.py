"""DKIM (RFC 6376): what the public key published under a selector is worth."""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum

LEAST_BITS = 1024
"""Receivers refuse shorter keys (RFC 8301)."""

GOOD_BITS = 2048
ED25519_BYTES = 32


class Key(StrEnum):
    """A key, by what receivers do of its signatures."""

    GOOD = "good"
    SHORT = "short"
    """Accepted, under the length that is advised."""
    TOO_SHORT = "too_short"
    TESTING = "testing"
    """« t=y »: receivers may act as if nothing were signed."""
    REVOKED = "revoked"
    UNREADABLE = "unreadable"


def tags(record: str) -> dict[str, str]:
    """« v=DKIM1; k=rsa; p=… » by name; the syntax is DMARC's too."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, mark, value in pairs if mark}


def is_key(record: str) -> bool:
    """Whether the text means to be a key: a wildcard may put anything under the name."""
    found = tags(record)
    return found.get("v", "").upper() == "DKIM1" or ("p" in found and "v" not in found)


def judge(record: str) -> Key:
    """What a receiver makes of that key."""
    found = tags(record)
    if "p" not in found or found.get("k", "rsa").lower() not in ("rsa", "ed25519"):
        return Key.UNREADABLE
    if not found["p"]:
        return Key.REVOKED
    key = _judge_length(found["p"], found.get("k", "rsa").lower())
    is_testing = "y" in found.get("t", "").lower().split(":")
    return Key.TESTING if is_testing and key in (Key.GOOD, Key.SHORT) else key


def _judge_length(text: str, kind: str) -> Key:
    # Seven megabytes, which a server process that looks at no domain does without.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_der_public_key  # noqa: PLC0415

    try:
        data = base64.b64decode(text, validate=True)
        if kind == "ed25519":
            return Key.GOOD if len(data) == ED25519_BYTES else Key.UNREADABLE
        key = load_der_public_key(data)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        return Key.UNREADABLE
    if not isinstance(key, RSAPublicKey):
        return Key.UNREADABLE
    if key.key_size < LEAST_BITS:
        return Key.TOO_SHORT
    return Key.GOOD if key.key_size >= GOOD_BITS else Key.SHORT
