"""Seeing a change, making it, keeping it: the same code carries it out on a copy and on the event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import keeping_up
from campaign.events.changes import cancelling, moving, postponing
from campaign.events.changes.around import Around, read_around
from campaign.events.changes.change import Change
from campaign.events.changes.copying import copy_of
from campaign.events.changes.effects import Effects, effects
from campaign.events.changes.refusals import refuse_if_stale
from campaign.events.changes.standing import standing_of
from campaign.events.content import ActivityContent
from campaign.events.models import Event, EventAction, EventKind, EventMove, Proposal, ProposalState
from campaign.events.signals import event_changed
from campaign.i18n import _

_ACTIONS = {
    EventAction.POSTPONE: postponing.postpone,
    EventAction.MOVE: moving.move,
    EventAction.PUT_ONLINE: moving.put_online,
    EventAction.CANCEL: cancelling.cancel,
    EventAction.REINSTATE: cancelling.reinstate,
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """A change that was made: what is kept of it, and all its effects."""

    event: Event
    move: EventMove
    effects: Effects


def preview(event: Event, change: Change, *, now: datetime, around: Around | None = None) -> Effects:
    """What the change would do, without doing it. Raises what `apply` would raise."""
    around = around or read_around([event], change)
    after = copy_of(event)
    carry_out(after, change, around, now=now)
    return effects(event, after, change, around, now=now)


def apply(
    event: Event,
    change: Change,
    *,
    author: str,
    now: datetime,
    batch: str = "",
    seen: str = "",
    around: Around | None = None,
) -> Done:
    """Make the change, keep it, and tell the rooms above. `seen` is the stamp of the preview.

    The event is locked (`list_locked`). Its letters are the caller's: `announcing.Post` writes them, so that
    one person receives one letter whatever the number of events. A ceremony is changed through its
    participation, and only noted here: see `note`.
    """
    if event.kind is EventKind.FLAG_RAISING:
        raise Conflict(_("Une cérémonie se change dans la fiche de sa municipalité."))
    refuse_if_stale(event, seen)
    around = around or read_around([event], change)
    before, former = standing_of(event), copy_of(event)
    carry_out(event, change, around, now=now)
    return note(former, event, before, change, around, author=author, now=now, batch=batch)


def carry_out(event: Event, change: Change, around: Around, *, now: datetime) -> None:
    """Make the event stand as the change says; `Conflict` when that cannot be, before anything is written."""
    if not change.sitting_ids <= {row.id for row in event.sessions}:
        raise NotFound(_("Cette date n’existe pas. Revenez à la fiche de l’activité."))
    _ACTIONS[change.action](event, change, around, now)


def note(
    former: Event,
    event: Event,
    before: Mapping[str, Any],
    change: Change,
    around: Around,
    *,
    author: str,
    now: datetime,
    batch: str = "",
) -> Done:
    """Keep what was just done to the event, `former` being a copy of it as it was; tell the rooms above."""
    move = EventMove(
        event_id=event.id,
        session_id=_only(change.sitting_ids),
        at=now,
        author=author[:200],
        action=change.action,
        reason=change.reason,
        before=dict(before),
        after=standing_of(event),
        batch=batch,
    )
    db.session.add(move)
    _keep_up(around.authors.get(event.id), former, event)
    db.session.flush()
    seen = effects(former, event, change, around, now=now)
    event_changed.send(event, move=move)
    return Done(event=event, move=move, effects=seen)


def _keep_up(proposal: Proposal | None, former: Event, event: Event) -> None:
    """A change of its author that waits to be read says what was just decided, where they had not touched
    it."""
    if proposal is None or proposal.state not in (ProposalState.REVISED, ProposalState.TO_CORRECT):
        return
    told = ActivityContent.from_json(proposal.content)
    said = keeping_up.kept_up(told, former, event)
    proposal.content = said.to_json()
    if (said.geo_code, said.region_code) != (told.geo_code, told.region_code):
        proposal.territory_id, proposal.region_code = event.territory_id, event.region_code


def _only(numbers: frozenset[int]) -> int | None:
    return next(iter(numbers)) if len(numbers) == 1 else None
