"""Every date of the public calendar in memory, and which of them answer a filter.

A process keeps one light row for each published sitting. Rows are numbered (their slot), and each value of
each word of the address has a set of slots, one bit each in a Python integer: a filter is a few `&` and `|`
of a kilobyte, and the counts beside the choices are numbers of bits. When the calendar changes, the events
that were stamped since (`db.CalendarChange`) are read again, and no other: an edit costs a row.

What is read here was committed: ask from requests that change nothing.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import compress
from operator import itemgetter
from sys import intern
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Flask, current_app, request
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from campaign.agenda import words
from campaign.agenda.filters import CHOICES, OPEN, CalendarFilter
from campaign.agenda.places import Place, read_places, read_regions
from campaign.db import CALENDAR, EVERY_DATE, TERRITORIES, CalendarChange, db, revisions
from campaign.events import parallel
from campaign.events.models import Event, EventDetails, EventState, Opening, Session
from campaign.events.vocabulary import TYPES, Cost, Format
from campaign.events.wording import Occasion, first_day, type_of, workshops_text
from campaign.web.freshness import is_reading, revisions_read

AT_ONCE = 500
"""Sittings whose details are read together."""

LONGEST_DAYS = 366
"""Days of what lasts several days that are looked at."""

SEARCHES_KEPT = 64

LONGEST_TEXT = 3_000
"""Letters of a description that are searched."""

Version = tuple[int, int, datetime, datetime | None, int]
"""The sequences of an event and of its sitting, the instants of their last changes, and the number of the
calendar under which they were stamped. With the number of the sitting, it is what feeds know a date by."""

Key = tuple[str, object]
"""A word of the address, or one of those below, and one of its values."""

_SHOWN: Key = ("", "shown")
_CLOSED: Key = ("", "closed")
"""Told by its day alone, on the page of its municipality and in feeds."""
_MOVED: Key = ("", "moved")

_LATE = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One date of the calendar, or workshops of one moment to choose from (`events.parallel`); or the day
    that it left when it was postponed (`is_moved`), so that who had noted that day finds it there."""

    session_id: int
    """That of the first, for workshops to choose from."""
    event_id: int
    edition_id: int
    version: Version
    occasion: Occasion
    workshops: str = ""
    """« Au choix : Atelier A; Atelier B. »"""
    day: date | None
    last_day: date | None
    is_moved: bool = False
    place: Place | None
    """The municipality; None for what belongs to a region as a whole."""
    region: str
    region_name: str = ""
    """Of what belongs to a region as a whole."""
    type: str
    themes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    accessibility: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    cost: str
    format: str
    organizer: str = ""
    words: tuple[str, ...] = field(repr=False)
    """Those under which it is found; its place is left out when it is not told."""

    @property
    def is_open(self) -> bool:
        """Anybody may come."""
        return self.occasion.opening is Opening.PUBLIC

    @property
    def order(self) -> tuple[object, ...]:
        """By day, then hour, then place. Without a day, last."""
        return (
            self.day or date.max,
            self.occasion.starts_at or _LATE,
            self.place.sort_key if self.place else "",
            self.event_id,
            self.session_id,
            self.is_moved,
        )

    def days(self) -> Iterator[date]:
        """Each of its days."""
        if self.day is not None:
            length = ((self.last_day or self.day) - self.day).days
            yield from (self.day + timedelta(days=number) for number in range(min(length + 1, LONGEST_DAYS)))

    def keys(self) -> frozenset[Key]:
        """The sets that it belongs to."""
        place = self.place
        return frozenset(
            [
                _MOVED if self.is_moved else _SHOWN,
                *([_CLOSED] if not self.occasion.is_open else []),
                *([("ouvert", OPEN)] if self.is_open else []),
                ("edition", self.edition_id),
                *([("region", self.region)] if self.region else []),
                *([("mrc", place.mrc), ("place", place.id)] if place else []),
                *(("municipalite", code) for code in (place.found_under if place else ())),
                ("type", self.type),
                *(("theme", value) for value in self.themes),
                *(("public", value) for value in self.audiences),
                ("cout", self.cost),
                *(("acces", value) for value in self.accessibility),
                *(("langue", value) for value in self.languages),
                ("format", self.format),
                *(("jour", day) for day in self.days()),
            ]
        )


