"""What a public page depends on besides its address, and the absolute addresses by which others reach it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Flask, current_app, url_for

from campaign.db import public_revision

QUARTER_OF_AN_HOUR = 900


def public_state(now: datetime) -> tuple[int, int]:
    """The key of a drawn public page: what was published, and the quarter of an hour.

    A page says « en date du … » with the minute at which it was drawn; it stays true as long as nothing
    public changes. Every quarter of an hour it is drawn again, because flags go up and days go by.
    """
    return public_revision(), int(now.timestamp()) // QUARTER_OF_AN_HOUR


def public_url(endpoint: str, **values: Any) -> str:
    """The address of a page as printed, mailed or written in a calendar, whoever asks for it."""
    root: str = current_app.extensions["settings"].public_url
    return root + url_for(endpoint, **values)


def init_app(app: Flask) -> None:
    """Templates name the lasting address of their page."""
    app.add_template_global(public_url)
