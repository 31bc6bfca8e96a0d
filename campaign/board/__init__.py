"""Who is in, who is missing, what needs a person. Reads; writes only a person's word about a message."""

from flask import Flask

from campaign.board import views


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(views.blueprint)