class Calendar:
    """All the dates at one moment. It never changes: threads share it, and `renewed` makes another."""

    def __init__(
        self, places: Mapping[int, Place] | None = None, regions: Mapping[str, str] | None = None
    ) -> None:
        self.places = places or {}
        self.regions = regions or {}
        """Their names, by their codes."""
        self.rows: list[Row | None] = []
        self.slots: dict[int, list[int]] = {}
        """Those of each sitting, by its number."""
        self.sittings: dict[int, tuple[int, ...]] = {}
        """The numbers of those of each event, by its number."""
        self.order: list[tuple[tuple[object, ...], int, Row]] = []
        """The slots that are taken, in the order in which their rows are read."""
        self.sets: dict[Key, int] = {}
        self.found: dict[str, tuple[int, ...]] = {}
        """The slots that hold each word."""
        self.vocabulary: list[str] = []
        self._said: dict[tuple[str, ...], int] = {}
        """What answered the last searches: a page asks the same one for its list, its counts, its periods."""

    def __len__(self) -> int:
        return len(self.order)

    # --- what answers a filter ---------------------------------------------------------------------

    def matching(
        self,
        asked: CalendarFilter,
        *,
        edition_id: int | None = None,
        with_closed: bool = False,
        with_moved: bool = False,
    ) -> list[Row]:
        """The dates that answer, in their order; those of one edition when it is named.

        What is closed is left out unless asked for: see `events.wording.Occasion`. `with_moved` adds the days
        that postponed dates have left.
        """
        bits = self._base(edition_id, with_closed=with_closed, with_moved=with_moved)
        for chosen in self._chosen(asked).values():
            bits &= chosen
        return self._rows(bits)

    def count(self, asked: CalendarFilter, *, edition_id: int | None = None) -> int:
        """How many `matching` gives."""
        bits = self._base(edition_id)
        for chosen in self._chosen(asked).values():
            bits &= chosen
        return bits.bit_count()

    def counts(self, asked: CalendarFilter, *, edition_id: int | None = None) -> dict[str, dict[str, int]]:
        """How many answer each value of each word, all the other words being as asked: a second choice of the
        same word would add that many, or replace those of the first. Values that nothing answers are 0 for
        words chosen from a list, absent for places."""
        base, chosen = self._base(edition_id), self._chosen(asked)
        counted: dict[str, dict[str, int]] = {}
        for word in (*CHOICES, "ouvert"):
            others = _all_but(base, chosen, word)
            values = CHOICES.get(word, (OPEN,))
            counted[word] = {
                value: (others & self.sets.get((word, value), 0)).bit_count() for value in values
            }
        for word, inner in _INNER.items():
            others = _all_but(base, chosen, word, *inner)
            counted[word] = {
                value: number
                for value, bits in self._places_by_word[word].items()
                if (number := (others & bits).bit_count())
            }
        return counted

    def _base(self, edition_id: int | None, *, with_closed: bool = False, with_moved: bool = False) -> int:
        bits = self.sets.get(_SHOWN, 0)
        if with_moved:
            bits |= self.sets.get(_MOVED, 0)
        if not with_closed:
            bits &= ~self.sets.get(_CLOSED, 0)
        if edition_id is not None:
            bits &= self.sets.get(("edition", edition_id), 0)
        return bits

    def _chosen(self, asked: CalendarFilter) -> dict[str, int]:
        """What answers each word that is asked for, by itself."""
        chosen = {}
        for word in (*CHOICES, "region", "mrc", "municipalite", "ouvert"):
            if values := asked.values(word):
                chosen[word] = _union(self._of(word, value) for value in values)
        if asked.near:
            chosen["pres"] = self._around(asked.near, asked.radius)
        if asked.since or asked.until:
            chosen["du"] = self._between(asked.since or date.min, asked.until or date.max)
        if asked.words and (typed := words.asked(asked.words)):
            chosen["q"] = self._saying(typed)
        return chosen

    def _of(self, word: str, value: object) -> int:
        return self.sets.get((word, value), 0)

    def _around(self, geo_code: str, radius: int) -> int:
        middle = self.place_of(geo_code)
        if middle is None:
            return 0
        return _union(
            self._of("place", place.id)
            for place in self.places.values()
            if middle.distance_to(place) <= radius
        )

    def _between(self, since: date, until: date) -> int:
        return _union(bits for day, bits in self._days.items() if since <= day <= until)

    def _saying(self, typed: tuple[str, ...]) -> int:
        """What holds words that begin with each of those."""
        known = self._said.get(typed)
        if known is None:
            if len(self._said) >= SEARCHES_KEPT:
                self._said.clear()
            known = self._said[typed] = self._found(typed)
        return known

    def _found(self, typed: Iterable[str]) -> int:
        slots: set[int] | None = None
        for word in typed:
            having: set[int] = set().union(*(self.found[form] for form in self._beginning(word)))
            slots = having if slots is None else slots & having
        flags = bytearray(b"0") * len(self.rows)
        for slot in slots or ():
            flags[slot] = ord("1")
        return int(flags[::-1] or b"0", 2)

    def _beginning(self, word: str) -> Sequence[str]:
        if len(word) == 1:
            return [word] if word in self.found else []
        first = bisect_left(self.vocabulary, word)
        return self.vocabulary[first : bisect_left(self.vocabulary, f"{word}\U0010ffff", lo=first)]

    def _rows(self, bits: int) -> list[Row]:
        flags = f"{bits:0{len(self.rows) or 1}b}"[::-1]
        kept = (flags[slot] == "1" for _order, slot, _row in self.order)
        return [row for _order, _slot, row in compress(self.order, kept)]

    @cached_property
    def _days(self) -> dict[date, int]:
        return {
            day: bits for (word, day), bits in self.sets.items() if word == "jour" and isinstance(day, date)
        }

    @cached_property
    def _places_by_word(self) -> dict[str, dict[str, int]]:
        by_word: dict[str, dict[str, int]] = {word: {} for word in _INNER}
        for (word, value), bits in self.sets.items():
            if word in by_word:
                by_word[word][str(value)] = bits
        return by_word

    @cached_property
    def _places_by_code(self) -> dict[str, Place]:
        return {place.geo_code: place for place in self.places.values()}

    def place_of(self, geo_code: str) -> Place | None:
        """The municipality of that code."""
        return self._places_by_code.get(geo_code)

    # --- another moment ----------------------------------------------------------------------------

    def renewed(self, events: Mapping[int, Mapping[int, Sequence[Row]]]) -> Calendar:
        """The calendar in which those events have those sittings, each with its rows, and no other."""
        draft = _Draft(self)
        for number, sittings in events.items():
            draft.say(number, sittings)
        return draft.finished()


