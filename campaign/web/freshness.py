"""What a public page depends on besides its address, and the absolute addresses by which others reach it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar, cast

from flask import Flask, current_app, url_for

from campaign.db import PUBLIC, public_revision, revision

QUARTER_OF_AN_HOUR = 900

Material = TypeVar("Material")


def public_state(now: datetime) -> tuple[int, int]:
    """The key of a drawn public page: what was published, and the quarter of an hour.

    A page says « en date du … » with the minute at which it was drawn; it stays true as long as nothing
    public changes. Every quarter of an hour it is drawn again, because flags go up and days go by.
    """
    return public_revision(), int(now.timestamp()) // QUARTER_OF_AN_HOUR


def shared(name: object, make: Callable[[], Material], *, of: str = PUBLIC) -> Material:
    """What several public pages are drawn from (a thousand rows, a map): made once per revision of a key.

    The value must not change once made: threads share it. Two threads may make it at the same moment; either
    will do. The revision is read first, so that what is kept is never older than what it stands for.
    """
    number = revision(of)
    materials: dict[object, tuple[int, object]] = current_app.extensions["public_materials"]
    known = materials.get(name)
    if known is None or known[0] != number:
        known = (number, make())
        materials[name] = known
    return cast(Material, known[1])


def public_url(endpoint: str, **values: Any) -> str:
    """The address of a page as printed, mailed or written in a calendar, whoever asks for it."""
    root: str = current_app.extensions["settings"].public_url
    return root + url_for(endpoint, **values)


def init_app(app: Flask) -> None:
    """Templates name the lasting address of their page; one memory of materials per application."""
    app.extensions["public_materials"] = {}
    app.add_template_global(public_url)
