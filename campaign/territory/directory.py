"""Reading the official directory: rows that can be trusted, or errors with their line numbers."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import CampaignError
from campaign.territory.changes import (
    DESIGNATIONS,
    NBSP,
    Alias,
    DirectoryChange,
    DirectoryRow,
    Merger,
    MrcRow,
    RegionRow,
    compare,
    describe,
)
from campaign.territory.models import AliasKind, Territory
from campaign.territory.names import official_name, region_name
from campaign.territory.services import apply_directory

DATA = Path(__file__).parent / "data"
PACKAGED_DIRECTORY = DATA / "municipalites.csv"

COLUMNS = (
    "geo_code",
    "name",
    "designation",
    "designation_name",
    "is_local",
    "mrc_code",
    "mrc_name",
    "mrc_kind",
    "region_code",
    "region_name",
    "latitude",
    "longitude",
    "coords_source",
    "population",
    "email",
    "website",
    "contact_as_of",
    "mayor",
    "riding_codes",
    "ridings",
)
OPTIONAL_COLUMNS = ("phone",)

_SEPARATORS = ",;\t"
_MRC_KINDS = ("", "MRC", "TE", "GEO")
_LATITUDES = (44.0, 63.0)
_LONGITUDES = (-80.0, -56.0)
_VACANT = "poste vacant"
_NOTHING_BUT_ZEROS = re.compile(r"[0\s()+.-]+")

Value = TypeVar("Value")


MOST_GONE = 50
"""No wave of mergers of the last twenty years ended more in a year: beyond, the file was cut at a line."""


class DirectoryError(CampaignError):
    """The file is not a directory we can trust; `messages` says all that is wrong with it, line by line."""

    def __init__(self, messages: Sequence[str]) -> None:
        self.messages = tuple(messages)
        super().__init__("\n".join(messages))


@dataclass(frozen=True, slots=True)
class Reference:
    """What we know besides the ministry's directory: divisions, boroughs, other names, mergers."""

    regions: Mapping[str, RegionRow]
    mrcs: Mapping[str, MrcRow]
    boroughs: tuple[DirectoryRow, ...]
    aliases: tuple[Alias, ...]
    mergers: tuple[Merger, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an import found, and whether it wrote it. `lines` tells it in French."""

    change: DirectoryChange
    is_written: bool
    lines: tuple[str, ...]


def import_directory(
    source: Path | str | bytes = PACKAGED_DIRECTORY, *, dry_run: bool = False, now: datetime
) -> Outcome:
    """Compare a directory with the known list and, unless it is a rehearsal, write the difference.

    The file is read to its end first: one bad line and nothing changes. To be called in a transaction.
    """
    reference = packaged_reference()
    rows = [*read_directory(source), *_mrc_rows(reference)]
    cities = {row.geo_code: row for row in rows}
    rows += [_in_city(borough, cities) for borough in reference.boroughs if borough.parent_code in cities]
    change = compare(
        rows,
        db.session.scalars(sa.select(Territory)),
        mergers=reference.mergers,
        mrc_names={code: mrc.name for code, mrc in reference.mrcs.items()},
    )
    lines = describe(change)
    if dry_run:
        return Outcome(change, is_written=False, lines=(*lines, "Rien n’a été écrit (essai)."))
    if len(change.gone) > MOST_GONE:
        raise DirectoryError(
            [
                f"Le fichier semble incomplet\u00a0: {len(change.gone)} entités connues n’y sont pas. "
                "Rien n’a été écrit; «\u00a0--dry-run\u00a0» les nomme."
            ]
        )
    is_written = apply_directory(
        db.session(),
        change,
        now,
        regions=list(reference.regions.values()),
        mrcs=list(reference.mrcs.values()),
        aliases=reference.aliases,
    )
    return Outcome(change, is_written=is_written, lines=tuple(lines))


def read_directory(source: Path | str | bytes) -> list[DirectoryRow]:
    """The rows of a directory file with the columns of the one we ship, in any order.

    UTF-8 with or without a mark, commas, semicolons or tabs. Raises `DirectoryError` with all that is wrong.
    """
    content = source if isinstance(source, bytes) else _content(Path(source))
    text = _decoded(content)
    header, records = _records(text)
    _check_header(header)
    reference = packaged_reference()
    problems: list[str] = []
    rows: list[DirectoryRow] = []
    first_lines: dict[str, int] = {}
    for line, cells in records:
        if len(cells) != len(header):
            problems.append(f"Ligne {line}{NBSP}: {len(cells)} colonnes au lieu de {len(header)}.")
            continue
        record = _Record(line, dict(zip(header, cells, strict=True)), problems)
        row = record.to_row(reference)
        if row is None:
            continue
        first = first_lines.setdefault(row.geo_code, line)
        if first != line:
            record.complain(f"le code {row.geo_code} est déjà à la ligne {first}.")
        rows.append(row)
    if not rows and not problems:
        problems.append("Le fichier n’a aucune ligne après son en-tête.")
    if problems:
        raise DirectoryError(problems)
    return rows


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise DirectoryError([f"Le fichier {path} n’existe pas. Vérifiez son chemin."]) from None
    except OSError as error:
        raise DirectoryError([f"Le fichier {path} ne peut pas être lu ({error.strerror})."]) from None


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DirectoryError([f"Ligne 1{NBSP}: le fichier est en UTF-16. {_SAVE_AS_UTF8}"])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DirectoryError(_badly_encoded_lines(content)) from None
    if "\0" in text:
        raise DirectoryError(
            [
                f"Ligne {number}{NBSP}: un caractère nul; le fichier est abîmé ou n’est pas du texte."
                for number, line in enumerate(text.split("\n"), start=1)
                if "\0" in line
            ]
        )
    return text


_SAVE_AS_UTF8 = f"Enregistrez-le en «{NBSP}CSV UTF-8{NBSP}»."


def _badly_encoded_lines(content: bytes) -> list[str]:
    messages = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = f"0x{line[error.start]:02X}"
            messages.append(f"Ligne {number}{NBSP}: l’octet {byte} n’est pas de l’UTF-8. {_SAVE_AS_UTF8}")
    return messages


def _records(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each record with the number of the line on which it begins."""
    first_line = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                records.append((line, cells))
            line = reader.line_num + 1
    except csv.Error:
        message = f"Ligne {line}{NBSP}: un guillemet s’ouvre ou se ferme au mauvais endroit."
        raise DirectoryError([message]) from None
    if not records:
        raise DirectoryError(["Le fichier est vide."])
    _, header = records[0]
    return [column.strip() for column in header], records[1:]


def _check_header(header: Sequence[str]) -> None:
    problems = []
    missing = [column for column in COLUMNS if column not in header]
    unknown = [column for column in header if column not in COLUMNS + OPTIONAL_COLUMNS]
    twice = sorted({column for column in header if header.count(column) > 1})
    if missing:
        problems.append(f"Ligne 1{NBSP}: il manque {_columns(missing)}.")
    if unknown:
        problems.append(f"Ligne 1{NBSP}: l’en-tête a en trop {_columns(unknown)}.")
    if twice:
        problems.append(f"Ligne 1{NBSP}: l’en-tête a deux fois {_columns(twice)}.")
    if problems:
        raise DirectoryError(problems)


def _columns(names: Sequence[str]) -> str:
    listed = ", ".join(f"«{NBSP}{name}{NBSP}»" for name in names)
    return f"la colonne {listed}" if len(names) == 1 else f"les colonnes {listed}"


@dataclass(slots=True)
class _Record:
    """One line of the file: reads its cells and notes what is wrong with each."""

    line: int
    cells: Mapping[str, str]
    problems: list[str]

    def complain(self, message: str) -> None:
        self.problems.append(f"Ligne {self.line}{NBSP}: {message}")

    def to_row(self, reference: Reference) -> DirectoryRow | None:
        """The row, or None when something is wrong with it."""
        before = len(self.problems)
        region_code = self._known("region_code", reference.regions, "région")
        mrc = self._mrc(reference, region_code)
        row = DirectoryRow(
            geo_code=self._geo_code(),
            name=official_name(self._text("name", most=120, is_needed=True)),
            designation=self._designation(),
            designation_name=self._text("designation_name", most=60, is_needed=True),
            is_local=self._among("is_local", ("0", "1")) == "1",
            region_code=region_code or None,
            mrc_code=mrc.code if mrc else None,
            mrc_name=mrc.name if mrc else "",
            mrc_kind=self._among("mrc_kind", _MRC_KINDS),
            latitude=self._degrees("latitude", _LATITUDES),
            longitude=self._degrees("longitude", _LONGITUDES),
            population=self._population(),
            email=self._email(),
            website=self._text("website", most=300),
            phone=self._phone(),
            mayor=self._mayor(),
            contact_as_of=self._converted("contact_as_of", date.fromisoformat, "une date (AAAA-MM-JJ)"),
        )
        return row if len(self.problems) == before else None

    def _text(self, column: str, *, most: int, is_needed: bool = False) -> str:
        text = self.cells.get(column, "").strip()
        if is_needed and not text:
            self.complain(f"la colonne «{NBSP}{column}{NBSP}» est vide.")
        if len(text) > most:
            self.complain(f"la colonne «{NBSP}{column}{NBSP}» dépasse {most} caractères.")
        if any(not character.isprintable() for character in text):
            self.complain(
                f"la colonne «{NBSP}{column}{NBSP}» a un caractère invisible ou un retour à la ligne."
            )
        return text

    def _geo_code(self) -> str:
        code = self.cells["geo_code"].strip()
        if re.fullmatch(r"[0-9]{5}", code):
            return code
        hint = " Un tableur a peut-être retiré le zéro du début." if re.fullmatch(r"[0-9]{4}", code) else ""
        self.complain(f"le code géographique «{NBSP}{code}{NBSP}» n’a pas cinq chiffres.{hint}")
        return ""

    def _designation(self) -> str:
        code = self.cells["designation"].strip()
        if code not in DESIGNATIONS:
            self.complain(f"la désignation «{NBSP}{code}{NBSP}» est inconnue.")
        return code

    def _among(self, column: str, values: Sequence[str]) -> str:
        value = self.cells[column].strip()
        if value not in values:
            choices = ", ".join(value or "vide" for value in values)
            self.complain(f"«{NBSP}{value}{NBSP}» dans «{NBSP}{column}{NBSP}»{NBSP}: attendu {choices}.")
        return value

    def _known(self, column: str, known: Mapping[str, object], what: str) -> str:
        code = self.cells[column].strip()
        if code not in known:
            self.complain(f"le code de {what} «{NBSP}{code}{NBSP}» est inconnu.")
            return ""
        return code

    def _mrc(self, reference: Reference, region_code: str) -> MrcRow | None:
        if not self.cells["mrc_code"].strip():
            return None
        code = self._known("mrc_code", reference.mrcs, "MRC")
        mrc = reference.mrcs.get(code)
        if mrc and region_code and mrc.region_code != region_code:
            self.complain(f"la MRC {mrc.code} est dans la région {mrc.region_code}, non {region_code}.")
        return mrc

    def _degrees(self, column: str, limits: tuple[float, float]) -> float | None:
        degrees = self._converted(column, _decimal, "un nombre")
        if degrees is not None and not limits[0] <= degrees <= limits[1]:
            self.complain(f"la colonne «{NBSP}{column}{NBSP}» ({degrees}) est hors du Québec.")
        return degrees

    def _population(self) -> int | None:
        return self._converted("population", _whole, "un nombre entier positif")

    def _email(self) -> str:
        address = self._text("email", most=254)
        if address and not re.fullmatch(r"[^\s@]+@[^\s@]+\.[^\s@]+", address):
            self.complain(f"«{NBSP}{address}{NBSP}» n’est pas une adresse courriel.")
        return address

    def _phone(self) -> str:
        phone = self._text("phone", most=20)
        return "" if _NOTHING_BUT_ZEROS.fullmatch(phone) else phone

    def _mayor(self) -> str:
        mayor = self._text("mayor", most=120)
        return "" if mayor.casefold() == _VACANT else mayor

    def _converted(self, column: str, convert: Callable[[str], Value], what: str) -> Value | None:
        text = self.cells[column].strip()
        if not text:
            return None
        try:
            return convert(text)
        except ValueError:
            self.complain(f"«{NBSP}{text}{NBSP}» dans «{NBSP}{column}{NBSP}» n’est pas {what}.")
            return None


def _decimal(text: str) -> float:
    if not re.fullmatch(r"-?[0-9]{1,3}([.,][0-9]+)?", text):
        raise ValueError(text)
    return float(text.replace(",", "."))


def _whole(text: str) -> int:
    digits = re.sub(r"[ \u00a0\u202f]", "", text)
    if not re.fullmatch(r"[0-9]{1,9}", digits):
        raise ValueError(text)
    return int(digits)


@cache
def packaged_reference() -> Reference:
    """The divisions, boroughs, other names and mergers that come with the product."""
    regions = {
        row["code"]: RegionRow(
            row["code"],
            region_name(row["name"]),
            _optional_float(row["latitude"]),
            _optional_float(row["longitude"]),
        )
        for row in _packaged("regions.csv")
    }
    mrcs = {
        row["code"]: MrcRow(
            row["code"],
            official_name(row["name"]),
            row["kind"],
            row["region_code"],
            _optional_float(row["latitude"]),
            _optional_float(row["longitude"]),
        )
        for row in _packaged("mrc.csv")
    }
    return Reference(
        regions=regions,
        mrcs=mrcs,
        boroughs=tuple(_borough(row) for row in _packaged("arrondissements.csv")),
        aliases=tuple(
            Alias(official_name(row["name"]), row["geo_code"], AliasKind(row["kind"]))
            for row in _packaged("alias.csv")
        ),
        mergers=tuple(_merger(row, mrcs) for row in _packaged("municipalites_fusions.csv")),
    )


def _packaged(name: str) -> Iterator[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _optional_float(text: str) -> float | None:
    return float(text) if text else None


def _borough(row: Mapping[str, str]) -> DirectoryRow:
    return DirectoryRow(
        geo_code=row["geo_code"],
        name=official_name(row["name"]),
        designation="AR",
        designation_name="Arrondissement",
        parent_code=row["parent_geo_code"],
        population=int(row["population"]) if row["population"] else None,
    )


def _in_city(borough: DirectoryRow, cities: Mapping[str, DirectoryRow]) -> DirectoryRow:
    """A borough is where its city is; it has no place of its own in the files."""
    city = cities[borough.parent_code or ""]
    return replace(
        borough,
        region_code=city.region_code,
        mrc_code=city.mrc_code,
        mrc_name=city.mrc_name,
        mrc_kind=city.mrc_kind,
    )


def _mrc_rows(reference: Reference) -> list[DirectoryRow]:
    """The MRC as territories that can take part; their equivalents have no council of their own."""
    return [
        DirectoryRow(
            geo_code=mrc.code,
            name=mrc.name,
            designation="MRC",
            designation_name="MRC",
            region_code=mrc.region_code,
            latitude=mrc.latitude,
            longitude=mrc.longitude,
        )
        for mrc in reference.mrcs.values()
        if mrc.kind == "MRC"
    ]


_MERGED_DESIGNATIONS = {"Municipalité": "M", "Ville": "V", "Paroisse": "P", "Village": "VL", "Canton": "CT"}


def _merger(row: Mapping[str, str], mrcs: Mapping[str, MrcRow]) -> Merger:
    """The code of a municipality begins with that of the MRC in which it was."""
    mrc = mrcs.get(f"{row['old_geo_code'][:2]}0")
    old = DirectoryRow(
        geo_code=row["old_geo_code"],
        name=official_name(row["old_name"]),
        designation=_MERGED_DESIGNATIONS[row["old_designation"]],
        designation_name=row["old_designation"],
        is_local=True,
        region_code=mrc.region_code if mrc else None,
        mrc_code=mrc.code if mrc else None,
        mrc_name=mrc.name if mrc else "",
        mrc_kind=mrc.kind if mrc else "",
    )
    return Merger(old, row["new_geo_code"], date.fromisoformat(row["constituted_on"]))
