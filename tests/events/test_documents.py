"""One set of words for page, feed, letter and paper; what a closed ceremony keeps to itself."""

from datetime import UTC, date, datetime, time

import pytest

from campaign.campaigns.services import set_organization
from campaign.events.documents import STATE_WORDS, calendar_entry, poster_content, showing
from campaign.events.models import Event, EventState, Opening
from campaign.events.services import When
from campaign.events.wording import OPENINGS
from campaign.participations import services
from campaign.participations.services import MUNICIPALITY_BY_LINK
from tests import builders
from tests.builders import DAY_J, NOW
from tests.lasting import database as database

pytestmark = pytest.mark.usefixtures("session")

URL = "https://exemple.quebec/evenements/lever"
NBSP = "\u00a0"


def ceremony(geo_code: str = "93022", **changes: object) -> Event:
    event = builders.confirm(geo_code, builders.details(**changes)).event
    assert event is not None
    return event


@pytest.mark.parametrize("opening", list(Opening))
@pytest.mark.parametrize("to_owner", [True, False])
def test_only_a_closed_ceremony_hides_its_hour_and_place_and_only_from_the_public(
    opening: Opening, to_owner: bool
) -> None:
    shown = showing(ceremony(opening=opening), to_owner=to_owner)

    is_hidden = opening is Opening.CLOSED and not to_owner
    assert shown.day == DAY_J
    assert (shown.hour, shown.place) == (("", "") if is_hidden else (f"10{NBSP}h", "Hôtel de ville"))
    assert shown.starts_at == (None if is_hidden else datetime(2027, 11, 15, 15, tzinfo=UTC))


def test_the_calendar_of_a_closed_ceremony_has_its_day_and_nothing_more() -> None:
    entry = calendar_entry(ceremony(opening=Opening.CLOSED), builders.territory(), URL)

    assert entry is not None
    assert (entry.starts_on, entry.starts_at, entry.location, entry.latitude) == (
        DAY_J, None, "Hébertville", None,
    )  # fmt: skip
    assert "Hôtel de ville" not in repr(entry)


def test_the_owner_s_own_calendar_has_the_hour() -> None:
    entry = calendar_entry(ceremony(opening=Opening.CLOSED), builders.territory(), URL, to_owner=True)

    assert entry is not None
    assert (entry.starts_at, entry.location) == (
        datetime(2027, 11, 15, 15, tzinfo=UTC),
        "Hôtel de ville, Hébertville",
    )


SAINT_AUGUSTIN_OF_THE_LAKE, SAINT_AUGUSTIN_OF_THE_COAST = "92005", "98012"


@pytest.mark.parametrize(
    ("geo_code", "place", "location"),
    [
        ("93022", "Hôtel de ville", "Hôtel de ville, Hébertville"),
        ("93022", "Hôtel de ville, Hébertville", "Hôtel de ville, Hébertville"),
        ("93022", "Parc, HEBERTVILLE (Québec)  G8N 1M9", "Parc, HEBERTVILLE (Québec)  G8N 1M9"),
        ("93022", "École d’Hébertville", "École d’Hébertville, Hébertville"),
        ("93022", "5, rue Hébertville", "5, rue Hébertville, Hébertville"),
        (SAINT_AUGUSTIN_OF_THE_COAST, "Parc", "Parc, Saint-Augustin, Côte-Nord"),
        (SAINT_AUGUSTIN_OF_THE_LAKE, "Parc", "Parc, Saint-Augustin, Saguenay–Lac-Saint-Jean"),
        (SAINT_AUGUSTIN_OF_THE_COAST, "Parc, St-Augustin", "Parc, St-Augustin, Côte-Nord"),
        (SAINT_AUGUSTIN_OF_THE_COAST, "Parc, Saint-Augustin, Côte-Nord", "Parc, Saint-Augustin, Côte-Nord"),
    ],
)
def test_calendars_lead_a_stranger_to_the_right_municipality_named_once(
    geo_code: str, place: str, location: str
) -> None:
    entry = calendar_entry(ceremony(geo_code, place=place), builders.territory(geo_code), URL)

    assert entry is not None
    assert entry.location == location


def test_what_a_whole_region_holds_says_which() -> None:
    event = ceremony(place="Centre des congrès")
    event.territory, event.region_code = None, "01"

    entry = calendar_entry(event, None, URL)

    assert entry is not None
    assert entry.location == "Centre des congrès, Bas-Saint-Laurent"


def test_the_zone_is_said_where_clocks_differ() -> None:
    assert showing(ceremony("98012")).hour == f"10{NBSP}h, heure normale de l’Atlantique"


def test_a_postponement_is_told_with_the_first_day_and_the_reason() -> None:
    participation = builders.confirm()
    services.postpone(
        participation,
        when=When(day=date(2027, 11, 17), at=time(10)),
        reason="Vent violent",
        author=MUNICIPALITY_BY_LINK,
        now=NOW,
    )
    assert participation.event is not None

    entry = calendar_entry(participation.event, builders.territory(), URL)

    assert entry is not None
    assert entry.status == "CONFIRMED"
    lines = entry.description.split("\n")
    assert lines[0] == "Ouvert au public."
    assert f"elle était prévue le lundi 15{NBSP}novembre{NBSP}2027." in entry.description
    assert "Vent violent" in lines
    assert lines[-1] == URL


def test_a_cancelled_ceremony_is_cancelled_in_calendars() -> None:
    participation = builders.confirm()
    services.cancel(participation, reason="Deuil", author=MUNICIPALITY_BY_LINK, now=NOW)
    assert participation.event is not None

    entry = calendar_entry(participation.event, builders.territory(), URL)

    assert entry is not None
    assert entry.status == "CANCELLED"


def test_a_day_not_yet_known_is_in_no_calendar() -> None:
    event = ceremony()
    event.sessions = []

    assert calendar_entry(event, builders.territory(), URL) is None
    assert showing(event).day is None


def test_the_poster_prints_the_official_name_the_hour_and_the_place() -> None:
    organization = set_organization("Collectif petite enfance")

    content = poster_content(ceremony(), builders.territory(), builders.edition(), organization, URL)

    assert (content.official_name, content.date_text, content.time_text, content.place) == (
        "Hébertville",
        f"Lundi 15{NBSP}novembre{NBSP}2027",
        f"10{NBSP}h",
        "Hôtel de ville",
    )
    assert content.municipality_sentence.startswith("La Municipalité d’Hébertville")
    assert (content.url, content.url_text) == (URL, "exemple.quebec/evenements/lever")


def test_each_opening_and_each_state_has_its_words() -> None:
    assert set(OPENINGS) == set(Opening)
    assert set(STATE_WORDS) == set(EventState)
