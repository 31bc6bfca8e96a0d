"""Who is in, who is missing, what needs a person; reads only."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
