"""What a public page depends on besides its address, and the absolute addresses by which others reach it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, current_app, has_request_context, request, url_for

from campaign.db import PUBLIC, revisions

QUARTER_OF_AN_HOUR = 900

READ = "pavois.revisions"
"""Where a request keeps the numbers it has read."""

Material = TypeVar("Material")


def public_state(now: datetime) -> tuple[int, int]:
    """The key of a drawn public page: what was published, and the quarter of an hour.

    A page says « en date du … » with the minute at which it was drawn; it stays true as long as nothing
    public changes. Every quarter of an hour it is drawn again, because flags go up and days go by.
    """
    return _revision(PUBLIC), int(now.timestamp()) // QUARTER_OF_AN_HOUR


def shared(name: object, make: Callable[[], Material], *, of: str = PUBLIC) -> Material:
    """What several public pages are drawn from (a thousand rows, a map): made once per revision of a key.

    The value must not change once made: threads share it. Two threads may make it at the same moment; either
    will do. The revision is read first, so that what is kept is never older than what it stands for.
    """
    return unless_changed(name, _revision(of), make)


def unless_changed(name: object, source: object, make: Callable[[], Material]) -> Material:
    """What was made from that source, made again when it is another one: one value is kept for each name.

    `source` is all that the value depends on, and is compared as a whole. Where a change of the data leaves
    most of a page as it was, only the parts that differ are drawn again.
    """
    materials: dict[object, tuple[object, object]] = current_app.extensions["public_materials"]
    known = materials.get(name)
    if known is None or known[0] != source:
        known = (source, make())
        materials[name] = known
    return cast(Material, known[1])


def is_reading() -> bool:
    """Whether this request changes nothing: what it reads is what was committed."""
    return has_request_context() and request.method in ("GET", "HEAD")


def revisions_read() -> Mapping[str, int]:
    """Read once per request that changes nothing: all that a page is drawn from is of the same numbers.

    They are read before anything else, so the page is never older than they say. It may be newer, when
    somebody writes meanwhile: the numbers have grown then, and the next request draws it again.
    """
    if not is_reading():
        return revisions()
    numbers: Mapping[str, int] | None = request.environ.get(READ)
    if numbers is None:
        numbers = request.environ[READ] = revisions()
    return numbers


def _revision(key: str) -> int:
    return revisions_read().get(key, 0)


def public_url(endpoint: str, **values: Any) -> str:
    """The address of a page as printed, mailed or written in a calendar, whoever asks for it."""
    root: str = current_app.extensions["settings"].public_url
    return root + url_for(endpoint, **values)


def init_app(app: Flask) -> None:
    """Templates name the lasting address of their page; one memory of materials per application."""
    app.extensions["public_materials"] = {}
    app.add_template_global(public_url)
