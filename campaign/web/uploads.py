"""Forms that take a file may weigh more than the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import Flask, current_app, g, request
from werkzeug.datastructures import FileStorage, MultiDict

from campaign.web.errors import TOO_OFTEN

_View = TypeVar("_View", bound=Callable[..., object])


def takes_files(limit: int) -> Callable[[_View], _View]:
    """Marks a view whose form carries files: it takes that many bytes instead of the usual number."""

    def mark(view: _View) -> _View:
        view.takes_bytes = limit  # type: ignore[attr-defined]  # a mark read by `allow_weight`
        return view

    return mark


def files_sent() -> MultiDict[str, FileStorage]:
    """The files of this request; none of whoever sends too often, whose form is shown again all the same."""
    return MultiDict() if g.get("stale_form") == TOO_OFTEN else request.files


def allow_weight(endpoint: str | None, _values: object) -> None:
    """Say it before anybody reads the form: the check of its token is the first who does."""
    view = current_app.view_functions.get(endpoint or "")
    while view is not None and not hasattr(view, "takes_bytes"):
        view = getattr(view, "__wrapped__", None)
    if view is not None:
        request.max_content_length = view.takes_bytes


def init_app(app: Flask) -> None:
    """Values of the address are looked at before the first `before_request`."""
    app.url_value_preprocessor(allow_weight)
