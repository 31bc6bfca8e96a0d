"""A number that no database stores names nothing, in an address as in a form."""

import pytest

from campaign.web.numbers import BIGGEST, read_numbers
from tests.pages import Client
from tests.people import sign_in

ASKED = ("/gestion/messages/{}", "/gestion/messages/{}/apercu", "/gestion/contacts/{}/modifier")


@pytest.mark.parametrize("address", ASKED)
@pytest.mark.parametrize("number", [BIGGEST, BIGGEST + 1, 10**20])
def test_a_number_that_no_row_has_is_an_unknown_page(client: Client, address: str, number: int) -> None:
    sign_in(client)

    assert client.visit(address.format(number), status=404).status == 404


def test_what_is_no_number_of_a_row_is_dropped() -> None:
    typed = ["7", str(BIGGEST), str(BIGGEST + 1), "9" * 5000, "-1", "٣", "", "12 "]

    assert read_numbers(typed) == [7, BIGGEST]
