"""What is written, to whom, when; and the ledger of who got what and why."""

from flask import Flask

from campaign.campaigns.signals import edition_opened
from campaign.mailings.services import open_calendar

# By their blueprints: some of these modules bear the name of a rule of this room.
from campaign.mailings.views.addresses import blueprint as addresses_pages
from campaign.mailings.views.domain import blueprint as domain_pages
from campaign.mailings.views.gatherings import blueprint as gathering_pages
from campaign.mailings.views.manage import blueprint as timeline_pages
from campaign.mailings.views.unsubscribe import blueprint as unsubscribe_pages
from campaign.mailings.views.words import blueprint as words_pages


def init_app(app: Flask) -> None:
    """Give the application this room's pages; an edition that opens gets its calendar."""
    edition_opened.connect(open_calendar)
    for pages in (
        timeline_pages, words_pages, gathering_pages, domain_pages, addresses_pages, unsubscribe_pages,
    ):  # fmt: skip
        app.register_blueprint(pages)
