"""Past activities as they were published: what, when, where, by whom, and where we read it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TypeVar
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.history import load_editions, published_text
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import NotFound
from campaign.events.content import Sitting
from campaign.events.models import Event, EventDetails, EventKind, EventState, Session
from campaign.events.vocabulary import ActivityType, Audience, Cost, Format, Theme
from campaign.identifiers import slugify
from campaign.territory import queries as territory
from campaign.territory.models import Territory
from campaign.territory.names import fold
from campaign.web.filters import DAYS, NBSP

Word = TypeVar("Word")

PUBLISHED_ACTIVITIES = Path(__file__).parent / "data" / "activites_publiques.csv"
ONLINE = "En ligne"

_KINDS = (
    (r"\brencontre\b", EventKind.MEETING),
    (r"\b(rassemblement|journee|matinee|coquetel)\b", EventKind.GATHERING),
)
_TYPES = (
    (r"^lever de drapeau", ActivityType.FLAG_RAISING),
    (r"\b(conte|lecture)\b", ActivityType.STORY_TIME),
    (r"\bmarche\b", ActivityType.WALK),
    (r"^portes ouvertes", ActivityType.OPEN_HOUSE),
    (r"\batelier\b", ActivityType.WORKSHOP),
    (r"^exposition", ActivityType.EXHIBITION),
)
_AUDIENCES = (
    (r"\b0[ -](a )?[35] ans|18 a 36 mois", Audience.BABIES),
    (r"\b[034][ -](a |et )?[35] ans", Audience.TODDLERS),
    (r"\bparents\b", Audience.PARENTS),
    (r"\bfamilial", Audience.FAMILIES),
)
_THEMES = (
    (r"\b(conte|lecture)\b", Theme.READING),
    (r"\b(marche|patin|bain)\b", Theme.OUTDOORS),
    (r"\b(spectacle|theatre|musical|l.art)\b", Theme.ARTS),
    (r"\b(jeu|jeux)\b", Theme.PLAY),
    (r"\bdroits\b", Theme.RIGHTS),
)
"""What the title itself says, folded; nothing is guessed beyond it."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published activity."""

    title: str
    year: int
    first: date | None
    last: date | None
    hours: tuple[tuple[time, time | None], ...]
    place: str
    geo_code: str
    organizer: str
    note: str
    source_url: str

    @property
    def is_online(self) -> bool:
        return self.place == ONLINE

    @property
    def uid(self) -> str:
        """The same in every installation, like the page it was read in."""
        day = self.first.isoformat() if self.first else ""
        return str(uuid5(NAMESPACE_URL, f"{self.source_url}#{self.title}#{day}#{self.geo_code}"))

    @property
    def sittings(self) -> list[Sitting]:
        """Its dates: with hours, each of its days; without, whole days. None while no day is known."""
        if self.first is None:
            return []
        days = self._days()
        if self.hours:
            return [Sitting(day=day, starts=starts, ends=ends) for day in days for starts, ends in self.hours]
        if days != _each_day(self.first, self.last):
            return [Sitting(day=day) for day in days]
        return [Sitting(day=self.first, last_day=self.last)]

    def _days(self) -> list[date]:
        """Each day, or those that the place names: « Isatis Sport (mardi et jeudi) »."""
        assert self.first is not None  # noqa: S101 - asked by `sittings`
        days = _each_day(self.first, self.last)
        named = [day for day in days if DAYS[day.weekday()] in self.place]
        return named or days


def load(now: datetime) -> int:
    """Add the published activities that are missing; how many were added.

    What is already there is left as it is, so loading again changes nothing. The directory comes first, and
    the published participations: a flag raising that is the ceremony of one of them is not shown twice.
    """
    load_editions()
    editions = {edition.year: edition for edition in campaigns.list_editions()}
    published = list(read_published())
    territories = _territories({row.geo_code for row in published if row.geo_code})
    known = set(db.session.scalars(sa.select(Event.uid).where(Event.uid.in_([row.uid for row in published]))))
    ceremonies = _ceremonies()
    missing = [row for row in published if row.uid not in known and not _is_among(ceremonies, row)]
    regions = {fold(region.name): region.code for region in territory.list_regions()}
    events = [_event(row, editions[row.year], territories.get(row.geo_code), regions, now) for row in missing]
    _give_slugs(events, [row.year for row in missing])
    db.session.add_all(events)
    db.session.flush()
    return len(events)


def read_published() -> Iterator[Published]:
    """The rows of the packaged file."""
    with PUBLISHED_ACTIVITIES.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            first = _day(row["date"])
            yield Published(
                title=_text(row["title"]),
                year=first.year if first else _year_told(row),
                first=first,
                last=_day(row["end_date"]),
                hours=tuple(_hours(row["time"])),
                place=_text(row["place"]),
                geo_code=row["geo_code"],
                organizer=_text(row["organiser"]),
                note=_text(row["note"]),
                source_url=row["source_url"],
            )


