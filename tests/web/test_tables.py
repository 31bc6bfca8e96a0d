"""Files that people make in a spreadsheet, and files made to harm."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import pytest
from openpyxl import Workbook

from campaign.web.tables import (
    MOST_COLUMNS,
    Table,
    TableRefused,
    as_day,
    as_hour,
    column_names,
    decode,
    letter,
    read_table,
)

FRENCH = "Titre;Municipalité\nFête d’été à L’Île;Hébertville\nNoël «\u00a0Ça alors\u00a0»;Saint-Benoît\n"


def book(*rows: list[Any]) -> bytes:
    made = Workbook()
    for row in rows:
        made.worksheets[0].append(row)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def read(content: bytes, *, most_rows: int = 100) -> Table:
    return read_table(content, most_rows=most_rows)


def refusal(content: bytes, *, most_rows: int = 100) -> str:
    with pytest.raises(TableRefused) as refused:
        read(content, most_rows=most_rows)
    return str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "mac-roman", "utf-16"])
def test_the_letters_of_every_french_excel_are_read(encoding: str) -> None:
    assert decode(FRENCH.encode(encoding)).removeprefix("\ufeff") == FRENCH


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_seen_in_the_header(separator: str) -> None:
    content = f'Titre{separator}"Lieu, étage; porte"\nConte{separator}Salle\n'.encode()

    assert read(content).header == ["Titre", "Lieu, étage; porte"]


def test_the_hint_that_excel_adds_is_no_header() -> None:
    table = read(b"sep=,\r\nTitre,Lieu\r\nConte,Salle\r\n")

    assert (table.header, table.rows) == (["Titre", "Lieu"], [(3, ["Conte", "Salle"])])


def test_rows_keep_their_line_and_blank_ones_are_left_out() -> None:
    table = read(b'Titre;Dates\n\n;\n"Conte";"15 nov.\n17 nov."\nMarche;x\n')

    assert table.rows == [(4, ["Conte", "15 nov.; 17 nov."]), (6, ["Marche", "x"])]


def test_cells_of_a_workbook_are_what_a_person_would_write() -> None:
    moment = datetime.combine(date(2027, 11, 15), time(10))
    content = book(
        ["Texte", "Jour", "Heure", "Moment", "Nombre", "Décimale", "Vrai"],
        [
            "07105",
            date(2027, 11, 15),
            time(10, 30),
            moment,
            12,
            0.5,
            True,
        ],
    )

    assert read(content).rows == [
        (2, ["07105", "2027-11-15", "10:30", "2027-11-15 10:00", "12", "0.5", "oui"])
    ]


def test_the_result_of_a_formula_is_read_and_one_without_result_is_refused() -> None:
    made = book(["Titre"], ["=1+1"])

    assert "formule sans résultat" in refusal(made)
    assert read(_with_result(made)).rows == [(2, ["2"])]


def _with_result(made: bytes) -> bytes:
    """As a spreadsheet leaves it, once it has computed."""
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename.startswith("xl/worksheets/"):
                assert b"<f>1+1</f><v" in data
                data = (
                    data.replace(b"<v></v>", b"<v>2</v>")
                    .replace(b"<v />", b"<v>2</v>")
                    .replace(b"<v/>", b"<v>2</v>")
                )
            new.writestr(part.filename, data)
    return changed.getvalue()


def _zip(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), data)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Le fichier est vide"),
        (b"\xd0\xcf\x11\xe0 anything", "mot de passe"),
        (b"PK not a zip", "abîmé"),
        (_zip(document=b"x"), "pas un classeur Excel"),
        (_zip(xl__workbook_xml=b"<broken"), "ne se lit pas"),
        (_zip(xl__workbook_xml=b"x", xl__bomb_xml=b"0" * 100_000_001), "trop grand"),
        (b"\x00\x01\x02\x03\xff" * 10, "pas du texte"),
        (b'Titre;Lieu\n"jamais;ferm\n', "guillemet"),
        (b";".join([b"x"] * 1_000_000), "colonnes"),
        (book(["x"] * (MOST_COLUMNS + 1)), "colonnes"),
        (b"Titre\n" + b"x\n" * 101, "dépasse 100 lignes"),
        (book(["Titre"], *[["x"]] * 101), "dépasse 100 lignes"),
    ],
    ids=[
        "empty", "encrypted", "damaged", "another zip", "broken", "bomb", "binary", "quote", "columns",
        "columns of a workbook", "rows", "rows of a workbook",
    ],
)  # fmt: skip
def test_what_is_no_table_has_its_sentence(content: bytes, said: str) -> None:
    assert said in refusal(content)


def test_entities_that_multiply_are_refused() -> None:
    made = book(["Titre"], ["x"])
    changed = io.BytesIO()
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(changed, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, laughs + data if part.filename.endswith("sheet1.xml") else data)

    assert "ne se lit pas" in refusal(changed.getvalue())


def test_days_and_hours_that_lost_their_format_are_found_again() -> None:
    assert (as_day("46706"), as_day("12"), as_day("2027-11-15")) == (date(2027, 11, 15), None, None)
    assert (as_hour("0.4375"), as_hour("0,4375"), as_hour("10")) == (time(10, 30), time(10, 30), None)


def test_columns_are_told_as_the_spreadsheet_does() -> None:
    assert [letter(0), letter(25), letter(26), letter(99)] == ["A", "Z", "AA", "CV"]
    assert column_names(["Titre", ""]) == ["Titre (A)", "Colonne B"]
