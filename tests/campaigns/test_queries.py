from datetime import date

import pytest
from sqlalchemy.orm import Session

from campaign.campaigns import queries, services
from campaign.campaigns.history import load_editions
from campaign.errors import NotFound


def test_current_edition_is_the_open_one_with_the_highest_number(session: Session) -> None:
    load_editions()
    services.open_edition(12, date(2027, 11, 15))
    services.open_edition(11, date(2026, 11, 16))

    assert queries.current_edition().number == 12


def test_published_history_alone_is_no_current_edition(session: Session) -> None:
    load_editions()

    assert queries.find_current_edition() is None
    with pytest.raises(NotFound) as refusal:
        queries.current_edition()
    assert refusal.value.message == "Aucune édition n’est ouverte pour le moment. Revenez un peu plus tard."


def test_get_edition_tells_when_the_number_is_unknown(session: Session) -> None:
    services.open_edition(12, date(2027, 11, 15))

    assert queries.get_edition(12).year == 2027
    with pytest.raises(NotFound) as refusal:
        queries.get_edition(13)
    assert refusal.value.message == "Il n’y a pas d’édition de ce numéro. Choisissez-en une dans la liste."


@pytest.mark.parametrize("number", [-1, 0, 2**31, 10**20])
def test_a_number_that_no_database_stores_is_unknown_too(session: Session, number: int) -> None:
    with pytest.raises(NotFound):
        queries.get_edition(number)


def test_edition_is_found_by_its_year(session: Session) -> None:
    edition = services.open_edition(12, date(2027, 11, 15))

    assert queries.find_edition_of(2027) is edition
    assert queries.find_edition_of(2028) is None
