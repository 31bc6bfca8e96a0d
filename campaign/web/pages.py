"""Addresses that belong to no room: health, the title font, the page of patterns."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, jsonify, render_template
from sqlalchemy import text

from campaign.db import db
from campaign.web.fonts import title_font_bytes

blueprint = Blueprint("web", __name__)


@blueprint.get("/healthz")
def health() -> tuple[Response, int]:
    """The database answers and has a schema."""
    try:
        revision = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    except Exception:  # whatever is wrong with the database, the answer is the same
        return jsonify(etat="indisponible", base="muette"), 503
    return jsonify(etat="bon", schema=revision), 200


@blueprint.get("/polices/titre.woff2")
def title_font() -> Response:
    """The face of titles, cut down to the letters of French; its address changes when it does not fit any
    more."""
    response = Response(title_font_bytes(), mimetype="font/woff2")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get("/renseignements-personnels")
def privacy() -> str:
    """Which personal information is kept, why, and whom to ask."""
    return render_template("web/privacy.html")


@blueprint.get("/accessibilite")
def accessibility() -> str:
    """What everyone may expect of these pages."""
    return render_template("web/accessibility.html")


def init_app(app: Flask) -> None:
    """Publish them."""
    app.register_blueprint(blueprint)
