"""The letters of changes: one to each address, whatever the number of events that changed together.

They leave at once, at any hour: whoever is about to leave home must know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaign.campaigns import queries as campaigns
from campaign.db import key_of
from campaign.events.changes import Around, DateEffect, Done, stamp_of
from campaign.events.documents import calendar_entry
from campaign.events.following import link_of
from campaign.events.ical import CalendarEntry, write_calendar
from campaign.events.models import Event, EventState
from campaign.events.wording import state_of
from campaign.i18n import _, ngettext
from campaign.identifiers import hash_token
from campaign.outbox import rendering
from campaign.outbox import services as outbox
from campaign.outbox.letters import Enclosure
from campaign.outbox.models import Stream
from campaign.outbox.rendering import public_link
from campaign.outbox.services import Draft
from campaign.web.filters import NBSP

MOST_NAMED = 3
"""How many titles the subject of a grouped letter names."""


class Role(StrEnum):
    """Why somebody is told."""

    FOLLOWER = "follower"
    AUTHOR = "author"
    MUNICIPALITY = "municipality"
    ATTENDEE = "attendee"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One change told to one address."""

    done: Done
    role: Role
    link: str = ""
    """The page by which its reader stops, answers for a municipality, or changes a registration."""
    sitting_ids: frozenset[int] | None = None
    """The only dates that concern its reader; None when all do."""

    @property
    def event(self) -> Event:
        return self.done.event

    @property
    def changed(self) -> list[DateEffect]:
        """What changed, as far as it concerns the reader."""
        dates = self.done.effects.changed
        return [date for date in dates if self.sitting_ids is None or date.sitting_id in self.sitting_ids]

    @property
    def hole(self) -> str:
        return f"lien_{self.event.id}"


class Post:
    """Gathers what each address is told of, then writes to each of them once."""

    def __init__(self, batch: str = "") -> None:
        self.batch = batch
        self.items: dict[str, list[Item]] = {}

    def announce(self, done: Done, around: Around, *, tells: bool) -> None:
        """The change of an activity, to those registered, to those who follow it and to whoever proposed it:
        once to each, published or not for those who come to it."""
        if not tells:
            return
        event = done.event
        for person in around.attending.get(event.id, ()):
            item = Item(done=done, role=Role.ATTENDEE, link=person.link, sitting_ids=person.sitting_ids)
            if item.changed:
                self.add(person.email, item)
        if not event.is_published:
            return
        for follower in around.followers.get(event.id, ()):
            item = Item(done=done, role=Role.FOLLOWER, link=link_of(follower, event))
            if all(known.event.id != event.id for known in self.items.get(follower.email, ())):
                self.add(follower.email, item)
        author = around.authors.get(event.id)
        if author is not None and all(item.event.id != event.id for item in self.items.get(author.email, ())):
            self.add(author.email, Item(done=done, role=Role.AUTHOR))

    def add(self, email: str, item: Item) -> None:
        """Tell that address of this, besides the rest."""
        self.items.setdefault(email, []).append(item)

    def send(self, *, now: datetime) -> int:
        """Write one letter to each address; gives how many are new. Sent twice, it is written once."""
        desk = _Desk(now)
        drafts, files = list[Draft](), dict[str, Sequence[Enclosure]]()
        for email, items in self.items.items():
            draft, enclosures = desk.compose(email, items, key=self._key(email, items))
            drafts.append(draft)
            files[draft.dedupe_key] = enclosures
        written = outbox.enqueue_many(drafts, now=now)
        outbox.attach({number: files[key] for key, number in written.items()})
        return len(written)

    def _key(self, email: str, items: Sequence[Item]) -> str:
        reader = hash_token(email)[:24]
        if self.batch:
            return f"changes:{self.batch}:{reader}"
        event = items[0].event
        # Of an event of many dates, the stamp is long, and its end says as much as its beginning.
        return f"change:{event.id}:{hash_token(stamp_of(event))[:24]}:{reader}"


