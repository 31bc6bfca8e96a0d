"""What registrations keep no longer: forms whose address nobody proved, sensitive answers past their end,
files of forms that nobody finished. The file of an answer goes with it."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign import clock
from campaign.db import db
from campaign.registrations import files
from campaign.registrations.models import Registration, RegistrationState, SensitiveAnswer

UNPROVEN_KEPT = timedelta(days=7)
"""Somebody may read their mail once a week."""


def forget(now: datetime) -> int:
    """Erase them; gives how many."""
    unproven = db.session.scalars(
        sa.select(Registration).where(
            Registration.state == RegistrationState.PENDING,
            Registration.created_at <= now - UNPROVEN_KEPT,
        )
    ).all()
    for registration in unproven:
        db.session.delete(registration)
    purged = db.session.execute(
        sa.delete(SensitiveAnswer)
        .where(SensitiveAnswer.purge_on <= clock.today(now))
        .returning(SensitiveAnswer.id)
        .execution_options(synchronize_session=False)
    ).all()
    return len(unproven) + len(purged) + files.forget_unused(now)
