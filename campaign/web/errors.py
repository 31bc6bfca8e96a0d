"""Error pages: what happened, then what to do; in French, and standing without the database."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Callable
from typing import TypeVar

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_limiter.errors import RateLimitExceeded
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


STALE = (
    "La page est restée ouverte trop longtemps, ou votre navigateur bloque les témoins. "
    "Vos réponses sont toujours là\u00a0: envoyez-les de nouveau."
)
TOO_OFTEN = (
    "Trop d’envois en peu de temps. Vos réponses sont toujours là\u00a0: patientez, puis envoyez de nouveau."
)

_View = TypeVar("_View", bound=Callable[..., ResponseReturnValue])


def keeps_typed(view: _View) -> _View:
    """Marks a form's view: refused before it is reached, the form is drawn again with all that was typed.

    The view then finds the sentence to show in `g.stale_form`, and must act on nothing.
    """
    view.keeps_typed = True  # type: ignore[attr-defined]  # a mark read by the error handlers
    return view


def _draw_again(sentence: str, status: int) -> ResponseReturnValue | None:
    view = current_app.view_functions.get(request.endpoint or "")
    marked = inspect.unwrap(view) if view else None
    if marked is None or not getattr(marked, "keeps_typed", False):
        return None
    g.stale_form = sentence
    try:
        drawn = marked(**(request.view_args or {}))
    except CampaignError as refusal:  # nothing stands at this address: there is no form to draw again
        return on_refusal(refusal)
    response = current_app.make_response(drawn)
    if response.status_code < 300 or response.status_code == 422:
        response.status_code = status
    return response


def on_csrf_error(_error: CSRFError) -> ResponseReturnValue:
    return _draw_again(STALE, 400) or _page(
        400,
        "La page est restée ouverte trop longtemps, ou les témoins sont bloqués. "
        "Revenez en arrière, rechargez la page, puis envoyez de nouveau.",
    )


def on_rate_limit(error: RateLimitExceeded) -> ResponseReturnValue:
    return _draw_again(TOO_OFTEN, 429) or on_http_error(error)


def on_refusal(error: CampaignError) -> ResponseReturnValue:
    return _page(error.status, error.message)


def on_crash(error: InternalServerError) -> ResponseReturnValue:
    if error.original_exception is None:  # Flask has logged the others
        log.error("request failed", exc_info=error)
    return _page(500)


def init_app(app: Flask) -> None:
    """Every error has its page."""
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(CSRFError, on_csrf_error)
    app.register_error_handler(RateLimitExceeded, on_rate_limit)
    app.register_error_handler(CampaignError, on_refusal)
    app.register_error_handler(InternalServerError, on_crash)
