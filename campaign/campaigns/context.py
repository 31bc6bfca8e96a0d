"""What the frame of every page says about the campaign."""

from __future__ import annotations

import logging
from typing import NamedTuple

from sqlalchemy.exc import SQLAlchemyError

from campaign.campaigns import queries
from campaign.campaigns.models import Edition
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
    edition: Edition | None


def of_every_page() -> dict[str, object]:
    """Who carries the campaign, and whether the current edition is a demonstration.

    Read again when something public changes; always by a request that may itself change it. An error page
    must stand without the database: then the frame says its usual words.
    """
    try:
        frame = _frame()
    except SQLAlchemyError:
        log.warning("page drawn without the database")
        return {}
    return {
        "organization": frame.organization,
        "edition_is_simulated": bool(frame.edition and frame.edition.is_simulated),
    }


def edition_on_show() -> Edition:
    """The current edition for a public page, read with its frame: a copy that threads share, to read only."""
    return queries.known(_frame().edition)


def _frame() -> Frame:
    return shared("frame", _read) if is_reading() else _read()


def _read() -> Frame:
    edition, organization = queries.current_edition_and_organization()
    return Frame(
        organization=Carrier(
            name=organization.name,
            postal_address=organization.postal_address,
            contact=organization.contact,
            privacy_officer=organization.privacy_officer,
        ),
        edition=edition,
    )
