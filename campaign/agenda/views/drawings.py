"""The three drawings of a result: the list by day, the grid of a month, the map with its figures."""

from __future__ import annotations

from calendar import Calendar as Weeks
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from campaign.agenda.filters import FIRST_YEAR, LAST_YEAR, CalendarFilter
from campaign.agenda.index import Calendar, Row
from campaign.agenda.places import Place
from campaign.agenda.views.looks import Drawing, Look
from campaign.events.models import EventKind
from campaign.events.vocabulary import AUDIENCES, COSTS, FORMATS, TYPES, Cost, Format
from campaign.events.wording import AgendaLine, agenda_line, day_text, place_text
from campaign.i18n import _
from campaign.territory.map import Map, MapPoint, north_map, region_map, south_map
from campaign.web.filters import MONTHS, NBSP

SUNDAY = 6
TITLES_OF_A_DAY = 3
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


# --- the list --------------------------------------------------------------------------------------


class Line(NamedTuple):
    """One date of the list: what the component draws, and what a family chooses by."""

    told: AgendaLine
    about: str


def by_day(
    rows: Iterable[Row], asked: CalendarFilter, around: Place | None, now: datetime
) -> list[tuple[date | None, list[Line]]]:
    """The days with their lines. What began before the days looked at stands at the first of them."""
    return [
        (day, [line_of(row, day, around, now) for row in of_day])
        for day, of_day in groupby(rows, key=lambda row: _day(row, asked.since))
    ]


def _day(row: Row, since: date | None) -> date | None:
    return max(row.day, since) if row.day and since else row.day


def line_of(row: Row, day: date | None, around: Place | None, now: datetime) -> Line:
    """A date as the list tells it."""
    told = agenda_line(row.occasion, now=_BEFORE_ALL if row.is_moved else now, where=where(row))
    if row.is_moved:
        told = replace(told, note="", off=True, when=_new_date(row), machine=None)
    elif row.last_day != row.day:
        told = replace(told, when=day_text(row.occasion), machine=None)
    if row.cost == Cost.FREE and row.occasion.kind is EventKind.ACTIVITY and not told.off:
        told = replace(told, labels=(*told.labels, (_("gratuit"), "good")))
    return Line(replace(told, day=day), " · ".join(_about(row, around)))


def _new_date(row: Row) -> str:
    if row.occasion.starts_on is None:
        return _("Nouvelle date à confirmer")
    return _("Nouvelle date\u00a0: %(day)s", day=day_text(row.occasion))


def where(row: Row) -> str:
    """« Bibliothèque municipale, Hébertville »; the region of what belongs to it as a whole; « en ligne » for
    what has no place."""
    if row.format == Format.ONLINE:
        return _("En ligne")
    place = place_text(row.occasion)
    town = row.place.name if row.place else row.region_name
    return ", ".join(filter(None, (place, town if town not in place else "")))


def _about(row: Row, around: Place | None) -> Iterator[str]:
    if row.occasion.kind is EventKind.ACTIVITY:
        yield TYPES[row.type]
        if row.audiences:
            yield ", ".join(_lowered(word) for value, word in AUDIENCES.items() if value in row.audiences)
        if row.cost not in (Cost.FREE, Cost.UNKNOWN):
            yield _lowered(COSTS[Cost(row.cost)])
        if row.format == Format.HYBRID:
            yield _lowered(FORMATS[Format.HYBRID])
    if around and row.place:
        yield _("à %(distance)s", distance=f"{round(around.distance_to(row.place))}{NBSP}km")


def _lowered(word: str) -> str:
    return word[:1].lower() + word[1:]


# --- the month -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Cell:
    """A day of the grid; None outside of the month."""

    day: date | None
    rows: Sequence[Row] = ()
    address: str = ""

    @property
    def count(self) -> int:
        return sum(not row.is_moved for row in self.rows)

    @property
    def titles(self) -> Sequence[Row]:
        return self.rows[:TITLES_OF_A_DAY]

    @property
    def others(self) -> int:
        return max(0, len(self.rows) - TITLES_OF_A_DAY)


