"""What people type finds what organizers wrote, however either of them writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaign.agenda import words

PIECES = [
    "tout",
    "petit",
    "éducateur",
    "trice",
    "e",
    "s",
    "·",
    ".",
    "-",
    "(",
    ")",
    " ",
    "’",
    "œ",
    "É",
    "0",
    "ère",
    "/",
]
TITLES = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


def finds(typed: str, written: str) -> bool:
    """As the index answers: every word asked begins one of the text."""
    known = words.forms(written)
    return all(any(words.answers(word, form) for form in known) for word in words.asked(typed))


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("tout-petits", "La Grande semaine des Tout·e·s-petit·e·s"),
        ("tout-petits", "Fête des Tout.e.s-petit.e.s"),
        ("toutes-petites", "Fête des Tout.e.s-petit.e.s"),
        ("tous petits", "Pour les tout-petits"),
        ("tout petit", "Tout·es-petit·es"),
        ("touts petits", "Tout(e)s-petit(e)s"),
        ("tout·e·s-petit·e·s", "Matinée des tout-petits"),
        ("educateurs", "Causerie pour éducateur·trice·s"),
        ("éducatrice", "Causerie pour éducateur.trice.s"),
        ("educatrices", "Causerie pour éducateur(trice)s"),
        ("educateurs", "Éducatrices et éducateurs"),
        ("actrices", "Les acteur·rice·s du milieu"),
        ("infirmière", "Demandez à l’infirmier·ère"),
        ("étudiantes", "Étudiant-e-s en éducation"),
        ("sportives", "Les sportif·ive·s en herbe"),
        ("citoyenne", "Assemblée citoyen·ne"),
        ("heureuses", "Des familles heureux·euse·s"),
        ("élues", "Rencontre avec les élu·e·s"),
        ("HEURE DU CONTE", "L’heure du conte en pyjama"),
        ("contes", "Heure du conte"),
        ("jeux", "Le jeu libre"),
        ("l'heure", "L’heure du conte"),
        ("coeur", "Sacré-Cœur"),
        ("cœur", "Sacré-Coeur"),
        ("st denis", "Bibliothèque de Saint-Denis"),
        ("0-2 ans", "Pour les 0-2 ans"),
        ("fête famille", "La fête de la famille"),
        ("biblio hébert", "Bibliothèque d’Hébertville"),
        ("", "N’importe quoi"),
        ("!!!", "N’importe quoi"),
    ],
)
def test_it_is_found(typed: str, written: str) -> None:
    assert finds(typed, written)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("conte bricolage", "Heure du conte"),
        ("onte", "Heure du conte"),
        ("éducatrice", "L’éducateur vous attend"),
        ("0-5 ans", "Pour les 0-2 ans"),
        ("2", "En 2027"),
        ("Saint-Denis", "Denis raconte"),
    ],
)
def test_it_is_not_found(typed: str, written: str) -> None:
    assert not finds(typed, written)


def test_only_so_many_words_are_looked_at() -> None:
    assert len(words.asked(" ".join(f"mot{number}" for number in range(100)))) == words.MOST_WORDS


def test_what_looks_like_an_inclusive_word_keeps_both_of_its_own() -> None:
    assert {"porte", "les"} <= words.forms("Porte-les")
    assert {"exemple", "es"} <= words.forms("exemple.es")


@given(TITLES)
def test_folding_twice_is_folding_once(text: str) -> None:
    folded = words.fold(text)

    assert words.fold(folded) == folded


@given(TITLES)
def test_a_text_is_found_by_itself(title: str) -> None:
    assert finds(title, title)


@given(
    st.lists(st.sampled_from(["tout", "petits", "éducateurs", "œuf", "la", "l’", "0"]), max_size=8), TITLES
)
def test_the_order_of_words_is_irrelevant(typed: list[str], written: str) -> None:
    first, last = " ".join(typed), " ".join(reversed(typed))

    assert set(words.asked(first)) == set(words.asked(last))
    assert finds(first, written) == finds(last, written)


@given(st.lists(st.sampled_from(["tout", "éducateurs", "heure"]), max_size=3), TITLES)
def test_one_more_word_never_finds_more(typed: list[str], written: str) -> None:
    longer = " ".join([*typed, "petit"])

    assert "petit" in words.asked(longer)
    assert not finds(longer, written) or finds(" ".join(typed), written)
