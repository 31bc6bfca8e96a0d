"""The calendar as a subscription, and the pages around it."""

from datetime import date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, request
from icalendar import Calendar

from campaign import clock
from campaign.agenda import index
from campaign.agenda.filters import CalendarFilter
from campaign.agenda.versions import KEPT_IN_FEEDS
from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.events.models import Event, EventState, Opening, Session
from campaign.territory.models import Territory
from campaign.territory.services import record_merger
from tests.pages import Client
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("demo")

GASPESIE = "11"


def entries(client: Client, address: str) -> dict[str, Any]:
    """The events of a feed by UID."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.mimetype == "text/calendar"
    events = list(Calendar.from_ical(response.data).walk("VEVENT"))
    by_uid = {str(event["UID"]): event for event in events}
    assert len(by_uid) == len(events)
    return by_uid


def uids(app: Flask, *conditions: sa.ColumnElement[bool]) -> set[str]:
    """What is published in the simulated edition."""
    with app.app_context(), transaction() as session:
        return set(
            session.scalars(
                sa.select(Event.uid)
                .join(Event.territory)
                .where(Event.edition_id == current_edition().id, Event.is_published, *conditions)
            )
        )


def test_the_feed_holds_every_published_ceremony_of_the_edition(app: Flask, client: Client) -> None:
    assert uids(app) <= set(entries(client, "/calendrier.ics"))


@pytest.mark.parametrize(
    ("address", "column", "code"),
    [
        ("/calendrier.ics?region=11", Territory.region_code, "11"),
        ("/calendrier.ics?mrc=010", Territory.mrc_code, "010"),
        ("/calendrier.ics?municipalite=01023", Territory.geo_code, "01023"),
    ],
)
def test_a_part_of_quebec_has_its_own_feed(
    app: Flask, client: Client, address: str, column: sa.ColumnElement[str], code: str
) -> None:
    found = set(entries(client, address))

    assert found >= uids(app, column == code)
    assert uids(app, column == code)
    assert not found & uids(app, column != code)


def test_a_cancelled_ceremony_stays_in_the_feed_as_cancelled(app: Flask, client: Client) -> None:
    feed = entries(client, "/calendrier.ics")
    cancelled = uids(app, Event.state == EventState.CANCELLED)

    assert cancelled
    assert {str(feed[uid]["STATUS"]) for uid in cancelled} == {"CANCELLED"}


def test_a_feed_without_change_is_the_same_to_the_byte_and_costs_one_query(
    app: Flask, client: Client
) -> None:
    first = client.get("/calendrier.ics?region=11")
    app.extensions["feeds"].kept.clear()
    again = client.get("/calendrier.ics?region=11")

    with count_queries(app) as statements:
        unchanged = client.get("/calendrier.ics?region=11", headers={"If-None-Match": first.headers["ETag"]})

    assert first.data == again.data
    assert (unchanged.status_code, unchanged.data, len(statements)) == (304, b"", 1)


def test_the_feed_costs_as_many_queries_for_one_region_as_for_all(app: Flask, client: Client) -> None:
    def asked(address: str) -> int:
        with count_queries(app) as statements:
            client.get(address)
        return len(statements)

    client.get("/calendrier.ics?annules=titre")  # all that feeds have in common is known now
    name_of_the_region = 2  # in the title, in the description
    assert asked("/calendrier.ics?region=11") == asked("/calendrier.ics") + name_of_the_region


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("/calendrier/region/11.ics", "/calendrier.ics?region=11"),
        ("/calendrier/mrc/010.ics", "/calendrier.ics?mrc=010"),
        ("/calendrier/municipalite/01023.ics", "/calendrier.ics?municipalite=01023"),
        ("/calendrier/region/11.ics?annules=titre", "/calendrier.ics?annules=titre&region=11"),
    ],
)
def test_a_short_address_gives_the_same_bytes_and_is_told_by_the_feed(
    client: Client, short: str, long: str
) -> None:
    by_short, by_long = client.get(short), client.get(long)

    assert by_short.data == by_long.data
    assert by_short.headers["ETag"] == by_long.headers["ETag"]
    source = f"SOURCE;VALUE=URI:http://localhost{short}\r\n"
    assert source in by_short.text.replace("\r\n ", "")


def test_readers_that_hide_what_is_called_off_have_a_feed_that_says_it_in_titles(
    app: Flask, client: Client
) -> None:
    usual, insistent = entries(client, "/calendrier.ics"), entries(client, "/calendrier.ics?annules=titre")
    cancelled = uids(app, Event.state == EventState.CANCELLED)

    assert set(usual) == set(insistent)
    assert {str(entry["STATUS"]) for entry in insistent.values()} == {"CONFIRMED"}
    assert {uid for uid, entry in insistent.items() if "ANNULÉ – " in entry["SUMMARY"]} >= cancelled
    assert {str(insistent[uid]["TRANSP"]) for uid in cancelled} == {"TRANSPARENT"}
    assert all(
        usual[uid][name] == insistent[uid][name]
        for uid in usual
        for name in ("SEQUENCE", "SUMMARY", "DTSTART", "LAST-MODIFIED")
    )


@pytest.mark.parametrize("is_handed_over", [False, True])
def test_the_feed_of_a_merged_municipality_follows_the_one_that_took_its_place(
    app: Flask, client: Client, is_handed_over: bool
) -> None:
    old, new = "01023", "98005"
    before = set(entries(client, f"/calendrier/municipalite/{old}.ics"))
    own = set(entries(client, f"/calendrier/municipalite/{new}.ics"))
    with app.app_context(), transaction() as session:
        places = {
            code: session.scalars(sa.select(Territory).where(Territory.geo_code == code)).one()
            for code in (old, new)
        }
        if is_handed_over:
            session.execute(
                sa.update(Event)
                .where(Event.territory_id == places[old].id)
                .values(territory_id=places[new].id)
            )
        record_merger(session, places[old], places[new], date(2026, 11, 1))

    assert before
    for code in (old, new):
        address = f"/calendrier/municipalite/{code}.ics"
        assert set(entries(client, address)) == before | own
        assert client.get(address).data == client.get(f"/calendrier.ics?municipalite={code}").data
    assert client.visit(f"/calendrier?municipalite={old}").h1 == "Activités à Blanc-Sablon"


@pytest.mark.parametrize(
    "address",
    [
        "/calendrier.ics?region=99",
        "/calendrier?mrc=999",
        "/calendrier?municipalite=00000",
        "/calendrier/region/99.ics",
    ],
)
def test_an_unknown_part_of_quebec_is_refused(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_subscribing_offers_the_feed_of_the_region_to_each_application(client: Client) -> None:
    page = client.visit("/calendrier/abonnement?region=11")

    assert page.link("M’abonner sur cet appareil") == "webcal://localhost/calendrier/region/11.ics"
    assert page.link("Google Agenda").endswith("cid=webcal%3A%2F%2Flocalhost%2Fcalendrier%2Fregion%2F11.ics")
    assert page.one("#adresse")["value"] == "http://localhost/calendrier/region/11.ics"
    assert "24" in page.text
    assert page.one("#region option[selected]")["value"] == GASPESIE


def test_subscribing_leads_from_regions_to_mrcs_to_municipalities(client: Client) -> None:
    regions = client.visit("/calendrier/abonnement")
    mrcs = client.visit(regions.link("Gaspésie–Îles-de-la-Madeleine"))
    towns = client.visit(mrcs.link("La Haute-Gaspésie"))
    town = client.visit(towns.link("Cap-Chat"))

    addresses = {
        "/calendrier/region/11.ics": regions,
        "/calendrier/mrc/040.ics": mrcs,
        "/calendrier/municipalite/04047.ics": towns,
    }
    for address, page in addresses.items():
        assert client.get(page.link(address)).mimetype == "text/calendar"
    assert town.one("#adresse")["value"] == "http://localhost/calendrier/municipalite/04047.ics"
    assert town.one("#adresse-annules")["value"].endswith("/04047.ics?annules=titre")
    assert not town.all("#adresses")


@pytest.mark.parametrize("address", ["/calendrier", "/calendrier?region=10", "/calendrier/abonnement"])
def test_the_pages_of_the_calendar_are_sound(client: Client, address: str) -> None:
    client.visit(address)


def test_hours_are_those_of_the_place(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        uid, starts_at = session.execute(
            sa.select(Event.uid, Session.starts_at)
            .join(Event.sessions)
            .where(
                Event.time_zone == "America/Blanc-Sablon", Event.is_published, Event.opening == Opening.PUBLIC
            )
        ).first() or ("", None)

    entry = entries(client, "/calendrier.ics?region=09")[uid]

    assert isinstance(entry["DTSTART"].dt, datetime)
    assert entry["DTSTART"].dt == starts_at
    assert entry["DTSTART"].params["TZID"] == "America/Blanc-Sablon"


# --- every word of the calendar, and addresses of their own ---------------------------------------


@pytest.mark.parametrize(
    ("short", "long", "said"),
    [
        ("/calendrier/type/heure-du-conte.ics", "?type=heure-du-conte", "Heures du conte"),
        ("/calendrier/theme/lecture.ics", "?theme=lecture", "Activités, sur le thème lecture et contes"),
    ],
)
def test_a_type_and_a_theme_have_addresses_and_say_their_name(
    client: Client, short: str, long: str, said: str
) -> None:
    by_short = client.get(short)
    unfolded = by_short.text.replace("\r\n ", "").replace("\\,", ",")

    assert by_short.data == client.get(f"/calendrier.ics{long}").data
    assert f"SOURCE;VALUE=URI:http://localhost{short}\r\n" in unfolded
    assert f" – {said}\r\n" in unfolded
    assert "y reste un an." in unfolded


@pytest.mark.parametrize("address", ["/calendrier/type/sieste.ics", "/calendrier/theme/%00.ics"])
def test_an_unknown_type_or_theme_is_told_where_to_choose(client: Client, address: str) -> None:
    answer = client.get(address)

    assert answer.status_code == 404
    assert answer.mimetype == "text/html"


def test_an_unknown_word_or_choice_of_a_long_address_is_left_aside(client: Client) -> None:
    assert client.get("/calendrier.ics?mot=x&type=sieste").data == client.get("/calendrier.ics").data


@pytest.mark.parametrize(
    "words",
    [
        "type=lever-de-drapeau&region=11", "public=0-2-ans&public=parents", "cout=gratuit", "ouvert=oui",
        "acces=poussette", "langue=francais", "format=en-ligne", "q=tout-petits",
        "du=2027-11-15&au=2027-11-16", "pres=93022&rayon=60", "theme=lecture&type=heure-du-conte",
    ],
)  # fmt: skip
def test_a_feed_holds_what_the_page_of_the_same_words_finds(app: Flask, client: Client, words: str) -> None:
    with app.test_request_context(f"/calendrier?{words}"):
        asked = CalendarFilter.from_arguments(request.args)
        found = index.matching(asked, with_closed=True, with_moved=True)
        oldest = clock.today(clock.now()) - KEPT_IN_FEEDS
        told = {row.occasion.full_title for row in found if row.last_day and row.last_day >= oldest}

    shown = entries(client, f"/calendrier.ics?{words}")

    assert {_bare(str(entry["SUMMARY"])) for entry in shown.values()} == told
    assert 0 < len(shown) < len(entries(client, "/calendrier.ics"))


def _bare(title: str) -> str:
    return title.removeprefix("ANNULÉ – ").removeprefix("REPORTÉ – ").removesuffix(" (date à confirmer)")


def test_subscribing_offers_types_and_themes_too(client: Client) -> None:
    page = client.visit("/calendrier/abonnement")
    story = client.visit(page.link("Heure du conte"))

    assert page.link("/calendrier/theme/plein-air.ics")
    assert story.one("#adresse")["value"] == "http://localhost/calendrier/type/heure-du-conte.ics"
