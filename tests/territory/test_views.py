"""The suggestions' address."""

import pytest

from tests.pages import Client

pytestmark = pytest.mark.usefixtures("directory")


def test_suggestions_tell_homonyms_apart_and_where_to_go(client: Client) -> None:
    response = client.get("/municipalites/recherche", query_string={"q": "st augustin"})

    assert response.mimetype == "application/json"
    assert response.headers["Cache-Control"] == "private, max-age=60"
    assert response.json is not None
    assert response.json["total"] == 5
    assert response.json["resultats"][:2] == [
        {
            "code": "98012",
            "nom": "Saint-Augustin",
            "libelle": "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)",
            "url": "/inscription/98012",
        },
        {
            "code": "92005",
            "nom": "Saint-Augustin",
            "libelle": "Saint-Augustin (paroisse, MRC Maria-Chapdelaine)",
            "url": "/inscription/92005",
        },
    ]


@pytest.mark.parametrize("address", ["?q=", "?q=m", "", "?q=%FF%FE", "?q=" + "a" * 3000])
def test_too_little_or_nonsense_gives_an_empty_answer(client: Client, address: str) -> None:
    response = client.get(f"/municipalites/recherche{address}")

    assert (response.status_code, response.json) == (200, {"resultats": [], "total": 0})


def test_ten_suggestions_at_most(client: Client) -> None:
    response = client.get("/municipalites/recherche?q=saint")

    assert response.json is not None
    assert len(response.json["resultats"]) == 10
    assert response.json["total"] > 250


def test_a_flood_of_searches_from_one_address_is_held_back(client: Client) -> None:
    statuses = [client.get("/municipalites/recherche?q=la").status_code for _ in range(601)]

    assert statuses == [200] * 600 + [429]
