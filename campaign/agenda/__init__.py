"""The public calendar and its subscriptions."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
