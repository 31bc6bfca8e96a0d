"""The record of moves: who changed what, when, from where and why; and the moves of the main state."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign.db import db, table_of
from campaign.errors import Conflict
from campaign.events import services as events
from campaign.participations import states
from campaign.participations.authors import Author
from campaign.participations.models import Participation, ParticipationMove, State, Track

# Made once: putting such a statement together costs more than running it.
_RECORD = sa.insert(table_of(ParticipationMove))


def move(participation: Participation, to: State, *, author: Author, now: datetime, reason: str = "") -> None:
    """Change the main state, if that move exists; `Conflict` otherwise. Staying where it is does nothing."""
    if participation.state is to:
        return
    states.check(participation.state, to, by_team=author.is_team)
    if to is State.DISCARDED and participation.merged_into_id is None:
        raise Conflict("Une fiche écartée renvoie à celle qui la remplace. Choisissez la fiche à garder.")
    record(
        participation,
        Track.STATE,
        before=participation.state.value,
        after=to.value,
        author=author,
        now=now,
        reason=reason,
    )
    participation.state = to
    show_or_hide(participation, now)


def record(
    participation: Participation,
    track: Track,
    *,
    before: str,
    after: str,
    author: Author,
    now: datetime,
    reason: str = "",
) -> None:
    """Write one line of the history: on that track, from what, to what, by whom, and why."""
    entry = {
        "participation_id": participation.id,
        "track": track,
        "before": before,
        "after": after,
        "author": author.name,
        "channel": author.channel,
        "reason": reason,
        "moved_at": now,
    }
    db.session.connection().execute(_RECORD, entry)
    participation.updated_at = now


def show_or_hide(participation: Participation, now: datetime) -> None:
    """The ceremony is public when the participation counts and the team has nothing left to check."""
    event = participation.event
    if event is None:
        return
    if participation.state in states.COUNTED and not participation.needs_review:
        events.publish(event, now=now)
    elif participation.state is not State.CANCELLED:
        events.withdraw(event, now=now)
