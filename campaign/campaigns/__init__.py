"""One edition of the campaign: its week, its day J, its theme."""

from flask import Flask

from campaign.campaigns import context, views


def init_app(app: Flask) -> None:
    """Give every page the organization's name and the banner of the demonstration, and the team its pages."""
    app.context_processor(context.of_every_page)
    app.register_blueprint(views.blueprint)
