"""What a new directory changes in the known list, told before anything is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from campaign.territory.models import AliasKind, Territory, TerritoryKind
from campaign.territory.names import designation_in_sentence, search_key, sort_key
from campaign.territory.zones import zone_of

NBSP = "\N{NO-BREAK SPACE}"

_KINDS = {
    "M": TerritoryKind.MUNICIPALITY,
    "V": TerritoryKind.MUNICIPALITY,
    "P": TerritoryKind.MUNICIPALITY,
    "VL": TerritoryKind.MUNICIPALITY,
    "CT": TerritoryKind.MUNICIPALITY,
    "CU": TerritoryKind.MUNICIPALITY,
    "VN": TerritoryKind.NORTHERN,
    "VC": TerritoryKind.NORTHERN,
    "VK": TerritoryKind.NORTHERN,
    "RI": TerritoryKind.COMMUNITY,
    "NO": TerritoryKind.UNORGANIZED,
    "TI": TerritoryKind.OTHER,
    "TC": TerritoryKind.OTHER,
    "TK": TerritoryKind.OTHER,
    "GR": TerritoryKind.OTHER,
    "AR": TerritoryKind.BOROUGH,
    "MRC": TerritoryKind.MRC,
}
DESIGNATIONS = frozenset(_KINDS) - {"AR", "MRC"}
"""The ministry's codes. Boroughs and MRC are not in its directory: they come from our own files."""

_LISTED_APART = {TerritoryKind.BOROUGH, TerritoryKind.MRC}
_NEVER_CONFUSED = {TerritoryKind.MRC, TerritoryKind.OTHER, TerritoryKind.UNORGANIZED}
_MOST_LISTED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryRow:
    """A territory as the directory tells it: official spelling, empty rather than a placeholder."""

    geo_code: str
    name: str
    designation: str
    designation_name: str
    is_local: bool = False
    region_code: str | None = None
    mrc_code: str | None = None
    mrc_name: str = ""
    mrc_kind: str = ""
    parent_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    population: int | None = None
    email: str = ""
    website: str = ""
    phone: str = ""
    mayor: str = ""
    contact_as_of: date | None = None

    @property
    def kind(self) -> TerritoryKind:
        return _KINDS[self.designation]

    def values(self) -> dict[str, object]:
        """The columns of `Territory` that the directory decides, without keys that need the database."""
        return {
            "geo_code": self.geo_code,
            "kind": self.kind,
            "name": self.name,
            "designation": self.designation,
            "designation_name": self.designation_name,
            "is_local": self.is_local,
            "region_code": self.region_code,
            "mrc_code": self.mrc_code,
            "mrc_kind": self.mrc_kind,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "population": self.population,
            "email": self.email,
            "website": self.website,
            "phone": self.phone,
            "mayor": self.mayor,
            "contact_as_of": self.contact_as_of,
            "time_zone": zone_of(self.geo_code, self.mrc_code),
            "sort_key": sort_key(self.name, self.designation_name, self.mrc_name),
        }


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One of the 17 administrative regions."""

    code: str
    name: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class MrcRow:
    """An MRC (`kind` MRC) or a territory equivalent to one (TE)."""

    code: str
    name: str
    kind: str
    region_code: str
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class Alias:
    """Another name that leads to the territory of that code."""

    name: str
    geo_code: str
    kind: AliasKind


@dataclass(frozen=True, slots=True)
class Merger:
    """A territory that became part of another one on a day; it keeps its past name."""

    old: DirectoryRow
    successor_code: str
    on: date


@dataclass(frozen=True, slots=True)
class Renaming:
    """A territory that changed name or designation."""

    geo_code: str
    old_name: str
    old_designation_name: str
    name: str
    designation_name: str


@dataclass(frozen=True, slots=True)
class Relocation:
    """A territory that changed MRC or region, told by their codes and names."""

    geo_code: str
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A territory that is no longer in the directory; `successor_code` when its merger is known."""

    geo_code: str
    name: str
    kind: TerritoryKind
    successor_code: str | None = None
    on: date | None = None