_INNER = {"region": ("mrc", "municipalite"), "mrc": ("municipalite",), "municipalite": ()}
"""The words that name a part of what another one names: they do not narrow its counts."""


def _union(many: Iterable[int]) -> int:
    bits = 0
    for each in many:
        bits |= each
    return bits


def _all_but(base: int, chosen: Mapping[str, int], *words_: str) -> int:
    for word, bits in chosen.items():
        if word not in words_:
            base &= bits
    return base


class _Draft:
    """The next calendar while it is made: it shares with the one before all that has not changed."""

    def __init__(self, before: Calendar) -> None:
        self.next = Calendar(before.places, before.regions)
        self.next.rows = list(before.rows)
        self.next.slots = dict(before.slots)
        self.next.sittings = dict(before.sittings)
        self.next.order = list(before.order)
        self.next.sets = dict(before.sets)
        self.before = before
        self.free = [slot for slot, row in enumerate(before.rows) if row is None]
        self.touched: dict[str, set[int]] = {}

    def say(self, event: int, sittings: Mapping[int, Sequence[Row]]) -> None:
        """That event has those sittings from now on."""
        for number in self.next.sittings.pop(event, ()):
            if number not in sittings:
                self._put(number, ())
        for number, rows in sittings.items():
            self._put(number, rows)
        if sittings:
            self.next.sittings[event] = tuple(sittings)

    def _put(self, number: int, rows: Sequence[Row]) -> None:
        """That sitting has those rows from now on."""
        known = self.next.slots.pop(number, [])
        slots = known[: len(rows)] + [self._free_slot() for _row in rows[len(known) :]]
        for slot, row in zip(slots, rows, strict=True):
            self._place(slot, row)
        for slot in known[len(rows) :]:
            self._place(slot, None)
            self.free.append(slot)
        if slots:
            self.next.slots[number] = slots

    def _free_slot(self) -> int:
        if self.free:
            return self.free.pop()
        self.next.rows.append(None)
        return len(self.next.rows) - 1

    def _place(self, slot: int, row: Row | None) -> None:
        old, self.next.rows[slot] = self.next.rows[slot], row
        before, after = (each.keys() if each else frozenset() for each in (old, row))
        for key in before - after:
            self.next.sets[key] &= ~(1 << slot)
            if not self.next.sets[key]:
                del self.next.sets[key]
        for key in after - before:
            self.next.sets[key] = self.next.sets.get(key, 0) | 1 << slot
        self._order(slot, old, row)
        said, says = (frozenset(each.words if each else ()) for each in (old, row))
        for word in said - says:
            self._holding(word).discard(slot)
        for word in says - said:
            self._holding(word).add(slot)

    def _order(self, slot: int, old: Row | None, row: Row | None) -> None:
        if old is not None:
            del self.next.order[bisect_left(self.next.order, old.order, key=itemgetter(0))]
        if row is not None:
            insort(self.next.order, (row.order, slot, row))  # no two rows have the same order

    def _holding(self, word: str) -> set[int]:
        if word not in self.touched:
            self.touched[word] = set(self.before.found.get(word, ()))
        return self.touched[word]

    def finished(self) -> Calendar:
        """The calendar as it now is."""
        made, before = self.next, self.before
        made.found = dict(before.found)
        for word, slots in self.touched.items():
            if slots:
                made.found[word] = tuple(slots)
            else:
                made.found.pop(word, None)
        made.vocabulary = self._vocabulary(made.found)
        return made

    def _vocabulary(self, found: Mapping[str, object]) -> list[str]:
        changed = [word for word in self.touched if (word in found) != (word in self.before.found)]
        if len(changed) > AT_ONCE:
            return sorted(found)
        vocabulary = list(self.before.vocabulary)
        for word in changed:
            if word in found:
                insort(vocabulary, word)
            else:
                del vocabulary[bisect_left(vocabulary, word)]
        return vocabulary


