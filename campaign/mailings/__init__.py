"""What is written, to whom, when; and the ledger of who got what and why."""

from flask import Flask

from campaign.mailings.views import domain, manage


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(manage.blueprint)
    app.register_blueprint(domain.blueprint)
