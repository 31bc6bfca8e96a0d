"""The same event, apart: what a preview changes, and what a change is compared with."""

from __future__ import annotations

from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from campaign.db import Model
from campaign.events.models import Event, Session

Row = TypeVar("Row", bound=Model)


def copy_of(event: Event) -> Event:
    """The same event, known to no database session: what is done to it is done to nobody."""
    twin = _twin(event)
    for name in ("edition", "territory"):
        set_committed_value(twin, name, getattr(event, name))
    set_committed_value(twin, "sessions", [_twin(row) for row in event.sessions])
    details = None
    if event.details is not None:
        details = _twin(event.details)
        if event.details.picture_id is not None:
            set_committed_value(details, "picture", event.details.picture)
    set_committed_value(twin, "details", details)
    return twin


def _twin(row: Row) -> Row:
    mapper = sa.inspect(type(row))
    twin = type(row)()
    for attribute in mapper.column_attrs:
        set_committed_value(twin, attribute.key, getattr(row, attribute.key))
    return twin


def pairs_of(event: Event, after: Event) -> list[tuple[Session, Session]]:
    """Each date before and after; one that was added has no before."""
    moved = {row.id: row for row in after.sessions}
    return [(row, moved[row.id]) for row in event.sessions if row.id in moved]
