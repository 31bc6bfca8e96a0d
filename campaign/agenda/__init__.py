"""The public calendar and its subscriptions."""

from flask import Flask

from campaign.agenda import express, feeds, index
from campaign.agenda.views import calendar, embeds, manage, open_data, own

feeds.add_to(calendar.blueprint)


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    index.init_app(app)
    feeds.init_app(app)
    express.init_app(app)
    app.register_blueprint(calendar.blueprint)
    app.register_blueprint(own.blueprint)
    app.register_blueprint(embeds.blueprint)
    open_data.init_app(app)
    app.register_blueprint(manage.blueprint)
