"""From the rows of a file to activities: each cell understood, or a sentence that says how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events.content import Sitting
from campaign.events.import_dates import read_dates
from campaign.events.import_fields import BY_NAME, COLUMNS, DATE_COLUMNS, Column, choices, read_words
from campaign.events.models import EventKind, Opening
from campaign.events.vocabulary import (
    Accessibility,
    ActivityType,
    Audience,
    Cost,
    Format,
    OrganizerKind,
    SpokenLanguage,
    Theme,
)
from campaign.events.wording import KIND_TYPES
from campaign.territory import queries as territories
from campaign.territory import search
from campaign.territory.models import Territory
from campaign.territory.names import fold, label_for, search_key, search_words
from campaign.web import typed
from campaign.web.filters import NBSP
from campaign.web.tables import Problem
from campaign.web.typed import Unreadable

FARTHEST = timedelta(days=250)
"""From the week of the edition: beyond, a year was mistyped."""

_KINDS = {value: kind for kind, value in KIND_TYPES.items() if kind is not EventKind.FLAG_RAISING}
_LISTS: Mapping[str, Callable[[str], Any]] = {
    "audiences": Audience,
    "themes": Theme,
    "accessibility": Accessibility,
    "languages": SpokenLanguage,
}
_PLAIN = ("description", "place", "rain_plan", "hashtags", "contact_name")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One activity of the file: what its rows say, and nothing of what they leave unsaid."""

    line: int
    reference: str
    given: Mapping[str, Any]
    """Fields of `ActivityContent`: those whose column the file has."""
    territory_id: int | None
    region_code: str
    time_zone: str

    @property
    def key(self) -> str:
        """By which it is known again without a reference."""
        return key_of(
            self.given["organizer_name"], self.given["title"], self.territory_id or self.region_code
        )


