"""Tables that people made in a spreadsheet, read as text: CSV of any French Excel, or XLSX.

A file is not trusted: what is too large, protected, damaged or no table gets a French sentence. Nothing in it
is computed.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from campaign.errors import CampaignError
from campaign.web import typed
from campaign.web.filters import NBSP

MOST_COLUMNS = 100
MOST_BYTES_INSIDE = 100_000_000
"""Of an XLSX once it is unfolded: ten thousand full rows need a tenth of it."""

MOST_PARTS = 500
MOST_BLANK_ROWS = 2_000
"""Sheets go on for ever under their last row; whoever leaves that many blank has ended."""

LONGEST_CELL = 10_000
_SEPARATORS = ";,\t"
_COMPOUND = b"\xd0\xcf\x11\xe0"
"""What old workbooks begin with, and those that a password protects."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong, and where: told as it is read, the first line being the header."""

    line: int
    column: str
    sentence: str

    def __str__(self) -> str:
        column = f", colonne «{NBSP}{self.column}{NBSP}»" if self.column else ""
        return f"Ligne {self.line}{column}{NBSP}: {self.sentence}"


class TableRefused(CampaignError):
    """The file cannot be read as a table; the sentence says what to do, and `line` where it stopped."""

    def __init__(self, sentence: str, *, line: int = 1) -> None:
        self.sentence, self.line = sentence, line
        super().__init__(f"{sentence[:1].upper()}{sentence[1:]}")


@dataclass(frozen=True, kw_only=True)
class Table:
    """The header, and each row with the line on which it begins; blank rows are left out."""

    header: list[str]
    rows: list[tuple[int, list[str]]]


def read_table(content: bytes, *, most_rows: int) -> Table:
    """The first sheet of an XLSX, or a CSV; cells are trimmed text, a day « 2027-11-15 10:00 »."""
    if content.startswith(_COMPOUND):
        raise TableRefused(
            "ce classeur est protégé par un mot de passe, ou d’un ancien format (.xls). Enregistrez-le "
            f"sans mot de passe, comme «{NBSP}Classeur Excel (.xlsx){NBSP}»."
        )
    if content.startswith(b"PK"):
        return table_of(_workbook_rows(content), most_rows=most_rows)
    return table_of(csv_rows(decode(content)), most_rows=most_rows)


def table_of(rows: Iterable[tuple[int, list[str]]], *, most_rows: int) -> Table:
    """The header and what follows it, as long as there is not too much."""
    kept: list[tuple[int, list[str]]] = []
    for line, cells in rows:
        if len(cells) > MOST_COLUMNS:
            raise TableRefused(
                f"cette ligne a plus de {MOST_COLUMNS} colonnes. Gardez celles du modèle.", line=line
            )
        if not any(cells):
            continue
        if len(kept) > most_rows:
            raise TableRefused(f"le fichier dépasse {most_rows} lignes. Divisez-le.", line=line)
        kept.append((line, cells))
    if not kept:
        raise TableRefused("le fichier est vide.")
    return Table(header=kept[0][1], rows=kept[1:])


# --- text ---------------------------------------------------------------------------------------------


def decode(content: bytes) -> str:
    """The text of the file: its mark, else UTF-8, else the letters of Windows or of older Macs."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    readings = [text for encoding in ("cp1252", "mac-roman") if (text := _reading(content, encoding))]
    is_written = re.search(rb"[A-Za-z0-9]", content) and b"\0" not in content
    if not readings or not is_written:
        raise TableRefused(f"ce n’est pas du texte. Enregistrez-le en «{NBSP}CSV UTF-8{NBSP}».")
    return max(readings, key=_frenchness)


def _reading(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


_FRENCH = frozenset("àâäçéèêëîïôöùûüœæÀÂÇÉÈÊËÎÏÔÙÛŒ«»’–…\u00a0")


def _frenchness(text: str) -> int:
    """How many of the letters beyond ASCII are those of French; the same bytes mean « é » or « Ž »."""
    beyond = [letter for letter in text if letter > "\x7f"]
    return sum(1 if letter in _FRENCH else -1 for letter in beyond)


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each record of the text with the line on which it begins; the separator is seen in the header."""
    text = text.removeprefix("\ufeff")
    first, _, rest = text.partition("\n")
    line = 1
    separator = max(_SEPARATORS, key=_outside_quotes(first).count)
    if first.lower().startswith("sep=") and len(first.strip()) <= 5:  # what Excel adds for itself
        separator, text, line = first[4:5].strip("\r") or "\t", rest, 2
    offset = line - 1
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        for cells in reader:
            yield line, [_tidy(cell) for cell in cells]
            line = reader.line_num + 1 + offset
    except csv.Error:
        raise TableRefused("un guillemet s’ouvre ou se ferme au mauvais endroit.", line=line) from None


