"""« de », « d’ », « du », « des », « à », « au », « aux » in front of names, and legal persons."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.territory.directory import packaged_reference
from campaign.territory.grammar import (
    legal_name,
    legal_name_with_article,
    legal_name_with_de,
    region_with_de,
    region_with_in,
    with_a,
    with_de,
)
from campaign.territory.names import fold, typographic
from tests.territory import packaged

BEGINNING_WITH_H_OR_Y = {
    "Ham-Nord": "de Ham-Nord",
    "Ham-Sud": "de Ham-Sud",
    "Hampden": "de Hampden",
    "Hampstead": "de Hampstead",
    "Harrington": "de Harrington",
    "Hatley": "de Hatley",
    "Havelock": "de Havelock",
    "Havre-Saint-Pierre": "de Havre-Saint-Pierre",
    "Hemmingford": "de Hemmingford",
    "Henryville": "d’Henryville",
    "Hinchinbrooke": "de Hinchinbrooke",
    "Honfleur": "de Honfleur",
    "Hope": "de Hope",
    "Hope Town": "de Hope Town",
    "Howick": "de Howick",
    "Huberdeau": "d’Huberdeau",
    "Hudson": "de Hudson",
    "Huntingdon": "de Huntingdon",
    "Hébertville": "d’Hébertville",
    "Hérouxville": "d’Hérouxville",
    "Yamachiche": "de Yamachiche",
    "Yamaska": "de Yamaska",
}


def test_each_name_in_h_or_y_has_its_own_decision() -> None:
    names = [name for name in packaged.names() if fold(name).startswith(("h", "y"))]

    assert {name: with_de(name) for name in names} == BEGINNING_WITH_H_OR_Y


def test_de_elides_before_each_vowel_except_where_it_is_said_as_a_consonant() -> None:
    names = [
        name for name in packaged.names() if re.match("[aeiou]", fold(name)) and not re.match("L['’]", name)
    ]

    kept = [name for name in names if with_de(name) != f"d’{typographic(name)}"]

    assert len(names) > 55
    assert kept == ["Uashat"]
    assert with_de("Uashat") == "de Uashat"


def test_le_and_les_contract_and_la_and_l_stay() -> None:
    articles = [name for name in packaged.names() if re.match("(Le|La|Les) |L'", name)]

    for name in articles:
        article, rest = re.fullmatch("(Les |Le |La |L')(.*)", name).groups()  # type: ignore[union-attr]  # as chosen
        expected = {
            "Les ": (f"des {rest}", f"aux {rest}"),
            "Le ": (f"du {rest}", f"au {rest}"),
            "La ": (f"de La {rest}", f"à La {rest}"),
            "L'": (f"de L’{rest}", f"à L’{rest}"),
        }[article]
        assert (with_de(name), with_a(name)) == tuple(map(typographic, expected))
    assert len(articles) > 50


@pytest.mark.parametrize(
    ("name", "de", "a"),
    [
        ("Varennes", "de Varennes", "à Varennes"),
        ("Les Méchins", "des Méchins", "aux Méchins"),
        ("Les Escoumins", "des Escoumins", "aux Escoumins"),
        ("Le Bic", "du Bic", "au Bic"),
        ("La Malbaie", "de La Malbaie", "à La Malbaie"),
        ("L’Isle-Verte", "de L’Isle-Verte", "à L’Isle-Verte"),
        ("Saint-Louis-du-Ha! Ha!", "de Saint-Louis-du-Ha! Ha!", "à Saint-Louis-du-Ha! Ha!"),
        ("Le Gardeur", "de Le Gardeur", "à Le Gardeur"),
        ("Lemieux", "de Lemieux", "à Lemieux"),
        ("Lac-Etchemin", "de Lac-Etchemin", "à Lac-Etchemin"),
        ("Éverest", "d’Éverest", "à Éverest"),
        ("Œuvre", "d’Œuvre", "à Œuvre"),
        ("Yverdon", "d’Yverdon", "à Yverdon"),
        ("Y", "de Y", "à Y"),
        ("Le Plateau-Mont-Royal", "du Plateau-Mont-Royal", "au Plateau-Mont-Royal"),
        ("Les Chenaux", "des Chenaux", "aux Chenaux"),
        ("D’Autray", "de D’Autray", "à D’Autray"),
    ],
)
def test_examples_of_the_commission_de_toponymie(name: str, de: str, a: str) -> None:
    assert (with_de(name), with_a(name)) == (de, a)


def test_the_override_of_a_territory_wins() -> None:
    assert with_de("Hudson", "d'Hudson") == "d’Hudson"
    assert with_a("Le Bic", "à Le Bic") == "à Le Bic"
    assert legal_name("Ville", "Hudson", "d’Hudson") == "Ville d’Hudson"


@given(st.sampled_from(packaged.names()))
def test_the_name_survives_whole_but_for_a_contracted_article(name: str) -> None:
    rest = re.sub("^(Le|Les) ", "", typographic(name))

    assert with_de(name).endswith(rest)
    assert with_a(name).endswith(rest)
    assert "'" not in with_de(name) + with_a(name)


@given(st.text(min_size=1))
def test_any_name_gives_a_phrase(name: str) -> None:
    assert re.match("(de |d’|du |des )", with_de(name))
    assert re.match("(à |au |aux )", with_a(name))


def test_legal_persons() -> None:
    assert legal_name("Municipalité", "Hébertville") == "Municipalité d’Hébertville"
    assert legal_name("Ville", "Varennes") == "Ville de Varennes"
    assert legal_name("Municipalité", "Les Méchins") == "Municipalité des Méchins"
    assert legal_name("Paroisse", "Saint-Louis-du-Ha! Ha!") == "Paroisse de Saint-Louis-du-Ha! Ha!"
    assert legal_name("Canton", "Hatley") == "Canton de Hatley"
    assert legal_name("Cantons unis", "Latulipe-et-Gaboury") == "Cantons unis de Latulipe-et-Gaboury"
    assert legal_name("Village nordique", "Inukjuak") == "Village nordique d’Inukjuak"
    assert legal_name("Gouvernement régional", "Eeyou Istchee Baie-James") == (
        "Gouvernement régional d’Eeyou Istchee Baie-James"
    )
    assert legal_name("MRC", "Le Granit") == "MRC du Granit"
    assert legal_name("Arrondissement", "Les Rivières") == "Arrondissement des Rivières"
    assert legal_name("Réserve indienne", "Listuguj") == "Communauté de Listuguj"
    assert legal_name("", "L'Islet") == "L’Islet"


@pytest.mark.parametrize(
    ("designation", "name", "subject", "complement"),
    [
        ("Ville", "Varennes", "la Ville de Varennes", "de la Ville de Varennes"),
        ("Village", "Abercorn", "le Village d’Abercorn", "du Village d’Abercorn"),
        (
            "Cantons unis",
            "Alleyn-et-Cawood",
            "les Cantons unis d’Alleyn-et-Cawood",
            "des Cantons unis d’Alleyn-et-Cawood",
        ),
        (
            "Arrondissement",
            "Le Sud-Ouest",
            "l’Arrondissement du Sud-Ouest",
            "de l’Arrondissement du Sud-Ouest",
        ),
        ("MRC", "Les Basques", "la MRC des Basques", "de la MRC des Basques"),
        ("", "Amos", "Amos", "d’Amos"),
    ],
)
def test_a_legal_person_in_a_sentence(designation: str, name: str, subject: str, complement: str) -> None:
    assert legal_name_with_article(designation, name) == subject
    assert legal_name_with_de(designation, name) == complement


def test_each_region_has_its_own_article() -> None:
    names = [region.name for region in packaged_reference().regions.values()]

    assert [(region_with_de(name), region_with_in(name)) for name in names] == [
        ("du Bas-Saint-Laurent", "dans le Bas-Saint-Laurent"),
        ("du Saguenay–Lac-Saint-Jean", "au Saguenay–Lac-Saint-Jean"),
        ("de la Capitale-Nationale", "dans la Capitale-Nationale"),
        ("de la Mauricie", "en Mauricie"),
        ("de l’Estrie", "en Estrie"),
        ("de Montréal", "à Montréal"),
        ("de l’Outaouais", "en Outaouais"),
        ("de l’Abitibi-Témiscamingue", "en Abitibi-Témiscamingue"),
        ("de la Côte-Nord", "sur la Côte-Nord"),
        ("du Nord-du-Québec", "dans le Nord-du-Québec"),
        ("de la Gaspésie–Îles-de-la-Madeleine", "en Gaspésie–Îles-de-la-Madeleine"),
        ("de la Chaudière-Appalaches", "en Chaudière-Appalaches"),
        ("de Laval", "à Laval"),
        ("de Lanaudière", "dans Lanaudière"),
        ("des Laurentides", "dans les Laurentides"),
        ("de la Montérégie", "en Montérégie"),
        ("du Centre-du-Québec", "dans le Centre-du-Québec"),
    ]
