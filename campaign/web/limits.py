"""How often one address may send forms: far above what people do, far below what robots want."""

from flask import Response, request
from flask_limiter.util import get_remote_address

from campaign.identifiers import hash_token

FORM_LIMIT = "3000 per hour"
"""All forms together: a whole region may answer from behind one government address on the same morning."""

SEARCH_LIMIT = "600 per minute"
"""The plain search of a municipality, as its suggestions have."""

ONE_FORM_LIMIT = "20 per 10 minutes"
"""The form of one municipality, the link of one person."""

ONE_ADDRESS_LIMIT = "30 per hour"
"""The letters that strangers may have sent to one address: no clerk works for as many municipalities."""


def one_form() -> str:
    """One address on one page."""
    return f"{get_remote_address()} {request.path}"


def typed_address() -> str:
    """The address that the letter would go to; hashed, since the counter is kept outside the database."""
    return hash_token(request.form.get("email", "").strip().lower())


def was_accepted(response: Response) -> bool:
    """Only what is accepted sends a letter: mistakes of typing are not counted."""
    return response.status_code == 303
