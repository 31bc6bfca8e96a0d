"""The public calendar and its subscriptions."""

from flask import Flask

import campaign.agenda.models  # noqa: F401 - its tables are part of the schema
from campaign.agenda import feeds
from campaign.agenda.views import calendar

feeds.add_to(calendar.blueprint)


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    feeds.init_app(app)
    app.register_blueprint(calendar.blueprint)
