"""Everything that has a date."""

from flask import Flask

from campaign.events.views import change, follow, images, imports, manage, manage_events, public, submit


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(public.blueprint)
    app.register_blueprint(submit.blueprint)
    app.register_blueprint(images.blueprint)
    app.register_blueprint(change.blueprint)
    app.register_blueprint(follow.blueprint)
    app.register_blueprint(imports.blueprint)
    app.register_blueprint(manage.blueprint)
    app.register_blueprint(manage_events.blueprint)
