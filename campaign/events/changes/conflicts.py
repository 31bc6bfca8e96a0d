"""What deserves a second look: outside the week, already past, or where something else is on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.events.changes.around import Around, Neighbour, list_neighbours
from campaign.events.changes.copying import pairs_of
from campaign.events.changes.wording import format_of
from campaign.events.models import Event, Session
from campaign.events.times import Times, has_begun
from campaign.events.vocabulary import Format
from campaign.i18n import _
from campaign.web.filters import full_date, hour


def warnings_of(event: Event, after: Event, around: Around, now: datetime) -> Iterator[str]:
    """What whoever makes the change is asked to check; none of it refuses anything."""
    edition = event.edition
    changed = [
        moved
        for before, moved in pairs_of(event, after)
        if Times.of(before) != Times.of(moved) and moved.starts_on is not None
    ]
    for row in changed:
        if not _is_in_week(edition, row.starts_on):
            yield _("Le %(day)s est en dehors de la semaine.", day=full_date(row.starts_on))
        if has_begun(after, row, now):
            yield _("La nouvelle date est déjà passée : vérifiez-la.")
    is_moved = (event.place, event.territory_id) != (after.place, after.territory_id)
    for other in _conflicts(after, after.sessions if is_moved else changed, around):
        starts_at = clock.to_local(other.starts_at, after.time_zone)
        yield _(
            "Même lieu, même heure : « %(title)s », le %(day)s à %(hour)s.",
            title=other.title,
            day=full_date(starts_at.date()),
            hour=hour(starts_at),
        )


def _is_in_week(edition: Edition, day: date | None) -> bool:
    if edition.start_on is None or edition.end_on is None or day is None:
        return True
    return edition.start_on <= day <= edition.end_on


def _conflicts(event: Event, rows: Sequence[Session], around: Around) -> list[Neighbour]:
    """What else is on at the same place while these dates last; nothing without a place or an hour."""
    lasting = [
        (row.starts_at, Times.of(row).ends() or row.starts_at) for row in rows if row.starts_at is not None
    ]
    if not lasting or not event.place or event.territory_id is None or format_of(event) is Format.ONLINE:
        return []
    others = around.neighbours
    if others is None:
        first, last = min(start for start, _end in lasting), max(end for _start, end in lasting)
        others = list_neighbours([event.territory_id], since=first, until=last, besides=[event.id])
    here = (event.territory_id, _folded(event.place))
    return [
        other
        for other in others
        if other.event_id != event.id
        and (other.territory_id, _folded(other.place)) == here
        and any(other.starts_at < end and other.ends_at > start for start, end in lasting)
    ]


def _folded(place: str) -> str:
    return " ".join(place.casefold().split())