@dataclass(slots=True)
class DirectoryChange:
    """All differences between a directory and the known list; falsy when there are none."""

    read: int = 0
    new: list[DirectoryRow] = field(default_factory=list)
    returned: list[DirectoryRow] = field(default_factory=list)
    renamed: list[Renaming] = field(default_factory=list)
    moved: list[Relocation] = field(default_factory=list)
    gone: list[Ending] = field(default_factory=list)
    past: list[Merger] = field(default_factory=list)
    """Mergers of before our time: their territories enter the list already ended."""
    updated: dict[str, dict[str, object]] = field(default_factory=dict)
    """The columns to write, by code, for territories already known; those renamed or moved included."""
    constituted_on: dict[str, date] = field(default_factory=dict)
    """When the territories born of a merger began."""
    homonyms: frozenset[str] = frozenset()
    is_first: bool = False

    def __bool__(self) -> bool:
        return bool(self.new or self.returned or self.gone or self.past or self.updated)

    def aliases(self) -> list[Alias]:
        """The names that this change makes past, each leading to what bears another name today."""
        past = [
            Alias(item.old_name, item.geo_code, AliasKind.PAST_NAME)
            for item in self.renamed
            if item.old_name != item.name
        ]
        merged = [(merger.old.name, merger.successor_code) for merger in self.past]
        merged += [(ending.name, ending.successor_code) for ending in self.gone if ending.successor_code]
        return past + [Alias(name, successor, AliasKind.FORMER) for name, successor in merged]


def compare(
    rows: Sequence[DirectoryRow],
    existing: Iterable[Territory],
    *,
    mergers: Sequence[Merger] = (),
    mrc_names: Mapping[str, str] | None = None,
) -> DirectoryChange:
    """What applying these rows would change. `existing` are all known territories, past ones included."""
    known = {territory.geo_code: territory for territory in existing}
    homonyms = homonyms_of(rows)
    change = DirectoryChange(
        read=sum(row.kind not in _LISTED_APART for row in rows), homonyms=homonyms, is_first=not known
    )
    for row in rows:
        territory = known.get(row.geo_code)
        if territory is None:
            change.new.append(row)
        else:
            _compare_one(change, row, territory, mrc_names or {})
    _compare_absent(change, {row.geo_code for row in rows}, known, mergers)
    return change


def _compare_absent(
    change: DirectoryChange, present: set[str], known: Mapping[str, Territory], mergers: Sequence[Merger]
) -> None:
    """Mergers speak only for codes that the directory no longer has: an older directory stays readable."""
    merged = {
        merger.old.geo_code: merger
        for merger in mergers
        if merger.old.geo_code not in present and merger.successor_code in present
    }
    change.past = [merger for code, merger in merged.items() if code not in known]
    for merger in merged.values():
        change.constituted_on[merger.successor_code] = merger.on
    for code, territory in known.items():
        is_unexplained = territory.successor_id is None and code in merged
        if code not in present and (territory.valid_to is None or is_unexplained):
            change.gone.append(_ending(territory, merged.get(code)))


def homonyms_of(rows: Iterable[DirectoryRow]) -> frozenset[str]:
    """Codes of the places that share a name, article aside: Ange-Gardien is taken for L’Ange-Gardien."""
    people_live_there = [row for row in rows if row.kind not in _NEVER_CONFUSED]
    times = Counter(search_key(row.name) for row in people_live_there)
    return frozenset(row.geo_code for row in people_live_there if times[search_key(row.name)] > 1)


def _compare_one(
    change: DirectoryChange, row: DirectoryRow, territory: Territory, mrc_names: Mapping[str, str]
) -> None:
    wanted = row.values() | {"is_homonym": row.geo_code in change.homonyms}
    different = {column: value for column, value in wanted.items() if getattr(territory, column) != value}
    if territory.valid_to is not None:
        change.returned.append(row)
    if different:
        change.updated[row.geo_code] = different
    if "name" in different or "designation" in different:
        change.renamed.append(
            Renaming(row.geo_code, territory.name, territory.designation_name, row.name, row.designation_name)
        )
    if "mrc_code" in different or "region_code" in different:
        before = _placed(territory.mrc_code, territory.region_code, mrc_names)
        after = _placed(row.mrc_code, row.region_code, mrc_names)
        change.moved.append(Relocation(row.geo_code, row.name, before, after))