@dataclass(frozen=True, kw_only=True)
class Month:
    """The grid of a month, its weeks beginning on Sunday."""

    name: str
    weeks: list[list[Cell]]
    previous: str
    previous_name: str
    next: str
    next_name: str
    undated: Sequence[Row]


def month_of(look: Look, calendar: Calendar, edition_id: int | None, first: date) -> Month:
    """The month that begins on that day, as `look` filters it."""
    after = _next_month(first)
    before = (first - timedelta(days=1)).replace(day=1)
    asked = look.asked
    since, until = max(asked.since or first, first), min(asked.until or date.max, after - timedelta(days=1))
    rows = (
        calendar.matching(asked.between(since, until), edition_id=edition_id, with_moved=True)
        if since <= until
        else []
    )
    by_day_: dict[date, list[Row]] = {}
    for row in rows:
        for day in row.days():
            if since <= day <= until:
                by_day_.setdefault(day, []).append(row)
    grid = Weeks(SUNDAY).monthdatescalendar(first.year, first.month)
    return Month(
        name=month_name(first),
        weeks=[[_cell(look, day, first, by_day_) for day in week] for week in grid],
        previous=look.in_month(before).address if before.year >= FIRST_YEAR else "",
        previous_name=month_name(before),
        next=look.in_month(after).address if after.year <= LAST_YEAR else "",
        next_name=month_name(after),
        undated=[row for row in calendar.matching(asked, edition_id=edition_id) if row.day is None],
    )


def _cell(look: Look, day: date, first: date, by_day_: dict[date, list[Row]]) -> Cell:
    if day.month != first.month:
        return Cell(None)
    rows = sorted(by_day_.get(day, []), key=lambda row: row.day != day)  # what begins, then what goes on
    alone = look.drawn(Drawing.LIST).of(look.asked.between(day, day))
    return Cell(day, rows, alone.address if rows else "")


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def month_name(first: date) -> str:
    """« novembre 2027 »"""
    return f"{MONTHS[first.month - 1]}{NBSP}{first.year}"


# --- the map ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Counted:
    """A line of the table beside the map."""

    name: str
    address: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Maps:
    """The view of the province or of a region, and the same figures in a table."""

    main: Map
    north: Map | None
    """What the view of the province cuts off, when something happens there."""
    places: int
    lines: list[Counted]
    elsewhere: int
    """Dates that no point shows: online, or of a region as a whole."""


def maps_of(look: Look, rows: Sequence[Row], regions: dict[str, str]) -> Maps:
    """The municipalities where something answers."""
    count = Counter(row.place for row in rows if row.place and row.place.point)
    asked, by_region = look.asked, look.asked.region
    points = [
        _point(place, number, look.drawn(Drawing.LIST).of(_only(asked, place)).address if by_region else None)
        for place, number in count.items()
    ]
    if by_region:
        ordered = sorted(count.items(), key=lambda each: each[0].sort_key)
        lines = [
            Counted(place.name, look.drawn(Drawing.LIST).of(_only(asked, place)).address, number)
            for place, number in ordered
        ]
    else:
        totals = Counter(row.region for row in rows)
        lines = [
            Counted(name, look.of(replace(asked, region=code)).address, totals[code])
            for code, name in regions.items()
            if totals[code]
        ]
    north = None if by_region else north_map(points)
    return Maps(
        main=region_map(by_region, points) if by_region else south_map(points),
        north=north if north and north.marks else None,
        places=len(count),
        lines=lines,
        elsewhere=len(rows) - sum(count.values()),
    )


def _only(asked: CalendarFilter, place: Place) -> CalendarFilter:
    return replace(asked, municipality=place.geo_code)


def _point(place: Place, count: int, url: str | None) -> MapPoint:
    assert place.point  # noqa: S101 - asked by the caller
    name = _("%(name)s, %(count)s rendez-vous", name=place.name, count=count)
    return MapPoint(place.geo_code, name, *place.point, is_confirmed=True, url=url)
