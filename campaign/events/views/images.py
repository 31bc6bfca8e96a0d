"""The images of activities, for whoever may see them."""

from __future__ import annotations

from flask import Blueprint, Response, send_file

from campaign.accounts.access import READERS, find_signed_in
from campaign.errors import NotFound
from campaign.events import pictures
from campaign.i18n import _

blueprint = Blueprint("images", __name__, url_prefix="/images")

A_YEAR = 31_536_000


@blueprint.get("/<key>.<extension>")
def show(key: str, extension: str) -> Response:
    """A published image, for everybody and for long: its address says what it holds."""
    media_type = pictures.MEDIA_TYPES.get(extension)
    if media_type is None or not key.isalnum():
        raise NotFound(_("Cette image n’existe pas."))
    if pictures.is_published(key):
        response = _file(f"{key}.{extension}", media_type)
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
    person = find_signed_in()
    if person is None or person.role not in READERS:
        raise NotFound(_("Cette image n’existe pas."))
    response = _file(f"{key}.{extension}", media_type)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.get("/apercu/<word>")
def preview(word: str) -> Response:
    """An image that waits, for whoever holds the form or the proposal that it is in."""
    stored = pictures.unseal(word)
    return _file(stored.name, stored.media_type)


def _file(name: str, media_type: str) -> Response:
    path = pictures.path_of(name)
    if not path.is_file():
        raise NotFound(_("Cette image n’existe pas."))
    return send_file(path, mimetype=media_type, etag=name.partition(".")[0], conditional=True)
