"""A session is opened for who has one, and begins for who needs one."""

import pytest
from flask import Flask, session
from itsdangerous import URLSafeTimedSerializer

from tests.pages import Client


def add_counter(app: Flask) -> None:
    def count() -> str:
        session["visits"] = session.get("visits", 0) + 1
        return str(session["visits"])

    app.add_url_rule("/compter", "count", count)


def test_a_session_begins_and_is_found_again(app: Flask, client: Client) -> None:
    add_counter(app)

    assert [client.get("/compter").text for _visit in range(3)] == ["1", "2", "3"]


def test_who_brings_no_cookie_costs_no_signature(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_counter(app)
    app.add_url_rule("/rien", "nothing", lambda: "")
    made = []
    monkeypatch.setattr(
        "flask.sessions.URLSafeTimedSerializer",
        lambda *values, **options: made.append(values) or URLSafeTimedSerializer(*values, **options),
    )

    client.get("/rien")
    without = len(made)
    client.get("/compter")

    assert (without, len(made)) == (0, 1)