def _ending(territory: Territory, merger: Merger | None) -> Ending:
    if merger is None:
        return Ending(territory.geo_code, territory.name, territory.kind)
    return Ending(territory.geo_code, territory.name, territory.kind, merger.successor_code, merger.on)


def _named(name: str, designation_name: str) -> str:
    return f"{name} ({designation_in_sentence(designation_name)})" if designation_name else name


def _placed(mrc_code: str | None, region_code: str | None, mrc_names: Mapping[str, str]) -> str:
    mrc = mrc_names.get(mrc_code or "", mrc_code) if mrc_code else "hors MRC"
    return f"{mrc}, région {region_code or 'inconnue'}"


def describe(change: DirectoryChange) -> list[str]:
    """The change in French, one line for each thing that a person would check, the count first."""
    lines = [_summary(change)]
    lines += _listed("Nouvelle", (f"{row.name} ({row.geo_code})" for row in _told(change.new)))
    lines += _listed("Réapparue", (f"{row.name} ({row.geo_code})" for row in _told(change.returned)))
    lines += _listed("Renommée", (_told_renaming(item) for item in change.renamed))
    lines += _listed(
        "Changée de MRC",
        (f"{item.name} ({item.geo_code}), de {item.before} à {item.after}" for item in change.moved),
    )
    lines += _listed("Disparue", (_told_ending(ending) for ending in change.gone))
    return lines


def _told(rows: Iterable[DirectoryRow]) -> list[DirectoryRow]:
    return [row for row in rows if row.kind not in _LISTED_APART]


def _told_renaming(item: Renaming) -> str:
    if item.old_designation_name == item.designation_name:
        return f"{item.old_name} devient {item.name} ({item.geo_code})"
    before = _named(item.old_name, item.old_designation_name)
    return f"{before} devient {_named(item.name, item.designation_name)} ({item.geo_code})"


def _told_ending(ending: Ending) -> str:
    successor = f", fusionnée dans {ending.successor_code}" if ending.successor_code else ""
    return f"{ending.name} ({ending.geo_code}){successor}"


def _summary(change: DirectoryChange) -> str:
    read = f"{_number(change.read)} {'entité lue' if change.read < 2 else 'entités lues'}"
    if not change:
        return f"{read}{NBSP}: aucun changement."
    renamed = {item.geo_code for item in change.renamed}
    moved = {item.geo_code for item in change.moved}
    other = change.updated.keys() - renamed - moved
    parts = [
        _counted(len(_told(change.new)), "nouvelle"),
        _counted(len(_told(change.returned)), "réapparue"),
        _counted(len(change.renamed), "renommée"),
        _counted(len(change.moved), "changée de MRC", "changées de MRC"),
        _counted(len(change.gone), "disparue"),
        _counted(len(other), "mise à jour", "mises à jour"),
        _counted(len(change.past), "ancienne municipalité conservée", "anciennes municipalités conservées"),
    ]
    return f"{read}{NBSP}: {', '.join(part for part in parts if part)}."


def _counted(number: int, one: str, many: str | None = None) -> str:
    if not number:
        return ""
    return f"{_number(number)} {one if number < 2 else many or one + 's'}"


def _number(number: int) -> str:
    return f"{number:,}".replace(",", NBSP)


def _listed(title: str, items: Iterable[str]) -> list[str]:
    told = list(items)
    lines = [f"  {title}{NBSP}: {item}" for item in told[:_MOST_LISTED]]
    more = len(told) - _MOST_LISTED
    return [*lines, f"  {title}{NBSP}: et {_number(more)} de plus"] if more > 0 else lines
