"""The page that changes one activity: say it, see its effects, confirm; every list and calendar follows."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.db import db, transaction
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventMove, Follower
from campaign.outbox.models import Message
from tests import builders
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.pages import Client, Page
from tests.people import sign_in

EVE = datetime(2027, 11, 14, 20, tzinfo=UTC)
NBSP = "\u00a0"
STORM = "Tempête de neige."


@pytest.fixture(autouse=True)
def eve(directory: None) -> Iterator[None]:
    with clock.pretend(EVE):
        yield


def published(app: Flask, told: ActivityContent | None = None) -> tuple[int, str]:
    """Its number and its address."""
    with app.app_context(), transaction():
        event = publish(told)
        db.session.add(
            Follower(
                event_id=event.id,
                email="ana@exemple.quebec",
                token_hash=event.slug,
                created_at=NOW,
                verified_at=NOW,
            )
        )
        return event.id, event.slug


def first_day(app: Flask, number: int) -> date | None:
    with app.app_context():
        event = db.session.get_one(Event, number, options=[sa.orm.selectinload(Event.sessions)])
        return event.sessions[0].starts_on


def ask(client: Client, number: int, *, status: int = 200, **answers: object) -> Page:
    page = client.visit(f"/gestion/evenements/{number}/changer")
    return client.submit(page, "main form", status=status, **{"reason": STORM, **answers})


def confirm(client: Client, preview: Page, status: int = 200) -> Page:
    return client.submit(preview, "main form", status=status, button="Confirmer")


def test_a_storm_is_told_on_a_phone_in_three_pages(app: Flask, client: Client) -> None:
    number, slug = published(app)
    sign_in(client, Role.COORDINATOR, "02")

    preview = ask(client, number, gesture="reporter-jours")

    assert first_day(app, number) == DAY_J
    assert f"Reportée au 16{NBSP}novembre{NBSP}: Heure du conte en pyjama" in preview.text
    hours = f"novembre{NBSP}2027, de 10{NBSP}h à 11{NBSP}h, Bibliothèque municipale"
    assert f"Lundi 15{NBSP}{hours}" in preview.text
    assert f"Mardi 16{NBSP}{hours}" in preview.text
    assert "1 courriel part tout de suite." in preview.text
    done = confirm(client, preview)
    assert f"Reportée au 16{NBSP}novembre" in done.html
    assert first_day(app, number) == DAY_J + timedelta(days=1)
    with app.app_context():
        assert [message.to_email for message in db.session.scalars(sa.select(Message))] == [
            "ana@exemple.quebec"
        ]
    assert f"reportée au 16{NBSP}novembre" in client.visit(f"/evenements/{slug}").text


def test_pressed_twice_it_is_done_once(app: Flask, client: Client) -> None:
    number, _slug = published(app)
    sign_in(client, Role.ORGANIZER)
    preview = ask(client, number, gesture="reporter-jours")
    confirm(client, preview)

    again = confirm(client, preview, status=409)

    assert "a changé depuis cet aperçu" in again.text
    assert first_day(app, number) == DAY_J + timedelta(days=1)
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(EventMove.id))) == 1
        assert db.session.scalar(sa.select(sa.func.count(Message.id))) == 1


def test_what_was_said_may_be_mended_before_it_is_confirmed(app: Flask, client: Client) -> None:
    number, _slug = published(app)
    sign_in(client, Role.ORGANIZER)
    preview = ask(client, number, gesture="reporter-au", day="2027-11-17", at="13 h 30")

    form = client.submit(preview, "main form", button="Corriger")

    assert form.fields("main form")["day"] == ["2027-11-17"]
    assert form.fields("main form")["at"] == ["13 h 30"]
    assert first_day(app, number) == DAY_J


def test_one_date_of_several(app: Flask, client: Client) -> None:
    days = tuple(Sitting(day=DAY_J + timedelta(days=each), starts=time(10)) for each in range(2))
    number, slug = published(app, content(sittings=days))
    sign_in(client, Role.ORGANIZER)
    page = client.visit(f"/gestion/evenements/{number}/changer")
    second = [option["value"] for option in page.all("select[name=sitting] option")][2]

    confirm(client, ask(client, number, gesture="annuler", sitting=second))

    feed = client.get("/calendrier.ics").get_data(as_text=True)
    assert feed.count("SUMMARY:ANNULÉ – Heure du conte") == 1
    assert feed.count("Heure du conte en pyjama") >= 2
    assert client.get(f"/evenements/{slug}").status_code == 200


def test_nothing_published_vanishes_whatever_is_done(app: Flask, client: Client) -> None:
    sign_in(client, Role.ORGANIZER)
    actions: list[dict[str, object]] = [
        {"gesture": "reporter-jours"},
        {"gesture": "reporter-au", "day": "2027-11-18"},
        {"gesture": "a-confirmer"},
        {"gesture": "annuler"},
        {"gesture": "interieur", "place": "Gymnase"},
        {"gesture": "lieu", "place": "Aréna", "geo_code": builders.SAINT_AUGUSTIN_OF_THE_LAKE},
        {"gesture": "en-ligne", "online_url": "https://exemple.quebec/direct"},
    ]
    published_ones = [
        published(app, content(title=f"Conte {step}", place=f"Salle {step}"))
        for step, _ in enumerate(actions)
    ]

    for (number, _slug), answers in zip(published_ones, actions, strict=True):
        confirm(client, ask(client, number, **answers))

    feed = client.get("/calendrier.ics").get_data(as_text=True)
    pages = client.visit("/calendrier").text
    for step, (_number, slug) in enumerate(published_ones):
        assert f"Conte {step}" in feed, actions[step]
        assert f"Conte {step}" in pages, actions[step]
        assert STORM in client.visit(f"/evenements/{slug}").text, actions[step]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({}, "Choisissez ce qu’il faut faire."),
        ({"gesture": "reporter-au"}, "Inscrivez la nouvelle date."),
        ({"gesture": "reporter-jours", "days": "0"}, "Inscrivez un nombre de jours, de 1 à 60."),
        ({"gesture": "en-ligne"}, "Inscrivez une adresse"),
        ({"gesture": "lieu"}, "Inscrivez le nouveau lieu."),
        ({"gesture": "annuler", "reason": ""}, "Indiquez la raison en quelques mots."),
        ({"gesture": "reporter-au", "day": "2027-03-14", "at": "2 h 30"}, f"Inscrivez 3{NBSP}h."),
    ],
)
def test_each_action_asks_what_it_needs(
    app: Flask, client: Client, answers: dict[str, object], error: str
) -> None:
    number, _slug = published(app)
    sign_in(client, Role.ORGANIZER)

    page = ask(client, number, status=422, **answers)

    assert error in page.text


def test_a_refusal_is_told_beside_what_was_typed(app: Flask, client: Client) -> None:
    number, _slug = published(app)
    sign_in(client, Role.ORGANIZER)

    page = ask(client, number, gesture="retablir", status=409)

    assert "il n’y a rien à rétablir" in page.text
    assert page.fields("main form")["reason"] == [STORM]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_region_is_closed_by_its_address_too(app: Flask, client: Client, method: str) -> None:
    number, _slug = published(app)
    sign_in(client, Role.COORDINATOR, "01")
    app.config["WTF_CSRF_ENABLED"] = False

    answer = client.open(
        f"/gestion/evenements/{number}/changer",
        method=method,
        data={"gesture": "annuler", "reason": STORM, "etape": "confirmer"} if method == "POST" else None,
    )

    assert answer.status_code == 403
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count(EventMove.id))) == 0


def test_who_may_only_look_changes_nothing(app: Flask, client: Client) -> None:
    number, _slug = published(app)
    sign_in(client, Role.VIEWER)

    assert client.get(f"/gestion/evenements/{number}/changer").status_code == 403


def test_a_ceremony_is_changed_in_the_file_of_its_municipality(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        event = builders.confirm().event
        assert event is not None
        number = event.id
    sign_in(client, Role.ORGANIZER)

    page = client.visit(f"/gestion/evenements/{number}/changer")

    assert page.link("Reporter la cérémonie") == f"/gestion/municipalites/{builders.HEBERTVILLE}/reporter"
