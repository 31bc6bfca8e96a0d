"""Mail scanners and link previews open every address of a letter, by GET and by HEAD: nothing moves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from campaign import clock
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.db import transaction
from campaign.participations import links
from tests import builders
from tests.pages import Client
from tests.queries import count_queries


def verification_link(app: Flask) -> str:
    """A town has just registered; this is the link of the letter that asks whether it was really it."""
    now = clock.now()
    with app.app_context(), transaction() as session:
        participation = builders.register(now=now)
        session.flush()
        token = links.ask_proof(participation, builders.MANON.email, now=now)
    return f"/inscription/confirmer/{token}"


def sign_in_link(app: Flask) -> str:
    now = clock.now()
    with app.app_context(), transaction():
        user = accounts.save_user("jeanne@exemple.quebec", Role.ADMIN, now=now)
        address = accounts.sign_in_address(accounts.issue_link(user, life=timedelta(hours=1), now=now))
    return address.removeprefix("http://localhost")


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("link", [verification_link, builders.personal_link, sign_in_link])
def test_opening_the_link_of_a_letter_writes_nothing(
    app: Flask, client: Client, method: str, link: Callable[[Flask], str]
) -> None:
    address = link(app)

    with count_queries(app) as statements:
        status = client.open(address, method=method).status_code

    assert status == 200
    assert [statement for statement in statements if statement not in statements.reads] == []


@pytest.mark.usefixtures("directory")
def test_a_head_at_a_form_answers_like_its_page(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    pages = ("/inscription/93022", "/inscription/lien", "/connexion")

    assert {page: client.head(page).status_code for page in pages} == dict.fromkeys(pages, 200)
