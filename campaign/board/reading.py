"""A message as the team may read it: what left, word for word, but for the keys that it carried."""

from __future__ import annotations

import base64
import re

from campaign.outbox.models import Message
from campaign.outbox.queries import words_of

HIDDEN = "…"

_KEYED = re.compile(r"(/(?:p|connexion|billet|desabonnement|inscription/confirmer)/)[\w.~-]{8,}")
"""Addresses that open something by themselves."""

_RANDOM = re.compile(r"(/)(?=[\w.~-]*[A-Z])(?=[\w.~-]*[a-z])[\w.~-]{22,}")
"""Any other long part of an address that mixes capitals and small letters: slugs never do."""

_ADDRESS = re.compile(r"https?://[^\s\"'<>]+")
_CONTENT_ID = re.compile(r"cid:([\w.@-]+)")


def without_keys(text: str) -> str:
    """The text with the token of each personal, sign-in or ticket link taken out.

    Who may read the outbox could otherwise act as the municipality, or sign in as a colleague.
    """

    def hide(found: re.Match[str]) -> str:
        kept = _KEYED.sub(rf"\1{HIDDEN}", found[0])
        return _RANDOM.sub(rf"\1{HIDDEN}", kept)

    return _ADDRESS.sub(hide, text)


def preview(message: Message) -> str:
    """The HTML part without its keys, its own pictures put inside: a sandboxed frame may fetch nothing."""
    pictures = {
        file.content_id: f"data:{file.content_type};base64,{base64.b64encode(file.data).decode()}"
        for file in message.attachments
        if file.content_id and file.content_type.startswith("image/")
    }
    return _CONTENT_ID.sub(lambda found: pictures.get(found[1], found[0]), without_keys(words_of(message)[1]))
