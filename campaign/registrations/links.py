"""Signed links of a registration and of a ticket: made again for each letter, revoked by a new generation.

They hold a number and a signature, nothing personal. The database keeps only the generation that is good.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from flask import current_app
from itsdangerous import BadData, URLSafeSerializer

from campaign.config import Settings
from campaign.db import db, key_of
from campaign.errors import Gone, NotFound
from campaign.registrations.models import Attendee, Registration


class Purpose(StrEnum):
    """What a link opens; that of one purpose opens nothing else."""

    REGISTRATION = "inscription"
    TICKET = "billet"


def registration_token(registration: Registration) -> str:
    """The token of the link by which a registration is verified, changed and cancelled."""
    return _signer(Purpose.REGISTRATION).dumps([key_of(registration), registration.link_generation])


def ticket_token(attendee: Attendee) -> str:
    """The token of the link to one person's ticket."""
    return _signer(Purpose.TICKET).dumps([key_of(attendee), attendee.link_generation])


def get_registration(token: str) -> Registration:
    """The registration of that link; `NotFound` or `Gone`, which a page must show in the same words."""
    number, generation = _read(Purpose.REGISTRATION, token)
    registration = db.session.get(Registration, number)
    if registration is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    if registration.link_generation != generation:
        raise Gone("Ce lien n’est plus valide.")
    return registration


def get_attendee(token: str) -> Attendee:
    """The person of that ticket; `NotFound` or `Gone`, which a page must show in the same words."""
    number, generation = _read(Purpose.TICKET, token)
    attendee = db.session.get(Attendee, number)
    if attendee is None:
        raise NotFound("Ce lien n’est pas reconnu.")
    if attendee.link_generation != generation:
        raise Gone("Ce lien n’est plus valide.")
    return attendee


def _read(purpose: Purpose, token: str) -> tuple[int, int]:
    try:
        number, generation = _signer(purpose).loads(token)
    except (BadData, TypeError, ValueError):
        raise NotFound("Ce lien n’est pas reconnu.") from None
    return int(number), int(generation)


def _signer(purpose: Purpose) -> URLSafeSerializer:
    settings: Settings = current_app.extensions["settings"]
    return _signer_of(settings.secret_key, purpose)


@lru_cache(maxsize=8)
def _signer_of(secret_key: str, purpose: Purpose) -> URLSafeSerializer:
    """Made once: a letter signs several links."""
    return URLSafeSerializer(secret_key, salt=f"pavois.{purpose}")
