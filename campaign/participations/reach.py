"""Where a message about a territory goes, as SQL: the same address on every list and in every mailing."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaign.contacts.models import Contact
from campaign.outbox.models import Suppression
from campaign.territory.models import Territory


def address() -> sa.ColumnElement[str | None]:
    """Where a message would go: to the contact of the participation, the last known one, or the town hall.
    Whoever has left gets nothing more.

    For a statement where `Territory` is joined to its `Participation`, and that one to its `Contact`.
    """
    known = aliased(Contact)
    last = (
        sa.select(known.email)
        .where(known.territory_id == Territory.id, known.left_at.is_(None), known.email != "")
        .order_by(known.id.desc())
        .limit(1)
        .correlate(Territory)
        .scalar_subquery()
    )
    named = sa.case((Contact.left_at.is_(None), sa.func.nullif(Contact.email, "")))
    return sa.func.coalesce(named, last, sa.func.nullif(Territory.email, ""))


def is_refused(email: sa.ColumnElement[str | None]) -> sa.ColumnElement[bool]:
    """Nothing leaves to this address any more."""
    return sa.exists().where(Suppression.email == sa.func.lower(email)).correlate(Territory, Contact)
