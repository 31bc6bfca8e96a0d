"""Headers that every answer carries, and the refusal of oversized rates."""

from __future__ import annotations

from flask import Flask, Response, abort, current_app, request

POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

LETTER_POLICY = "; ".join(
    (
        "sandbox",
        "default-src 'none'",
        "img-src data:",
        "style-src 'unsafe-inline'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
    )
)
"""The HTML of a message runs nothing and fetches nothing; only our own page may frame it."""

EMBED_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors *",
    )
)
"""A page made for the frames of other sites: it asks nothing, and sends nothing anywhere."""

FORM_PREFIXES = ("/inscription", "/calendrier/proposer")
"""Pages with somebody's answers in them: never kept by a cache."""

SECRET_PREFIXES = (
    "/p/", "/connexion", "/billet/", "/desabonnement/", "/gestion", "/inscription/confirmer/", "/suivi/",
    "/inscriptions/", "/invitation/", "/calendrier/proposition/", "/images/apercu/",
)  # fmt: skip
"""Pages of one person: not kept either, never indexed, never named to another site."""


RENEWED_PREFIXES = ("/calendrier/prive/",)
"""Files of one person that programs come back for: kept by them, asked again each time; as secret."""


def refuse_nul() -> None:
    """No address of ours holds a NUL, and PostgreSQL would stop on it."""
    if "\0" in request.path:
        abort(404)
    if any("\0" in value for value in request.args.values()):
        abort(400)


def add_headers(response: Response) -> Response:
    """Strict policy everywhere; pages of one person are not kept anywhere."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.headers["Content-Security-Policy"] == EMBED_POLICY:
        del response.headers["X-Frame-Options"]  # it knows no « everybody »
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.path.startswith((*FORM_PREFIXES, *SECRET_PREFIXES)):
        response.headers["Cache-Control"] = "no-store"
    if request.path.startswith((*SECRET_PREFIXES, *RENEWED_PREFIXES)):
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def framed_letter(html: str) -> Response:
    """The HTML of a message, for the sandboxed frame of a page of ours."""
    return Response(
        html,
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": LETTER_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def framed_anywhere(response: Response) -> Response:
    """A page that any site may show in a frame. It must know nobody: no cookie, no form."""
    response.headers["Content-Security-Policy"] = EMBED_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


def init_app(app: Flask) -> None:
    """Dress every answer; turn away what could not be an address."""
    app.before_request(refuse_nul)
    app.after_request(add_headers)
