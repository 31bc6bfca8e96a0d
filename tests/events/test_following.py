"""« Me prévenir si cette activité change »: asked, proved, stopped, forgotten."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session as OrmSession

from campaign import clock
from campaign.db import db, transaction
from campaign.events import following
from campaign.events.content import Sitting
from campaign.events.models import Event, Follower
from campaign.outbox.models import Message
from tests.builders import DAY_J, NOW
from tests.events.activities import content, publish
from tests.pages import Client, words


@pytest.fixture
def slug(app: Flask, directory: None) -> str:
    """The address of an activity of the coming week, whatever day it is."""
    with app.app_context(), transaction():
        return publish(content(sittings=(Sitting(day=clock.today(clock.now()) + timedelta(days=7)),))).slug


def followers(app: Flask) -> list[tuple[str, bool]]:
    with app.app_context():
        rows = db.session.scalars(sa.select(Follower).order_by(Follower.id))
        return [(row.email, row.verified_at is not None) for row in rows]


def letters(app: Flask) -> list[tuple[str, str]]:
    with app.app_context():
        rows = db.session.execute(sa.select(Message.to_email, Message.subject).order_by(Message.id))
        return [(row.to_email, row.subject) for row in rows]


def link(app: Flask) -> str:
    """The path that the last letter names."""
    with app.app_context():
        text = db.session.scalars(sa.select(Message.text).order_by(Message.id.desc()).limit(1)).one()
    line = next(line for line in text.splitlines() if "/suivi/" in line)
    return line.removeprefix("http://localhost")


def ask(client: Client, slug: str, email: str = "Ana@Exemple.quebec") -> None:
    page = client.visit(f"/evenements/{slug}/suivre")
    sent = client.submit(page, email=email)
    assert sent.h1 == "Ouvrez votre courriel"


def test_an_address_is_told_of_nothing_before_it_is_proved(app: Flask, client: Client, slug: str) -> None:
    ask(client, slug)

    assert followers(app) == [("ana@exemple.quebec", False)]
    assert letters(app) == [
        ("ana@exemple.quebec", "Confirmez votre adresse – Heure du conte en pyjama"),
    ]
    client.visit(link(app))
    assert followers(app) == [("ana@exemple.quebec", False)]


def test_the_button_of_the_letter_proves_the_address_and_stops(app: Flask, client: Client, slug: str) -> None:
    ask(client, slug)

    confirmed = client.submit(client.visit(link(app)), button="Oui, prévenez-moi")

    assert confirmed.h1 == "Vous suivez cette activité"
    assert followers(app) == [("ana@exemple.quebec", True)]
    stopped = client.submit(client.visit(link(app)), button="Ne plus recevoir ces messages")
    assert stopped.h1 == "C’est fait"
    assert followers(app) == []
    assert client.visit(link(app), 404).h1 == "Lien sans suite"


def test_a_known_address_is_answered_in_the_same_words(app: Flask, client: Client, slug: str) -> None:
    ask(client, slug)
    client.submit(client.visit(link(app)), button="Oui, prévenez-moi")

    ask(client, slug)
    ask(client, slug)

    assert followers(app) == [("ana@exemple.quebec", True)]
    # Written to once an hour, however often somebody presses.
    assert len(letters(app)) == 1


def test_a_mail_program_stops_without_cookie_nor_token(app: Flask, client: Client, slug: str) -> None:
    ask(client, slug)
    stranger = app.test_client()

    first, second = (
        stranger.post(link(app), data={"List-Unsubscribe": "One-Click"}) for _attempt in range(2)
    )

    assert (first.status_code, second.status_code) == (200, 200)
    assert followers(app) == []


def test_one_click_in_a_grouped_letter_stops_all(app: Flask, client: Client, slug: str) -> None:
    with app.app_context(), transaction():
        other = publish(content(title="Marche des lutins", sittings=(Sitting(day=DAY_J),))).slug
    for each in (slug, other):
        ask(client, each)
    ask(client, other, "bo@exemple.quebec")
    with app.app_context():
        text = db.session.scalars(sa.select(Message.text).where(Message.to_email.startswith("ana"))).first()
    path = next(line for line in (text or "").splitlines() if "/suivi/" in line).removeprefix(
        "http://localhost"
    )

    app.test_client().post(f"{path}?tout=oui", data={"List-Unsubscribe": "One-Click"})

    assert followers(app) == [("bo@exemple.quebec", False)]


def test_what_the_page_does_not_understand_changes_nothing(app: Flask, client: Client, slug: str) -> None:
    ask(client, slug)

    assert app.test_client().post(link(app), data={"geste": "zut"}).status_code == 400
    assert followers(app) == [("ana@exemple.quebec", False)]


def test_a_wrong_address_is_asked_again_and_a_robot_is_thanked(app: Flask, client: Client, slug: str) -> None:
    page = client.visit(f"/evenements/{slug}/suivre")

    wrong = client.submit(page, email="ana", status=422)
    client.submit(page, email="robot@exemple.quebec", site_web="https://exemple.com")

    assert "Vérifiez l’adresse courriel" in words(wrong.one("main"))
    assert followers(app) == []


def test_what_is_not_published_cannot_be_followed(app: Flask, client: Client, directory: None) -> None:
    with app.app_context(), transaction():
        event = publish(content(is_private=False))
        event.is_published, event.is_private = False, True
        slug = event.slug

    assert client.visit(f"/evenements/{slug}/suivre", 404)


def test_the_form_is_never_kept_by_a_cache(client: Client, slug: str) -> None:
    answer = client.get(f"/evenements/{slug}/suivre")

    assert answer.headers["Cache-Control"] == "no-store"


def follow(event: Event, email: str, created_at: datetime, *, is_verified: bool = True) -> None:
    db.session.add(
        Follower(
            event_id=event.id,
            email=email,
            token_hash=email,
            created_at=created_at,
            verified_at=created_at if is_verified else None,
        )
    )


def test_addresses_are_forgotten_a_month_after_the_event(session: OrmSession, directory: None) -> None:
    days = (DAY_J, DAY_J + timedelta(days=5))
    event = publish(content(sittings=tuple(Sitting(day=day) for day in days)))
    follow(event, "ana@exemple.quebec", NOW)
    follow(event, "bo@exemple.quebec", NOW, is_verified=False)
    session.flush()
    over = datetime.combine(days[1], datetime.min.time(), tzinfo=NOW.tzinfo) + timedelta(hours=12)

    forgotten = [
        following.forget_old(now)
        for now in (
            NOW + timedelta(days=6),
            NOW + timedelta(days=8),
            over + timedelta(days=30),
            over + timedelta(days=31),
        )
    ]

    assert forgotten == [0, 1, 0, 1]
