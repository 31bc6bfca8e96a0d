"""A list of organizations, partners, media or subscribers, read from a spreadsheet: all of it, or nothing.

Columns, in any order: nom, courriel, organisme, type, region, langue, source, base, date_de_la_base. The file
comes from a French Excel as often as not: semicolons, and Windows' own letters when it is not UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from enum import StrEnum

import sqlalchemy as sa

from campaign import clock
from campaign.contacts import queries, services
from campaign.contacts.models import (
    Basis,
    Change,
    Consent,
    Contact,
    ContactKind,
    ContactMove,
    Language,
    Purpose,
)
from campaign.contacts.services import Proof
from campaign.db import db
from campaign.errors import CampaignError
from campaign.territory.models import Region
from campaign.territory.names import fold
from campaign.web import tables, typed
from campaign.web.filters import NBSP
from campaign.web.tables import Problem

COLUMNS = (
    "nom", "courriel", "organisme", "type", "region", "langue", "source", "base", "date_de_la_base",
)  # fmt: skip
NEEDED = ("courriel", "type", "source")
MOST_LINES = 20_000
FORM = "Importation d’une liste"

_KINDS = {
    "organism": ContactKind.ORGANIZATION,
    "media": ContactKind.MEDIA,
    "partenair": ContactKind.PARTNER,
    "abonn": ContactKind.SUBSCRIBER,
}
"""Without accents nor ending: « médias », « abonnées », « partenaire »."""

_LANGUAGES = {
    "fr": Language.FRENCH,
    "francais": Language.FRENCH,
    "en": Language.FRENCH_AND_ENGLISH,
    "anglais": Language.FRENCH_AND_ENGLISH,
    "francais et anglais": Language.FRENCH_AND_ENGLISH,
    "francais_et_anglais": Language.FRENCH_AND_ENGLISH,
}
_BASES = {
    "consentement": Basis.EXPRESS,
    "consentement expres": Basis.EXPRESS,
    "expres": Basis.EXPRESS,
    "membre": Basis.MEMBER,
    "adresse publiee": Basis.PUBLISHED,
    "adresse_publiee": Basis.PUBLISHED,
}
_LONGEST = {"nom": 160, "organisme": 160, "source": 200}


class Effect(StrEnum):
    """What a line of the file does."""

    ADDED = "ajout"
    UPDATED = "mise à jour"
    SAME = "déjà connu"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line, understood: whose it is, what it says of them, and by what right they are written to."""

    line: int
    email: str
    kind: ContactKind
    told: Mapping[str, object]
    """The values of the contact that the line gives; an empty cell says nothing."""
    source: str
    basis: Basis | None
    on: date | None
    effect: Effect = Effect.ADDED

    @property
    def name(self) -> str:
        """The person, else the organization."""
        full_name = f"{self.told.get('first_name', '')} {self.told.get('last_name', '')}".strip()
        return full_name or str(self.told.get("organization", ""))

    @property
    def purpose(self) -> Purpose:
        """What the right is for: a subscriber's is the newsletter's, and a relation serves what it may."""
        return Purpose.NEWSLETTER if self.kind is ContactKind.SUBSCRIBER else Purpose.CAMPAIGN

    @property
    def since(self) -> datetime | None:
        return clock.to_utc(self.on, time(12), clock.EASTERN) if self.on else None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the file says, and whether it was written."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_written: bool = False

    def count(self, effect: Effect) -> int:
        return sum(entry.effect is effect for entry in self.entries)


