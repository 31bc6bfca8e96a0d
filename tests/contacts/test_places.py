"""Municipalities as the team types them: names, codes, several at once, homonyms told apart."""

import pytest
from sqlalchemy.orm import Session

from campaign.contacts.places import UnknownPlace, read_places, write_places

pytestmark = pytest.mark.usefixtures("directory")


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("07085", ["07085"]),
        ("sayabec", ["07085"]),
        ("  Ville de Rimouski ; 07085 ", ["10043", "07085"]),
        ("Rimouski, rimouski, 10043", ["10043"]),
        ("l’isle-verte", ["12043"]),
        ("66023-09", ["66023-09"]),
        ("", []),
        (" ; , ", []),
    ],
)
def test_names_and_codes_are_understood(session: Session, typed: str, codes: list[str]) -> None:
    assert [place.geo_code for place in read_places(typed)] == codes


def test_a_homonym_asks_for_its_code(session: Session) -> None:
    with pytest.raises(UnknownPlace) as refusal:
        read_places("Saint-Sébastien")

    assert "30085 pour Saint-Sébastien (" in str(refusal.value)
    assert "56050 pour Saint-Sébastien (" in str(refusal.value)
    assert [place.geo_code for place in read_places("30085")] == ["30085"]


@pytest.mark.parametrize("typed", ["Atlantide", "99999", "Rimouski; Atlantide", "Rim"])
def test_what_is_no_municipality_is_refused_by_its_name(session: Session, typed: str) -> None:
    with pytest.raises(UnknownPlace, match="n’est pas reconnue"):
        read_places(typed)


@pytest.mark.parametrize("typed", ["07085; 10043", "30085; 56050; 07085"])
def test_what_is_written_is_read_back(session: Session, typed: str) -> None:
    places = read_places(typed)

    assert read_places(write_places(list(places))) == places
