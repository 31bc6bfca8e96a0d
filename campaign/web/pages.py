"""Addresses that belong to no room: health, the title font, the page of patterns."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify
from sqlalchemy import text

from campaign.db import db

blueprint = Blueprint("web", __name__)


@blueprint.get("/healthz")
def health() -> tuple[Response, int]:
    """The database answers and has a schema."""
    try:
        revision = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except Exception:  # whatever is wrong with the database, the answer is the same
        return jsonify(etat="indisponible", base="muette"), 503
    return jsonify(etat="bon", schema=revision), 200


def init_app(app: Flask) -> None:
    """Publish them."""
    app.register_blueprint(blueprint)
