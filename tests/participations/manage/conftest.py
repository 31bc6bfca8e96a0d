"""The small Québec in which the team acts."""

import pytest
from flask import Flask

from campaign.db import transaction
from tests.board.world import RIMOUSKI, SAYABEC, open_world, register


@pytest.fixture
def world(app: Flask) -> None:
    """Sayabec is confirmed, Rimouski to confirm, the others silent."""
    with app.app_context(), transaction():
        edition = open_world()
        register(edition, SAYABEC)
        register(edition, RIMOUSKI, is_confirmed=False)
