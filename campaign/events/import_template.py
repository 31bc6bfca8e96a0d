"""The file to fill in: its columns, an example, and the values that are accepted."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from campaign.events.import_fields import COLUMNS, Column
from campaign.web.filters import NBSP
from campaign.web.spreadsheets import csv_lines, typed

NAME = "modele-activites"
ACTIVITIES, VALUES = "Activités", "Valeurs acceptées"
HEADER = [column.label for column in COLUMNS]
EXAMPLE = [column.example for column in COLUMNS]


def as_csv(rows: Iterable[Sequence[str]] = (EXAMPLE,)) -> str:
    """The template, or those rows under its header, for any spreadsheet."""
    return "".join(csv_lines(HEADER, [[typed(cell) for cell in row] for row in rows]))


def as_workbook(rows: Iterable[Sequence[str]] = (EXAMPLE,)) -> bytes:
    """The same as an XLSX, with lists to choose from and a sheet that says what each column takes."""
    # Imported here: half of the time that a command takes to start, and few of them write a workbook.
    from openpyxl import Workbook  # noqa: PLC0415
    from openpyxl.styles import Alignment, Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    book = Workbook()
    sheet, values = book.worksheets[0], book.create_sheet(VALUES)
    sheet.title = ACTIVITIES
    sheet.append(HEADER)
    for line, row in enumerate(rows, start=2):
        for at, text in enumerate(row, start=1):
            cell = sheet.cell(line, at)
            # Text stays text: no code loses its zero, nothing becomes a formula.
            cell.value, cell.data_type, cell.number_format = (text or None), "s" if text else "n", "@"
    sheet.freeze_panes = "A2"
    for at, column in enumerate(COLUMNS, start=1):
        sheet.column_dimensions[get_column_letter(at)].width = max(14, min(40, len(column.example) + 4))
        sheet.cell(1, at).font = Font(bold=True)
    _add_values(book, values)
    for row in values.iter_rows():
        for cell in row:
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def _add_values(book: Any, values: Any) -> None:
    """One line for each column; one column of choices for each list, from which cells are filled."""
    from openpyxl.styles import Font  # noqa: PLC0415 - see `as_workbook`
    from openpyxl.utils import get_column_letter  # noqa: PLC0415
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415

    values.append(["Colonne", "Obligatoire", "Ce qu’elle prend"])
    for column in COLUMNS:
        values.append([column.label, "oui" if column.is_needed else "", told(column)])
    for cell in values[1]:
        cell.font = Font(bold=True)
    for at, width in ((1, 24), (2, 13), (3, 90)):
        values.column_dimensions[get_column_letter(at)].width = width
    first = len(COLUMNS) + 4
    for at, column in enumerate((each for each in COLUMNS if each.words), start=1):
        words = list((column.words or {}).values())
        for line, word in enumerate([column.label, *words], start=first):
            values.cell(line, at, word)
        where = get_column_letter(at)
        if not column.takes_several:
            choice = DataValidation(
                type="list", formula1=f"'{VALUES}'!${where}${first + 1}:${where}${first + len(words)}"
            )
            choice.showErrorMessage = False  # other ways to write it are understood too
            mine = get_column_letter(COLUMNS.index(column) + 1)
            choice.add(f"{mine}2:{mine}10001")
            book[ACTIVITIES].add_data_validation(choice)


_EXPLAINED = {
    "reference": "Votre numéro, si vous en avez un. Importé de nouveau, le même numéro met à jour. "
    "Plusieurs lignes du même numéro sont les dates d’une seule activité.",
    "dates": "« 15 novembre 2027 », « 2027-11-15 », « 15 nov. 10 h; 17 nov. 10 h » ou "
    "« du 15 au 21 novembre 2027 » pour des jours entiers.",
    "starts": "« 10 h », « 10 h 30 » ou « 10:30 ».",
    "ends": "« 11 h 30 ».",
    "last_day": "Pour ce qui dure plusieurs jours entiers, comme une exposition.",
    "municipality": "Le nom, ou le code à cinq chiffres quand plusieurs ont le même nom. Vide pour ce qui "
    "est en ligne, ou pour toute une région.",
    "region": "Son nom ou son code, de 01 à 17, quand il n’y a pas de municipalité.",
    "online_url": "Obligatoire pour ce qui est en ligne. Il commence par https://.",
    "price": "« 5 $ par enfant », quand c’est payant.",
    "registration": "Vide ou « non » quand personne ne s’inscrit; sinon, comment s’inscrire.",
    "max_participants": "Un nombre, s’il y a une limite.",
    "contact_email": "Il n’est pas montré au public, sauf si vous le demandez plus loin.",
    "is_contact_public": "Oui pour montrer la personne-ressource, son courriel et son téléphone.",
}


def told(column: Column) -> str:
    """What a column takes."""
    if column.words:
        several = " Plusieurs, séparés par un point-virgule." if column.takes_several else ""
        return f"{', '.join(column.words.values())}.{several}"
    said = re.sub(r"(?<=\d) | (?=\d)|(?<=«) | (?=»)", NBSP, _EXPLAINED.get(column.name, ""))
    return said or f"Du texte, au plus {column.longest}{NBSP}caractères."
