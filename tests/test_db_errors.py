"""What a failing statement says in the logs: the statement, never somebody's values."""

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign.accounts.models import Role, User
from campaign.clock import now
from campaign.db import db, transaction


def test_a_refused_row_is_told_without_its_values(app: Flask) -> None:
    def add_twice() -> None:
        for _time in range(2):
            with transaction():
                db.session.add(User(email="manon@exemple.ca", role=Role.VIEWER, created_at=now()))

    with app.app_context(), pytest.raises(sa.exc.IntegrityError) as refusal:
        add_twice()

    statement = str(refusal.value).partition("[SQL: ")[2]
    assert "INSERT INTO" in statement
    assert "manon" not in statement
