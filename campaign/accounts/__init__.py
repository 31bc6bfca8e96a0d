"""The people who organize: their accounts, their sessions, what each may see."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
