"""The resolution of the council and the kit: each goes its own way, whatever the participation does."""

from __future__ import annotations

from datetime import date, datetime

from campaign.participations.authors import Author
from campaign.participations.models import KitState, Participation, ResolutionState, Track
from campaign.participations.moves import record


def set_resolution(
    participation: Participation,
    state: ResolutionState,
    *,
    on: date | None,
    number: str,
    author: Author,
    now: datetime,
) -> None:
    """The council has it on its agenda, adopted it or refused it."""
    before = participation.resolution_state
    participation.resolution_state = state
    participation.resolution_on, participation.resolution_number = on, number
    record(
        participation,
        Track.RESOLUTION,
        before=before.value,
        after=state.value,
        author=author,
        now=now,
        reason=" ".join(part for part in (number, on.isoformat() if on else "") if part),
    )


def set_kit(
    participation: Participation, state: KitState, *, author: Author, now: datetime, reason: str = ""
) -> None:
    """Where the kit is."""
    if participation.kit_state is state:
        return
    before = participation.kit_state
    participation.kit_state = state
    record(
        participation,
        Track.KIT,
        before=before.value,
        after=state.value,
        author=author,
        now=now,
        reason=reason,
    )
