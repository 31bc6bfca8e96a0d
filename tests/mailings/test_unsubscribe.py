"""Leaving the solicitations by the link of a letter: GET shows, POST acts at once, services still leave."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaign import clock
from campaign.campaigns.services import set_organization
from campaign.contacts.models import Change, ContactMove
from campaign.db import db, transaction
from campaign.mailings.unsubscribing import masked
from campaign.outbox import delivery
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState, Scope, Stream, Unsubscription
from tests import builders
from tests.outbox.letters import add_templates, write
from tests.pages import Client, Page, checked
from tests.queries import count_queries

EMAIL = "manon@exemple.quebec"
ONE_CLICK = b"List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture
def link(app: Flask) -> str:
    """The address of the link in a letter of the 12th edition."""
    add_templates(app)
    with app.app_context(), transaction():
        return f"/desabonnement/{outbox.unsubscribe_token(EMAIL, '12', now=clock.now())}"


def bare(app: Flask) -> FlaskClient:
    """A mail provider's program: it keeps no cookie and read no page."""
    return app.test_client(use_cookies=False)


def press(app: Flask, link: str, body: bytes = ONE_CLICK, content_type: str = URLENCODED) -> TestResponse:
    return bare(app).post(link, data=body, content_type=content_type)


def left(app: Flask) -> list[tuple[str, Scope, str, str]]:
    with app.app_context():
        rows = db.session.scalars(sa.select(Unsubscription).order_by(Unsubscription.id))
        return [(row.email, row.scope, row.campaign, row.origin) for row in rows]


LEFT_IN_ONE_CLICK = (EMAIL, Scope.ORGANIZATION, "", "En un clic, depuis la messagerie (RFC 8058)")


# --- what a robot does --------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("more", ["", "?List-Unsubscribe=One-Click", "?portee=tout"])
def test_a_gateway_that_opens_the_link_twice_changes_nothing(
    app: Flask, link: str, method: str, more: str
) -> None:
    with count_queries(app) as statements:
        answers = [bare(app).open(link + more, method=method) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [statement for statement in statements if statement not in statements.reads] == []
    assert left(app) == []


def test_one_click_acts_at_once_without_cookie_token_or_redirect(app: Flask, link: str) -> None:
    answer = press(app, link)

    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])
    assert left(app) == [LEFT_IN_ONE_CLICK]


def test_one_click_as_a_multipart_form_acts_too(app: Flask, link: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'

    assert press(app, link, body, "multipart/form-data; boundary=x").status_code == 200
    assert left(app) == [LEFT_IN_ONE_CLICK]


def test_one_click_twice_is_once(app: Flask, link: str) -> None:
    assert [press(app, link).status_code for _ in range(2)] == [200, 200]
    assert left(app) == [LEFT_IN_ONE_CLICK]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", URLENCODED),
        (b"List-Unsubscribe=Two-Clicks", URLENCODED),
        (b"list-unsubscribe=One-Click", URLENCODED),
        (b"portee=quelque-chose", URLENCODED),
        (b'{"List-Unsubscribe": "One-Click"}', "application/json"),
        (b"\xff\x00", "multipart/form-data; boundary=x"),
        (ONE_CLICK, "text/plain"),
    ],
)
def test_any_other_body_changes_nothing_and_says_what_to_do(
    app: Flask, link: str, body: bytes, content_type: str
) -> None:
    page = checked(press(app, link, body, content_type), 400)

    assert "Faites votre choix ci-dessous" in page.text
    assert left(app) == []


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("token", ["inconnu", "a" * 300, "é%20"])
def test_an_unknown_link_helps(app: Flask, client: Client, method: str, token: str) -> None:
    page = checked(client.open(f"/desabonnement/{token}", method=method, data={"portee": "tout"}), 404)

    assert page.h1 == "Nous ne reconnaissons pas ce lien"
    assert left(app) == []


def test_a_link_of_long_ago_still_opens(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        token = outbox.unsubscribe_token(EMAIL, "3", now=clock.now() - timedelta(days=3650))

    assert press(app, f"/desabonnement/{token}").status_code == 200
    assert left(app) == [LEFT_IN_ONE_CLICK]


# --- what a person does -------------------------------------------------------------------------------


def test_the_page_asks_only_what_to_leave_and_shows_no_address_in_full(client: Client, link: str) -> None:
    page = client.visit(link)

    assert EMAIL not in page.html
    assert "m•••n@exemple.quebec" in page.text
    assert page.texts("fieldset label") == [
        "Cette campagne seulement",
        "Tous les envois de cet organisme",
        "Tout",
    ]
    assert page.fields() == {"portee": ["organisme"]}
    assert "messages de service que vous demandez" in page.text
    assert page.response.headers.getlist("Set-Cookie") == []
    assert page.response.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("scope", "campaign"),
    [(Scope.CAMPAIGN, "12"), (Scope.ORGANIZATION, ""), (Scope.ALL, "")],
)
def test_each_choice_leaves_what_it_says_without_a_cookie(
    app: Flask, link: str, scope: Scope, campaign: str
) -> None:
    page = checked(bare(app).post(link, data={"portee": scope.value}))

    assert left(app) == [(EMAIL, scope, campaign, "Page de désabonnement")]
    assert page.h1 == "Vous ne recevez plus nos invitations"


