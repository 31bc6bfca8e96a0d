"""Calling off what is ahead, and taking that back."""

from __future__ import annotations

from datetime import datetime

from campaign.errors import Conflict
from campaign.events import services
from campaign.events.changes.around import Around
from campaign.events.changes.change import Change
from campaign.events.changes.postponing import take_back
from campaign.events.changes.refusals import dates_concerned
from campaign.events.models import Event, EventKind, EventState
from campaign.i18n import _


def cancel(event: Event, change: Change, around: Around, now: datetime) -> None:
    """The whole event when all of it is ahead; else the dates that are."""
    if event.state is EventState.CANCELLED:
        raise Conflict(_("C’est déjà annulé."))
    if event.state is EventState.HELD:
        raise Conflict(_("L’activité a déjà eu lieu."))
    rows = dates_concerned(event, change, now)
    if len(rows) == len(event.sessions):
        services.cancel(event, reason=change.reason, now=now)
        return
    # What is behind took place: only what is ahead is called off.
    left = [row for row in rows if row.state is not EventState.CANCELLED]
    if not left:
        raise Conflict(_("C’est déjà annulé."))
    for row in left:
        services.cancel_sitting(event, row, reason=change.reason, now=now)


def reinstate(event: Event, change: Change, around: Around, now: datetime) -> None:
    """Takes back what was called off; when nothing was, what was postponed."""
    if event.state is EventState.CANCELLED:
        services.reinstate(event, now=now)
        return
    if event.kind is EventKind.FLAG_RAISING:
        if not services.unpostpone(event, now=now):
            raise Conflict(_("La cérémonie n’est ni reportée ni annulée : il n’y a rien à rétablir."))
        return
    rows = dates_concerned(event, change, now)
    off = [row for row in rows if row.state is EventState.CANCELLED]
    moved = [row for row in rows if row.state is EventState.POSTPONED]
    if not off and not moved:
        raise Conflict(_("Rien n’est reporté ni annulé : il n’y a rien à rétablir."))
    for row in off:
        services.reinstate_sitting(row, now=now)
    if not off:
        for row in moved:
            take_back(event, row, around, now)
