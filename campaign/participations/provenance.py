"""Whether an address belongs to a municipality, as far as the directory and our own history know."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa

from campaign.contacts.models import Contact
from campaign.db import db
from campaign.territory.models import Territory

CONSUMER_DOMAINS = frozenset(
    {
        "gmail.com", "hotmail.com", "hotmail.ca", "hotmail.fr", "outlook.com", "outlook.fr", "live.ca",
        "live.com", "yahoo.ca", "yahoo.com", "yahoo.fr", "icloud.com", "me.com", "msn.com", "aol.com",
        "proton.me", "protonmail.com", "videotron.ca", "videotron.qc.ca", "sympatico.ca", "bell.net",
        "bellnet.ca", "cgocable.ca", "globetrotter.net", "telus.net", "xplornet.ca", "xplornet.com",
        "tlb.sympatico.ca", "sogetel.net", "cablevision.qc.ca", "axion.ca", "b2b2c.ca",
        "ccapcable.com", "explornet.com", "derytele.com", "tellab.com",
    }
)  # fmt: skip
"""Anybody can have an address there: sharing the domain with the town hall proves nothing."""


# Made once: putting such a statement together costs more than running it.
_VERIFIED = (
    sa.select(Contact.id)
    .where(
        Contact.territory_id == sa.bindparam("territory_id"),
        Contact.email == sa.bindparam("email"),
        Contact.email_verified_at.is_not(None),
        Contact.left_at.is_(None),
    )
    .limit(1)
)


def is_known(territory: Territory, email: str) -> bool:
    """The directory's own address, a verified contact's, or one under the municipality's own domain."""
    if not email:
        return False
    if email == territory.email.lower():
        return True
    domain = email.partition("@")[2]
    own = {territory.email.lower().partition("@")[2], _site_domain(territory.website)} - {""}
    if domain in own - CONSUMER_DOMAINS:
        return True
    return is_verified_contact(territory, email)


def is_verified_contact(territory: Territory, email: str) -> bool:
    """Somebody who answered for that municipality before, by this address, and has not left."""
    asked = {"territory_id": territory.id, "email": email}
    return db.session.scalar(_VERIFIED, asked) is not None


def _site_domain(website: str) -> str:
    host = urlsplit(website if "://" in website else f"//{website}").hostname or ""
    return host.lower().removeprefix("www.")


def may_receive_link(territory: Territory, email: str) -> bool:
    """A personal link opens everything: it goes only to the directory's address or to a verified contact."""
    return bool(email) and (email == territory.email.lower() or is_verified_contact(territory, email))
