"""The team gives a municipality its personal link."""

import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.campaigns.queries import current_edition
from campaign.db import db
from campaign.outbox.models import Message
from campaign.participations import links
from campaign.participations.models import PersonalLink
from campaign.territory.queries import get_territory
from tests.board.world import SAYABEC
from tests.pages import Client
from tests.participations.manage.pages import FORM, in_transaction, letters_about, page_of
from tests.people import sign_in


def test_a_link_is_shown_once_and_works(app: Flask, client: Client, world: None) -> None:
    sign_in(client)

    page = client.submit(client.visit(page_of(SAYABEC, "lien")), FORM, mail=False)

    address = str(page.one("#lien")["value"])
    stranger = app.test_client()
    assert isinstance(stranger, Client)
    assert "Sayabec" in stranger.visit(address.removeprefix("http://localhost")).text
    assert address.rpartition("/")[2] not in client.visit(f"/gestion/municipalites/{SAYABEC}").html
    assert letters_about(app, SAYABEC) == []
    assert "no-store" in page.response.headers["Cache-Control"]


def test_a_new_link_may_close_the_earlier_ones_and_leave_by_mail(
    app: Flask, client: Client, world: None
) -> None:
    tokens: list[str] = []
    in_transaction(
        app, lambda: tokens.append(links.issue(current_edition(), get_territory(SAYABEC), now=clock.now()))
    )
    sign_in(client)
    form = client.visit(page_of(SAYABEC, "lien"))

    page = client.submit(form, FORM, revoke="1", mail="1", email="nouvelle@exemple.quebec")

    assert "Les liens donnés auparavant ne fonctionnent plus." in page.text
    assert client.get(f"/p/{tokens[0]}").status_code == 410
    with app.app_context():
        assert db.session.scalar(sa.select(Message.to_email)) == "nouvelle@exemple.quebec"
        good = db.session.scalars(sa.select(PersonalLink.id).where(PersonalLink.revoked_at.is_(None))).all()
        assert len(good) == 1


def test_a_letter_needs_an_address(client: Client, world: None) -> None:
    sign_in(client)

    page = client.submit(client.visit(page_of(SAYABEC, "lien")), FORM, status=422, mail="1", email="")

    assert "Inscrivez l’adresse courriel." in page.text
