"""Error pages: what happened, then what to do; in French, and standing without the database."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from campaign.errors import CampaignError

log = logging.getLogger(__name__)

KNOWN = {400, 403, 404, 405, 409, 410, 413, 429, 500, 503}


def _wants_json() -> bool:
    return request.path == "/municipalites/recherche"


def _page(status: int, message: str | None = None) -> tuple[Response | str, int]:
    if _wants_json():
        return jsonify(erreur=message or "La demande n’a pas abouti."), status
    name = status if status in KNOWN else (500 if status >= 500 else 400)
    return render_template(f"errors/{name}.html", message=message), status


def on_http_error(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or (error.code or 500) < 400:
        return error.get_response()
    body, status = _page(error.code or 500)
    kept = [(k, v) for k, v in error.get_headers() if k.lower() not in ("content-type", "content-length")]
    return body, status, kept


def on_csrf_error(_error: CSRFError) -> ResponseReturnValue:
    return _page(
        400,
        "La page est restée ouverte trop longtemps, ou les témoins sont bloqués. "
        "Revenez en arrière, rechargez la page, puis envoyez de nouveau.",
    )


def on_refusal(error: CampaignError) -> ResponseReturnValue:
    return _page(error.status, error.message)


def on_crash(error: InternalServerError) -> ResponseReturnValue:
    log.error("request failed", exc_info=error.original_exception or error)
    return _page(500)


def init_app(app: Flask) -> None:
    """Every error has its page."""
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(CampaignError, on_refusal)
    app.register_error_handler(InternalServerError, on_crash)
