"""Another day or hour, a date « à confirmer », and back to the first date."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from campaign import clock
from campaign.errors import Conflict
from campaign.events import services, wording
from campaign.events.changes.around import Around
from campaign.events.changes.change import Change
from campaign.events.changes.earlier_times import first_times, last_times
from campaign.events.changes.refusals import dates_concerned, refuse_if_off
from campaign.events.models import Event, EventKind, EventState, Session
from campaign.events.services import When
from campaign.events.times import Times
from campaign.i18n import _


def postpone(event: Event, change: Change, around: Around, now: datetime) -> None:
    """The dates that it is about, together: each keeps its distance from the first."""
    refuse_if_off(event)
    if event.kind is EventKind.FLAG_RAISING:
        when = when_postponed(event, change)
        place = change.place or event.place
        if not services.postpone(event, when=when, reason=change.reason, place=place, now=now):
            raise Conflict(_("La cérémonie est déjà prévue à ce moment-là."))
        return
    rows = [row for row in dates_concerned(event, change, now) if row.state is not EventState.CANCELLED]
    if not rows:
        raise Conflict(_("Cette date est annulée. Rétablissez-la d’abord."))
    known = {row.id: last_times(row, around.moves.get(event.id, ())) for row in rows}
    days = _days(min(known.values(), key=_in_order), change)
    moved = {
        row.id: known[row.id].moved_by(days, change.at, event.time_zone)
        if days is not None
        else Times(None, None, None, None)
        for row in rows
    }
    if all(Times.of(row) == moved[row.id] for row in rows):
        raise Conflict(_("C’est déjà prévu à ce moment-là : rien ne change."))
    for row in rows:
        if Times.of(row) != moved[row.id]:
            _postpone_sitting(event, row, moved[row.id], change, around, now)


def when_postponed(event: Event, change: Change) -> When:
    """The new day and hour of a ceremony."""
    known = Times.of(event.sessions[0])
    days = _days(known, change)
    if days is None or known.starts_on is None:
        raise Conflict(_("Une cérémonie se reporte à un jour connu. Inscrivez la nouvelle date."))
    moved = known.moved_by(days, change.at, event.time_zone)
    at = clock.to_local(moved.starts_at, event.time_zone).time() if moved.starts_at else None
    return When(day=known.starts_on + timedelta(days=days), at=at)


def _days(first: Times, change: Change) -> int | None:
    """By how many days it is postponed; None for « date à confirmer »."""
    if change.day is None:
        return change.days or None
    return (change.day - first.starts_on).days if first.starts_on else 0


def _in_order(times: Times) -> tuple[date, datetime]:
    return times.starts_on or date.max, times.starts_at or wording.ALWAYS


def _postpone_sitting(
    event: Event, row: Session, times: Times, change: Change, around: Around, now: datetime
) -> None:
    if row.state is EventState.POSTPONED and times == first_times(row, around.moves.get(event.id, ())):
        _put_back(row, times, now)  # back on its first day, it is not postponed any more
        return
    moved = Session(**times._asdict())
    services.postpone_sitting(event, row, moved=moved, reason=change.reason, now=now)
    if times.starts_on is not None:
        row.month_on = None


def take_back(event: Event, row: Session, around: Around, now: datetime) -> None:
    """A date that was postponed is on its first day again, unless that day is behind."""
    times = first_times(row, around.moves.get(event.id, ()))
    if times.are_over(now, event.time_zone):
        raise Conflict(_("La première date est passée. Reportez plutôt l’activité à un autre jour."))
    _put_back(row, times, now)


def _put_back(row: Session, times: Times, now: datetime) -> None:
    row.starts_on, row.starts_at, row.ends_at, row.ends_on = times
    row.state, row.state_reason = None, ""
    row.postponed_from_on, row.postponed_from_at = None, None
    services.touch_sitting(row, now)
