"""What is accepted as an e-mail address, and how two spellings of one are recognized."""

from __future__ import annotations

from email_validator import EmailNotValidError, validate_email

MAX_LENGTH = 254


def normalize(address: str) -> str:
    """The address in lower case and without spaces around it; ValueError when nothing can be sent to it.

    Mailboxes that tell « Jeanne@ » from « jeanne@ » are not met in practice; people who type both are.
    """
    try:
        found = validate_email(
            address.strip(), check_deliverability=False, allow_smtputf8=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise ValueError("not an e-mail address") from error
    if len(found.normalized) > MAX_LENGTH:
        raise ValueError("not an e-mail address")
    return found.normalized.lower()
