"""What is written, to whom, when; and the ledger of who got what and why."""

from flask import Flask

from campaign.campaigns.signals import edition_opened
from campaign.mailings import services
from campaign.mailings.views import addresses, domain, manage, unsubscribe, words


def init_app(app: Flask) -> None:
    """Give the application this room's pages; an edition that opens gets its calendar."""
    edition_opened.connect(services.open_calendar)
    app.register_blueprint(manage.blueprint)
    app.register_blueprint(words.blueprint)
    app.register_blueprint(domain.blueprint)
    app.register_blueprint(addresses.blueprint)
    app.register_blueprint(unsubscribe.blueprint)
