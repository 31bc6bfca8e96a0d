"""From what is said of an activity to what the calendar holds, and back.

Dates keep their identity: the same day and hour is the same sitting, and a date that is taken out of what was
published is called off, for those who had noted it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.events import services
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import (
    Event,
    EventDetails,
    EventKind,
    EventState,
    Organizer,
    Picture,
    Session,
)
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.identifiers import new_uid
from campaign.territory.models import Territory

TAKEN_OUT = "Cette date a été retirée."

_SAME_NAME = (
    "organizer_name", "activity_type", "format", "online_url", "is_online_url_public", "cost", "price",
    "registration", "max_participants", "rain_plan", "hashtags", "contact_name", "contact_email",
    "contact_phone", "is_contact_public", "source_url",
)  # fmt: skip
_LISTS = ("audiences", "themes", "accessibility", "languages")


def create(
    content: ActivityContent,
    *,
    edition: Edition,
    territory: Territory | None,
    now: datetime,
    organizer: Organizer | None = None,
    picture: Picture | None = None,
    reference: str | None = None,
) -> Event:
    """A new event that holds all this, not yet published: see `services.publish`."""
    event = services.add(
        kind=content.kind,
        edition_id=edition.id,
        territory_id=territory.id if territory else None,
        region_code=None if territory else content.region_code or None,
        title=content.title,
        slug=_slug(content, territory),
        description=content.description,
        place=content.place,
        zone=_zone(territory),
        opening=content.opening,
        is_private=content.is_private,
        reference=reference,
        now=now,
    )
    event.sessions = [
        _new_sitting(sitting, event.time_zone, position) for position, sitting in enumerate(content.sittings)
    ] or [_unknown_sitting()]
    event.details = EventDetails(organizer=organizer, picture=picture, **_described(content))
    event.edition, event.territory = edition, territory
    return event


def update(
    event: Event,
    content: ActivityContent,
    *,
    territory: Territory | None,
    now: datetime,
    organizer: Organizer | None = None,
    picture: Picture | None = None,
) -> bool:
    """Make the event say this; say whether anything changed. Its sessions and details are loaded.

    What somebody postponed or called off stays so, unless the new content gives that date another day.
    """
    zone = _zone(territory)
    changed = _set(
        event,
        {
            "title": content.title,
            "description": content.description,
            "place": content.place,
            "opening": content.opening,
            "time_zone": zone,
            "territory_id": territory.id if territory else None,
            "region_code": None if territory else content.region_code or None,
        },
    )
    event.territory = territory
    if event.details is None:
        event.details, changed = EventDetails(), True
    described = _described(content)
    described["organizer_id"] = organizer.id if organizer else event.details.organizer_id
    described["picture_id"] = picture.id if picture else None
    changed = _set(event.details, described) or changed
    moved = _match_sittings(event, content.sittings, zone, now=now)
    if changed:
        services.touch(event, now)
    return changed or moved


def content_of(event: Event) -> ActivityContent:
    """What the event says; its territory, sessions and details (with their organizer) are loaded."""
    details = event.details or EventDetails()
    known = {name: getattr(details, name) for name in _SAME_NAME if getattr(details, name) is not None}
    return ActivityContent(
        title=event.title,
        description=event.description,
        kind=event.kind,
        place=event.place,
        geo_code=event.territory.geo_code if event.territory else "",
        region_code=event.region_code or "",
        opening=event.opening,
        is_private=event.is_private,
        organizer_kind=details.organizer.kind if details.organizer else OrganizerKind.OTHER,
        sittings=tuple(
            sitting_of(one, event.time_zone) for one in _ahead(event) if one.starts_on is not None
        ),
        audiences=tuple(map(Audience, details.audiences or ())),
        themes=tuple(map(Theme, details.themes or ())),
        accessibility=tuple(map(Accessibility, details.accessibility or ())),
        languages=tuple(map(SpokenLanguage, details.languages or ())),
        **known,
    )


def _slug(content: ActivityContent, territory: Territory | None) -> str:
    return f"{content.title} {territory.name}" if territory else content.title


def _zone(territory: Territory | None) -> str:
    return territory.time_zone if territory else clock.EASTERN


def _described(content: ActivityContent) -> dict[str, object]:
    named = {name: getattr(content, name) for name in _SAME_NAME}
    if content.kind is not EventKind.ACTIVITY and content.activity_type is ActivityType.OTHER:
        named["activity_type"] = None
    return named | {name: [str(one) for one in getattr(content, name)] for name in _LISTS}


def _set(row: Event | EventDetails, values: dict[str, object]) -> bool:
    changed = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in changed.items():
        setattr(row, name, value)
    return bool(changed)


def _new_sitting(sitting: Sitting, zone: str, position: int) -> Session:
    row = Session(position=position, uid=new_uid() if position else None, sequence=0)
    place(row, sitting, zone)
    return row


def _unknown_sitting() -> Session:
    """« Date à confirmer »: what lists show, and what takes the first date that is known."""
    return Session(position=0, sequence=0)


def place(row: Session, sitting: Sitting, zone: str) -> None:
    """Give that row the day and hours of the sitting."""
    row.starts_on, row.month_on = sitting.day, None
    row.starts_at = clock.to_utc(sitting.day, sitting.starts, zone) if sitting.starts else None
    row.ends_at = _end(sitting, zone)
    row.ends_on = sitting.last_day if sitting.starts is None else None


def _end(sitting: Sitting, zone: str) -> datetime | None:
    if sitting.starts is None or sitting.ends is None:
        return None
    is_next_day = sitting.ends <= sitting.starts
    return clock.to_utc(sitting.day + timedelta(days=is_next_day), sitting.ends, zone)


def sitting_of(row: Session, zone: str) -> Sitting:
    """What that sitting, whose day is known, says."""
    assert row.starts_on is not None  # noqa: S101 - asked by the caller
    return Sitting(
        day=row.starts_on,
        starts=clock.to_local(row.starts_at, zone).time() if row.starts_at else None,
        ends=clock.to_local(row.ends_at, zone).time() if row.ends_at else None,
        last_day=row.ends_on,
    )


def _ahead(event: Event) -> list[Session]:
    """The sittings that were not called off on their own."""
    return [row for row in event.sessions if row.state is not EventState.CANCELLED]


def _called_off(event: Event) -> list[Session]:
    return [row for row in event.sessions if row.state is EventState.CANCELLED]


def _same(rows: Sequence[Session], sitting: Sitting, zone: str) -> Session | None:
    """The one of these that is on that day, at those hours."""
    return next((row for row in rows if row.starts_on is not None and sitting_of(row, zone) == sitting), None)


def _next_position(event: Event) -> int:
    return max((row.position for row in event.sessions), default=-1) + 1


def _match_sittings(event: Event, wanted: Sequence[Sitting], zone: str, *, now: datetime) -> bool:
    """Give the event these dates: those it has stay, the others move in their order, the rest is added or
    called off. Say whether anything changed."""
    left, off = _ahead(event), _called_off(event)
    missing = []
    changed = False
    for sitting in wanted:
        same = _same(left, sitting, zone)
        if same is None:
            missing.append(sitting)
        else:
            left.remove(same)
    left.sort(key=lambda row: row.starts_on is None)  # what waits for its day takes one when nothing else can
    for sitting in missing:
        if back := _same(off, sitting, zone):
            off.remove(back)
            services.reinstate_sitting(back, now=now)
        elif left:
            row = left.pop(0)
            place(row, sitting, zone)
            services.forget_postponed(row)
            services.touch_sitting(row, now)
        else:
            event.sessions.append(_new_sitting(sitting, zone, _next_position(event)))
        changed = True
    for row in left:
        if row.starts_on is None and (not wanted or row.state is EventState.POSTPONED):
            continue  # its day is still to be known
        changed = True
        if event.is_published and row.starts_on is not None:
            services.cancel_sitting(event, row, reason=TAKEN_OUT, now=now)
        else:
            services.take_out(event, row)
    return changed
