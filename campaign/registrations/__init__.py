"""Registrations: people, their seats, their tickets."""

from flask import Flask

from campaign.registrations.views import ticket


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(ticket.blueprint)
