"""Folding, order and labels of names."""

import locale
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.territory.names import (
    display_label,
    fold,
    official_name,
    region_name,
    search_key,
    sort_key,
    typographic,
)
from tests.territory import packaged


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("st augustin", "Saint-Augustin"),
        ("ST. AUGUSTIN", "Saint-Augustin"),
        ("Malbaie", "La Malbaie"),
        ("la malbaie", "La Malbaie"),
        ("st-louis du ha ha", "Saint-Louis-du-Ha! Ha!"),
        ("St-Louis-du-Ha!-Ha!", "Saint-Louis-du-Ha! Ha!"),
        ("ile d'anticosti", "L'Île-d'Anticosti"),
        ("L’ÎLE D’ANTICOSTI", "L'Île-d'Anticosti"),
        ("ANCIENNE LORETTE", "L'Ancienne-Lorette"),
        ("l isle-verte", "L'Isle-Verte"),
        ("dollard des ormeaux", "Dollard-des-Ormeaux"),
        ("ste-adele", "Sainte-Adèle"),
        ("Sts-Anges", "Saints-Anges"),
        ("N.-D. de Lourdes", "Notre-Dame-de-Lourdes"),
        ("mt tremblant", "Mont-Tremblant"),
        ("Sacré-Cœur", "Sacré-Coeur"),
        ("belœil", "Beloeil"),
        ("ville de Varennes", "Varennes"),
        ("Ville d’Amos", "Amos"),
        ("municipalité des Méchins", "Les Méchins"),
        ("Municipalité du Bic", "Le Bic"),
        ("mun. de Saint-Guy", "Saint-Guy"),
        ("paroisse de st-malo", "Saint-Malo"),
        ("Municipalité de la paroisse de Saint-Malo", "Saint-Malo"),
        ("canton Bedford", "Bedford"),
        ("cantons unis de Latulipe-et-Gaboury", "Latulipe-et-Gaboury"),
        ("village nordique de Kuujjuaq", "Kuujjuaq"),
        ("métabetchouan lac à la croix", "Métabetchouan–Lac-à-la-Croix"),
    ],
)
def test_a_name_and_the_ways_to_type_it_have_the_same_key(typed: str, name: str) -> None:
    assert search_key(typed) == search_key(name)


@pytest.mark.parametrize(
    ("name", "key"),
    [("Ville-Marie", "ville marie"), ("La", "la"), ("Villeroy", "villeroy"), ("ville de", "ville de")],
)
def test_a_real_name_is_not_taken_for_a_designation_or_an_article(name: str, key: str) -> None:
    assert search_key(name) == key


def test_names_that_differ_keep_different_keys() -> None:
    by_key = Counter(search_key(name) for name in packaged.names())

    shared = sorted(name for name in packaged.names() if by_key[search_key(name)] > 1)

    assert shared == ["Ange-Gardien", "L'Ange-Gardien"]


@given(st.sampled_from(packaged.names()), st.sampled_from([str.upper, str.lower, fold, typographic]))
def test_case_accents_and_apostrophes_never_change_the_key(name: str, retyped: object) -> None:
    assert callable(retyped)
    assert search_key(retyped(name)) == search_key(name)


@given(st.text())
def test_any_text_has_a_key_of_plain_words(text: str) -> None:
    key = search_key(text)

    assert key == " ".join(key.split())
    assert not set(key) & set("-'’!.,ÀÉéœ")


def test_the_order_is_the_ministry_s() -> None:
    ministry = [
        "La Visitation-de-Yamaska",
        "Labelle",
        "Lac-au-Saumon",
        "Lac-Édouard",
        "Lachute",
        "Lac-Mégantic",
        "L'Ancienne-Lorette",
        "Landrienne",
        "Saint-Donat",
        "Sainte-Adèle",
        "Sainte-Aurélie",
        "Saint-Edmond-de-Grantham",
    ]

    keys = [sort_key(name) for name in ministry]

    assert keys == sorted(set(keys))


def test_homonyms_follow_their_designation_then_their_mrc() -> None:
    homonyms = [
        ("Saint-Augustin", "Municipalité", "Le Golfe-du-Saint-Laurent"),
        ("Saint-Augustin", "Municipalité", "Maria-Chapdelaine"),
        ("Saint-Augustin", "Paroisse", "Charlevoix"),
        ("Saint-Augustin-de-Desmaures", "Ville", ""),
    ]

    keys = [sort_key(*homonym) for homonym in homonyms]

    assert keys == sorted(set(keys))


@given(st.lists(st.sampled_from(packaged.names()), min_size=2))
def test_the_order_does_not_depend_on_the_collation(chosen: list[str]) -> None:
    keys = [sort_key(name) for name in chosen]

    assert all(key.isascii() and key.isalnum() and key == key.lower() for key in keys)
    assert sorted(keys, key=locale.strxfrm) == sorted(keys)


@given(st.sampled_from(packaged.names()))
def test_the_order_ignores_accents_and_hyphens(name: str) -> None:
    assert sort_key(name) == sort_key(fold(name)) == sort_key(name.replace("-", ""))


def test_names_are_stored_with_their_typography() -> None:
    assert official_name("  L'Île-d'Anticosti ") == "L’Île-d’Anticosti"
    assert official_name("Saint-Louis-du-Ha! Ha!") == "Saint-Louis-du-Ha! Ha!"
    assert official_name("Saint-Lin--Laurentides") == "Saint-Lin–Laurentides"
    assert official_name("E\u0301tang") == "Étang"
    assert region_name("Saguenay--Lac-Saint-Jean") == "Saguenay–Lac-Saint-Jean"
    assert region_name("Gaspésie--Îles-de-la-Madeleine") == "Gaspésie–Îles-de-la-Madeleine"


def test_a_label_tells_the_designation_and_the_mrc_or_the_region_or_the_city() -> None:
    assert (
        display_label(
            "Saint-Augustin",
            "Municipalité",
            mrc_name="Le Golfe-du-Saint-Laurent",
            region_name="Côte-Nord",
        )
        == "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)"
    )
    assert display_label("Laval", "Ville", region_name="Laval") == "Laval (ville, Laval)"
    assert display_label("Verdun", "Arrondissement", parent_name="Montréal") == (
        "Verdun (arrondissement, Montréal)"
    )
    assert display_label("Le Granit", "MRC", region_name="Estrie") == "Le Granit (MRC, Estrie)"
    assert display_label("Listuguj", "Réserve indienne", region_name="Gaspésie") == (
        "Listuguj (communauté, Gaspésie)"
    )


def test_no_two_territories_have_the_same_label() -> None:
    labels = Counter(
        display_label(
            row["name"],
            row["designation_name"],
            mrc_name=row["mrc_name"] if row["mrc_kind"] == "MRC" else None,
            region_name=row["region_name"],
        )
        for row in packaged.entities()
        if row["name"] != "Toponyme à venir"
    )

    assert [label for label, times in labels.items() if times > 1] == []
