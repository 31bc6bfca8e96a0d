"""Personal feeds: who may read what, for how long, and that nobody else does."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar
from werkzeug.test import TestResponse

from campaign import clock
from campaign.accounts import services as accounts
from campaign.accounts.models import Role, User
from campaign.agenda import personal
from campaign.agenda.models import PersonalFeed
from campaign.agenda.personal import UNKNOWN, Owner
from campaign.db import db, transaction
from campaign.events import services as events
from campaign.events.content import ActivityContent
from campaign.events.models import Event, EventKind, Opening
from campaign.logs import redacted
from campaign.participations import links
from tests import builders
from tests.builders import DAY_J, HEBERTVILLE, NOW
from tests.events import activities
from tests.pages import Client
from tests.people import sign_in

pytestmark = pytest.mark.usefixtures("directory")

SAGUENAY, GASPESIE = "02", "11"
ELSEWHERE = "04047"
"""Cap-Chat, in Gaspésie."""


def content(title: str, **changes: Any) -> ActivityContent:
    return activities.content(title=title, **changes)


def meeting(title: str, **changes: Any) -> Event:
    """A private meeting of the team, which nothing publishes."""
    told = content(title, kind=EventKind.MEETING, is_private=True, **changes)
    territory = builders.territory(told.geo_code) if told.geo_code else None
    return activities.activities.create(told, edition=builders.edition(), territory=territory, now=NOW)


@pytest.fixture
def calendar(app: Flask) -> None:
    """In two regions: a ceremony without public, activities, private meetings, and what is not published."""
    with app.app_context(), transaction():
        builders.confirm(HEBERTVILLE, builders.details(opening=Opening.CLOSED))
        builders.confirm(ELSEWHERE, builders.details(opening=Opening.CLOSED))
        activities.publish(content("Heure du conte"))
        activities.publish(content("Marche", geo_code=ELSEWHERE))
        activities.publish(content("Journée régionale", geo_code="", region_code=SAGUENAY))
        meeting("Réunion du Saguenay", online_url="https://reunion.exemple.quebec/secret")
        meeting("Réunion de la Gaspésie", geo_code=ELSEWHERE)
        meeting("Réunion régionale", geo_code="", region_code=SAGUENAY)
        waiting = content("En attente")
        activities.activities.create(
            waiting, edition=builders.edition(), territory=builders.territory(), now=NOW
        )


def titles(answer: TestResponse) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {str(event["SUMMARY"]) for event in Calendar.from_ical(answer.data).walk("VEVENT")}


def address_on(page: Any) -> str:
    found: str = page.one("#adresse")["value"]
    return found.removeprefix("http://localhost")


def form(label: str) -> str:
    return f'form[aria-label="{label}"]'


def ask(client: Client, page_address: str, label: str = "Obtenir mon calendrier") -> str:
    """The address that the page gives, this once."""
    page = client.visit(page_address)
    answer = client.submit(page, form(label))
    return address_on(answer)


@pytest.fixture
def own(client: Client, calendar: None) -> str:
    """The address of a coordinator's feed."""
    sign_in(client, Role.COORDINATOR, SAGUENAY)
    return ask(client, "/gestion/mon-calendrier")


@pytest.fixture
def town(app: Flask, client: Client, calendar: None) -> str:
    """The address of a municipality's feed."""
    return ask(client, f"{builders.personal_link(app)}/calendrier")


# --- what they hold -------------------------------------------------------------------------------


def test_a_coordinator_reads_what_is_published_or_private_in_their_regions_and_nothing_else(
    client: Client, own: str
) -> None:
    assert titles(client.get(own)) == {
        "Lever du drapeau à Hébertville",
        "Heure du conte",
        "Journée régionale",
        "Réunion du Saguenay",
        "Réunion régionale",
    }


def test_whoever_sees_all_of_quebec_reads_all_regions(client: Client, calendar: None) -> None:
    sign_in(client, Role.VIEWER)

    found = titles(client.get(ask(client, "/gestion/mon-calendrier")))

    assert {"Réunion du Saguenay", "Réunion de la Gaspésie", "Marche"} <= found
    assert "En attente" not in found


def test_a_private_meeting_is_marked_so_and_says_how_to_join(client: Client, own: str) -> None:
    events_read = Calendar.from_ical(client.get(own).data).walk("VEVENT")
    (private,) = (event for event in events_read if event["SUMMARY"] == "Réunion du Saguenay")

    assert str(private["CLASS"]) == "PRIVATE"
    assert "CONFERENCE" not in private
    assert "/evenements/" not in str(private["DESCRIPTION"])


def test_no_public_feed_tells_a_private_meeting(client: Client, calendar: None) -> None:
    for address in ("/calendrier.ics", "/calendrier/region/02.ics", "/calendrier/type/rencontre.ics"):
        assert "Réunion" not in client.get(address).text


def test_a_municipality_reads_the_hour_and_place_of_its_own_closed_ceremony(
    client: Client, town: str
) -> None:
    read = Calendar.from_ical(client.get(town).data).walk("VEVENT")
    ceremony = next(event for event in read if "Lever" in event["SUMMARY"])
    seen_by_all = client.get(f"/calendrier/municipalite/{HEBERTVILLE}.ics").text

    assert {str(event["SUMMARY"]) for event in read} == {
        "Lever du drapeau à Hébertville",
        "Heure du conte",
    }
    assert clock.to_local(ceremony.start, "America/Toronto").hour == 10
    assert "Hôtel de ville" in ceremony["LOCATION"]
    assert "Hôtel de ville" not in seen_by_all


