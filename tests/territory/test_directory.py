"""Reading a directory file: what is accepted, and every fault told with its line."""

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.territory.changes import DirectoryRow
from campaign.territory.directory import (
    COLUMNS,
    DATA,
    PACKAGED_DIRECTORY,
    DirectoryError,
    packaged_reference,
    read_directory,
)
from tests.territory import packaged

VARENNES = {
    "geo_code": "59020",
    "name": "Varennes",
    "designation": "V",
    "designation_name": "Ville",
    "is_local": "1",
    "mrc_code": "590",
    "mrc_name": "Marguerite-D'Youville",
    "mrc_kind": "MRC",
    "region_code": "16",
    "region_name": "Montérégie",
    "latitude": "45.68341",
    "longitude": "-73.43217",
    "coords_source": "toponyme",
    "population": "21198",
    "email": "info@example.org",
    "website": "http://www.example.org",
    "contact_as_of": "2026-06-15",
    "mayor": "Une Personne",
    "riding_codes": "",
    "ridings": "",
}


def file_of(*rows: dict[str, str], columns: tuple[str, ...] = COLUMNS, separator: str = ",") -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=separator, lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def faults(content: bytes) -> list[str]:
    with pytest.raises(DirectoryError) as error:
        read_directory(content)
    assert error.value.message == "\n".join(error.value.messages)
    return [message.replace("\N{NO-BREAK SPACE}", " ") for message in error.value.messages]


def test_the_packaged_directory_is_read_whole() -> None:
    rows = read_directory(PACKAGED_DIRECTORY)

    assert len(rows) == 1281
    assert sum(row.is_local for row in rows) == 1098
    assert Counter(row.kind.value for row in rows) == {
        "municipalite": 1098,
        "territoire_non_organise": 105,
        "communaute": 30,
        "nordique": 24,
        "autre": 24,
    }
    assert sum(row.population or 0 for row in rows) == 9058297


def test_a_row_is_read_with_its_zero_its_apostrophes_and_its_zone() -> None:
    rows = {row.geo_code: row for row in read_directory(PACKAGED_DIRECTORY)}

    assert rows["98020"].name == "L’Île-d’Anticosti"
    assert rows["13080"].name == "Saint-Louis-du-Ha! Ha!"
    assert rows["01023"].values()["time_zone"] == "America/Halifax"
    assert read_directory(file_of(VARENNES)) == [
        DirectoryRow(
            geo_code="59020",
            name="Varennes",
            designation="V",
            designation_name="Ville",
            is_local=True,
            region_code="16",
            mrc_code="590",
            mrc_name="Marguerite-D’Youville",
            mrc_kind="MRC",
            latitude=45.68341,
            longitude=-73.43217,
            population=21198,
            email="info@example.org",
            website="http://www.example.org",
            mayor="Une Personne",
            contact_as_of=date(2026, 6, 15),
        )
    ]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_what_spreadsheets_write_is_accepted(separator: str, mark: bytes, ending: bytes) -> None:
    content = mark + file_of(VARENNES, separator=separator).replace(b"\n", ending)

    assert read_directory(content) == read_directory(file_of(VARENNES))


def test_columns_in_any_order_decimal_commas_and_spaced_thousands_are_accepted() -> None:
    retyped = VARENNES | {"latitude": "45,68341", "longitude": "-73,43217", "population": "21\u00a0198"}

    assert read_directory(file_of(retyped, columns=COLUMNS[::-1])) == read_directory(file_of(VARENNES))


def test_placeholders_of_the_ministry_are_empty() -> None:
    row = VARENNES | {"mayor": "Poste vacant", "phone": "0000000000"}

    read = read_directory(file_of(row, columns=(*COLUMNS, "phone")))

    assert [(found.mayor, found.phone) for found in read] == [("", "")]
    kept = read_directory(file_of(row | {"phone": "8775550000"}, columns=(*COLUMNS, "phone")))
    assert kept[0].phone == "8775550000"


def test_a_wrong_header_names_what_is_missing_and_what_is_unknown() -> None:
    columns = (*(column for column in COLUMNS if column not in ("name", "region_code")), "maire")

    assert faults(file_of(VARENNES, columns=columns)) == [
        "Ligne 1 : il manque les colonnes « name », « region_code ».",
        "Ligne 1 : l’en-tête a en trop la colonne « maire ».",
    ]
    assert faults(file_of(columns=(*COLUMNS, "name"))) == [
        "Ligne 1 : l’en-tête a deux fois la colonne « name »."
    ]


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"geo_code": "5902A"}, "le code géographique « 5902A » n’a pas cinq chiffres."),
        (
            {"geo_code": "1023"},
            "le code géographique « 1023 » n’a pas cinq chiffres."
            " Un tableur a peut-être retiré le zéro du début.",
        ),
        ({"geo_code": "５９０２０"}, "le code géographique « ５９０２０ » n’a pas cinq chiffres."),
        ({"name": " "}, "la colonne « name » est vide."),
        ({"name": "V" * 121}, "la colonne « name » dépasse 120 caractères."),
        ({"name": "Va\nrennes"}, "la colonne « name » a un caractère invisible ou un retour à la ligne."),
        ({"designation": "X"}, "la désignation « X » est inconnue."),
        ({"is_local": "oui"}, "« oui » dans « is_local » : attendu 0, 1."),
        ({"region_code": "18"}, "le code de région « 18 » est inconnu."),
        ({"mrc_code": "999"}, "le code de MRC « 999 » est inconnu."),
        ({"mrc_code": "300"}, "la MRC 300 est dans la région 05, non 16."),
        ({"mrc_kind": "ville"}, "« ville » dans « mrc_kind » : attendu vide, MRC, TE, GEO."),
        ({"latitude": "nord"}, "« nord » dans « latitude » n’est pas un nombre."),
        ({"latitude": "nan"}, "« nan » dans « latitude » n’est pas un nombre."),
        ({"latitude": "12.5"}, "la colonne « latitude » (12.5) est hors du Québec."),
        ({"longitude": "73.4"}, "la colonne « longitude » (73.4) est hors du Québec."),
        ({"population": "-3"}, "« -3 » dans « population » n’est pas un nombre entier positif."),
        ({"email": "info"}, "« info » n’est pas une adresse courriel."),
        (
            {"contact_as_of": "15/06/2026"},
            "« 15/06/2026 » dans « contact_as_of » n’est pas une date (AAAA-MM-JJ).",
        ),
    ],
)
def test_each_fault_of_a_row_is_told_with_its_line(changed: dict[str, str], fault: str) -> None:
    assert faults(file_of(VARENNES | {"geo_code": "59025"}, VARENNES | changed)) == [f"Ligne 3 : {fault}"]


