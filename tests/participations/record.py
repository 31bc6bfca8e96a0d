"""What the file of a participation keeps of each move, as a test compares it."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from campaign.db import db
from campaign.participations.models import Participation, ParticipationMove, Track
from tests.builders import NOW

LATER = NOW + timedelta(days=3)
"""Another day than the one of the registration."""


def moves(participation: Participation, track: Track | None = None) -> list[tuple[Any, ...]]:
    """What was recorded, in order: (track,) before, after, author, channel, reason, instant."""
    db.session.flush()
    found = db.session.scalars(
        sa.select(ParticipationMove)
        .where(ParticipationMove.participation_id == participation.id)
        .order_by(ParticipationMove.id)
    )
    return [
        (m.track, m.before, m.after, m.author, m.channel, m.reason, m.moved_at)
        for m in found
        if track in (None, m.track)
    ]


def states_of(participation: Participation) -> list[tuple[str, str]]:
    """The moves of its main state, in order: before, after."""
    return [(before, after) for _track, before, after, *_ in moves(participation, Track.STATE)]
