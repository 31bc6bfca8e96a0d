"""What is accepted as an e-mail address, and how two spellings of one are recognized."""

from __future__ import annotations

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254


def normalize(address: str) -> str:
    """The address in lower case and without spaces around it; ValueError when nothing can be sent to it.

    Mailboxes that tell « Jeanne@ » from « jeanne@ » are not met in practice; people who type both are.
    """
    found = _read(address)
    if found is None:
        raise ValueError("not an e-mail address")
    return found


def is_address(address: str) -> bool:
    """Whether something could be sent to it at all."""
    return _read(address) is not None


@lru_cache(maxsize=10_000)
def _read(address: str) -> str | None:
    """Kept, since a list is judged again at each tick."""
    try:
        found = validate_email(
            address.strip(), check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError:
        return None
    return found.normalized.lower() if len(found.normalized) <= MAX_LENGTH else None
