"""The file for Excel: read again as Excel and as other programs read it."""

import csv
import io

import pytest
from sqlalchemy.orm import Session

from campaign.board import export, queries
from campaign.board.export import HEADER, Codes, csv_lines
from campaign.board.filters import Filters
from tests.board.world import NOW, SAYABEC, open_world, register


def _read(session: Session, codes: Codes, filters: Filters | None = None) -> list[dict[str, str]]:
    edition = open_world()
    register(
        edition,
        SAYABEC,
        place='=HYPERLINK("http://mal.example";"gratuit")',
        wants_kit=True,
        kit_flags=2,
        delivery_address="+1, rue Principale\nSayabec",
    )
    session.flush()
    rows = queries.list_rows(edition, filters or Filters(), regions=None, now=NOW)
    text = "".join(csv_lines(rows, edition, prefix="GSTP", codes=codes))
    assert text.startswith("\ufeff")
    assert text.count("\r\n") == text.count("\n")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_codes_keep_their_zeros_in_excel(session: Session) -> None:
    rows = _read(session, Codes.EXCEL)

    assert [row["code"] for row in rows] == ['="96020"', '="02005"', '="10043"', '="07105"']
    assert rows[-1]["code de région"] == '="01"'
    assert rows[-1]["code de MRC"] == '="070"'


def test_other_programs_get_plain_codes(session: Session) -> None:
    rows = _read(session, Codes.PLAIN)

    assert [row["code"] for row in rows] == ["96020", "02005", "10043", "07105"]


def test_one_registration_whole(session: Session) -> None:
    row = _read(session, Codes.PLAIN)[-1]

    assert {name: value for name, value in row.items() if value} == {
        "code": "07105",
        "municipalité": "Sayabec",
        "désignation": "Municipalité",
        "code de MRC": "070",
        "MRC": "La Matapédia",
        "code de région": "01",
        "région": "Bas-Saint-Laurent",
        "état": "Confirmée",
        "numéro": "GSTP-2027-0001",
        "façons de participer": "Lever du drapeau",
        "date du lever (ISO)": "2027-11-15",
        "date du lever": "lundi 15\u00a0novembre\u00a02027",
        "heure": "10\u00a0h",
        "lieu": '\'=HYPERLINK("http://mal.example";"gratuit")',
        "résolution": "Aucune",
        "trousse": "Demandée",
        "drapeaux": "2",
        "affiches": "0",
        "autocollants": "0",
        "carrés-doudou": "0",
        "adresse de livraison": "'+1, rue Principale Sayabec",
        "prénom": "Manon",
        "nom": "Tremblay",
        "fonction": "Greffière",
        "courriel": "manon@exemple.quebec",
        "téléphone": "418\u00a0555-0123",
        "poste": "12",
        "inscrite le (ISO)": "2027-10-04",
        "inscrite le": "4\u00a0octobre\u00a02027",
        "confirmée le (ISO)": "2027-10-04",
        "confirmée le": "4\u00a0octobre\u00a02027",
        "provenance": "lien personnel",
    }


def test_every_cell_has_a_column(session: Session) -> None:
    assert set(_read(session, Codes.EXCEL)[0]) == set(HEADER)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_what_people_typed_is_never_computed(start: str) -> None:
    assert export.typed(f"{start}1+1")[0] == "'"


def test_ordinary_text_is_left_as_it_is() -> None:
    assert export.typed("L’Isle-Verte = belle") == "L’Isle-Verte = belle"
