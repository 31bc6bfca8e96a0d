"""What a mailing would do at any instant, on a page and as a file."""

import csv

import pytest

from tests.mailings.manage.pages import INVITATION
from tests.pages import Client
from tests.people import sign_in


@pytest.mark.usefixtures("draft")
def test_simulates_any_instant(client: Client) -> None:
    sign_in(client)
    page = client.visit(f"{INVITATION}/simulation?date=2027-09-01&heure=10 h 30")

    assert page.texts("main h2") == ["Le 1er\u00a0septembre\u00a02027 à 10\u00a0h\u00a030"]
    assert page.texts("#totaux tbody td") == ["3", "1"]
    assert page.texts("#totaux tfoot td") == ["4"]
    assert len(page.all("#adresses tbody tr")) == 4
    chosen = client.visit(page.link("Déjà inscrite"))
    assert [row.split("Exclue")[0].strip() for row in chosen.texts("#adresses tbody tr")] == [
        "manon@exemple.quebecManon Tremblay"
    ]


@pytest.mark.usefixtures("draft")
def test_a_date_that_nobody_understands_is_said_beside(client: Client) -> None:
    sign_in(client)

    page = client.visit(f"{INVITATION}/simulation?date=jamais&heure=9 h")

    assert page.texts(".field__error") != []
    assert page.one("#date")["value"] == "jamais"
    assert page.texts("#totaux tfoot td") == ["4"]


@pytest.mark.usefixtures("draft")
def test_the_simulation_as_a_file(client: Client) -> None:
    sign_in(client)

    text = client.get(f"{INVITATION}/simulation.csv?date=2027-09-01&heure=9 h").get_data(as_text=True)

    assert text.startswith("\ufeffadresse;decision;motif;variante;municipalites;moment\r\n")
    rows = list(csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=";"))[1:]
    assert sorted(row[1] for row in rows) == ["exclue", "incluse", "incluse", "incluse"]