# --- what is read from the database ---------------------------------------------------------------

# Made once: putting a statement together costs more than running it.
_STAMPED = sa.select(CalendarChange.event_id).where(CalendarChange.number > sa.bindparam("known"))
_SITTINGS = (
    sa.select(Session, sa.func.coalesce(CalendarChange.number, 0))
    .join(Session.event)
    .outerjoin(CalendarChange, CalendarChange.event_id == Session.event_id)
    .where(Event.is_published.is_(True), Event.is_private.is_(False))
    .options(joinedload(Session.event).joinedload(Event.details))
    .execution_options(populate_existing=True)
)
_SITTINGS_WHOLE = _SITTINGS.options(
    joinedload(Session.event).options(
        joinedload(Event.territory), joinedload(Event.details).joinedload(EventDetails.picture)
    )
).where(Session.event_id.in_(sa.bindparam("events", expanding=True)))
"""A few of them, with all that calendars say of them: their text is written next."""

_READ = "pavois.sittings"
"""Where a request keeps the sittings that it has just read."""


class _State(NamedTuple):
    """The numbers at which a calendar was read."""

    calendar: int
    territories: int
    every_date: int

    @classmethod
    def of(cls, numbers: Mapping[str, int]) -> _State:
        return cls(*(numbers.get(key, 0) for key in (CALENDAR, TERRITORIES, EVERY_DATE)))

    def follows(self, other: _State) -> bool:
        """Only dates that were stamped have changed since."""
        return self.calendar >= other.calendar and self[1:] == other[1:]


