"""What all pages share; no word of the domain."""

from flask import Flask

from campaign import i18n
from campaign.web import assets, errors, filters, freshness, numbers, pages, responses, security, uploads
from campaign.web.sessions import LateSessionInterface


def init_app(app: Flask) -> None:
    """Give every page its formats, its headers, its error pages."""
    app.session_interface = LateSessionInterface()
    numbers.init_app(app)
    i18n.init_app(app)
    filters.init_app(app)
    security.init_app(app)
    errors.init_app(app)
    assets.init_app(app)
    responses.init_app(app)
    freshness.init_app(app)
    pages.init_app(app)
    uploads.init_app(app)
