"""The public calendar and its subscriptions."""

from flask import Flask

import campaign.agenda.models  # noqa: F401 - its tables are part of the schema
from campaign.agenda import feeds, views

feeds.add_to(views.blueprint)


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    feeds.init_app(app)
    app.register_blueprint(views.blueprint)