class Index:
    """The calendar of a process, renewed by one thread at a time when the database says that it changed."""

    def __init__(self) -> None:
        self.renewing = threading.Lock()
        self.read = 0
        """How many sittings have been read so far."""
        self._known: tuple[_State, Calendar] | None = None

    def calendar(self, numbers: Mapping[str, int]) -> Calendar:
        """The calendar as it is at those revisions, or later."""
        known, state = self._known, _State.of(numbers)
        if known is None or known[0] != state:
            with self.renewing:
                known = self._known
                if known is not None and known[0].calendar > state.calendar:
                    # Somebody whose numbers are more recent came first; or a copy of the past was put back.
                    state = _State.of(revisions())
                if known is None or known[0] != state:
                    known = self._known = state, self._renewed(state)
        return known[1]

    def _renewed(self, state: _State) -> Calendar:
        known = self._known
        if known is None or not state.follows(known[0]):
            return self._anew(state)
        events: Mapping[int, dict[int, Sequence[Row]]] = {
            number: {} for number in db.session.scalars(_STAMPED, {"known": known[0].calendar})
        }
        calendar, numbers = known[1], list(events)
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            read = db.session.execute(_SITTINGS_WHOLE, {"events": some}).all()
            for several in _by_event(read):
                _keep_for_this_request([sitting for sitting, _stamp in several])
                self._tell(events, several, state, calendar)
        return calendar.renewed(events)

    def _anew(self, state: _State) -> Calendar:
        """All of it, read again."""
        calendar = Calendar(read_places(), read_regions())
        events: dict[int, dict[int, Sequence[Row]]] = defaultdict(dict)
        workshops: list[_Read] = []
        for sitting, stamp in db.session.execute(_SITTINGS.execution_options(yield_per=AT_ONCE)):
            if sitting.block:
                workshops.append((sitting, stamp))  # told with the others, which may be read later
            else:
                self._tell(events, [(sitting, stamp)], state, calendar)
        for several in _by_event(workshops):
            self._tell(events, several, state, calendar)
        return calendar.renewed(events)

    def _tell(
        self,
        events: Mapping[int, dict[int, Sequence[Row]]],
        read: Sequence[_Read],
        state: _State,
        calendar: Calendar,
    ) -> None:
        """The rows of some sittings of one event: all that are to be told together, at least."""
        self.read += len(read)
        stamp = max(stamp for _sitting, stamp in read)
        for entry in parallel.entries(sitting for sitting, _stamp in read):
            version = version_of(entry, stamp, state.every_date)
            events[entry[0].event_id][entry[0].id] = _rows_of(entry, version, calendar)


_Read = tuple[Session, int]
"""A sitting, and the number with which its event was stamped."""


def _by_event(read: Iterable[Any]) -> Iterable[Sequence[_Read]]:
    """The sittings of each event together."""
    events: dict[int, list[_Read]] = defaultdict(list)
    for sitting, stamp in read:
        events[sitting.event_id].append((sitting, stamp))
    return events.values()


def _keep_for_this_request(sittings: Sequence[Session]) -> None:
    """All those of one event, which then need not be asked for."""
    if is_reading():
        in_order = sorted(sittings, key=lambda sitting: sitting.position)
        set_committed_value(sittings[0].event, "sessions", in_order)
        request.environ.setdefault(_READ, {}).update({sitting.id: sitting for sitting in sittings})


