"""The home page, the list of participants and the page of a municipality, as a stranger reads them."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, joinedload

from campaign.campaigns.queries import current_edition, find_edition_of
from campaign.db import TERRITORIES, db, touch, touch_public, transaction
from campaign.events.models import Event, EventState, Opening
from campaign.participations import figures, queries, states
from campaign.participations.models import Channel, Mode, Participation, State
from campaign.participations.views import public
from campaign.territory.models import Mrc, Territory
from tests.pages import Client
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("demo")

NBSP = "\u00a0"
LAC_DES_AIGLES = "13062"
SAINT_GUY = "11020"
"""Merged into Lac-des-Aigles in 2024."""
TEMISCOUATA = "13073"
"""Three published participations, from 2022 to 2024."""
MONTREAL = "66023"
MONTEREGIE, MONTREAL_REGION = "16", "06"


def _of_edition(session: Session, *conditions: sa.ColumnElement[bool]) -> Participation:
    """One participation of the simulated edition that answers these conditions."""
    participation = session.scalar(
        sa.select(Participation)
        .join(Participation.territory)
        .outerjoin(Participation.event)
        .where(Participation.edition_id == current_edition().id, *conditions)
        .options(
            joinedload(Participation.territory),
            joinedload(Participation.event).selectinload(Event.sessions),
        )
        .order_by(Territory.geo_code)
        .limit(1)
    )
    assert participation is not None
    session.expunge_all()
    return participation


def _address(participation: Participation) -> str:
    return f"/municipalites/{participation.territory.geo_code}"


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/municipalites",
        "/municipalites?etat=toutes",
        "/municipalites?etat=pas-encore",
        "/municipalites?etat=n-importe-quoi",
        "/municipalites?q=zzzzzzzz",
        *(f"/municipalites?region={number:02}" for number in range(1, 18)),
        f"/municipalites/{MONTREAL}",
        f"/municipalites/{TEMISCOUATA}",
        "/municipalites/66023-09",
        "/municipalites/070",
    ],
)
def test_each_page_is_sound_and_says_as_of_when(client: Client, address: str) -> None:
    page = client.visit(address)

    assert "en date du" in page.text or "q=zz" in address
    assert page.one(".simulated")


def test_the_figure_is_the_same_on_the_home_page_in_the_tables_and_in_the_list(
    app: Flask, client: Client
) -> None:
    with app.app_context():
        live = figures.compute(current_edition().id, now=datetime(2026, 11, 22, tzinfo=UTC))

    home, participants = client.visit("/"), client.visit("/municipalites")

    assert home.texts(".figure__value") == [str(live.municipalities)]
    for page in (home, participants):
        counted = [cell.split(" sur ") for cell in page.texts("#par-region tbody td")]
        assert sum(int(count.replace(NBSP, "")) for count, _ in counted) == live.municipalities
        assert sum(int(total.replace(NBSP, "")) for _, total in counted) == live.total == 1098
    assert len(participants.all(".roster dd a")) == live.municipalities


def test_the_map_marks_each_municipality_once_as_the_list_does(app: Flask) -> None:
    with app.app_context():
        coverage = queries.list_coverage(current_edition().id)
        live = figures.compute(current_edition().id, now=datetime(2026, 11, 22, tzinfo=UTC))

    codes = [place.geo_code for place in coverage.places]

    assert len(set(codes)) == len(codes) == 1098
    assert sum(place.takes_part for place in coverage.places) == live.municipalities
    assert all(place.spot.latitude and place.spot.longitude for place in coverage.places)


def test_a_region_counts_its_municipalities_by_mrc(client: Client) -> None:
    page = client.visit("/municipalites?region=01")
    whole = page.one(".lead").get_text()
    by_mrc = [count.split(" sur ") for count in page.texts(".roster h3 .roster__count")]

    assert f" sur {sum(int(total) for _, total in by_mrc)}," in whole
    assert whole.strip().startswith(f"{sum(int(count) for count, _ in by_mrc)} ")
    assert len(page.all(".roster tbody tr")) == sum(int(total) for _, total in by_mrc)


def test_the_filter_by_standing_keeps_the_figures_of_the_whole(client: Client) -> None:
    whole = client.visit("/municipalites?region=01")
    silent = client.visit("/municipalites?region=01&etat=pas-encore")

    assert set(silent.texts(".roster .state")) == {"Pas encore"}
    assert set(silent.texts(".roster h3 .roster__count")) <= set(whole.texts(".roster h3 .roster__count"))
    assert len(silent.all(".roster tbody tr")) < len(whole.all(".roster tbody tr"))


def test_search_without_script_tells_homonyms_apart(client: Client) -> None:
    page = client.visit("/municipalites?q=st+augustin")
    found = page.texts("#resultats tbody th")

    assert "Saint-Augustin (municipalité, MRC Le Golfe-du-Saint-Laurent)" in found
    assert "Saint-Augustin (paroisse, MRC Maria-Chapdelaine)" in found


@pytest.mark.parametrize("address", ["/municipalites?region=99", "/municipalites/00000"])
def test_an_unknown_code_has_its_page(client: Client, address: str) -> None:
    page = client.visit(address, status=404)

    assert "Aucune" in page.text


def test_a_registration_that_the_team_has_not_seen_is_nowhere_public(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        waiting = _of_edition(
            session, Participation.state == State.CONFIRMED, Event.is_published, Territory.is_local
        )
        session.execute(
            sa.update(Participation).where(Participation.id == waiting.id).values(needs_review=True)
        )
        session.execute(sa.update(Event).where(Event.id == waiting.event_id).values(is_published=False))
        session.info["public_changed"] = True
    code, region = waiting.territory.geo_code, waiting.territory.region_code

    page = client.visit(_address(waiting))

    assert "Pas encore inscrite" in page.text
    assert page.link("Inscrire ma municipalité") == f"/inscription/{code}"
    assert waiting.event.slug not in page.html
    region_page = client.visit(f"/municipalites?region={region}&etat=participantes")
    assert f"/municipalites/{code}" not in [tag["href"] for tag in region_page.all(".roster a")]
    client.visit(f"/evenements/{waiting.event.slug}", status=404)


def test_a_closed_ceremony_keeps_its_hour_and_its_place_to_itself(app: Flask, client: Client) -> None:
    place = "salle Marguerite-Bourgeoys, 12, rue de la Cale"
    with app.app_context(), transaction() as session:
        closed = _of_edition(
            session,
            Participation.state == State.CONFIRMED,
            Event.opening == Opening.CLOSED,
            Event.is_published,
            Territory.is_local,
        )
        session.execute(sa.update(Event).where(Event.id == closed.event_id).values(place=place))
        session.info["public_changed"] = True
    start = closed.event.sessions[0].starts_at
    assert start is not None
    addresses = [
        _address(closed),
        f"/municipalites?region={closed.territory.region_code}",
        f"/evenements/{closed.event.slug}",
        f"/evenements/{closed.event.slug}.ics",
        f"/calendrier?municipalite={closed.territory.geo_code}",
        f"/calendrier.ics?municipalite={closed.territory.geo_code}",
    ]

    told = {address: client.get(address).get_data(as_text=True) for address in addresses}

    assert [address for address, text in told.items() if place in text] == []
    assert [address for address, text in told.items() if start.isoformat() in text] == []
    assert "DTSTART;VALUE=DATE" in told[f"/evenements/{closed.event.slug}.ics"]
    assert client.get(f"/evenements/{closed.event.slug}/affiche.pdf").status_code == 404
    assert "sans public" in client.visit(_address(closed)).text


def test_a_merged_municipality_leads_to_its_successor_which_keeps_its_history(
    app: Flask, client: Client
) -> None:
    with app.app_context(), transaction() as session:
        territory = session.scalar(sa.select(Territory).where(Territory.geo_code == SAINT_GUY))
        edition = find_edition_of(2023)
        assert territory is not None
        assert edition is not None
        now = datetime(2023, 11, 20, tzinfo=UTC)
        session.add(
            Participation(
                edition_id=edition.id,
                territory_id=territory.id,
                territory_name="Saint-Guy",
                state=State.DONE,
                channel=Channel.IMPORT,
                modes=[Mode.RESOLUTION.value],
                created_at=now,
                updated_at=now,
            )
        )

    answer = client.get(f"/municipalites/{SAINT_GUY}")
    page = client.visit(f"/municipalites/{SAINT_GUY}")

    assert (answer.status_code, answer.location) == (301, f"/municipalites/{LAC_DES_AIGLES}")
    assert page.h1 == "Lac-des-Aigles"
    assert "Sous le nom de Saint-Guy" in page.text
    assert page.texts(".history__year") == ["2023"]


def test_history_goes_across_editions_with_the_source_of_each_fact(client: Client) -> None:
    page = client.visit(f"/municipalites/{TEMISCOUATA}")

    assert page.texts(".history__year") == ["2024", "2023", "2022"]
    assert len(page.all(".history a[href^=http]")) == 3


def test_a_city_takes_part_by_its_boroughs(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        city = session.scalar(sa.select(Territory.id).where(Territory.geo_code == MONTREAL))
        session.execute(
            sa.update(Participation)
            .where(Participation.territory_id == city, Participation.edition_id == current_edition().id)
            .values(state=State.DECLINED)
        )
        session.info["public_changed"] = True
        raised = session.scalars(
            sa.select(Territory.name)
            .join(Participation, Participation.territory_id == Territory.id)
            .where(
                Territory.parent_id == city,
                Participation.edition_id == current_edition().id,
                Participation.state.in_(states.COUNTED),
                Participation.needs_review.is_(False),
            )
        ).all()

    page = client.visit(f"/municipalites/{MONTREAL}")

    assert len(raised) >= 2
    assert "Participe par ses arrondissements" in page.text
    assert len(page.all(".agenda-item")) >= 2
    assert client.visit("/municipalites").text.count("par ses arrondissements") >= 1


def test_the_zone_is_told_only_where_clocks_differ(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        usual = (
            Participation.state == State.CONFIRMED,
            Event.is_published,
            Event.opening == Opening.PUBLIC,
            Event.state == EventState.PLANNED,
        )
        east = _of_edition(session, *usual, Event.time_zone == "America/Blanc-Sablon")
        west = _of_edition(session, *usual, Event.time_zone == "America/Toronto")

    assert "heure normale de l’Atlantique" in client.visit(_address(east)).text
    assert "heure de l’Est" not in client.visit(_address(west)).text


def test_a_page_that_has_not_changed_costs_one_query_and_no_body(app: Flask, client: Client) -> None:
    for address in ("/", "/municipalites", f"/municipalites/{TEMISCOUATA}"):
        first = client.get(address)

        with count_queries(app) as statements:
            again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

        assert (again.status_code, again.data) == (304, b"")
        assert len(statements) == 1


def test_a_change_shows_at_once(app: Flask, client: Client) -> None:
    before = client.visit("/").texts(".figure__value")
    with app.app_context(), transaction() as session:
        gone = session.scalar(
            sa.select(Participation)
            .join(Participation.territory)
            .where(
                Participation.state == State.CONFIRMED,
                Participation.needs_review.is_(False),
                Participation.edition_id == current_edition().id,
                Territory.is_local,
            )
            .limit(1)
        )
        assert gone is not None
        gone.state = State.CANCELLED

    after = client.visit("/").texts(".figure__value")

    assert int(after[0]) == int(before[0]) - 1


def test_the_number_of_queries_does_not_follow_the_number_of_municipalities(
    app: Flask, client: Client
) -> None:
    def asked(address: str) -> int:
        with app.app_context(), transaction():
            touch_public()  # what is kept of the state before is of no use
            touch(TERRITORIES)
        with count_queries(app) as statements:
            client.get(address)
        return len(statements)

    assert asked(f"/municipalites?region={MONTEREGIE}") == asked(f"/municipalites?region={MONTREAL_REGION}")
    assert asked("/municipalites/66087") == asked(f"/municipalites/{TEMISCOUATA}") - 1


def test_the_municipalities_are_read_once_and_who_takes_part_at_each_change(
    app: Flask, client: Client
) -> None:
    def reads(address: str) -> tuple[int, int]:
        with count_queries(app) as statements:
            client.get(address)
        known_list = sum("FROM territory ORDER BY" in each for each in statements)
        return known_list, sum("participation.territory_id, event.state, " in each for each in statements)

    addresses = ("/", "/municipalites", "/municipalites?region=06", "/?page=anew")
    first = [reads(address) for address in addresses]
    with app.app_context(), transaction():
        touch_public()
    after_a_registration = [reads("/municipalites?region=16"), reads("/")]
    with app.app_context(), transaction():
        touch_public()
        touch(TERRITORIES)

    assert first == [(1, 1), (0, 0), (0, 0), (0, 0)]
    assert after_a_registration == [(0, 1), (0, 0)]
    assert reads("/municipalites") == (1, 1)


def test_a_renamed_municipality_bears_its_new_name_in_the_list(app: Flask, client: Client) -> None:
    page = f"/municipalites?region={MONTREAL_REGION}"
    before = "Hissopville" in client.visit(page).text
    with app.app_context(), transaction() as session:
        territory = session.scalars(sa.select(Territory).where(Territory.geo_code == MONTREAL)).one()
        territory.name = "Hissopville"

    assert (before, "Hissopville" in client.visit(page).text) == (False, True)


def test_a_renamed_mrc_bears_its_new_name_though_its_places_are_the_same(app: Flask, client: Client) -> None:
    before = client.visit("/municipalites").texts(".roster dt")
    with app.app_context(), transaction() as session:
        mrc = session.scalars(sa.select(Mrc).where(Mrc.name == "La Matanie")).one()
        mrc.name = "La Pavoisie"

    after = client.visit("/municipalites").texts(".roster dt")

    assert after == [each.replace("La Matanie", "La Pavoisie") for each in before]
    assert after != before


def test_a_change_draws_its_region_of_the_list_again_and_no_other(
    app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    draw = public._drawn

    def drawing(region: queries.Group, codes: set[str]) -> str:
        drawn.append(region.code)
        return draw(region, codes)

    monkeypatch.setattr(public, "_drawn", drawing)
    client.visit("/municipalites")
    regions = len(drawn)
    with app.app_context(), transaction() as session:
        gone = _of_edition(session, Participation.state == State.CONFIRMED)
        session.add(gone)
        gone.state = State.CANCELLED
    client.visit("/municipalites")

    assert regions == len(set(drawn)) > 10
    assert drawn[regions:] == [gone.territory.region_code]


def test_the_coming_ceremonies_are_of_different_regions_and_receive_the_public(app: Flask) -> None:
    with app.app_context():
        occasions = queries.list_coming_ceremonies(current_edition().id, today=date(2027, 11, 1), limit=6)
        regions = set(
            db.session.scalars(
                sa.select(Territory.region_code)
                .join(Event, Event.territory_id == Territory.id)
                .where(Event.slug.in_([occasion.slug for occasion in occasions]))
            )
        )

    assert len(occasions) == len(regions) == 6
    assert {occasion.opening for occasion in occasions} == {Opening.PUBLIC}
    days = [occasion.starts_on for occasion in occasions if occasion.starts_on]
    assert days == sorted(days)
