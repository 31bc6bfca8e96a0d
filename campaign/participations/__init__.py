"""What a municipality does in an edition."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
