"""The link by which its author comes back to a proposal."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

from flask import current_app

from campaign.config import Settings
from campaign.events.models import Proposal
from campaign.identifiers import hash_token, new_token


def link_token(proposal: Proposal) -> str:
    """The token of its link, always the same until `reissue_link`.

    It is computed, so that the letters of the team may name it and no list of tokens exists; its hash is
    kept, so that earlier letters open even after the secret of this installation has changed.
    """
    token = token_of(proposal.link_seed)
    if hash_token(token) != proposal.link_hash:
        proposal.link_hash = hash_token(token)
    return token


def reissue_link(proposal: Proposal, *, now: datetime) -> str:
    """Another token; the earlier link opens nothing any more."""
    proposal.link_seed = new_token()
    proposal.updated_at = now
    return link_token(proposal)


def token_of(seed: str) -> str:
    """Nobody guesses it without the secret of this installation."""
    settings: Settings = current_app.extensions["settings"]
    digest = hmac.digest(settings.secret_key.encode(), f"proposition\0{seed}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
