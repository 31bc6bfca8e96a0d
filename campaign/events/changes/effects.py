"""All that a change does: each date before and after, who is told, what calendars receive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from campaign.events import wording
from campaign.events.changes.around import Around
from campaign.events.changes.change import Change
from campaign.events.changes.conflicts import warnings_of
from campaign.events.changes.copying import pairs_of
from campaign.events.changes.standing import stamp_of
from campaign.events.changes.wording import headline, words_of
from campaign.events.documents import calendar_entry
from campaign.events.ical import CalendarEntry
from campaign.events.models import Event, Session
from campaign.events.times import Times
from campaign.outbox.rendering import public_link


@dataclass(frozen=True, kw_only=True)
class DateEffect:
    """One date before and after, and what subscribed calendars receive of it."""

    sitting_id: int
    before: str
    after: str
    labels: tuple[wording.Label, ...]
    note: str
    entry: CalendarEntry | None
    is_changed: bool


@dataclass(frozen=True, kw_only=True)
class Effects:
    """All that a change does."""

    event_id: int
    title: str
    slug: str
    headline: str
    """« Reportée au 16 novembre »: what a letter says first."""
    stamp: str
    """How the event stood when this was seen."""
    is_published: bool
    dates: tuple[DateEffect, ...]
    reason: str
    followers: int
    authors: int
    attending: int
    """People registered, who are told whether or not they asked to be."""
    warnings: tuple[str, ...]

    @property
    def changed(self) -> tuple[DateEffect, ...]:
        return tuple(each for each in self.dates if each.is_changed)

    @property
    def letters(self) -> int:
        return self.followers + self.authors + self.attending


def effects(event: Event, after: Event, change: Change, around: Around, *, now: datetime) -> Effects:
    """What differs between an event and a copy that the change was carried out on."""
    tells = change.tell and event.is_published
    author = around.authors.get(event.id)
    dates = tuple(_date_effect(event, after, *rows, now=now) for rows in pairs_of(event, after))
    changed = {date.sitting_id for date in dates if date.is_changed}
    people = around.attending.get(event.id, ()) if change.tell else ()
    attending = {each.email for each in people if each.sitting_ids & changed}
    following = {each.email for each in around.followers.get(event.id, ())} - attending
    return Effects(
        event_id=event.id,
        title=event.title,
        slug=event.slug,
        headline=headline(after, change),
        stamp=stamp_of(event),
        is_published=event.is_published,
        dates=dates,
        reason=change.reason,
        followers=len(following) if tells else 0,
        authors=int(tells and author is not None and author.email not in following | attending),
        attending=len(attending),
        warnings=tuple(warnings_of(event, after, around, now)),
    )


def _date_effect(event: Event, after: Event, before: Session, moved: Session, *, now: datetime) -> DateEffect:
    url = public_link("events.show", slug=event.slug)
    occasion = wording.Occasion.of(after, moved)
    return DateEffect(
        sitting_id=before.id,
        before=words_of(event, before),
        after=words_of(after, moved),
        labels=tuple(wording.labels(occasion, now=now)),
        note=wording.change_text(occasion),
        entry=calendar_entry(after, after.territory, url, sitting=moved, is_whole=True),
        is_changed=_look(event, before) != _look(after, moved),
    )


def _look(event: Event, sitting: Session) -> tuple[object, ...]:
    return (words_of(event, sitting), wording.state_of(event, sitting), Times.of(sitting), event.is_indoors)
