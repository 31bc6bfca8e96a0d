"""Registrations: people, their seats, their tickets."""

from flask import Flask

from campaign.events.signals import event_changed
from campaign.registrations import gatherings, organizing, telling
from campaign.registrations.views import asking, collecting, inviting, manage, programme, sending, ticket


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(ticket.blueprint)
    for room in (sending, manage, collecting, programme, asking, inviting):
        app.register_blueprint(room.blueprint)
    gatherings.init_app(app)
    # Events stand below: they ask who comes, and whether one may register, by these names.
    app.extensions["attending"] = telling.list_attending
    app.extensions["joining"] = telling.find_joining
    event_changed.connect(organizing.follow_change)
