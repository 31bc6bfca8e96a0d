"""The pages that change a whole region: choose, see, confirm, tell, undo."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.db import db, transaction
from campaign.events.models import Event, EventMove, EventState, Session
from campaign.outbox.models import Message
from tests import builders
from tests.builders import DAY_J
from tests.events.activities import content, publish
from tests.pages import Client, Page
from tests.people import sign_in

EVE = datetime(2027, 11, 14, 20, tzinfo=UTC)
NBSP = "\u00a0"
REPORTS = "/gestion/reports"
STORM = "Tempête de neige."


@pytest.fixture(autouse=True)
def eve(app: Flask, directory: None) -> Iterator[None]:
    with app.app_context(), transaction():
        publish()
        publish(content(title="Marche des lutins"))
        publish(content(title="Conte de la ville", geo_code=builders.MONTREAL))
        builders.confirm()
    with clock.pretend(EVE):
        yield


def days(app: Flask) -> dict[str, date | None]:
    with app.app_context():
        rows = db.session.execute(sa.select(Event.title, Session.starts_on).join(Event.sessions))
        return {row.title: row.starts_on for row in rows}


def look(client: Client, **answers: object) -> Page:
    page = client.visit(REPORTS)
    asked = {"region": "02", "since": "2027-11-15", "gesture": "reporter-jours", "reason": STORM}
    return client.submit(page, "main form", **{**asked, **answers})


def confirm(client: Client, preview: Page) -> Page:
    return client.submit(preview, "main form", button="Confirmer ces changements")


def test_a_region_is_postponed_and_taken_back(app: Flask, client: Client) -> None:
    sign_in(client, Role.COORDINATOR, "02")
    before = days(app)

    preview = look(client)

    assert days(app) == before
    assert "3 activités peuvent changer." in preview.text
    assert "Conte de la ville" not in preview.text
    done = confirm(client, preview)
    assert "3 activités sont changées. 1 courriel part." in done.html
    later = {title: (DAY_J + timedelta(days=1)) for title in before if title != "Conte de la ville"}
    assert days(app) == before | later
    assert f"Lever du drapeau à Hébertville (Hébertville){NBSP}: reporté" in str(done.one("#avis").string)
    undone = client.submit(
        client.visit(done.link("Annuler ces changements")), "main form", button="Annuler ces changements"
    )
    assert days(app) == before
    assert "Le changement précédent est annulé." in undone.text


def test_what_is_unticked_stays(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    preview = look(client)
    keys = preview.fields("main form")["evenement"]
    titles = preview.texts("main form th .choice__label")

    client.submit(preview, "main form", evenement=[keys[titles.index("Marche des lutins")]])

    assert days(app)["Marche des lutins"] == DAY_J + timedelta(days=1)
    assert days(app)["Heure du conte en pyjama"] == DAY_J


def test_confirmed_twice_it_is_done_once(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    preview = look(client, gesture="annuler")

    first, second = confirm(client, preview), confirm(client, preview)

    assert first.url == second.url
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(EventMove.id))) == 3
        assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1
        states = set(db.session.scalars(sa.select(Event.state).where(Event.title != "Conte de la ville")))
        assert states == {EventState.CANCELLED}


def test_nothing_ticked_changes_nothing(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.submit(look(client), "main form", evenement=[])

    assert "rien n’a changé" in page.html
    assert days(app)["Marche des lutins"] == DAY_J


def test_what_is_missing_is_asked(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = client.visit(f"{REPORTS}/apercu?gesture=annuler&since=", 422)

    assert "Inscrivez le premier jour." in page.text
    assert "Indiquez la raison en quelques mots." in page.text
    assert client.visit(f"{REPORTS}/apercu?gesture=lieu&since=2027-11-15", 422)


def test_an_empty_place_says_so(client: Client) -> None:
    sign_in(client, Role.ORGANIZER)

    page = look(client, since="2027-12-24")

    assert "Aucune activité publiée n’a lieu à cet endroit ces jours-là." in page.text


def test_another_region_is_closed_by_its_address_too(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    done = confirm(client, look(client))
    stranger = app.test_client()
    assert isinstance(stranger, Client)
    sign_in(stranger, Role.COORDINATOR, "01", email="ailleurs@exemple.quebec")

    assert stranger.get(done.url).status_code == 404
    assert stranger.get(f"{done.url}/annuler").status_code == 404
    preview = stranger.visit(f"{REPORTS}/apercu?region=02&since=2027-11-15&gesture=annuler&reason=Non", 200)
    assert "Aucune activité publiée" in preview.text
    assert "Derniers changements" not in stranger.visit(REPORTS).text


def test_keys_of_another_region_are_refused_by_name(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    keys = look(client).fields("main form")["evenement"]
    stranger = app.test_client()
    assert isinstance(stranger, Client)
    sign_in(stranger, Role.COORDINATOR, "06", email="ailleurs@exemple.quebec")
    theirs = look(stranger, region="06")

    answer = stranger.post(
        REPORTS, data={**theirs.fields("main form"), "evenement": keys}, follow_redirects=True
    )

    assert "n’est pas dans vos régions" in answer.get_data(as_text=True)
    assert days(app)["Marche des lutins"] == DAY_J


def test_who_may_only_look_is_turned_away(client: Client) -> None:
    sign_in(client, Role.VIEWER)

    assert client.get(REPORTS).status_code == 403
