"""The door: admitting people, with or without network."""

from flask import Flask

import campaign.checkin.models  # noqa: F401 - its tables are part of the schema
from campaign.checkin import attestations
from campaign.checkin.views import (
    arrival,
    attendance,
    day_after,
    disagreements,
    door,
    network,
    printing,
    team,
)


def init_app(app: Flask) -> None:
    """Give the application this room's pages."""
    app.register_blueprint(arrival.blueprint)
    for room in (door, network, team, printing, attendance, disagreements, day_after):
        app.register_blueprint(room.blueprint)
    # Registrations stand below: their tickets ask by this name.
    app.extensions["attesting"] = attestations.is_due