def test_a_person_leaves_then_leaves_more_then_comes_back(app: Flask, client: Client, link: str) -> None:
    page = client.submit(client.visit(link), portee="campagne")
    assert "les envois de la 12e édition" in page.text

    page = client.submit(page, "form.form", portee="tout")
    assert [scope for _, scope, _, _ in left(app)] == [Scope.CAMPAIGN, Scope.ALL]
    assert "tous les envois, d’où qu’ils viennent" in page.text
    assert page.all("form.form") == []

    page = client.submit(page, button="Me réabonner")
    assert (left(app), page.h1) == ([], "Ne plus recevoir nos invitations")


def test_coming_back_keeps_what_had_been_left_in_the_story(app: Flask, client: Client, link: str) -> None:
    press(app, link)
    client.submit(client.visit(link), "form:not(.form)", button="Me réabonner")

    with app.app_context():
        (move,) = db.session.scalars(sa.select(ContactMove)).all()
        told = (move.email, move.change, move.author, move.detail.split(" le ")[0])
    assert told == (
        EMAIL,
        Change.RESUBSCRIBED,
        "La personne, par le lien d’un courriel",
        "Avait quitté tous les envois de l’organisme",
    )


def test_a_link_without_a_campaign_offers_none(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        token = outbox.unsubscribe_token(EMAIL, "", now=clock.now())
    page = client.visit(f"/desabonnement/{token}")

    assert page.texts("fieldset label") == ["Tous les envois de cet organisme", "Tout"]
    client.submit(page, portee="organisme")
    assert press(app, f"/desabonnement/{token}", b"portee=campagne").status_code == 200
    assert [scope for _, scope, _, _ in left(app)] == [Scope.ORGANIZATION]


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("manon@exemple.quebec", "m•••n@exemple.quebec"),
        ("dg@exemple.quebec", "d•••@exemple.quebec"),
        ("a@exemple.quebec", "a•••@exemple.quebec"),
    ],
)
def test_an_address_is_recognized_by_its_owner_only(email: str, shown: str) -> None:
    assert masked(email) == shown


# --- what leaves after --------------------------------------------------------------------------------


def leaving(app: Flask) -> list[str]:
    """The addresses and subjects of all that leaves now."""
    now = clock.now() + timedelta(minutes=1)
    with app.app_context(), transaction():
        chunk = delivery.reserve(now, 10)
    sent = []
    while chunk:
        with app.app_context(), transaction():
            sent += [f"{letter.to_email} {letter.subject}" for letter in delivery.begin(chunk, 1, now)]
    return sent


def test_a_message_queued_before_the_click_is_held_and_a_service_still_leaves(app: Flask, link: str) -> None:
    with app.app_context(), transaction():
        write(EMAIL, "sollicitée", stream=Stream.SOLICITATION, campaign="12", now=clock.now())
        write(EMAIL, "de service", now=clock.now())
        write(
            "autre@exemple.quebec", "sollicitée", stream=Stream.SOLICITATION, campaign="12", now=clock.now()
        )

    press(app, link)

    assert leaving(app) == [f"{EMAIL} Bonjour de service", "autre@exemple.quebec Bonjour sollicitée"]
    with app.app_context():
        states = db.session.scalars(sa.select(Message.state).order_by(Message.id)).all()
    assert states == [MessageState.SUPPRESSED, MessageState.SENDING, MessageState.SENDING]


def test_leaving_one_campaign_keeps_the_others(app: Flask, link: str) -> None:
    press(app, link, b"portee=campagne")

    with app.app_context(), transaction():
        for number in ("12", "13"):
            write(EMAIL, number, stream=Stream.SOLICITATION, campaign=number, now=clock.now())

    assert leaving(app) == [f"{EMAIL} Bonjour 13"]


@pytest.mark.usefixtures("directory")
def test_registering_after_leaving_gives_service_messages_only(app: Flask, client: Client, link: str) -> None:
    press(app, link, b"portee=tout")
    builders.open_edition(app)

    client.submit(client.visit(f"/inscription/{builders.HEBERTVILLE}"), **builders.SHORTEST)
    with app.app_context(), transaction():
        write(EMAIL, "rappel", stream=Stream.SOLICITATION, campaign="12", now=clock.now())

    assert [each.split()[0] for each in leaving(app)] == [EMAIL]
    assert [scope for _, scope, _, _ in left(app)] == [Scope.ALL]


def test_the_page_names_the_organization(app: Flask, client: Client, link: str) -> None:
    with app.app_context(), transaction():
        set_organization("Collectif petite enfance", contact="bonjour@exemple.quebec")
    page: Page = client.visit(link)

    assert "Collectif petite enfance, cette année et les suivantes." in page.text
