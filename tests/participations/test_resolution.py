"""The model resolution: right for each kind of council, and the same in both its forms."""

import zipfile
from dataclasses import replace
from io import BytesIO

import pytest
from docx import Document

from campaign.participations.resolution import ResolutionContent, resolution_text
from campaign.participations.resolution_word import resolution_docx
from tests.typography import faults

HEBERTVILLE = ResolutionContent(
    full_name="Municipalité d’Hébertville",
    full_name_de="de la Municipalité d’Hébertville",
    name_de="d’Hébertville",
    parent="MRC de Lac-Saint-Jean-Est",
    edition_number=12,
    week_text="du 15 au 21\u00a0novembre 2027",
    organization="Collectif petite enfance",
    flag_date_text="le lundi 15\u00a0novembre 2027, à 10\u00a0h",
    flag_place="à l’hôtel de ville",
    flag_until_text="jusqu’au dimanche 21\u00a0novembre 2027",
)
VERDUN = replace(
    HEBERTVILLE,
    full_name="Arrondissement de Verdun",
    full_name_de="de l’Arrondissement de Verdun",
    name_de="de Verdun",
    council="conseil d’arrondissement",
    parent="Ville de Montréal",
)
KAMOURASKA = replace(
    HEBERTVILLE,
    full_name="MRC de Kamouraska",
    full_name_de="de la MRC de Kamouraska",
    name_de="de Kamouraska",
    council="conseil de la MRC",
    parent="",
)
MASHTEUIATSH = replace(
    HEBERTVILLE,
    full_name="Communauté de Mashteuiatsh",
    full_name_de="de la Communauté de Mashteuiatsh",
    name_de="de Mashteuiatsh",
    council="conseil de bande",
    parent="",
    province="",
    flag_date_text="",
)
LES_MECHINS = replace(
    HEBERTVILLE,
    full_name="Municipalité des Méchins",
    full_name_de="de la Municipalité des Méchins",
    name_de="des Méchins",
    parent="MRC de La Matanie",
)
EVERY_KIND = pytest.mark.parametrize(
    "content",
    [HEBERTVILLE, VERDUN, KAMOURASKA, MASHTEUIATSH, LES_MECHINS],
    ids=["municipality", "borough", "mrc", "community", "plural-name"],
)


def word_paragraphs(octets: bytes) -> list[str]:
    return [paragraph.text for paragraph in Document(BytesIO(octets)).paragraphs]


def test_the_decisions_name_the_council_the_week_and_the_flag() -> None:
    decisions = [line for line in resolution_text(HEBERTVILLE).splitlines() if line.startswith("QUE ")]

    assert decisions == [
        "QUE le préambule fasse partie intégrante de la présente résolution;",
        "QUE le conseil municipal de la Municipalité d’Hébertville proclame la semaine du 15 au"
        " 21\u00a0novembre 2027 «\u00a0Grande semaine des tout-petits\u00a0»;",
        "QUE le drapeau de la campagne soit hissé le lundi 15\u00a0novembre 2027, à 10\u00a0h, à l’hôtel"
        " de ville, et qu’il y demeure jusqu’au dimanche 21\u00a0novembre 2027;",
        "QUE la population d’Hébertville soit invitée à prendre part aux activités offertes aux tout-petits"
        " et à leur famille pendant cette semaine;",
        "QUE copie de la présente résolution soit transmise à l’équipe responsable de la campagne"
        " (Collectif petite enfance).",
    ]


@pytest.mark.parametrize(
    ("content", "council"),
    [
        (HEBERTVILLE, "le conseil municipal de la Municipalité d’Hébertville"),
        (VERDUN, "le conseil d’arrondissement de Verdun"),
        (KAMOURASKA, "le conseil de la MRC de Kamouraska"),
        (MASHTEUIATSH, "le conseil de bande de la Communauté de Mashteuiatsh"),
        (LES_MECHINS, "le conseil municipal de la Municipalité des Méchins"),
    ],
    ids=["municipality", "borough", "mrc", "community", "plural-name"],
)
def test_each_kind_of_council_has_its_name(content: ResolutionContent, council: str) -> None:
    assert content.council_in_full == council
    assert f"QUE {council} proclame" in resolution_text(content)


@EVERY_KIND
def test_the_council_keeps_its_own_decisions_blank(content: ResolutionContent) -> None:
    text = resolution_text(content)

    assert "IL EST PROPOSÉ par ____________________, APPUYÉ par ____________________ ET RÉSOLU" in text
    for label in ("Résolution numéro", "Adoptée le", "Copie certifiée conforme le", "Nom et fonction"):
        assert f"{label}\u00a0: ____________________" in text.splitlines()


@EVERY_KIND
def test_the_typography_is_that_of_québec(content: ResolutionContent) -> None:
    assert faults(resolution_text(content)) == []


def test_the_heading_says_who_decides() -> None:
    assert resolution_text(HEBERTVILLE).split("\n\n")[0].splitlines() == [
        "Province de Québec",
        "MRC de Lac-Saint-Jean-Est",
        "Municipalité d’Hébertville",
    ]


def test_a_community_is_not_put_under_a_province_nor_given_a_flag() -> None:
    text = resolution_text(MASHTEUIATSH)

    assert text.startswith("Communauté de Mashteuiatsh\n")
    assert "Province" not in text
    assert "drapeau" not in text
    assert "municipal" not in text.casefold()


def test_the_first_edition_is_feminine() -> None:
    assert "dont la 1re édition se tiendra" in resolution_text(replace(HEBERTVILLE, edition_number=1))


@EVERY_KIND
def test_the_word_document_says_the_same_as_the_text(content: ResolutionContent) -> None:
    said = [line for line in resolution_text(content).splitlines() if line]

    written = word_paragraphs(resolution_docx(content))

    assert sorted(written) == sorted(said)
    assert [line for line in written if line.startswith(("ATTENDU", "EN CON", "QUE"))] == [
        line for line in said if line.startswith(("ATTENDU", "EN CON", "QUE"))
    ]


def test_the_word_document_has_a_title_an_author_a_language_and_one_heading() -> None:
    document = Document(BytesIO(resolution_docx(HEBERTVILLE)))

    properties = document.core_properties
    assert properties.title == "Grande semaine des tout-petits – 12e édition – Municipalité d’Hébertville"
    assert (properties.author, properties.language) == ("Collectif petite enfance", "fr-CA")
    assert [p.text for p in document.paragraphs if p.style.name == "Heading 1"] == [
        "Grande semaine des tout-petits – 12e édition"
    ]
    with zipfile.ZipFile(BytesIO(resolution_docx(HEBERTVILLE))) as archive:
        assert b'<w:lang w:val="fr-CA"' in archive.read("word/styles.xml")


def test_the_word_document_is_of_letter_size() -> None:
    section = Document(BytesIO(resolution_docx(HEBERTVILLE))).sections[0]

    assert (section.page_width.inches, section.page_height.inches) == (8.5, 11)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert resolution_docx(HEBERTVILLE) == resolution_docx(replace(HEBERTVILLE))


def test_a_control_character_typed_in_a_place_does_not_prevent_the_document() -> None:
    typed = replace(HEBERTVILLE, flag_place="à l’hôtel\x0b de ville\x00")

    assert word_paragraphs(resolution_docx(typed)) == word_paragraphs(resolution_docx(HEBERTVILLE))
