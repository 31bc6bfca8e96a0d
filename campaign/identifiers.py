"""Everything that names a thing from outside: tokens, calendar uids, slugs, codes to say aloud."""

import hashlib
import re
import secrets
import unicodedata
import uuid

UNAMBIGUOUS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""No 0/O, 1/I/L, U/V: what is read aloud or from a cracked screen stays right."""


def new_token() -> str:
    """A random link token of 192 bits; only its hash is kept."""
    return secrets.token_urlsafe(24)


def hash_token(token: str) -> str:
    """What the database keeps of a token. Tokens are random, so a plain SHA-256 needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_uid() -> str:
    """An identifier for calendars (RFC 5545 §3.8.4.7, RFC 7986: a UUID, no host, nothing personal)."""
    return str(uuid.uuid4())


def short_code(length: int) -> str:
    """A random code in letters and digits that nobody confuses."""
    return "".join(secrets.choice(UNAMBIGUOUS) for _ in range(length))


def slugify(text: str) -> str:
    """« Lever du drapeau à L’Isle-Verte » → « lever-du-drapeau-a-l-isle-verte »."""
    text = (
        text.replace("’", "-")
        .replace("–", "-")
        .replace("œ", "oe")
        .replace("Œ", "oe")
        .replace("æ", "ae")
        .replace("Æ", "ae")
    )
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "-")).strip("-")[:80].strip("-")
