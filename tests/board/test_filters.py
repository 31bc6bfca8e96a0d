"""Filters: read from the address, written back to it."""

from campaign.board.filters import Filters, Group
from campaign.participations.models import KitState, ResolutionState, State


def test_an_address_is_read_and_written_back_the_same() -> None:
    address = {
        "edition": "11",
        "etat": "confirmee",
        "region": "01",
        "mrc": "070",
        "trousse": "demandee",
        "resolution": "adoptee",
        "a_appeler": "1",
        "a_verifier": "1",
        "q": "l’isle",
        "page": "3",
    }

    filters = Filters.read(address)

    assert filters == Filters(
        edition=11,
        state=State.CONFIRMED,
        region="01",
        mrc="070",
        kit=KitState.REQUESTED,
        resolution=ResolutionState.ADOPTED,
        to_call=True,
        to_review=True,
        q="l’isle",
        page=3,
    )
    assert filters.address(page=3) == address


def test_what_the_address_says_wrongly_is_ignored() -> None:
    wrong = {"edition": "x", "etat": "jamais", "trousse": "?", "a_appeler": "oui", "page": "-4"}

    assert Filters.read(wrong) == Filters()


def test_a_changed_filter_starts_at_the_first_page() -> None:
    filters = Filters.read({"etat": "silencieuses", "page": "5"})

    assert filters.state is Group.SILENT
    assert filters.address(region="09") == {"etat": "silencieuses", "region": "09"}
    assert filters.address(page=6) == {"etat": "silencieuses", "page": "6"}


def test_the_edition_alone_narrows_nothing() -> None:
    assert not Filters(edition=11, page=2).is_narrowed
    assert Filters(q="a").is_narrowed
