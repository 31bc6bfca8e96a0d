"""What can be asked of the calendar from where one is: choices with their counts, quick periods, what to take
back, and what to give up when nothing answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from campaign.agenda.filters import CHOICES, OPEN, RADII, CalendarFilter
from campaign.agenda.index import Calendar
from campaign.agenda.phrases import period
from campaign.agenda.views.looks import Look
from campaign.campaigns.models import Edition
from campaign.i18n import _
from campaign.territory.queries import list_mrcs, list_regions
from campaign.web.filters import NBSP, capitalize_first, number

SATURDAY = 5

LEGENDS: Mapping[str, str] = {
    "type": _("Type d’activité"),
    "public": _("Pour qui"),
    "cout": _("Coût"),
    "theme": _("Thème"),
    "acces": _("Accessibilité"),
    "langue": _("Langue"),
    "format": _("Format"),
}
FIRST = ("type", "public", "cout")
"""The groups of choices that are unfolded at once."""


@dataclass(frozen=True)
class Choice:
    """A box to tick, with how many dates it gives."""

    value: str
    label: str
    count: int
    is_chosen: bool

    @property
    def told(self) -> str:
        """« Gratuit (12) »"""
        return f"{self.label} ({number(self.count)})"


class Group(NamedTuple):
    """The choices of one word of the address."""

    word: str
    legend: str
    choices: list[Choice]

    @property
    def options(self) -> list[dict[str, object]]:
        """For the component `choices`."""
        return [{"value": each.value, "label": each.told, "checked": each.is_chosen} for each in self.choices]

    @property
    def is_used(self) -> bool:
        return any(choice.is_chosen for choice in self.choices)


Option = tuple[str, str]
"""Of a list to choose one thing from: its value and its words."""


@dataclass(frozen=True)
class Link:
    """Where a word leads, and how many dates are there."""

    label: str
    address: str
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, kw_only=True)
class Choices:
    """All that the form and the links around the result offer."""

    regions: list[Option]
    mrcs: list[Option]
    """Those of the region, once it is chosen."""
    first: list[Group]
    others: list[Group]
    opening: Choice
    near: str
    """The name of the municipality around which one looks."""
    quick: list[Link]
    active: list[Link]
    """What was asked; the address takes it back."""


def offered(look: Look, calendar: Calendar, edition: Edition, today: date, scope: int | None) -> Choices:
    """What can be asked next, `scope` being the edition looked at, if it is one only."""
    asked = look.asked
    counts = calendar.counts(asked, edition_id=scope)
    regions = {region.code: region.name for region in list_regions()}
    in_one_region = bool(asked.region or asked.mrc)
    mrcs = {mrc.code: mrc.name for mrc in list_mrcs(asked.region or None)} if in_one_region else {}
    groups = list(_groups(asked, counts))
    names = _Names(calendar, regions, mrcs)
    return Choices(
        regions=_options(_("Tout le Québec"), _chosen("region", asked, regions, counts["region"])),
        mrcs=_options(_("Toutes"), _chosen("mrc", asked, mrcs, counts["mrc"])) if mrcs else [],
        first=[group for group in groups if group.word in FIRST],
        others=[group for group in groups if group.word not in FIRST],
        opening=Choice(OPEN, _("Ouvert à tout le monde"), counts["ouvert"][OPEN], asked.is_open),
        near=names.town(asked.near),
        quick=list(_quick(look, calendar, edition, today)),
        active=[Link(label, look.of(wider).address) for label, wider in _taken_back(asked, names)],
    )


def _options(everything: str, some: Iterable[Choice]) -> list[Option]:
    return [("", everything), *((each.value, each.told) for each in some)]


def _groups(asked: CalendarFilter, counts: Mapping[str, Mapping[str, int]]) -> Iterator[Group]:
    for word, legend in LEGENDS.items():
        if choices := list(_chosen(word, asked, CHOICES[word], counts[word])):
            yield Group(word, legend, choices)


def _chosen(
    word: str, asked: CalendarFilter, names: Mapping[str, str], counts: Mapping[str, int]
) -> Iterator[Choice]:
    """The values that something answers, and those that are chosen all the same."""
    values = asked.values(word)
    for value, name in names.items():
        count, is_chosen = counts.get(value, 0), value in values
        if count or is_chosen:
            yield Choice(value, name, count, is_chosen)


def _quick(look: Look, calendar: Calendar, edition: Edition, today: date) -> Iterator[Link]:
    """Periods of one click; those in which nothing answers are left out."""
    for label, since, until in _periods(edition, today):
        asked = look.asked.between(since, until)
        if count := calendar.count(asked):
            yield Link(label, look.of(asked).address, count, asked == look.asked)


def _periods(edition: Edition, today: date) -> Iterator[tuple[str, date, date | None]]:
    yield _("Aujourd’hui"), today, today
    sunday = today - timedelta(days=(today.weekday() + 1) % 7)
    yield _("Cette semaine"), sunday, sunday + timedelta(days=6)
    saturday = today - timedelta(days=1) if today.weekday() > SATURDAY else sunday + timedelta(days=6)
    yield _("Ce week-end"), saturday, saturday + timedelta(days=1)
    yield _("À venir"), today, None
    if edition.start_on and edition.end_on:
        yield _("La grande semaine"), edition.start_on, edition.end_on


@dataclass(frozen=True)
class _Names:
    """How what was asked is called."""

    calendar: Calendar
    regions: Mapping[str, str]
    mrcs: Mapping[str, str]

    def town(self, geo_code: str) -> str:
        place = self.calendar.place_of(geo_code)
        return place.name if place else ""


def _taken_back(asked: CalendarFilter, names: _Names) -> Iterator[tuple[str, CalendarFilter]]:
    """Each thing that was asked, in words, and the filter without it."""
    if asked.words:
        yield f"«{NBSP}{asked.words}{NBSP}»", asked.without("q")
    if asked.region:
        yield names.regions.get(asked.region, asked.region), asked.without("region").without("mrc")
    if asked.mrc:
        yield names.mrcs.get(asked.mrc, asked.mrc), asked.without("mrc")
    if asked.municipality:
        yield names.town(asked.municipality), asked.without("municipalite")
    if asked.near:
        told = {"radius": f"{asked.radius}{NBSP}km", "name": names.town(asked.near)}
        yield _("%(name)s et %(radius)s autour", **told), asked.without("pres")
    for word, words in CHOICES.items():
        for value in asked.values(word):
            yield words[value], asked.without(word, value)
    if asked.is_open:
        yield _("Ouvert à tout le monde"), asked.without("ouvert")
    if asked.since or asked.until:
        yield capitalize_first(period(asked)), asked.between(None, None)


def widenings(look: Look, calendar: Calendar, edition_id: int, names: Choices) -> Sequence[Link]:
    """When nothing answers: what to give up alone to find something, the most fruitful first."""
    found = []
    labels = [link.label for link in names.active]
    for label, (_label, wider) in zip(labels, _taken_back(look.asked, _Names(calendar, {}, {})), strict=True):
        scope = None if wider.since or wider.until else edition_id
        if count := calendar.count(wider, edition_id=scope):
            found.append(Link(label, look.of(wider).address, count))
    return sorted(found, key=lambda link: -link.count)


def radii() -> list[Option]:
    """How far one is ready to go."""
    return [(str(radius), f"{radius}{NBSP}km") for radius in RADII]


def dates(count: int) -> str:
    """« 1 098 rendez-vous »"""
    return _("%(count)s rendez-vous", count=number(count))
