"""Addresses that belong to no room: the title font, what is kept of people, accessibility."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, render_template

from campaign.web.fonts import title_font_bytes

blueprint = Blueprint("web", __name__)


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