def key_of(organizer: str, title: str, place: object) -> str:
    """The same for an activity however its case, accents and punctuation are written."""
    return f"{search_words(organizer)}|{search_words(title)}|{place}"


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a file says: the activities that can be written, and what is wrong with the others."""

    wanted: list[Wanted]
    problems: list[Problem]
    refused: int
    """How many activities have something wrong."""


class Place(NamedTuple):
    """What a file needs to know of a territory; ten thousand rows ask for it."""

    id: int
    geo_code: str
    name: str
    region_code: str | None
    time_zone: str
    is_local: bool


class Places:
    """The directory, as files name it."""

    def __init__(self) -> None:
        known = sa.select(*(getattr(Territory, name) for name in Place._fields)).where(
            Territory.valid_to.is_(None)
        )
        by_id = {row.id: Place(*row) for row in db.session.execute(known)}
        self._by_code = {place.geo_code: place for place in by_id.values()}
        self._by_name: dict[str, list[Place]] = {}
        for place in by_id.values():
            self._by_name.setdefault(search_key(place.name), []).append(place)
        for alias in territories.list_aliases():
            # A sector says where it lies, unless a municipality has the same name.
            if alias.territory_id in by_id:
                self._by_name.setdefault(search_key(alias.name), [by_id[alias.territory_id]])
        regions = territories.list_regions()
        self._regions = {fold(region.name): region.code for region in regions}
        self._regions |= {search_words(region.name): region.code for region in regions}
        self._regions |= {code: code for code in self._regions.values()}
        self._regions |= {code.lstrip("0"): code for code in self._regions.values()}

    def find(self, written: str, region_code: str) -> Place:
        """By its code, its name or its label. Raises `Unreadable` with the choices when several have it, or
        none."""
        if written.isdecimal():
            found = self._by_code.get(written.zfill(5))
            if found is None:
                raise Unreadable(
                    f"le code «{NBSP}{written}{NBSP}» n’est pas au répertoire. Inscrivez le nom."
                )
            return found
        named = self._by_name.get(search_key(written)) or self._labelled(written)
        if region_code and len(named) > 1:
            named = [each for each in named if each.region_code == region_code] or named
        local = [each for each in named if each.is_local]
        if len(named) == 1 or len(local) == 1:
            return (local or named)[0]
        if named:
            ways = " ou ".join(f"{each.geo_code} pour {_label(each)}" for each in named)
            raise Unreadable(
                f"plusieurs portent le nom «{NBSP}{written}{NBSP}». Inscrivez le code{NBSP}: {ways}."
            )
        raise Unreadable(f"«{NBSP}{written}{NBSP}» n’est pas au répertoire. {_likely(written)}")

    def _labelled(self, written: str) -> list[Place]:
        """« Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent) »"""
        name, parenthesis, _rest = written.partition("(")
        named = self._by_name.get(search_key(name), []) if parenthesis else []
        return [each for each in named if search_words(_label(each)) == search_words(written)]

    def region(self, written: str) -> str | None:
        """By its code or its name."""
        return self._regions.get(fold(written)) or self._regions.get(search_words(written))


def _label(place: Place) -> str:
    return label_for(territories.get_territory(place.geo_code))


def _likely(written: str) -> str:
    names = [found.name for found in search.search(written, limit=3).suggestions]
    if not names:
        return "Inscrivez le nom officiel, ou le code à cinq chiffres."
    return f"Vouliez-vous dire {' ou '.join(names)}{NBSP}?"


@dataclass
class _Group:
    """The rows of one activity."""

    lines: list[int] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)


def read(
    rows: Iterable[tuple[int, Sequence[str]]],
    matching: Mapping[str, int],
    *,
    edition: Edition,
    region_codes: Collection[str] | None,
) -> Reading:
    """Understand every row. `region_codes` are those that the person may write in; None is everywhere."""
    places = Places()
    wanted: list[Wanted] = []
    problems: list[Problem] = []
    refused = 0
    for group in _groups(rows, matching):
        reader = _Reader(group, frozenset(matching), places, edition, region_codes)
        one = reader.read()
        problems += reader.problems
        refused += one is None
        wanted += [one] if one else []
    problems.sort(key=lambda problem: problem.line)
    return Reading(wanted=wanted, problems=problems, refused=refused)


def _groups(rows: Iterable[tuple[int, Sequence[str]]], matching: Mapping[str, int]) -> list[_Group]:
    """Rows that share a reference, or else their organizer, title and municipality, are one activity."""
    groups: dict[str, _Group] = {}
    for line, row in rows:
        cells = {name: row[at] if at < len(row) else "" for name, at in matching.items()}
        if not any(cells.values()):
            continue
        reference = cells.get("reference", "")
        place = cells.get("municipality") or cells.get("region") or ""
        key = key_of(cells.get("organizer", ""), cells.get("title", ""), search_words(place))
        if not reference and not cells.get("title"):
            key = f"|{line}"
        group = groups.setdefault(f"={reference}" if reference else key, _Group())
        group.lines.append(line)
        group.cells.append(cells)
    return list(groups.values())


class _Reader:
    """Reads the rows of one activity, and notes what is wrong with each cell."""

    def __init__(
        self,
        group: _Group,
        known: frozenset[str],
        places: Places,
        edition: Edition,
        region_codes: Collection[str] | None,
    ) -> None:
        self.group = group
        self.known = known
        self.places = places
        self.edition = edition
        self.region_codes = region_codes
        self.line = group.lines[0]
        self.cells = group.cells[0]
        self.problems: list[Problem] = []

    def read(self) -> Wanted | None:
        """The activity, or None when something is wrong."""
        self._check_alike()
        self._check_needed()
        self._check_lengths()
        region_code = self._region()
        territory = self._territory(region_code)
        given = self._given()
        given["sittings"] = self._sittings(territory)
        self._check_place(given, territory, region_code)
        if self.problems:
            return None
        if "municipality" in self.known or "region" in self.known:
            given["geo_code"] = territory.geo_code if territory else ""
            given["region_code"] = "" if territory else region_code
        return Wanted(
            line=self.line,
            reference=self.cells.get("reference", ""),
            given=given,
            territory_id=territory.id if territory else None,
            region_code="" if territory else region_code,
            time_zone=territory.time_zone if territory else clock.EASTERN,
        )

    # --- what rows of one activity owe each other ---

    def _check_alike(self) -> None:
        """Its rows differ by their dates; a blank cell says the same as the first row."""
        for line, cells in zip(self.group.lines[1:], self.group.cells[1:], strict=True):
            for name in self.known - DATE_COLUMNS:
                if cells[name] and cells[name] != self.cells[name]:
                    self._complain(
                        name,
                        f"cette case diffère de celle de la ligne {self.line}, qui décrit la même activité. "
                        "Écrivez la même chose, ou donnez-leur une référence différente.",
                        line=line,
                    )

    def _check_needed(self) -> None:
        for column in COLUMNS:
            if column.is_needed and not self.cells.get(column.name):
                self._complain(column.name, "cette case est vide. Elle est obligatoire.")

    def _check_lengths(self) -> None:
        for name, text in self.cells.items():
            column = BY_NAME[name]
            longest = column.longest
            if len(text) > longest and column.words is None:
                self._complain(name, f"ce texte a {len(text)} caractères. Raccourcissez-le à {longest}.")

    # --- where ---

    def _region(self) -> str:
        written = self.cells.get("region", "")
        code = self.places.region(written) if written else ""
        if code is None:
            self._complain(
                "region", f"la région «{NBSP}{written}{NBSP}» est inconnue. Inscrivez son code, de 01 à 17."
            )
        return code or ""

    def _territory(self, region_code: str) -> Place | None:
        written = self.cells.get("municipality", "")
        if not written:
            return None
        try:
            return self.places.find(written, region_code)
        except Unreadable as error:
            self._complain("municipality", str(error))
            return None

    def _check_place(self, given: dict[str, Any], territory: Place | None, region_code: str) -> None:
        wrote = self.cells.get("municipality") or self.cells.get("region")
        format_ = given.get("format", Format.IN_PERSON)
        if not wrote and format_ is not Format.ONLINE:
            self._complain("municipality", "cette case est vide. Inscrivez la municipalité, ou la région.")
        where = territory.region_code if territory else region_code
        if self.region_codes is not None and (wrote or not self.problems) and where not in self.region_codes:
            self._complain("municipality", "cette activité n’est pas dans vos régions. Retirez la ligne.")
        if format_ is not Format.ONLINE and not given.get("place"):
            self._complain(
                "place", "cette case est vide. Inscrivez le lieu, ou le format «\u00a0En ligne\u00a0»."
            )
        if format_ is not Format.IN_PERSON and not given.get("online_url"):
            self._complain(
                "online_url", "cette case est vide. Inscrivez le lien, ou le format «\u00a0Sur place\u00a0»."
            )

    # --- when ---

    def _sittings(self, territory: Place | None) -> tuple[Sitting, ...]:
        zone = territory.time_zone if territory else clock.EASTERN
        seen: dict[Sitting, int] = {}
        for line, cells in zip(self.group.lines, self.group.cells, strict=True):
            if not cells.get("dates"):
                if line != self.line:
                    self._complain("dates", "cette case est vide. Elle est obligatoire.", line=line)
                continue
            for sitting in self._dates(line, cells, zone):
                if sitting in seen:
                    self._complain("dates", f"cette date est déjà à la ligne {seen[sitting]}.", line=line)
                seen[sitting] = line
        return tuple(sorted(seen, key=lambda one: (one.day, str(one.starts))))

    def _dates(self, line: int, cells: Mapping[str, str], zone: str) -> tuple[Sitting, ...]:
        edition = self.edition
        try:
            found = read_dates(
                cells["dates"],
                starts=cells.get("starts", ""),
                ends=cells.get("ends", ""),
                last_day=cells.get("last_day", ""),
                year=edition.year,
            )
            for sitting in found:
                if edition.start_on and abs(sitting.day - edition.start_on) > FARTHEST:
                    raise Unreadable(
                        f"Cette date est loin de la semaine de {edition.year}. Vérifiez l’année."
                    )
                if sitting.starts:
                    clock.to_utc(sitting.day, sitting.starts, zone)
        except clock.NonexistentTime:
            self._complain(
                "starts", f"cette heure n’existe pas ce jour-là{NBSP}: on avance l’heure.", line=line
            )
        except Unreadable as error:
            self._complain("dates", _low(str(error)), line=line)
        else:
            return found
        return ()

    # --- what ---

    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "title": self.cells.get("title", ""),
            "organizer_name": self.cells.get("organizer", ""),
        }
        given |= {name: self.cells[name] for name in _PLAIN if name in self.known}
        given |= {
            name: tuple(read(value) for value in self._words(BY_NAME[name]))
            for name, read in _LISTS.items()
            if name in self.known
        }
        given |= self._type()
        if "organizer_kind" in self.known:
            given["organizer_kind"] = OrganizerKind(self._word("organizer_kind") or OrganizerKind.OTHER)
        if "format" in self.known:
            given["format"] = Format(self._word("format") or Format.IN_PERSON)
        if "opening" in self.known:
            given["opening"] = Opening(self._word("opening") or Opening.PUBLIC)
        if "languages" in self.known and not given["languages"]:
            given["languages"] = (SpokenLanguage.FRENCH,)
        return given | self._cost() | self._registration() | self._contact() | self._online()

    def _type(self) -> dict[str, Any]:
        if "type" not in self.known:
            return {}
        value = self._word("type") or ActivityType.OTHER.value
        if value in _KINDS:
            return {"kind": _KINDS[value], "activity_type": ActivityType.OTHER}
        return {"kind": EventKind.ACTIVITY, "activity_type": ActivityType(value)}

    def _cost(self) -> dict[str, Any]:
        """« Gratuit », « Payant » with its amount, or the amount alone: « 5 $ »."""
        written, price = self.cells.get("cost", ""), self.cells.get("price", "")
        if re.search(r"[1-9]", written):
            return {"cost": Cost.PRICE, "price": written[:120]}
        value = self._word("cost")
        if value == Cost.PRICE and not price:
            self._complain(
                "price", f"cette case est vide. Inscrivez le montant, par exemple «{NBSP}5{NBSP}${NBSP}»."
            )
        return {"cost": Cost(value or Cost.UNKNOWN), "price": price if value == Cost.PRICE else ""}

    def _registration(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        if "registration" in self.known:
            written = self.cells["registration"]
            given["registration"] = {"non": "", "oui": "Inscription requise."}.get(fold(written), written)
        if "max_participants" in self.known:
            given["max_participants"] = self._count()
        return given

    def _count(self) -> int | None:
        digits = re.sub(r"[\s\u00a0]", "", self.cells["max_participants"])
        if not digits:
            return None
        if not digits.isdecimal() or not 0 < int(digits[:6]) <= 99_999:
            self._complain("max_participants", f"inscrivez un nombre entier, par exemple «{NBSP}25{NBSP}».")
            return None
        return int(digits)

    def _contact(self) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for name, read in (("contact_email", typed.read_email), ("contact_phone", typed.read_telephone)):
            if name in self.known:
                given[name] = self.cells[name]
                if self.cells[name]:
                    try:
                        given[name] = read(self.cells[name])
                    except Unreadable as error:
                        self._complain(name, _low(str(error)))
        if "is_contact_public" in self.known:
            given["is_contact_public"] = self._word("is_contact_public") == "oui"
        return given

    def _online(self) -> dict[str, Any]:
        if "online_url" not in self.known:
            return {}
        url = self.cells["online_url"]
        if url and not _is_address(url):
            self._complain("online_url", f"un lien commence par «{NBSP}https://{NBSP}».")
        return {"online_url": url}

    # --- cells ---

    def _word(self, name: str) -> str:
        return next(iter(self._words(BY_NAME[name])), "")

    def _words(self, column: Column) -> list[str]:
        written = self.cells.get(column.name, "")
        if not written:
            return []
        found, unknown = read_words(column, written)
        for part in unknown:
            self._complain(column.name, f"«{NBSP}{part}{NBSP}» n’est pas connu. Inscrivez {choices(column)}.")
        return found

    def _complain(self, name: str, sentence: str, *, line: int | None = None) -> None:
        self.problems.append(Problem(line=line or self.line, column=BY_NAME[name].label, sentence=sentence))


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in parts.netloc and " " not in url


def _low(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
