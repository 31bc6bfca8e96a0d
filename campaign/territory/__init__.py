"""Regions, MRC, municipalities, boroughs: one known list and how people write its names."""

from flask import Flask

from campaign.territory import filters, views


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    filters.init_app(app)
    app.register_blueprint(views.blueprint)
