"""The people and mailboxes that we write to, and by what right."""

from flask import Flask

from campaign.contacts import views


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(views.blueprint)
