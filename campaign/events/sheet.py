"""What the page of one event says, in the order in which a family asks: when, where, for whom, how much, how.

What the public may not read (the hour and place of a closed ceremony, a private link, a private contact) is
left out here once, for the page, for machines, for the poster and for the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from campaign import clock
from campaign.events import parallel, wording
from campaign.events.models import Event, EventDetails, EventState, Opening, Picture
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    AUDIENCES,
    COSTS,
    LANGUAGES,
    THEMES,
    TYPES,
    Accessibility,
    Audience,
    Cost,
    Format,
    SpokenLanguage,
    Theme,
)
from campaign.i18n import _
from campaign.territory.grammar import legal_name
from campaign.territory.models import Region, Territory
from campaign.territory.names import label_for
from campaign.web.filters import NBSP, capitalize_first, date_range

Word = tuple[str, str]
"""A value, as addresses write it, and its word."""

Value = TypeVar("Value", Accessibility, Audience, SpokenLanguage, Theme)


@dataclass(frozen=True, kw_only=True)
class DateLine:
    """One date of an event, with what became of it."""

    position: int
    """By which the address of its calendar file names it."""
    day: str
    """« lundi 15 novembre 2027 », « date à confirmer »"""
    when: str
    note: str
    labels: tuple[wording.Label, ...]
    state: EventState
    starts: str
    """The instant with its offset, or the day alone; empty while it is not known."""
    ends: str
    planned_first: str
    """For when it was planned before it was postponed, as `starts`."""
    first_day: date | None
    last_day: date | None
    is_past: bool

    @property
    def is_off(self) -> bool:
        return self.state is EventState.CANCELLED

    @property
    def text(self) -> str:
        """« lundi 15 novembre 2027, de 10 h à 11 h »"""
        return ", ".join(filter(None, (self.day, self.when)))

    @property
    def can_be_noted(self) -> bool:
        """It is worth a line in somebody's calendar."""
        return self.first_day is not None and not self.is_past and not self.is_off


