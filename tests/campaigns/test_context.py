"""The frame of every page: who carries the campaign, and whether its edition is a demonstration."""

import pytest
from flask import Flask

from campaign.campaigns.queries import current_edition
from campaign.campaigns.services import set_organization
from campaign.db import transaction
from tests.pages import Client
from tests.queries import count_queries

PAGE = "/accessibilite"
"""It has nothing of its own to read."""
FOOTER = ".site-footer p"


def test_a_change_of_the_organization_shows_on_the_next_page(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        set_organization("Collectif petite enfance")
    before = client.visit(PAGE).texts(FOOTER)
    with app.app_context(), transaction():
        set_organization("Collectif des tout-petits", privacy_officer="Manon Tremblay")

    after = client.visit(PAGE).texts(FOOTER)

    assert before[0] == "Collectif petite enfance avec Espace MUNI"
    assert after[:2] == ["Collectif des tout-petits avec Espace MUNI", "Manon Tremblay"]


@pytest.mark.usefixtures("demo")
def test_the_banner_of_the_demonstration_leaves_with_it(app: Flask, client: Client) -> None:
    before = client.visit(PAGE).texts(".simulated")
    with app.app_context(), transaction():
        current_edition().is_simulated = False

    assert (len(before), client.visit(PAGE).texts(".simulated")) == (1, [])


def test_the_frame_is_read_once_until_something_public_changes(app: Flask, client: Client) -> None:
    client.visit(PAGE)
    with count_queries(app) as statements:
        client.visit(PAGE)

    assert [each for each in statements if "organization" in each or "edition" in each] == []