def _text(published: str) -> str:
    """« dès 17 h » keeps its hour in one piece."""
    return re.sub(
        r"(\d) h\b(?: (?=\d))?",
        lambda m: f"{m[1]}{NBSP}h{NBSP if m[0][-1] == ' ' else ''}",
        published_text(published),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _year_told(row: Mapping[str, str]) -> int:
    """Where no day is known, the note tells the week."""
    told = re.search(r"\b20\d\d\b", row["note"])
    if told is None:
        raise ValueError(f"no year in the published row « {row['title']} »")
    return int(told[0])


def _hours(text: str) -> Iterator[tuple[time, time | None]]:
    """« 09:30-11:30; 13:30-15:30 », or « 10:00 » when only the beginning was published."""
    for part in filter(None, text.split("; ")):
        begins, _, ends = part.partition("-")
        yield time.fromisoformat(begins), time.fromisoformat(ends) if ends else None


def _each_day(first: date, last: date | None) -> list[date]:
    return [first + timedelta(days=after) for after in range(((last or first) - first).days + 1)]


def _territories(codes: set[str]) -> dict[str, Territory]:
    found = db.session.scalars(sa.select(Territory).where(Territory.geo_code.in_(codes)))
    territories = {each.geo_code: each for each in found}
    if absent := codes - territories.keys():
        raise NotFound(
            f"Le répertoire n’a pas ces codes : {', '.join(sorted(absent))}. Chargez d’abord le répertoire."
        )
    return territories


def _ceremonies() -> set[tuple[str, date]]:
    """The municipality and the day of each ceremony there is; a borough's is also its city's."""
    city = aliased(Territory)
    rows = db.session.execute(
        sa.select(Territory.geo_code, city.geo_code, Session.starts_on)
        .select_from(Event)
        .join(Event.sessions)
        .join(Event.territory)
        .outerjoin(city, city.id == Territory.parent_id)
        .where(Event.kind == EventKind.FLAG_RAISING, Session.starts_on.is_not(None))
    )
    return {(code, day) for own, citys, day in rows for code in (own, citys) if code and day}


def _is_among(ceremonies: set[tuple[str, date]], row: Published) -> bool:
    is_flag = _first(_TYPES, fold(row.title)) is ActivityType.FLAG_RAISING
    return is_flag and row.first is not None and (row.geo_code, row.first) in ceremonies


def _event(
    row: Published, edition: Edition, place: Territory | None, regions: Mapping[str, str], now: datetime
) -> Event:
    zone = place.time_zone if place else clock.EASTERN
    words = fold(row.title)
    kind = _first(_KINDS, words) or EventKind.ACTIVITY
    type_ = _first(_TYPES, words) or (ActivityType.OTHER if kind is EventKind.ACTIVITY else None)
    return Event(
        uid=row.uid,
        kind=kind,
        edition_id=edition.id,
        territory_id=place.id if place else None,
        region_code=None if place else _region(row.note, regions),
        title=row.title,
        description=row.note,
        place="" if row.is_online else row.place,
        time_zone=zone,
        state=EventState.HELD,
        is_published=True,
        created_at=now,
        updated_at=now,
        sessions=_sessions(row, zone),
        details=EventDetails(
            organizer_name=row.organizer,
            activity_type=type_,
            format=Format.ONLINE if row.is_online else Format.IN_PERSON,
            cost=Cost.FREE if re.search(r"\bgratuite?s?\b", words) else Cost.UNKNOWN,
            audiences=_all(_AUDIENCES, words),
            themes=_all(_THEMES, words),
            source_url=row.source_url,
        ),
    )


def _sessions(row: Published, zone: str) -> list[Session]:
    """A sitting without a day where none was published: « date à confirmer »."""
    rows = [
        Session(
            position=position,
            uid=str(uuid5(NAMESPACE_URL, f"{row.uid}#{position}")) if position else None,
            starts_on=sitting.day,
            starts_at=_instant(sitting.day, sitting.starts, zone),
            ends_at=_instant(sitting.day, sitting.ends, zone),
            ends_on=sitting.last_day,
        )
        for position, sitting in enumerate(row.sittings)
    ]
    return rows or [Session(position=0)]


def _instant(day: date, at: time | None, zone: str) -> datetime | None:
    return clock.to_utc(day, at, zone) if at else None


def _region(note: str, regions: Mapping[str, str]) -> str | None:
    """« Région de la Capitale-Nationale; … » → « 03 »"""
    told = re.match(r"Région (?:de la |du |des |de l’|de )?([^;,]+)", note)
    return regions.get(fold(told[1])) if told else None


def _give_slugs(events: Sequence[Event], years: Sequence[int]) -> None:
    """An address for each, which no other event has."""
    taken = set(db.session.scalars(sa.select(Event.slug)))
    for event, year in zip(events, years, strict=True):
        wanted = slugify(f"{event.title[:60]} {year}")
        numbered = (wanted if n == 1 else f"{wanted}-{n}" for n in range(1, len(taken) + 2))
        event.slug = next(slug for slug in numbered if slug not in taken)
        taken.add(event.slug)


def _first(words: Sequence[tuple[str, Word]], text: str) -> Word | None:
    return next((word for pattern, word in words if re.search(pattern, text)), None)


def _all(words: Sequence[tuple[str, Word]], text: str) -> list[str]:
    return [str(word) for pattern, word in words if re.search(pattern, text)]