class _Desk:
    """Writes letters; what several readers share is rendered once."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.organization = campaigns.organization()
        self._known: dict[object, tuple[str, int, Sequence[Enclosure]]] = {}

    def compose(self, email: str, items: Sequence[Item], *, key: str) -> tuple[Draft, Sequence[Enclosure]]:
        shape = tuple((item.event.id, item.role, item.sitting_ids) for item in items)
        if shape not in self._known:
            self._known[shape] = self._render(items)
        subject, stencil_id, enclosures = self._known[shape]
        territory = items[0].event.territory
        draft = Draft(
            to=email,
            subject=subject,
            stencil_id=stencil_id,
            values={item.hole: item.link for item in items},
            headers=_unsubscribe_headers(items),
            dedupe_key=key,
            not_before=self.now,
            regarding=territory.geo_code if territory else "",
            stream=Stream.SERVICE,
            batch="",
        )
        return draft, enclosures

    def _render(self, items: Sequence[Item]) -> tuple[str, int, Sequence[Enclosure]]:
        subject = subject_of(items)
        letter = rendering.render(
            "event_changed",
            {
                "subject": subject,
                "items": [_told(item) for item in items],
                "organization": self.organization,
                "edition_is_simulated": any(item.event.edition.is_simulated for item in items),
            },
        )
        stencil = outbox.new_stencil(subject=subject, text=letter.text, html=letter.html, now=self.now)
        return letter.subject, key_of(stencil), _enclosures(items)


def subject_of(items: Sequence[Item]) -> str:
    """« Reportée au 16 novembre : Heure du conte », « 4 activités changent : Heure du conte, Marche… »"""
    if len(items) == 1:
        effects = items[0].done.effects
        return f"{effects.headline}{NBSP}: {effects.title}"
    titles = ", ".join(item.event.title for item in items[:MOST_NAMED])
    more = "…" if len(items) > MOST_NAMED else ""
    count = ngettext("%(num)s\u00a0activité change", "%(num)s\u00a0activités changent", len(items))
    return f"{count}{NBSP}: {titles}{more}"


def _told(item: Item) -> Mapping[str, object]:
    """One change, ready for the template."""
    effects = item.done.effects
    event = item.event
    return {
        "title": effects.title,
        "headline": effects.headline,
        "place": event.territory.name if event.territory else "",
        "facts": [fact for date in item.changed for fact in _facts(event, date)],
        "reason": effects.reason,
        "url": _page_of(event),
        "role": item.role.value,
        "link": f"{{{{{item.hole}}}}}",
    }


def _page_of(event: Event) -> str:
    """Its address; nothing where the public may not go."""
    return public_link("events.show", slug=event.slug) if event.is_published else ""


def _facts(event: Event, date: DateEffect) -> list[tuple[str, str]]:
    """Before and after, or what is called off."""
    sitting = next(row for row in event.sessions if row.id == date.sitting_id)
    if state_of(event, sitting) is EventState.CANCELLED:
        return [(_("Annulé"), date.before)]
    if date.before == date.after:
        return [(_("Maintenu"), date.after)]
    return [(_("Avant"), date.before), (_("Maintenant"), date.after)]


def _enclosures(items: Sequence[Item]) -> list[Enclosure]:
    """The calendar file brought up to date: the same entries as in the feeds."""
    entries = [entry for item in items for entry in _entries(item)]
    if not entries:
        return []
    name = items[0].event.title if len(items) == 1 else campaigns.organization().campaign_name
    return [
        Enclosure(
            filename="calendrier.ics",
            content_type="text/calendar; charset=utf-8; method=PUBLISH",
            data=write_calendar(entries, name=name, method="PUBLISH"),
        )
    ]


def _entries(item: Item) -> list[CalendarEntry]:
    changed = item.changed
    if item.role not in (Role.MUNICIPALITY, Role.ATTENDEE):
        # Workshops to choose from are one entry, which each of them gives.
        return list({date.entry.uid: date.entry for date in changed if date.entry is not None}.values())
    # The municipality reads the hour and the place of a ceremony closed to the public; whoever is registered,
    # the link by which to join it online.
    event, url = item.event, _page_of(item.event)
    owned = [
        calendar_entry(event, event.territory, url, sitting=row, to_owner=True)
        for row in event.sessions
        if row.id in {date.sitting_id for date in changed}
    ]
    return [entry for entry in owned if entry is not None]


def _unsubscribe_headers(items: Sequence[Item]) -> dict[str, str]:
    """One click stops all that this letter is about (RFC 8058)."""
    links = [item.link for item in items if item.role is Role.FOLLOWER]
    if not links:
        return {}
    address = links[0] if len(items) == 1 else f"{links[0]}?tout=oui"
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
