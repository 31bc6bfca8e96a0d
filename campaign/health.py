"""What machines ask: is it in working order, and how does it go. No name is ever answered."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, abort, current_app, jsonify, request

from campaign import clock, drift, schema
from campaign.campaigns import queries as campaigns
from campaign.config import Settings
from campaign.db import db
from campaign.outbox import queries as outbox
from campaign.outbox.models import HEARTBEAT
from campaign.participations.models import Participation

log = logging.getLogger(__name__)

blueprint = Blueprint("health", __name__)

SILENT_AFTER = timedelta(minutes=3)
"""The worker gives a sign of life every half minute."""


@blueprint.get("/healthz")
def healthz() -> tuple[Response, int]:
    """200 while pages can be served, 503 otherwise. A silent worker is told and takes nothing down."""
    try:
        present = schema.present_version()
        beat = outbox.find_heartbeat(HEARTBEAT)
        settings: Settings = current_app.extensions["settings"]
        ahead = drift.measure(settings.instance_dir)
    except sa.exc.SQLAlchemyError:
        log.warning("health asked, database silent")
        return jsonify(etat="indisponible", base="muette"), 503
    if present != schema.expected_version():
        return jsonify(etat="indisponible", base="schéma à mettre à jour", schema=present), 503
    is_silent = beat is None or clock.now() - beat > SILENT_AFTER
    clock_told = {} if drift.is_right(ahead) else {"horloge": "décalée"}
    return jsonify(
        etat="bon",
        base="bonne",
        schema=present,
        planificateur="muet" if is_silent else "en marche",
        **clock_told,
    ), 200


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text, for this machine only: nobody behind a proxy reads it."""
    if not _is_this_machine():
        abort(404)
    lines = "\n".join(_lines(clock.now())) + "\n"
    return Response(lines, content_type="text/plain; version=0.0.4; charset=utf-8")


def _is_this_machine() -> bool:
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP")):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _lines(now: datetime) -> Iterator[str]:
    yield "# HELP pavois_messages Messages of the outbox, by state."
    yield "# TYPE pavois_messages gauge"
    for message_state, count in sorted(outbox.count_by_state().items()):
        yield f'pavois_messages{{state="{message_state.value}"}} {count}'
    yield "# HELP pavois_messages_due Messages that could leave now."
    yield "# TYPE pavois_messages_due gauge"
    yield f"pavois_messages_due {outbox.count_due(now)}"
    beat = outbox.find_heartbeat(HEARTBEAT)
    if beat is not None:
        yield "# HELP pavois_worker_silence_seconds Since the worker's last sign of life."
        yield "# TYPE pavois_worker_silence_seconds gauge"
        yield f"pavois_worker_silence_seconds {(now - beat).total_seconds():.0f}"
    edition = campaigns.find_current_edition()
    if edition is not None:
        yield "# HELP pavois_participations Participations of the current edition, by state."
        yield "# TYPE pavois_participations gauge"
        counted = (
            sa.select(Participation.state, sa.func.count())
            .where(Participation.edition_id == edition.id)
            .group_by(Participation.state)
            .order_by(Participation.state)
        )
        for state, count in db.session.execute(counted):
            yield f'pavois_participations{{state="{state.value}"}} {count}'


def init_app(app: Flask) -> None:
    """Publish them."""
    app.register_blueprint(blueprint)
