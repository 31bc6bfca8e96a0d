"""The post office: it sends what others wrote and decides nothing."""

from flask import Flask

from campaign.outbox import views


def init_app(app: Flask) -> None:
    """Give the application what the provider calls."""
    app.register_blueprint(views.blueprint)
