"""What a municipality does in an edition."""

from flask import Flask

from campaign.participations import filters
from campaign.participations.views import manage, personal, public


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    filters.init_app(app)
    app.register_blueprint(public.blueprint)
    app.register_blueprint(personal.blueprint)
    app.register_blueprint(manage.blueprint)
