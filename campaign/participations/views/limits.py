"""How often one address may send forms: far above what people do, far below what robots want."""

from flask import request
from flask_limiter.util import get_remote_address

FORM_LIMIT = "3000 per hour"
"""All forms together: a whole region may answer from behind one government address on the same morning."""

ONE_FORM_LIMIT = "20 per 10 minutes"
"""The form of one municipality, the link of one person."""


def one_form() -> str:
    """One address on one page."""
    return f"{get_remote_address()} {request.path}"
