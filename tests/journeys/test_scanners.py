"""Mail scanners and link previews open every address of a letter, by GET and by HEAD: nothing moves."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts import services as accounts
from campaign.accounts.models import Role
from campaign.campaigns import services as campaigns
from campaign.db import db, transaction
from campaign.mailings import departure, queries
from campaign.mailings import services as mailings
from campaign.mailings.plan import Line
from campaign.mailings.schedule import Due
from campaign.outbox import queries as outbox
from campaign.outbox.models import Message
from campaign.outbox.rendering import public_link
from campaign.participations import letters, links
from campaign.participations import services as participations
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


def every_letter(app: Flask) -> None:
    """Each direct letter, and each mailing of the calendar in each variant, to a town that takes part."""
    now = datetime(2027, 10, 5, 14, tzinfo=UTC)
    with app.app_context(), transaction() as session:
        campaigns.set_organization("Collectif", postal_address="1, rue A", contact="bonjour@exemple.quebec")
        participation = builders.confirm(now=now)
        session.flush()
        edition, town = builders.edition(), builders.territory()
        link = links.issue(edition, town, now=now)
        participation = participations.get_participation(participation.id)
        letters.ask_verification(participation, links.ask_proof(participation, "", now=now), now=now)
        letters.confirm_registration(participation, link, now=now)
        letters.tell_change(participation, public_link("participations.personal", token=link), now=now)
        letters.send_link(edition, town, link, to="manon@exemple.quebec", now=now)
        (case,) = queries.load_participants(edition)
        for mailing in queries.list_mailings(edition):
            words = mailings.words_of(mailing, edition)
            due = Due(instant=now, why="", asked_on=now.date(), is_moved=False)
            lines = [
                Line(
                    key=f"{mailing.key}:{variant}",
                    email=f"p{number}@exemple.quebec",
                    name="",
                    included=(case,),
                    left_out=(),
                    exclusion=None,
                    note="",
                    variant=variant,
                    due=due,
                )
                for number, variant in enumerate(words)
            ]
            if not lines:
                continue  # an automatic one, whose letters are the direct ones above
            departure.decide(mailing, edition, mailings.brief_of(mailing, edition), lines, words, now=now)


def addresses_of_letters(app: Flask) -> set[str]:
    """Where the links of all letters lead, in their text, their HTML and their headers."""
    with app.app_context():
        messages = db.session.scalars(sa.select(Message)).all()
        assert {message.batch for message in messages if message.batch}
        words = [
            html.unescape(part)
            for message in messages
            for part in (*outbox.words_of(message), *message.headers.values())
        ]
    found = {address for part in words for address in re.findall(r"https?://[^\s\"<>)]+", part)}
    assert all(address.startswith("http://localhost/") for address in found), found
    return {address.removeprefix("http://localhost") for address in found}


def contents(app: Flask) -> dict[str, list[object]]:
    """All that the database holds."""
    with app.app_context():
        return {
            name: sorted(map(repr, db.session.execute(sa.select(table)).all()))
            for name, table in db.metadata.tables.items()
            if name not in ("territory", "territory_alias")
        }


@pytest.mark.usefixtures("directory")
def test_a_gateway_that_opens_every_link_of_every_letter_twice_changes_nothing(app: Flask) -> None:
    every_letter(app)
    addresses = addresses_of_letters(app)
    before = contents(app)

    answers = {
        (method, address, app.test_client().open(address, method=method).status_code)
        for address in sorted(addresses)
        for method in ("GET", "HEAD", "GET", "HEAD")
    }

    kinds = {address.split("/")[1] for address in addresses}
    assert kinds >= {"p", "desabonnement", "inscription", "municipalites", "calendrier"}
    assert {status for _, _, status in answers} <= {200, 302}
    assert {address.split("/")[1] for _, address, status in answers if status == 302} <= {"gestion"}
    assert contents(app) == before


@pytest.mark.usefixtures("directory")
def test_a_head_at_a_form_answers_like_its_page(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    pages = ("/inscription/93022", "/inscription/lien", "/connexion")

    assert {page: client.head(page).status_code for page in pages} == dict.fromkeys(pages, 200)
