"""The calendar as a subscription (RFC 5545 and 7986), whole or for a part of Québec.

A subscription stays for years in people's calendars: its addresses never change, and never ask for anything.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import NamedTuple

from flask import Blueprint, Flask, Response, current_app, request

from campaign import clock
from campaign.agenda import versions
from campaign.agenda.filters import CHOICES, CalendarFilter
from campaign.agenda.fragments import Fragments
from campaign.agenda.phrases import describe
from campaign.campaigns.queries import organization
from campaign.db import CALENDAR, TERRITORIES, changed_second
from campaign.errors import NotFound
from campaign.events.documents import calendar_entry
from campaign.events.ical import WrittenEntry, pieces, write_entry
from campaign.events.models import Session
from campaign.i18n import _
from campaign.territory.queries import list_regions
from campaign.web.freshness import public_url, revisions_read
from campaign.web.renewed import PiecedFile, RenewedFile, answer_renewed

INSISTENT = "titre"
"""`?annules=titre`: what is called off is confirmed, « ANNULÉ » in its title, for readers that hide it."""

MEMORY_BYTES = 32_000_000
"""How much of its feeds one process keeps."""

SHORT = {
    "region": "region",
    "mrc": "mrc",
    "municipalite": "municipality",
    "type": "type",
    "theme": "theme",
}
"""The words that, alone and with one value, have an address of their own, and how its endpoint names them."""

PLACES = frozenset({"region", "mrc", "municipalite"})


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """What part of the calendar is asked for, and how what is called off is said there."""

    part: CalendarFilter
    is_insistent: bool = False

    @property
    def address(self) -> str:
        """Where it is renewed: the short address when there is one."""
        options = {"annules": INSISTENT} if self.is_insistent else {}
        words = self.part.arguments
        if len(words) == 1 and not words.keys().isdisjoint(SHORT):
            ((word, _value),) = words.items()
            values = self.part.values(word)
            if len(values) == 1:
                return public_url(f"agenda.feed_of_{SHORT[word]}", code=values[0], **options)
        return public_url("agenda.feed", **words, **options)


ANSWERED = "pavois.feed"
"""Under which a request keeps what subscription it was answered."""


class _State(NamedTuple):
    """All that the feeds depend on: the revisions of what they show, and the day, which ages events."""

    calendar: int
    territories: int
    day: date


def state_of(numbers: Mapping[str, int], day: date) -> _State:
    """What all public feeds depend on, at those revisions and on that day."""
    return _State(numbers.get(CALENDAR, 0), numbers.get(TERRITORIES, 0), day)


@dataclass(frozen=True)
class _Kept:
    """A feed, and the state that it shows."""

    state: object
    file: PiecedFile


@dataclass(frozen=True, kw_only=True)
class OwnContents:
    """What a personal feed holds: dates as everybody reads them, dates as those of the house do."""

    name: str
    description: str
    public: versions.Versions = field(default_factory=dict)
    own: versions.Versions = field(default_factory=dict)
    is_insistent: bool = False


class Feeds:
    """The feeds most recently asked for, up to a number of bytes, and the text of events that they share."""

    def __init__(self, limit: int = MEMORY_BYTES) -> None:
        self.limit = limit
        self.size = 0
        self.fragments = Fragments()
        self.own_fragments = Fragments()
        """The same dates as those of the house may read them."""
        self.making = threading.Lock()
        self.kept: OrderedDict[object, _Kept] = OrderedDict()

    def get(self, asked: Subscription, numbers: Mapping[str, int], day: date) -> RenewedFile:
        """The feed in its state of now, made by one thread at a time."""
        state = state_of(numbers, day)
        known = self.kept.get(asked)
        if known is None or known.state != state:
            with self.making:
                known = self.kept.get(asked)
                if known is None or known.state != state:
                    known = self._make(asked, state, changed_second(numbers), known)
                    self._keep(asked, known)
        return known.file

    def get_own(self, key: object, contents: OwnContents, numbers: Mapping[str, int]) -> PiecedFile:
        """A personal feed in its state of now. All that it shows was read: it needs no number to be right."""
        territories = numbers.get(TERRITORIES, 0)
        state = contents, territories
        with self.making:
            known = self.kept.get(key)
            if known is None or known.state != state:
                texts = self.fragments.of(contents.public, territories, _texts)
                texts += self.own_fragments.of(contents.own, territories, _texts_of_the_house)
                parts = pieces(
                    texts,
                    name=contents.name,
                    description=contents.description,
                    is_insistent=contents.is_insistent,
                )
                file = PiecedFile.of(parts, "text/calendar", None, known.file if known else None)
                known = _Kept(state, file)
                self._keep(key, known)
        return known.file

    def _make(self, asked: Subscription, state: _State, changed: int, before: _Kept | None) -> _Kept:
        part = asked.part.of_today()
        name = _name(part)
        sittings, left = versions.published(part, today=state.day)
        parts = pieces(
            self.fragments.of(sittings, state.territories, _texts),
            is_insistent=asked.is_insistent,
            url=public_url("agenda.calendar", **part.arguments),
            source=Subscription(part=part, is_insistent=asked.is_insistent).address,
            name=name,
            description=_description(part),
        )
        second = max(changed, _second_of_midnight(left)) if left else changed
        return _Kept(state, PiecedFile.of(parts, "text/calendar", second, before.file if before else None))

    def _keep(self, key: object, made: _Kept) -> None:
        before = self.kept.pop(key, None)
        self.size += len(made.file.body) - (len(before.file.body) if before else 0)
        self.kept[key] = made
        while self.size > self.limit and len(self.kept) > 1:
            _key, dropped = self.kept.popitem(last=False)
            self.size -= len(dropped.file.body)


def _name(part: CalendarFilter) -> str:
    """The campaign, and the part of its calendar in words. Raises `NotFound` for a code that nobody bears."""
    campaign, place = organization().campaign_name, part.place()
    told = place if part.arguments.keys() <= PLACES else describe(part)
    return f"{campaign} – {told}" if told else campaign


def _description(part: CalendarFilter) -> str:
    what = describe(part) or _("Levers de drapeau et activités pour les tout-petits, partout au Québec")
    return _("%(what)s. Ce qui est passé, reporté ou annulé y reste un an.", what=what)


def _second_of_midnight(day: date) -> int:
    return int(clock.to_utc(day, time(), clock.EASTERN).timestamp())


def _texts(numbers: Sequence[int]) -> Iterator[tuple[int, WrittenEntry | None]]:
    """The text of those sittings, as everybody reads it."""
    return _all_written(versions.list_by_number(numbers), to_owner=False)


def _texts_of_the_house(numbers: Sequence[int]) -> Iterator[tuple[int, WrittenEntry | None]]:
    """The same with what is told to those of the house alone."""
    return _all_written(versions.list_by_number(numbers), to_owner=True)


def _all_written(sittings: Sequence[Session], *, to_owner: bool) -> Iterator[tuple[int, WrittenEntry | None]]:
    around = [(sitting.event, sitting.event.territory) for sitting in sittings]
    # Held until all are written: each event then finds its region without asking for it again.
    regions = list_regions() if any(place is None or place.is_homonym for _event, place in around) else ()
    for sitting in sittings:
        yield _written(sitting, to_owner=to_owner)
    del regions


def _written(sitting: Session, *, to_owner: bool) -> tuple[int, WrittenEntry | None]:
    event = sitting.event
    # What is private has no page that its reader may open.
    address = public_url("events.show", slug=event.slug) if event.is_published else ""
    entry = calendar_entry(event, event.territory, address, sitting=sitting, to_owner=to_owner, is_whole=True)
    return sitting.id, write_entry(entry) if entry else None


def _answer(part: CalendarFilter) -> Response:
    """The feed of that part; one small query when nothing has changed."""
    feeds: Feeds = current_app.extensions["feeds"]
    asked = Subscription(part=part, is_insistent=request.args.get("annules") == INSISTENT)
    file = feeds.get(asked, revisions_read(), clock.today(clock.now()))
    request.environ[ANSWERED] = asked
    return answer_renewed(file)


def feed() -> Response:
    """The events of the part of Québec that the address names; all of them when it names none."""
    return _answer(CalendarFilter.from_arguments(request.args))


def feed_of_region(code: str) -> Response:
    """The events of a region."""
    return _answer(CalendarFilter(region=code))


def feed_of_mrc(code: str) -> Response:
    """The events of an MRC."""
    return _answer(CalendarFilter(mrc=code))


def feed_of_municipality(code: str) -> Response:
    """The events of a municipality, or of that which took its place."""
    return _answer(CalendarFilter(municipality=code))


def feed_of_type(code: str) -> Response:
    """The events of a type, by its value in addresses."""
    return _answer(CalendarFilter(types=(_known("type", code),)))


def feed_of_theme(code: str) -> Response:
    """The activities on a theme, by its value in addresses."""
    return _answer(CalendarFilter(themes=(_known("theme", code),)))


def _known(word: str, value: str) -> str:
    if value not in CHOICES[word]:
        raise NotFound(
            _("Aucun calendrier ne porte ce nom. Choisissez-en un à la page « S’abonner au calendrier ».")
        )
    return value


def add_to(blueprint: Blueprint) -> None:
    """Publish the feeds under the calendar's blueprint."""
    blueprint.add_url_rule("/calendrier.ics", "feed", feed)
    blueprint.add_url_rule("/calendrier/region/<code>.ics", "feed_of_region", feed_of_region)
    blueprint.add_url_rule("/calendrier/mrc/<code>.ics", "feed_of_mrc", feed_of_mrc)
    blueprint.add_url_rule(
        "/calendrier/municipalite/<code>.ics", "feed_of_municipality", feed_of_municipality
    )
    blueprint.add_url_rule("/calendrier/type/<code>.ics", "feed_of_type", feed_of_type)
    blueprint.add_url_rule("/calendrier/theme/<code>.ics", "feed_of_theme", feed_of_theme)


def init_app(app: Flask) -> None:
    """One memory of feeds per application."""
    app.extensions["feeds"] = Feeds()
