"""Suggestions while a municipality's name is typed."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from campaign.extensions import limiter
from campaign.territory.search import search

blueprint = Blueprint("territory", __name__)

SUGGESTIONS = 10
SECONDS_KEPT = 60

SEARCH_LIMIT = "600 per minute"
"""A whole region may type from behind one government address; a robot that copies the list asks for more."""


@blueprint.get("/municipalites/recherche")
@limiter.limit(SEARCH_LIMIT)
def suggest() -> Response:
    """What the search box offers; the pages without script call `search` themselves."""
    result = search(request.args.get("q", ""), SUGGESTIONS)
    leads_to = "/municipalites" if request.args.get("vers") == "fiche" else "/inscription"
    response = jsonify(
        resultats=[
            {
                "code": suggestion.geo_code,
                "nom": suggestion.name,
                "libelle": suggestion.label,
                "url": f"{leads_to}/{suggestion.geo_code}",
            }
            for suggestion in result.suggestions
        ],
        total=result.total,
    )
    response.headers["Cache-Control"] = f"private, max-age={SECONDS_KEPT}"
    return response