def just_read(numbers: Iterable[int]) -> list[Session]:
    """Those sittings with all that calendars say of them, if this request read them all because they had
    changed; otherwise none."""
    read: Mapping[int, Session] = request.environ.get(_READ, {}) if is_reading() else {}
    found = [read.get(number) for number in numbers]
    return [sitting for sitting in found if sitting is not None] if all(found) else []


def version_of(entry: parallel.Entry, stamp: int, every_date: int) -> Version:
    """The version of what the event stamped with that number tells as one thing, every date being stamped
    with the other one."""
    event = entry[0].event
    number = max(stamp, every_date)
    sequence = sum(sitting.sequence for sitting in entry)
    changed = max((sitting.updated_at for sitting in entry if sitting.updated_at), default=None)
    return event.sequence, sequence, event.updated_at, changed, number


def _rows_of(entry: parallel.Entry, version: Version, calendar: Calendar) -> Sequence[Row]:
    """Its row, and that of the day which it left when it was postponed to another one."""
    event = entry[0].event
    occasion = Occasion.of_entry(event, entry)
    workshops = workshops_text(event, entry)
    place = calendar.places.get(event.territory_id) if event.territory_id else None
    region_name = "" if place else calendar.regions.get(event.region_code or "", "")
    details = event.details or EventDetails(cost=Cost.FREE, format=Format.IN_PERSON)
    kind = type_of(event)
    told: dict[str, Any] = {
        "session_id": entry[0].id,
        "event_id": event.id,
        "edition_id": event.edition_id,
        "version": version,
        "occasion": occasion,
        "workshops": workshops,
        "place": place,
        "region": (place.region if place else event.region_code) or "",
        "region_name": region_name,
        "type": kind,
        "themes": _shared(details.themes),
        "audiences": _shared(details.audiences),
        "accessibility": _shared(details.accessibility),
        "languages": _shared(details.languages),
        "cost": details.cost.value,
        "format": details.format.value,
        "organizer": details.organizer_name or "",
        "words": _words_of(event, occasion, f"{workshops} {region_name}", place, kind),
    }
    row = Row(day=occasion.starts_on, last_day=occasion.ends_on or occasion.starts_on, **told)
    left = first_day(occasion) if occasion.state is EventState.POSTPONED else None
    if left is None or left == occasion.starts_on:
        return [row]
    return [row, Row(day=left, last_day=left, is_moved=True, **told)]


def _words_of(
    event: Event, occasion: Occasion, besides: str, place: Place | None, kind: str
) -> tuple[str, ...]:
    """The words under which an event is found: what its page tells, and no more."""
    details = event.details
    told = [occasion.full_title, besides, TYPES[kind]]
    if occasion.is_open:
        told += [occasion.place, event.description[:LONGEST_TEXT]]
    if details is not None:
        told += [details.organizer_name or "", details.hashtags or ""]
        told += [CHOICES["theme"].get(value, "") for value in details.themes or ()]
    own = words.forms(" \n ".join(told))
    return tuple(map(intern, own | (place.words if place else frozenset())))


def _shared(values: Collection[str] | None) -> tuple[str, ...]:
    return _same(tuple(values or ()))


@lru_cache(maxsize=4_096)
def _same(values: tuple[str, ...]) -> tuple[str, ...]:
    """One tuple for all the rows that say the same."""
    return values


def current() -> Calendar:
    """The calendar as it was when this request began to read, or later."""
    index: Index = current_app.extensions["calendar_index"]
    return index.calendar(revisions_read())


def matching(asked: CalendarFilter, **scope: Any) -> list[Row]:
    """The dates that answer that filter now: see `Calendar.matching`."""
    return current().matching(asked, **scope)


def counts(asked: CalendarFilter, **scope: Any) -> dict[str, dict[str, int]]:
    """How many answer each choice now: see `Calendar.counts`."""
    return current().counts(asked, **scope)


def init_app(app: Flask) -> None:
    """One calendar per application."""
    app.extensions["calendar_index"] = Index()
