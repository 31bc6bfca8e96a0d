"""Regions, MRC, municipalities, boroughs: one known list and how people write its names."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