def test_all_faults_are_told_at_once() -> None:
    content = file_of(
        VARENNES | {"geo_code": "x", "population": "y"}, VARENNES, VARENNES, VARENNES | {"region_code": "99"}
    )

    assert faults(content) == [
        "Ligne 2 : le code géographique « x » n’a pas cinq chiffres.",
        "Ligne 2 : « y » dans « population » n’est pas un nombre entier positif.",
        "Ligne 4 : le code 59020 est déjà à la ligne 3.",
        "Ligne 5 : le code de région « 99 » est inconnu.",
    ]


def test_a_quoted_line_break_does_not_shift_the_numbers_of_the_lines() -> None:
    content = file_of(VARENNES | {"ridings": "un\ndeux"}, VARENNES | {"geo_code": "5"})

    assert faults(content) == ["Ligne 4 : le code géographique « 5 » n’a pas cinq chiffres."]


def test_a_short_or_a_long_line_is_told() -> None:
    assert faults(file_of(VARENNES) + b"59025,Trop court\n") == ["Ligne 3 : 2 colonnes au lieu de 20."]


def test_another_encoding_is_told_with_each_of_its_lines() -> None:
    latin = file_of(VARENNES, VARENNES | {"geo_code": "59025", "name": "Verchères"}).decode().encode("cp1252")

    assert faults(latin) == [
        "Ligne 2 : l’octet 0xE9 n’est pas de l’UTF-8. Enregistrez-le en « CSV UTF-8 ».",
        "Ligne 3 : l’octet 0xE8 n’est pas de l’UTF-8. Enregistrez-le en « CSV UTF-8 ».",
    ]
    assert faults(file_of(VARENNES).decode().encode("utf-16")) == [
        "Ligne 1 : le fichier est en UTF-16. Enregistrez-le en « CSV UTF-8 »."
    ]


def test_damaged_files_are_refused() -> None:
    assert faults(file_of(VARENNES | {"mayor": "A\0B"})) == [
        "Ligne 2 : un caractère nul; le fichier est abîmé ou n’est pas du texte."
    ]
    assert faults(file_of(VARENNES).replace(b"Varennes", b'"Varennes')) == [
        "Ligne 2 : un guillemet s’ouvre ou se ferme au mauvais endroit."
    ]
    assert faults(b"") == ["Le fichier est vide."]
    assert faults(file_of()) == ["Le fichier n’a aucune ligne après son en-tête."]


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DirectoryError, match="n’existe pas"):
        read_directory(tmp_path / "absent.csv")
    with pytest.raises(DirectoryError, match="ne peut pas être lu"):
        read_directory(tmp_path)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_a_sentence(content: bytes) -> None:
    with pytest.raises(DirectoryError):
        read_directory(content)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=20), max_size=4))
def test_any_cell_gives_a_row_or_faults_with_a_line(changed: dict[str, str]) -> None:
    try:
        rows = read_directory(file_of(VARENNES | changed))
    except DirectoryError as error:
        told = error.messages
    else:
        told = ()
        assert len(rows) == 1

    assert all(message.startswith("Ligne ") for message in told)


def test_our_own_files_speak_of_territories_that_exist() -> None:
    reference = packaged_reference()
    codes = {row["geo_code"] for row in packaged.entities()}

    assert (len(reference.regions), len(reference.mrcs)) == (17, 104)
    assert Counter(mrc.kind for mrc in reference.mrcs.values()) == {"MRC": 87, "TE": 17}
    assert Counter(row.parent_code for row in reference.boroughs) == {
        "66023": 19,
        "23027": 6,
        "43027": 4,
        "58227": 3,
        "25213": 3,
        "94068": 3,
        "76052": 2,
        "09048": 1,
    }
    assert {alias.geo_code for alias in reference.aliases} <= codes
    assert len({(alias.name, alias.geo_code) for alias in reference.aliases}) == len(reference.aliases)
    assert {merger.successor_code for merger in reference.mergers} <= codes
    assert not {merger.old.geo_code for merger in reference.mergers} & codes
    assert all(merger.old.mrc_code for merger in reference.mergers)


def test_the_packaged_files_tell_their_sources() -> None:
    told = (DATA / "README.md").read_text(encoding="utf-8")

    assert {path.name for path in DATA.iterdir() if path.name not in told} == {"README.md"}
    for attribution in ("MAMH, CC-BY 4.0", "MRNF", "GeoNames, CC-BY 4.0", "Made with Natural\nEarth"):
        assert attribution.replace("\n", " ") in told.replace("\n", " ")
