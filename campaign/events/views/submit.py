"""« Proposer une activité »: the form, the proof of the address, the link by which its author changes it."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from campaign.events import proposals

blueprint = Blueprint("proposals", __name__, url_prefix="/calendrier")


@blueprint.get("/proposition/<token>")
def show(token: str) -> ResponseReturnValue:
    """Where the proposal stands."""
    return proposals.get_by_token(token).title
