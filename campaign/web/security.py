"""Headers that every answer carries, and the refusal of oversized rates."""

from __future__ import annotations

from flask import Flask, Response, current_app, request

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

SECRET_PREFIXES = ("/p/", "/connexion", "/billet/", "/desabonnement/", "/gestion", "/inscription")
"""Pages of one person: never kept by a cache, never indexed, never named to another site."""


def add_headers(response: Response) -> Response:
    """Strict policy everywhere; pages of one person are not kept anywhere."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.path.startswith(SECRET_PREFIXES):
        response.headers["Cache-Control"] = "no-store"
        response.headers["Referrer-Policy"] = (
            "same-origin" if request.path.startswith("/inscription") else "no-referrer"
        )
        if not request.path.startswith("/inscription"):
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def init_app(app: Flask) -> None:
    """Dress every answer."""
    app.after_request(add_headers)
