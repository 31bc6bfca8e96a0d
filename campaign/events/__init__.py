"""Everything that has a date."""

from flask import Flask

from campaign.events.views import change, follow, images, public, submit


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(public.blueprint)
    app.register_blueprint(submit.blueprint)
    app.register_blueprint(images.blueprint)
    app.register_blueprint(change.blueprint)
    app.register_blueprint(follow.blueprint)
