"""What machines ask: the state of the service, for anybody; its figures, for this machine only."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from campaign import clock, schema
from campaign.db import db, transaction
from campaign.outbox import services as outbox
from campaign.outbox.models import HEARTBEAT


def test_health_tells_the_schema_and_a_worker_that_never_spoke(app: Flask) -> None:
    answer = app.test_client().get("/healthz")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "etat": "bon",
        "base": "bonne",
        "schema": schema.expected_version(),
        "planificateur": "muet",
    }


def test_health_tells_a_worker_at_work_then_silent(app: Flask) -> None:
    client = app.test_client()
    now = clock.now()

    told = []
    for beat in (now, now - timedelta(minutes=10)):
        with app.app_context(), transaction():
            outbox.beat(HEARTBEAT, beat)
        told.append(client.get("/healthz").get_json()["planificateur"])

    assert told == ["en marche", "muet"]


def test_health_tells_a_clock_that_is_wrong(app: Flask) -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=5), tick=True):
        wrong = app.test_client().get("/healthz")
    right = app.test_client().get("/healthz")

    assert (wrong.status_code, wrong.get_json()["horloge"]) == (200, "décalée")
    assert "horloge" not in right.get_json()


def test_health_refuses_traffic_on_another_schema(app: Flask) -> None:
    with app.app_context():
        db.session.execute(sa.text("UPDATE alembic_version SET version_num = '0000_before'"))
        db.session.commit()

    answer = app.test_client().get("/healthz")

    assert (answer.status_code, answer.get_json()["etat"]) == (503, "indisponible")


def test_metrics_are_for_this_machine_only(app: Flask) -> None:
    client: FlaskClient = app.test_client()

    here = client.get("/metrics")
    elsewhere = client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"})
    behind_a_proxy = client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.9"})

    assert here.status_code == 200
    assert "pavois_messages_due 0" in here.text
    assert (elsewhere.status_code, behind_a_proxy.status_code) == (404, 404)
