"""What the QR code of a ticket opens, whoever scans it."""

from __future__ import annotations

from flask import Blueprint, render_template

blueprint = Blueprint("checkin", __name__)


@blueprint.get("/accueil/<code>")
def arrive(code: str) -> str:
    """To a stranger it says nothing, not even whether the code exists: only a host's own page admits."""
    return render_template("checkin/arrive.html")