@dataclass(frozen=True, kw_only=True)
class Contact:
    """Whom to ask, when that may be told."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """All of it, in words and in values ready to draw."""

    slug: str
    title: str
    type: Word
    description: str
    labels: tuple[wording.Label, ...]
    note: str
    dates: tuple[DateLine, ...]
    """In their order; at least one, were it only « date à confirmer »."""
    is_masculine: bool
    is_open: bool
    format: Format
    place: str
    territory: Territory | None
    territory_label: str
    region: Region | None
    online_url: str
    """Empty when it is not public."""
    opening: str
    audiences: tuple[Word, ...]
    cost: Cost
    cost_text: str
    registration: str
    capacity: int | None
    accessibility: tuple[Word, ...]
    languages: tuple[Word, ...]
    rain_plan: str
    organizer: str
    contact: Contact | None
    picture: Picture | None
    themes: tuple[Word, ...]
    hashtags: str
    source_url: str
    is_activity: bool

    @property
    def upcoming(self) -> tuple[DateLine, ...]:
        return tuple(line for line in self.dates if not line.is_past)

    @property
    def past(self) -> tuple[DateLine, ...]:
        return tuple(line for line in self.dates if line.is_past)

    @property
    def is_several(self) -> bool:
        return len(self.dates) > 1

    @property
    def is_over(self) -> bool:
        return not self.upcoming

    @property
    def is_off(self) -> bool:
        """All of it is called off."""
        return all(line.is_off for line in self.dates)

    @property
    def can_be_noted(self) -> bool:
        return any(line.can_be_noted for line in self.dates)

    @property
    def is_held_somewhere(self) -> bool:
        return self.format is not Format.ONLINE

    @property
    def is_online(self) -> bool:
        return self.format is not Format.IN_PERSON

    @property
    def dates_text(self) -> str:
        """« lundi 15 novembre 2027, de 10 h à 11 h », « 3 dates, du 15 au 21 novembre 2027 »"""
        kept = [line for line in self.dates if not line.is_off] or list(self.dates)
        days = sorted(line.first_day for line in kept if line.first_day)
        if len(kept) == 1 or not days:
            return kept[0].text
        if days[0] == days[-1]:
            return ", ".join(filter(None, (kept[0].day, *(line.when for line in kept))))
        return f"{count_days(kept)}{NBSP}dates, {date_range(days[0], days[-1])}"

    @property
    def where(self) -> str:
        """« Bibliothèque municipale, Hébertville »"""
        town = self.territory.name if self.territory else self.region.name if self.region else ""
        if not self.is_held_somewhere:
            return _("En ligne")
        return ", ".join(filter(None, (self.place, town)))


def count_days(lines: Sequence[DateLine]) -> int:
    """A morning and an afternoon of one day are one date."""
    known = {line.first_day for line in lines if line.first_day is not None}
    return len(known) + sum(line.first_day is None for line in lines)


def sheet_of(event: Event, region: Region | None, *, now: datetime) -> Sheet:
    """What may be told of an event loaded with `queries.AROUND`."""
    details = event.details or EventDetails(format=Format.IN_PERSON, cost=Cost.FREE)
    first = wording.Occasion.of(event)
    dates = _dates(event, now)
    type_ = wording.type_of(event)
    is_open = first.is_open
    territory = event.territory
    return Sheet(
        slug=event.slug,
        title=event.title,
        type=(type_, TYPES[type_]),
        description=event.description,
        labels=_labels(event, dates, now),
        note="" if len(dates) > 1 and not _is_called_off(event) else wording.change_text(first),
        dates=dates,
        is_masculine=event.kind in wording.MASCULINE,
        is_open=is_open,
        format=details.format,
        place=wording.place_text(first),
        territory=territory,
        territory_label=label_for(territory) if territory else "",
        region=region,
        online_url=_online_url(event, details),
        opening=wording.opening_text(first),
        audiences=_words(Audience, AUDIENCES, details.audiences),
        cost=details.cost,
        cost_text=_cost(details),
        registration=details.registration or "" if is_open else "",
        capacity=details.max_participants if is_open else None,
        accessibility=_words(Accessibility, ACCESSIBILITY, details.accessibility),
        languages=_words(SpokenLanguage, LANGUAGES, details.languages),
        rain_plan=details.rain_plan or "" if is_open else "",
        organizer=_organizer(event),
        contact=_contact(details) if is_open else None,
        picture=details.picture,
        themes=_words(Theme, THEMES, details.themes),
        hashtags=details.hashtags or "",
        source_url=details.source_url or "",
        is_activity=event.details is not None,
    )


def _dates(event: Event, now: datetime) -> tuple[DateLine, ...]:
    # Workshops among which one chooses are told by the programme: here, the hour at which they are, once.
    entries = parallel.entries(event.sessions)
    told = [entry for entry in entries if not entry[0].block or entry[0].starts_at is not None] or entries
    lines = [_line(event, entry, now, alone=len(told) == 1) for entry in told]
    if not lines:
        lines = [_line(event, (), now, alone=True)]
    return tuple(sorted(lines, key=lambda line: (line.first_day or date.max, line.starts, line.position)))


def _line(event: Event, entry: parallel.Entry, now: datetime, *, alone: bool) -> DateLine:
    occasion = wording.Occasion.of_entry(event, entry) if entry else wording.Occasion.of(event)
    zone = event.time_zone
    last_day = occasion.ends_on or occasion.starts_on
    is_said_above = alone or _is_called_off(event)
    return DateLine(
        position=entry[0].position if entry else 0,
        day=wording.day_text(occasion),
        when=wording.hour_text(occasion),
        note="" if is_said_above else wording.change_text(occasion),
        labels=() if alone else _states(occasion, now),
        state=occasion.state,
        starts=wording.machine_instant(occasion) or "",
        ends=_ends(occasion),
        planned_first=_planned_first(occasion),
        first_day=occasion.starts_on,
        last_day=last_day,
        is_past=last_day is not None and _end(occasion, last_day, zone) <= now,
    )


def _end(occasion: wording.Occasion, last_day: date, zone: str) -> datetime:
    """When it is over: at the hour told, else with its day."""
    if occasion.ends_at is not None and occasion.is_open:
        return occasion.ends_at
    return clock.to_utc(last_day + timedelta(days=1), time(), zone)


def _ends(occasion: wording.Occasion) -> str:
    if occasion.ends_at is not None and occasion.is_open:
        return clock.to_local(occasion.ends_at, occasion.time_zone).isoformat()
    return occasion.ends_on.isoformat() if occasion.ends_on and occasion.starts_at is None else ""


def _planned_first(occasion: wording.Occasion) -> str:
    if occasion.state is not EventState.POSTPONED:
        return ""
    if occasion.postponed_from_at is not None and occasion.is_open:
        return clock.to_local(occasion.postponed_from_at, occasion.time_zone).isoformat()
    first = wording.first_day(occasion)
    return first.isoformat() if first else ""


def _states(occasion: wording.Occasion, now: datetime) -> tuple[wording.Label, ...]:
    """What became of one date; who may come is said once, above."""
    return tuple(wording.labels(occasion._replace(opening=Opening.PUBLIC, is_indoors=False), now=now))


def _labels(event: Event, dates: Sequence[DateLine], now: datetime) -> tuple[wording.Label, ...]:
    occasion = wording.Occasion.of(event)
    if len(dates) > 1:
        is_off = all(line.is_off for line in dates)
        state = EventState.CANCELLED if is_off else EventState.PLANNED
        occasion = occasion._replace(state=state, starts_at=None)
    return tuple(wording.labels(occasion, now=now))


def _is_called_off(event: Event) -> bool:
    return event.state is EventState.CANCELLED


def _words(kind: type[Value], words: Mapping[Value, str], told: Iterable[str] | None) -> tuple[Word, ...]:
    """Those that were chosen, in the order of lists; a value that is no longer one is left out."""
    chosen = set(told or ())
    return tuple((value.value, words[value]) for value in kind if value.value in chosen)


def _cost(details: EventDetails) -> str:
    price = (details.price or "").strip()
    if details.cost is Cost.PRICE and price:
        return price
    word = COSTS.get(details.cost, "")
    return f"{word}{NBSP}: {price}" if price and details.cost is Cost.DONATION else word


def _online_url(event: Event, details: EventDetails) -> str:
    """Where anybody may join it; nothing for what is reserved to some, whatever was ticked."""
    is_for_all = event.opening is Opening.PUBLIC and details.is_online_url_public
    return details.online_url or "" if is_for_all and details.format is not Format.IN_PERSON else ""


def _organizer(event: Event) -> str:
    if event.details and event.details.organizer_name:
        return event.details.organizer_name
    territory = event.territory
    if territory is None or event.details:
        return ""
    return capitalize_first(legal_name(territory.designation_name, territory.name, territory.de_form))


def _contact(details: EventDetails) -> Contact | None:
    told = (details.contact_name or "", details.contact_email or "", details.contact_phone or "")
    if not details.is_contact_public or not any(told):
        return None
    name, email, phone = told
    return Contact(name=name, email=email, phone=phone)