class ImportRefused(CampaignError):
    """The file cannot be read to its end; `problems` says why, line by line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, problems)))


def import_contacts(content: bytes | str, *, dry_run: bool, author: str, now: datetime) -> Outcome:
    """Compare the file with what is known and, unless it is a rehearsal or a line is wrong, write it.

    Done twice, the second time changes nothing: a line is known by its address and its type. Consents are
    added beside those there are, never over them; one that was withdrawn is not given again by the same list.
    """
    entries, problems = _read(content, clock.today(now))
    emails = [entry.email for entry in entries]
    known = {(row.email, row.kind): row for row in queries.list_without_place(emails)}
    consents = queries.load_consents(emails)
    judged = tuple(
        replace(
            entry, effect=_effect(entry, known.get((entry.email, entry.kind)), consents.get(entry.email, ()))
        )
        for entry in entries
    )
    if problems or dry_run:
        return Outcome(entries=judged, problems=tuple(problems))
    barred = queries.list_barred(emails)
    for entry in judged:
        if entry.effect is not Effect.SAME:
            row = known.get((entry.email, entry.kind))
            _write(entry, row, is_barred=entry.email in barred, author=author, now=now)
    db.session.flush()
    return Outcome(entries=judged, is_written=True)


# --- reading ------------------------------------------------------------------------------------------


def decode(content: bytes) -> str:
    """The text of the file, whichever letters its spreadsheet wrote."""
    with _refused_with_its_line():
        return tables.decode(content)


@contextmanager
def _refused_with_its_line() -> Iterator[None]:
    try:
        yield
    except tables.TableRefused as refusal:
        raise ImportRefused([Problem(line=refusal.line, column="", sentence=refusal.sentence)]) from refusal


def _read(content: bytes | str, today: date) -> tuple[list[Entry], list[Problem]]:
    text = decode(content) if isinstance(content, bytes) else content.removeprefix("\ufeff")
    header, records = _records(text)
    problems = list(_problems_of_header(header))
    if problems:
        return [], problems
    regions = {
        key: region.code
        for region in db.session.scalars(sa.select(Region))
        for key in (region.code, region.code.lstrip("0"), fold(region.name))
    }
    entries: list[Entry] = []
    first_lines: dict[tuple[str, ContactKind], int] = {}
    for number, cells in records:
        record = _Record(number, dict(zip(header, cells, strict=False)), today=today, regions=regions)
        if len(cells) > len(header):
            record.complain("", f"{len(cells)} colonnes au lieu de {len(header)}.")
        entry = record.to_entry()
        if entry is not None:
            first = first_lines.setdefault((entry.email, entry.kind), number)
            if first != number:
                record.complain("courriel", f"cette adresse est déjà à la ligne {first}.")
            entries.append(entry)
        problems += record.problems
    if not entries and not problems:
        problems.append(Problem(line=2, column="", sentence="le fichier n’a aucune ligne après son en-tête."))
    return entries, problems


def _records(text: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header, and each record with the line on which it begins."""
    with _refused_with_its_line():
        table = tables.table_of(tables.csv_rows(text), most_rows=MOST_LINES)
    return [_column(cell) for cell in table.header], table.rows


def _column(cell: str) -> str:
    """« Date de la base » → `date_de_la_base`"""
    return re.sub(r"[\s-]+", "_", fold(cell).strip())


def _problems_of_header(header: Sequence[str]) -> Iterator[Problem]:
    for name in NEEDED:
        if name not in header:
            yield Problem(line=1, column=name, sentence="cette colonne manque.")
    for name in dict.fromkeys(header):
        if name and name not in COLUMNS:
            sentence = f"cette colonne est inconnue. Les colonnes sont {', '.join(COLUMNS)}."
            yield Problem(line=1, column=name, sentence=sentence)
        elif name and list(header).count(name) > 1:
            yield Problem(line=1, column=name, sentence="cette colonne est deux fois dans l’en-tête.")


