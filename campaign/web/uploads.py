"""Forms that take a file may weigh more than the others; whoever sends more still is told what is taken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, current_app, g, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from campaign.web.errors import TOO_OFTEN

_View = TypeVar("_View", bound=Callable[..., object])


def takes_files(limit: int, advice: str = "") -> Callable[[_View], _View]:
    """Marks a view whose form carries files: it takes that many bytes instead of the usual number.

    `advice` is the sentence that says which file to choose, to whoever sent more.
    """

    def mark(view: _View) -> _View:
        view.takes_bytes = limit  # type: ignore[attr-defined]  # a mark read by `_marked`
        view.takes_advice = advice  # type: ignore[attr-defined]  # the same
        return view

    return mark


def files_sent() -> MultiDict[str, FileStorage]:
    """The files of this request; none of whoever sends too often, whose form is shown again all the same."""
    return MultiDict() if g.get("stale_form") == TOO_OFTEN else request.files


def allow_weight(endpoint: str | None, _values: object) -> None:
    """Say it before anybody reads the form: the check of its token is the first who does."""
    view = _marked(endpoint)
    if view is not None:
        request.max_content_length = view.takes_bytes


def _marked(endpoint: str | None) -> Any:
    """The view of that endpoint, where it was marked; None for one that takes no file."""
    view: Any = current_app.view_functions.get(endpoint or "")
    while view is not None and not hasattr(view, "takes_bytes"):
        view = getattr(view, "__wrapped__", None)
    return view


def on_too_heavy(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Nothing of it was read, so nothing can be shown again: the browser alone still has what was typed."""
    view = _marked(request.endpoint)
    page = render_template(
        "errors/413.html",
        most_bytes=request.max_content_length,
        advice=view.takes_advice if view is not None else "",
    )
    return page, 413


def init_app(app: Flask) -> None:
    """Values of the address are looked at before the first `before_request`."""
    app.url_value_preprocessor(allow_weight)
    app.register_error_handler(RequestEntityTooLarge, on_too_heavy)
