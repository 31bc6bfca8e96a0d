"""What the frame of every page says about the campaign."""

from __future__ import annotations

import logging

from sqlalchemy.exc import SQLAlchemyError

from campaign.campaigns import queries

log = logging.getLogger(__name__)


def of_every_page() -> dict[str, object]:
    """Who carries the campaign, and whether the current edition is a demonstration.

    An error page must stand without the database: then the frame says its usual words.
    """
    try:
        edition = queries.find_current_edition()
        return {
            "organization": queries.organization(),
            "edition_is_simulated": bool(edition and edition.is_simulated),
        }
    except SQLAlchemyError:
        log.warning("page drawn without the database")
        return {}