def _outside_quotes(line: str) -> str:
    return "".join(line.split('"')[::2])


def _tidy(cell: str) -> str:
    """One line of printable text; the line ends inside a cell become « ; », which separates dates."""
    text = "; ".join(part for part in cell.splitlines() if part.strip()) if "\n" in cell else cell
    return " ".join(typed.printable(text[:LONGEST_CELL]).split())


# --- workbooks ----------------------------------------------------------------------------------------


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet, one at a time: a workbook is never whole in memory."""
    _check_parts(content)
    # Imported here: half of the time that a command takes to start, and few of them read a workbook.
    from openpyxl import load_workbook  # noqa: PLC0415

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what the file says of its size may be false
        epoch = book.epoch
        blank = 0
        for line, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1, values_only=True), start=1):
            row = [_text(cell, epoch) for cell in cells]
            while row and not row[-1]:
                row.pop()
            blank = 0 if row else blank + 1
            if blank > MOST_BLANK_ROWS:
                break
            yield line, row
        book.close()
    except TableRefused:
        raise
    except Exception as error:
        # Whatever openpyxl meets in a file made to harm, or cut short: there is nothing else to say of it.
        raise TableRefused(
            "ce classeur ne se lit pas. Ouvrez-le dans votre tableur et enregistrez-le de nouveau, comme "
            f"«{NBSP}Classeur Excel (.xlsx){NBSP}»."
        ) from error


def _check_parts(content: bytes) -> None:
    """Refuse what is no workbook, or unfolds into much more than a table."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise TableRefused(
                    f"ce n’est pas un classeur Excel. Enregistrez-le comme «{NBSP}Classeur Excel "
                    f"(.xlsx){NBSP}» ou «{NBSP}CSV UTF-8{NBSP}»."
                )
            # Python reads no more of a part than it declares: their sum is a true limit.
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES_INSIDE:
                raise TableRefused("ce classeur est trop grand. Gardez une seule feuille, sans images.")
            _check_formulas(archive, names)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error) as error:
        raise TableRefused("ce fichier est abîmé. Enregistrez-le de nouveau.") from error


_FORMULA_WITHOUT_VALUE = (b"</f></c>", b"</f><v></v></c>", b"</f><v/></c>")


def _check_formulas(archive: zipfile.ZipFile, names: set[str]) -> None:
    """A formula is read by its last result; one that no spreadsheet has computed has none."""
    for name in sorted(names):
        if not name.startswith("xl/worksheets/sheet"):
            continue
        tail = b""
        with archive.open(name) as sheet:
            while block := sheet.read(1 << 20):
                seen = tail + block
                if any(mark in seen for mark in _FORMULA_WITHOUT_VALUE):
                    raise TableRefused(
                        "une case contient une formule sans résultat. Copiez la feuille, puis collez-la avec "
                        f"«{NBSP}Collage spécial, Valeurs{NBSP}»."
                    )
                tail = block[-32:]


def _text(cell: Any, epoch: datetime) -> str:
    """A cell as a person would write it: a day, an hour, a number without « .0 »."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return _day_and_hour(cell, epoch)
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, time):
        return cell.strftime("%H:%M")
    if isinstance(cell, timedelta):
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}" if minutes >= 0 else ""
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return _tidy(str(cell))


def _day_and_hour(cell: datetime, epoch: datetime) -> str:
    if cell.date() == epoch.date():  # an hour alone, kept as a part of the first day
        return cell.strftime("%H:%M")
    return cell.strftime("%Y-%m-%d %H:%M") if cell.time() != time() else cell.date().isoformat()


def as_day(serial: str) -> date | None:
    """« 46706 » → 15 November 2027: a day that lost its format on its way through a spreadsheet."""
    if serial.isdecimal() and 36_526 <= int(serial) <= 73_050:  # 2000 to 2099
        return date(1899, 12, 30) + timedelta(days=int(serial))
    return None


def as_hour(fraction: str) -> time | None:
    """« 0.4375 » or « 0,4375 » → 10 h 30: an hour that lost its format."""
    plain = fraction.replace(",", ".")
    if not plain.startswith("0.") or not plain[2:].isdecimal():
        return None
    minutes = round(float(plain) * 24 * 60)
    return time(*divmod(minutes, 60)) if minutes < 24 * 60 else None


def letter(position: int) -> str:
    """The name of a column in a spreadsheet: 0 → « A », 26 → « AA »."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def column_names(header: Sequence[str]) -> list[str]:
    """« Titre (A) », or « Colonne B » where the header says nothing."""
    return [f"{name} ({letter(i)})" if name else f"Colonne {letter(i)}" for i, name in enumerate(header)]
