"""The style sheets of all pages as one file, the site's mark, and how long files may be kept."""

from __future__ import annotations

import gzip
import hashlib
import os
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from campaign.config import ROOT

blueprint = Blueprint("assets", __name__)

SHEETS = (
    "site", "tokens", "base", "layout",
    "components/pennants", "components/button", "components/field", "components/choices", "components/fold",
    "components/error_summary", "components/notice", "components/figure", "components/agenda",
    "components/label", "components/table", "components/pagination", "components/search_box",
    "components/definition", "components/steps", "components/copy_box", "components/map",
    "components/progress",
    "print",
    "pages/participation", "pages/participants", "pages/calendar", "pages/event", "pages/embed",
    "pages/board", "pages/words", "pages/mailings", "pages/propose", "pages/registration",
)  # fmt: skip
"""In the order of the cascade: `site` names the layers. One file kept for ever is one request on a slow line,
where all of it weighs 14 kB."""

APART = ("pages/door",)
"""Linked by the one page that needs them: phones keep that of the door with its programme."""

STATIC = str(ROOT / "static")

FOR_EVER = "public, max-age=31536000, immutable"
TEXTS = frozenset({"text/css", "text/javascript", "application/javascript", "image/svg+xml"})


@dataclass(frozen=True)
class _Bundle:
    body: bytes
    gzipped: bytes
    digest: str


@cache
def _bundle() -> _Bundle:
    """Put together once per process."""
    files = (ROOT / "static" / "css" / f"{sheet}.css" for sheet in SHEETS)
    body = b"\n".join(file.read_bytes() for file in files)
    return _Bundle(body, gzip.compress(body, 9, mtime=0), hashlib.sha256(body).hexdigest()[:12])


def stylesheet_url() -> str:
    """The address of all style sheets, carrying their content's hash."""
    return f"/styles.css?v={_bundle().digest}"


@blueprint.get("/styles.css")
def stylesheet() -> Response:
    """All style sheets; for ever at the address of this very content."""
    bundle = _bundle()
    if request.accept_encodings["gzip"] > 0:
        response = Response(bundle.gzipped, mimetype="text/css", headers={"Content-Encoding": "gzip"})
    else:
        response = Response(bundle.body, mimetype="text/css")
    response.vary.add("Accept-Encoding")
    is_current = request.args.get("v") == bundle.digest
    response.headers["Cache-Control"] = FOR_EVER if is_current else "no-cache"
    return response


@blueprint.get("/favicon.ico")
def favicon() -> AnyResponse:
    """Where programs look that do not read pages."""
    return redirect(static_url("img/pavois.svg"), 301)


@cache
def _digest(path: Path, _changed_ns: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(path: str) -> str:
    """The address of a static file, carrying its content's hash: it may be kept for ever."""
    try:
        return _dated_url(path, os.stat(f"{STATIC}/{path}").st_mtime_ns)
    except FileNotFoundError:
        return f"/static/{path}"


@cache
def _dated_url(path: str, changed_ns: int) -> str:
    return f"/static/{path}?v={_digest(ROOT / 'static' / path, changed_ns)}"


@cache
def static_version() -> str:
    """One hash for all static files: drawn pages carry their addresses."""
    whole = hashlib.sha256()
    for file in sorted((ROOT / "static").rglob("*")):
        if file.is_file():
            whole.update(file.read_bytes())
    return whole.hexdigest()[:12]


@cache
def _gzipped(path: Path, _changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _keep_and_press(response: Response) -> Response:
    """Static files: kept for ever at a hashed address, pressed when they are text."""
    if request.endpoint != "static":
        return response
    if "v" in request.args and response.status_code in (200, 304):
        response.headers["Cache-Control"] = FOR_EVER
    if response.mimetype in TEXTS:
        response.vary.add("Accept-Encoding")
        if response.status_code == 200 and request.method == "GET" and request.accept_encodings["gzip"] > 0:
            _press(response)
    return response


def _press(response: Response) -> None:
    file = ROOT / "static" / (request.view_args or {})["filename"]
    with closing(response.response):  # type: ignore[type-var]  # the file that Flask has just opened
        response.direct_passthrough = False
        response.set_data(_gzipped(file, file.stat().st_mtime_ns))
    response.headers["Content-Encoding"] = "gzip"
    etag, _is_weak = response.get_etag()
    response.set_etag(f"{etag}-gz")


def init_app(app: Flask) -> None:
    """Hashed addresses for templates."""
    app.register_blueprint(blueprint)
    app.add_template_global(static_url)
    app.add_template_global(stylesheet_url)
    app.after_request(_keep_and_press)
