"""What waits to be read follows the calendar: approved later, it must not undo what was decided meanwhile."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from campaign.events import activities
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventState, Session


def kept_up(told: ActivityContent, former: Event, event: Event) -> ActivityContent:
    """The same words after the event changed from `former`: what their author left as the calendar said it
    follows the calendar, what they wrote otherwise stays. Territories, sessions and details are loaded."""
    before, after = _whereabouts(former), _whereabouts(event)
    moved = {
        name: after[name]
        for name, value in before.items()
        if value != after[name] and getattr(told, name) == value
    }
    return replace(told, **moved, sittings=_dates(told.sittings, former, event))


def _whereabouts(event: Event) -> dict[str, Any]:
    told: dict[str, Any] = {
        "place": event.place,
        "geo_code": event.territory.geo_code if event.territory else "",
        "region_code": event.region_code or "",
    }
    if event.details is not None:
        told |= {"format": event.details.format, "online_url": event.details.online_url or ""}
    return told


def _dates(told: tuple[Sitting, ...], former: Event, event: Event) -> tuple[Sitting, ...]:
    """Each date that moved moves here too; one that was called off leaves, one that is back comes back."""
    dates = list(told)
    rows = {row.id: row for row in former.sessions}
    for row in event.sessions:
        was, now = _said(former, rows.get(row.id)), _said(event, row)
        if was == now:
            continue
        if was in dates:
            at = dates.index(was)
            dates[at : at + 1] = [now] if now is not None and now not in dates else []
        elif was is None and now is not None and now not in dates:
            dates.append(now)
    return tuple(dates)


def _said(event: Event, row: Session | None) -> Sitting | None:
    """That date, as a form says it; None while it has no day, or is called off."""
    if row is None or row.starts_on is None or row.state is EventState.CANCELLED:
        return None
    return activities.sitting_of(row, event.time_zone)