def test_the_same_date_has_the_same_uid_wherever_it_is_read(client: Client, own: str, town: str) -> None:
    def by_title(address: str) -> dict[str, str]:
        read = Calendar.from_ical(client.get(address).data).walk("VEVENT")
        return {str(event["SUMMARY"]): str(event["UID"]) for event in read}

    public, team, clerk = (by_title(address) for address in ("/calendrier.ics", own, town))

    assert {title: public[title] for title in clerk} == clerk
    assert {title: team[title] for title in clerk} == clerk


# --- for how long ---------------------------------------------------------------------------------


def forget(app: Flask, act: Callable[[User], None]) -> None:
    with app.app_context(), transaction() as session:
        act(session.scalars(sa.select(User)).one())


def deactivate(user: User) -> None:
    user.is_active = False


def make_a_host(user: User) -> None:
    user.role = Role.HOST


@pytest.mark.parametrize("act", [deactivate, make_a_host])
def test_the_feed_of_who_may_not_read_the_edition_any_more_is_dead(
    app: Flask, client: Client, own: str, act: Callable[[User], None]
) -> None:
    assert client.get(own).status_code == 200

    forget(app, act)

    assert client.get(own).status_code == 404


def test_the_regions_of_a_coordinator_are_those_of_each_reading(app: Flask, client: Client, own: str) -> None:
    before = client.get(own)
    with app.app_context(), transaction():
        accounts.save_user(
            "coordinator@exemple.quebec", Role.COORDINATOR, name="D. Roy", region_codes=[GASPESIE], now=NOW
        )

    after = client.get(own, headers={"If-None-Match": before.headers["ETag"]})

    assert titles(after) == {"Lever du drapeau à Cap-Chat", "Marche", "Réunion de la Gaspésie"}


def test_a_new_address_closes_the_earlier_one_and_a_revoked_one_stays_closed(
    client: Client, own: str
) -> None:
    page = client.visit("/gestion/mon-calendrier")
    new = address_on(client.submit(page, form("Remplacer l’adresse")))
    answers = [client.get(own).status_code, client.get(new).status_code]
    client.submit(client.visit("/gestion/mon-calendrier"), form("Révoquer l’adresse"))

    assert new != own
    assert answers == [404, 200]
    assert client.get(new).status_code == 404


def test_an_address_is_shown_once_and_kept_hashed(app: Flask, client: Client, own: str) -> None:
    token = own.rpartition("/")[2].removesuffix(".ics")
    page = client.visit("/gestion/mon-calendrier")

    with app.app_context():
        (feed,) = db.session.scalars(sa.select(PersonalFeed))
    assert token not in page.html
    assert token not in repr(vars(feed))
    assert len(token) >= 32


def test_the_feed_of_a_municipality_dies_with_the_link_that_gave_it(
    app: Flask, client: Client, town: str
) -> None:
    with app.app_context(), transaction():
        links.revoke_all(
            builders.edition().id,
            builders.territory().id,
            because="Remis à une autre personne",
            now=clock.now() + timedelta(seconds=1),
        )

    assert client.get(town).status_code == 404


def test_addresses_that_open_nothing_are_refused_in_the_same_words(
    app: Flask, client: Client, own: str
) -> None:
    with app.app_context(), transaction() as session:
        personal.revoke(Owner(user=session.scalars(sa.select(User)).one()), now=NOW)

    revoked, unknown = client.get(own), client.get("/calendrier/prive/inconnu.ics")

    assert (revoked.status_code, unknown.status_code) == (404, 404)
    assert revoked.text.replace(own, "") == unknown.text.replace("/calendrier/prive/inconnu.ics", "")
    assert UNKNOWN in unknown.text


def test_a_dead_personal_link_leads_to_where_another_is_asked_for(client: Client) -> None:
    answer = client.get("/p/inconnu/calendrier", follow_redirects=True)

    assert answer.status_code == 404
    assert "Recevez un nouveau lien personnel" in answer.text


# --- how they travel ------------------------------------------------------------------------------


def test_a_personal_feed_is_kept_by_its_reader_alone_and_never_indexed(client: Client, own: str) -> None:
    answer = client.get(own)
    again = client.get(own, headers={"If-None-Match": answer.headers["ETag"]})

    assert answer.headers["Cache-Control"] == again.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert "Last-Modified" not in answer.headers
    assert (again.status_code, again.data) == (304, b"")
    assert own.rpartition("/")[2].removesuffix(".ics") not in answer.text


def test_its_address_is_never_logged_whole() -> None:
    stream = StringIO()
    stream.write(redacted("GET /calendrier/prive/abc-DEF_123.ics 200"))

    assert stream.getvalue() == "GET /calendrier/prive/….ics 200"


@pytest.mark.parametrize(
    "change",
    [
        lambda event, now: events.cancel(event, reason="Neige", now=now),
        lambda event, now: setattr(event, "title", "Autre titre"),
        lambda event, now: events.move_indoors(event, place="Aréna", reason="Pluie", now=now),
    ],
    ids=["cancel", "title", "indoors"],
)
@pytest.mark.parametrize("title", ["Réunion du Saguenay", "Heure du conte"])
def test_a_personal_feed_that_changed_is_never_answered_304(
    app: Flask, client: Client, own: str, change: Callable[..., Any], title: str
) -> None:
    before = client.get(own)
    same = client.get(own, headers={"If-None-Match": before.headers["ETag"]})
    with app.app_context(), transaction() as session:
        change(session.scalars(sa.select(Event).where(Event.title == title)).one(), NOW + timedelta(days=1))

    after = client.get(own, headers={"If-None-Match": before.headers["ETag"]})

    assert same.status_code == 304
    assert after.status_code == 200
    assert after.data != before.data
    assert DAY_J.strftime("%Y%m%d") in after.text
