"""What the frame of every page says about the campaign."""

from __future__ import annotations

import logging
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from campaign.campaigns import queries
from campaign.web.freshness import is_reading, shared

log = logging.getLogger(__name__)


class Carrier(NamedTuple):
    """Who carries the campaign, as pages name them."""

    name: str
    postal_address: str
    contact: str
    privacy_officer: str


class Frame(NamedTuple):
    """What is around every page."""

    organization: Carrier
    edition_is_simulated: bool


def of_every_page() -> dict[str, object]:
    """Who carries the campaign, and whether the current edition is a demonstration.

    Read again when something public changes; always by a request that may itself change it. An error page
    must stand without the database: then the frame says its usual words.
    """
    try:
        frame = shared("frame", _read) if is_reading() else _read()
    except SQLAlchemyError:
        log.warning("page drawn without the database")
        return {}
    return frame._asdict()


def _read() -> Frame:
    edition, organization = queries.find_current_edition(), queries.organization()
    return Frame(
        organization=Carrier(
            name=organization.name,
            postal_address=organization.postal_address,
            contact=organization.contact,
            privacy_officer=organization.privacy_officer,
        ),
        edition_is_simulated=bool(edition and edition.is_simulated),
    )