@dataclass
class _Record:
    """One line of the file: reads its cells and notes what is wrong with each."""

    line: int
    cells: Mapping[str, str]
    today: date = field(kw_only=True)
    regions: Mapping[str, str] = field(kw_only=True)
    problems: list[Problem] = field(default_factory=list, kw_only=True)

    def complain(self, column: str, sentence: str) -> None:
        self.problems.append(Problem(line=self.line, column=column, sentence=sentence))

    def to_entry(self) -> Entry | None:
        """The line, or None when something is wrong with it."""
        kind = self._kind()
        email = self._email()
        source = self._text("source", is_needed=True)
        basis, on = self._basis(kind)
        told = {
            **self._name(),
            "organization": self._text("organisme"),
            "language": self._language(),
            "region_code": self._region(),
            "source": source,
        }
        if self.problems or kind is None:
            return None
        return Entry(
            line=self.line,
            email=email,
            kind=kind,
            told={name: value for name, value in told.items() if value},
            source=source,
            basis=basis,
            on=on,
        )

    def _kind(self) -> ContactKind | None:
        written = self.cells.get("type", "")
        kind = _KINDS.get(re.sub(r"e*s?$", "", fold(written)))
        if kind is None:
            self.complain("type", _unknown(written, "organisme, média, partenaire ou abonné"))
        return kind

    def _language(self) -> Language | None:
        written = self.cells.get("langue", "")
        language = _LANGUAGES.get(fold(written))
        if written and language is None:
            self.complain("langue", _unknown(written, "français ou français et anglais"))
        return language

    def _text(self, column: str, *, is_needed: bool = False) -> str:
        text = self.cells.get(column, "")
        if is_needed and not text:
            self.complain(column, "cette case est vide.")
        if len(text) > _LONGEST[column]:
            self.complain(column, f"ce texte dépasse {_LONGEST[column]} caractères.")
        return text

    def _name(self) -> dict[str, str]:
        """« Ève-Marie Côté » → first name and last name; one word alone is the last name."""
        first, _, last = self._text("nom").partition(" ")
        if max(len(first), len(last)) > 80:
            self.complain("nom", "ce nom est trop long.")
        if not last:
            first, last = "", first
        return {"first_name": first, "last_name": last}

    def _email(self) -> str:
        try:
            return typed.read_email(self.cells.get("courriel", ""))
        except typed.Unreadable:
            written = self.cells.get("courriel", "")
            self.complain("courriel", f"«{NBSP}{written}{NBSP}» n’est pas une adresse courriel.")
            return ""

    def _region(self) -> str | None:
        written = self.cells.get("region", "")
        code = self.regions.get(fold(written))
        if written and code is None:
            sentence = f"la région «{NBSP}{written}{NBSP}» est inconnue. Inscrivez son code, de 01 à 17."
            self.complain("region", sentence)
        return code

    def _basis(self, kind: ContactKind | None) -> tuple[Basis | None, date | None]:
        written, on = self.cells.get("base", ""), self._day()
        basis = _BASES.get(fold(written))
        if kind is ContactKind.SUBSCRIBER and basis is not Basis.EXPRESS:
            self.complain(
                "base",
                "une personne abonnée a donné son consentement exprès. "
                f"Inscrivez «{NBSP}consentement{NBSP}», sa date et sa source.",
            )
        elif written and basis is None:
            self.complain("base", _unknown(written, "consentement, membre ou adresse publiée"))
        if basis is not None and not self.cells.get("date_de_la_base"):
            self.complain("date_de_la_base", "une base légale a besoin de sa date.")
        return basis, on

    def _day(self) -> date | None:
        written = self.cells.get("date_de_la_base", "")
        if not written:
            return None
        try:
            day = typed.read_day(written)
        except typed.Unreadable as error:
            self.complain("date_de_la_base", str(error))
            return None
        if day > self.today:
            self.complain("date_de_la_base", "cette date n’est pas encore venue.")
        return day


def _unknown(written: str, choices: str) -> str:
    return f"«{NBSP}{written}{NBSP}» n’est pas connu. Inscrivez {choices}."


# --- writing ------------------------------------------------------------------------------------------


def _effect(entry: Entry, row: Contact | None, consents: Sequence[Consent]) -> Effect:
    if row is None:
        return Effect.ADDED
    is_changed = row.left_at is not None or any(
        getattr(row, name) != value for name, value in entry.told.items()
    )
    is_new_right = entry.basis is not None and not any(_says_the_same(each, entry) for each in consents)
    return Effect.UPDATED if is_changed or is_new_right else Effect.SAME


def _says_the_same(consent: Consent, entry: Entry) -> bool:
    return (consent.purpose, consent.basis, consent.since, consent.source) == (
        entry.purpose,
        entry.basis,
        entry.since,
        entry.source,
    )


def _write(entry: Entry, row: Contact | None, *, is_barred: bool, author: str, now: datetime) -> None:
    if row is None:
        row = Contact(kind=entry.kind, email=entry.email, do_not_solicit=is_barred, created_at=now)
        db.session.add(row)
    for name, value in entry.told.items():
        setattr(row, name, value)
    row.left_at = None
    db.session.add(
        ContactMove(
            email=entry.email,
            change=Change.IMPORTED,
            detail=f"{FORM}, ligne {entry.line}{NBSP}: {entry.source}"[:500],
            author=author[:200],
            moved_at=now,
        )
    )
    if entry.basis is not None and entry.since is not None:
        services.record_consent(
            entry.email,
            purpose=entry.purpose,
            basis=entry.basis,
            since=entry.since,
            proof=Proof(form=FORM, source=entry.source, author=author),
        )
