"""When nothing may be changed: all is behind or called off, or somebody else changed it meanwhile."""

from __future__ import annotations

from datetime import datetime

from campaign.errors import Conflict
from campaign.events.changes.change import Change
from campaign.events.changes.standing import stamp_of
from campaign.events.models import Event, EventState, Session
from campaign.events.times import is_over
from campaign.i18n import _


class ChangedMeanwhile(Conflict):
    """Somebody else changed the event since it was looked at."""


def refuse_if_stale(event: Event, seen: str) -> None:
    """Raises `ChangedMeanwhile` unless the event stands as it was seen."""
    if seen and seen != stamp_of(event):
        raise ChangedMeanwhile(
            _("« %(title)s » a changé depuis cet aperçu. Relisez-le avant de confirmer.", title=event.title)
        )


def refuse_if_off(event: Event) -> None:
    """Raises `Conflict` for what was called off as a whole, or took place."""
    if event.state is EventState.CANCELLED:
        raise Conflict(_("Tout est annulé. Rétablissez d’abord l’activité."))
    if event.state is EventState.HELD:
        raise Conflict(_("L’activité a déjà eu lieu."))


def dates_concerned(event: Event, change: Change, now: datetime) -> list[Session]:
    """The dates that the change is about: those named, or all, as far as they are ahead."""
    named = [row for row in event.sessions if not change.sitting_ids or row.id in change.sitting_ids]
    ahead = [row for row in named if not is_over(event, row, now)]
    if not ahead:
        raise Conflict(
            _("Cette date est passée : elle ne change plus.")
            if len(named) == 1
            else _("Toutes les dates sont passées : elles ne changent plus.")
        )
    return ahead
