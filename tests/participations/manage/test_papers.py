"""The team notes the resolution of the council, and where the kit is."""

from datetime import date

from flask import Flask

from campaign.participations.models import KitState, ResolutionState, Track
from tests.board.world import SAYABEC
from tests.pages import Client
from tests.participations.manage.pages import FORM, ask, last_move, page_of, stored
from tests.people import sign_in


def test_a_resolution_adopted_needs_its_day(app: Flask, client: Client, world: None) -> None:
    sign_in(client)
    asked = client.visit(page_of(SAYABEC, "resolution"))

    refused = client.submit(asked, FORM, status=422, state="adoptee")
    client.submit(refused, FORM, on="2027-10-04", number="2027-10-123")

    found = stored(app, SAYABEC)
    assert "Inscrivez la date de la séance du conseil." in refused.text
    assert (found.resolution_state, found.resolution_on, found.resolution_number) == (
        ResolutionState.ADOPTED,
        date(2027, 10, 4),
        "2027-10-123",
    )


def test_a_kit_is_followed(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    ask(client, SAYABEC, "Suivre la trousse", state="expediee", reason="Colis 123")

    assert stored(app, SAYABEC).kit_state is KitState.SHIPPED
    assert last_move(app, SAYABEC, Track.KIT)[4] == "Colis 123"
