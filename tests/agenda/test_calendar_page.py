"""The calendar as families read it: list, month and map of one result, and all that narrows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.agenda.index import Index
from campaign.campaigns.queries import current_edition
from campaign.db import transaction
from campaign.events import services
from campaign.events.activities import create
from campaign.events.models import Event, Opening, Session
from campaign.events.vocabulary import ActivityType, Audience, Cost, Format
from campaign.territory.models import Territory
from tests import builders
from tests.builders import DAY_J, HEBERTVILLE, NOW
from tests.events.activities import content, publish
from tests.pages import Client, Page
from tests.queries import count_queries

NBSP = "\u00a0"
MONDAY = datetime(2027, 11, 15, 14, tzinfo=UTC)
ALMA = "93042"
GASPE = "03005"
STORY = content().sittings[0]


@pytest.fixture
def activities(app: Flask, directory: None) -> None:
    """Five dates: a story over two days, a walk, a paid workshop far away, an exhibition of a week."""
    with app.app_context(), transaction():
        publish(content(sittings=(STORY, replace(STORY, day=DAY_J + timedelta(days=2)))))
        publish(
            content(
                title="Marche en famille",
                activity_type=ActivityType.WALK,
                geo_code=ALMA,
                audiences=(Audience.FAMILIES,),
                sittings=(replace(STORY, day=DAY_J + timedelta(days=5)),),
            )
        )
        publish(
            content(
                title="Cuisiner à deux",
                activity_type=ActivityType.WORKSHOP,
                geo_code=GASPE,
                cost=Cost.PRICE,
                price="5 $",
                audiences=(Audience.BABIES, Audience.PARENTS),
                opening=Opening.RESERVED,
            )
        )
        publish(
            content(
                title="Les tout-petits exposent",
                activity_type=ActivityType.EXHIBITION,
                description="",
                sittings=(replace(STORY, starts=None, ends=None, last_day=DAY_J + timedelta(days=6)),),
            )
        )


def titles(page: Page) -> list[str]:
    return [text.partition(" gratuit")[0] for text in page.texts(".agenda-item__title > a")]


# --- the result -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("activities")
def test_the_list_tells_each_date_and_what_a_family_chooses_by(client: Client) -> None:
    page = client.visit("/calendrier")

    assert page.h1 == "Calendrier"
    assert "5 rendez-vous" in page.text
    assert page.texts(".finder__day") == [
        f"Lundi 15{NBSP}novembre{NBSP}2027",
        f"Mercredi 17{NBSP}novembre{NBSP}2027",
        f"Samedi 20{NBSP}novembre{NBSP}2027",
    ]
    assert titles(page) == [
        "Cuisiner à deux",
        "Heure du conte en pyjama",
        "Les tout-petits exposent",
        "Heure du conte en pyjama",
        "Marche en famille",
    ]
    first = page.texts(".agenda-item")[0]
    assert "Bibliothèque municipale, Gaspé" in first
    assert "Atelier parent-enfant · 0-2 ans, parents · payant" in first
    assert "réservée à la clientèle" in first


@pytest.mark.usefixtures("activities")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("type=marche", ["Marche en famille"]),
        ("q=marches+familles", ["Marche en famille"]),
        ("q=ALMA", ["Marche en famille"]),
        ("region=11", ["Cuisiner à deux"]),
        ("public=0-2-ans&public=famille", ["Cuisiner à deux", "Marche en famille"]),
        ("public=0-2-ans&cout=gratuit", []),
        ("ouvert=oui&du=2027-11-16&au=2027-11-16", ["Les tout-petits exposent"]),
        (
            f"pres={HEBERTVILLE}&du=2027-11-17",
            ["Les tout-petits exposent", "Heure du conte en pyjama", "Marche en famille"],
        ),
        (f"pres={HEBERTVILLE}&rayon=10&du=2027-11-18", ["Les tout-petits exposent"]),
        (f"municipalite={ALMA}", ["Marche en famille"]),
    ],
)  # fmt: skip
def test_filters_combine(client: Client, query: str, found: list[str]) -> None:
    assert titles(client.visit(f"/calendrier?{query}")) == found


@pytest.mark.usefixtures("activities")
def test_a_result_says_in_its_title_what_was_asked_and_how_far_each_date_is(client: Client) -> None:
    page = client.visit(f"/calendrier?pres={HEBERTVILLE}&type=marche")

    assert page.h1 == f"Marches à 30{NBSP}km ou moins d’Hébertville"
    assert page.texts(".agenda-item__note") == [f"Marche · toute la famille · à 23{NBSP}km"]


@pytest.mark.usefixtures("activities")
def test_each_choice_says_how_many_dates_it_gives(client: Client) -> None:
    page = client.visit("/calendrier?cout=gratuit")

    labels = page.texts("form[role=search] .choice__label")
    assert {"Heure du conte (2)", "Marche (1)", "Gratuit (4)", "Payant (1)"} <= set(labels)
    assert not any(label.startswith("Atelier") for label in labels)  # none is free
    assert page.texts("#region option") == ["Tout le Québec", "Saguenay–Lac-Saint-Jean (4)"]
    assert page.fields("form[role=search]")["cout"] == ["gratuit"]


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("activities")
@pytest.mark.parametrize(
    ("messy", "clean"),
    [
        ("q=&region=&type=marche&du=&au=&rayon=30&lieu=", "type=marche"),
        ("type=marche&type=bricolage&type=marche", "type=bricolage&type=marche"),
        ("cout=gratuit&q=conte", "q=conte&cout=gratuit"),
        ("vue=liste&page=1", ""),
        ("vue=nimporte&type=inconnu", ""),
        ("page=2&vue=carte", "vue=carte"),
        ("lieu=Hébertville&rayon=60", f"pres={HEBERTVILLE}&rayon=60"),
        (f"pres={HEBERTVILLE}&lieu=Alma&rayon=30&vue=mois", f"pres={ALMA}&vue=mois"),
        (f"pres={HEBERTVILLE}&lieu=H%C3%A9bertville&rayon=30", f"pres={HEBERTVILLE}"),
        (f"pres={HEBERTVILLE}&lieu=&rayon=30", ""),
    ],
)
def test_each_look_has_one_address(client: Client, messy: str, clean: str) -> None:
    answer = client.get(f"/calendrier?{messy}")

    assert answer.status_code == 302
    where = urlsplit(answer.headers["Location"])
    assert (where.path, parse_qsl(where.query)) == ("/calendrier", parse_qsl(clean))
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.usefixtures("activities")
def test_words_of_others_change_neither_the_address_nor_the_page(client: Client) -> None:
    plain, followed = client.get("/calendrier?type=marche"), client.get("/calendrier?type=marche&fbclid=x")

    assert (followed.status_code, followed.data) == (200, plain.data)


@pytest.mark.usefixtures("activities")
def test_what_was_chosen_is_taken_back_one_by_one_or_all_at_once(client: Client) -> None:
    words = ("q=conte", "type=heure-du-conte", "cout=gratuit", "ouvert=oui", "du=2027-11-15")
    page = client.visit(f"/calendrier?{'&'.join(words)}&vue=mois")

    links = {link.get_text(): str(link["href"]) for link in page.all(".taken a")}

    def without(word: str) -> str:
        return "/calendrier?" + "&".join([*(each for each in words if each != word), "vue=mois"])

    assert links == {
        f"Retirer{NBSP}: «{NBSP}conte{NBSP}»": without("q=conte"),
        f"Retirer{NBSP}: Heure du conte": without("type=heure-du-conte"),
        f"Retirer{NBSP}: Gratuit": without("cout=gratuit"),
        f"Retirer{NBSP}: Ouvert à tout le monde": without("ouvert=oui"),
        f"Retirer{NBSP}: À partir du 15{NBSP}novembre{NBSP}2027": without("du=2027-11-15"),
        "Tout effacer": "/calendrier?vue=mois",
    }


@pytest.mark.usefixtures("activities")
def test_when_nothing_answers_what_to_give_up_is_told_with_what_it_gives(client: Client) -> None:
    page = client.visit("/calendrier?type=marche&public=parents")

    found = {link.get_text(): str(link["href"]) for link in page.all(".finder__result li a")}
    assert "Aucun rendez-vous ne répond" in page.text
    assert found[f"Retirez{NBSP}: Marche"] == "/calendrier?public=parents"
    assert found[f"Retirez{NBSP}: Parents"] == "/calendrier?type=marche"
    assert titles(client.visit(found[f"Retirez{NBSP}: Parents"])) == ["Marche en famille"]


@pytest.mark.usefixtures("activities")
def test_a_day_that_is_none_is_told_and_left_aside(client: Client) -> None:
    page = client.visit("/calendrier?du=hier")

    assert "La date de début n’a pas été comprise" in page.text
    assert len(titles(page)) == 5


@pytest.mark.usefixtures("activities")
def test_a_name_of_several_municipalities_asks_which_one(client: Client) -> None:
    page = client.visit("/calendrier?lieu=saint-augustin&cout=gratuit")

    assert "Quelle municipalité?" in page.text
    assert page.link("Saint-Augustin (paroisse, MRC Maria-Chapdelaine)") == (
        "/calendrier?pres=92005&cout=gratuit"
    )
    assert "Aucune municipalité ne porte ce nom" in client.visit("/calendrier?lieu=zzzz").text


@pytest.mark.usefixtures("activities")
@pytest.mark.parametrize("query", ["region=99", "mrc=999", "municipalite=00000", "pres=00000"])
def test_a_place_that_nobody_knows_is_not_found(client: Client, query: str) -> None:
    assert client.get(f"/calendrier?{query}").status_code == 404


@pytest.mark.usefixtures("activities")
def test_search_engines_keep_the_simple_addresses_only(client: Client) -> None:
    def is_kept(query: str) -> bool:
        page = client.visit(f"/calendrier?{query}")
        canonical = page.one("link[rel=canonical]")["href"]
        assert canonical == f"http://localhost/calendrier?{query}".rstrip("?")
        return not page.all("meta[name=robots]")

    assert [is_kept(query) for query in ("", "region=11", "type=marche")] == [True] * 3
    assert [
        is_kept(query) for query in ("q=conte", "region=11&type=marche", "vue=mois", "du=2027-11-15")
    ] == ([False] * 4)


@pytest.mark.usefixtures("activities")
def test_the_subscription_is_of_what_is_shown(client: Client) -> None:
    page = client.visit("/calendrier?region=11&cout=montant&vue=carte")

    assert page.link("S’abonner à ce calendrier") == "/calendrier/abonnement?region=11&cout=montant"
    assert page.one("link[type='text/calendar']")["href"] == "/calendrier.ics?region=11&cout=montant"


# --- time -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("activities")
def test_quick_periods_are_reckoned_from_today_and_say_what_they_give(client: Client) -> None:
    with clock.pretend(MONDAY):
        page = client.visit("/calendrier")
    links = {link.get_text(): str(link["href"]) for link in page.all("nav[aria-label=Périodes] a")}

    assert links == {
        "Aujourd’hui (3)": "/calendrier?du=2027-11-15&au=2027-11-15",
        "Cette semaine (5)": "/calendrier?du=2027-11-14&au=2027-11-20",
        "Ce week-end (2)": "/calendrier?du=2027-11-20&au=2027-11-21",
        "À venir (5)": "/calendrier?du=2027-11-15",
        "La grande semaine (5)": "/calendrier?du=2027-11-15&au=2027-11-21",
    }


@pytest.mark.usefixtures("activities")
@pytest.mark.parametrize(
    ("day", "weekend"),
    [(19, "2027-11-20"), (20, "2027-11-20"), (21, "2027-11-20")],
)
def test_on_sunday_the_week_end_is_not_over(client: Client, day: int, weekend: str) -> None:
    with clock.pretend(datetime(2027, 11, day, 17, tzinfo=UTC)):
        page = client.visit("/calendrier")

    (address,) = [str(link["href"]) for link in page.all("nav a") if "week-end" in link.get_text()]
    assert f"du={weekend}" in address


@pytest.mark.usefixtures("activities")
def test_what_lasts_is_shown_at_the_first_day_that_is_looked_at(client: Client) -> None:
    page = client.visit("/calendrier?du=2027-11-18&au=2027-11-18")

    assert page.texts(".finder__day") == [f"Jeudi 18{NBSP}novembre{NBSP}2027"]
    assert f"du 15 au 21{NBSP}novembre{NBSP}2027" in page.texts(".agenda-item")[0]


def test_what_is_called_off_or_moved_stays_readable_on_the_day_that_people_noted(
    app: Flask, client: Client, activities: None
) -> None:
    with app.app_context(), transaction() as session:
        story, walk = session.scalars(
            sa.select(Event)
            .where(Event.title.in_(["Heure du conte en pyjama", "Marche en famille"]))
            .order_by(Event.id)
        ).all()
        sitting = session.scalars(
            sa.select(Session).where(Session.event_id == story.id).order_by(Session.position)
        ).first()
        assert sitting
        moved = Session(starts_on=DAY_J + timedelta(days=3))
        services.postpone_sitting(story, sitting, moved=moved, reason="Neige", now=NOW)
        services.cancel(walk, reason="Verglas", now=NOW)

    page = client.visit("/calendrier")
    told = {
        str(item.select("time")[0]["datetime"])[:10]: item.get_text(" ")
        for item in page.all(".agenda-item")
        if "Heure du conte" in item.get_text() or "Marche" in item.get_text()
    }

    assert "5 rendez-vous" in page.text
    assert set(told) == {"2027-11-15", "2027-11-17", "2027-11-18", "2027-11-20"}
    assert f"reportée au 18{NBSP}novembre" in told["2027-11-15"]
    assert f"Nouvelle date{NBSP}: jeudi 18{NBSP}novembre{NBSP}2027" in told["2027-11-15"]
    assert "D’abord prévue le lundi 15" in told["2027-11-18"]
    assert "annulée" in told["2027-11-20"]
    assert "Verglas" in told["2027-11-20"]


def test_past_editions_are_read_by_their_days(app: Flask, client: Client, activities: None) -> None:
    assert not client.visit("/calendrier").all("a[href*='au=2026-12-31']")
    with app.app_context(), transaction():
        publish(content(title="Autrefois", sittings=(replace(STORY, day=date(2023, 11, 20)),)))

    page = client.visit("/calendrier")
    past = client.visit(page.link("Activités des éditions passées"))

    assert titles(past) == ["Autrefois"]


# --- the month ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("activities")
def test_a_month_begins_its_weeks_on_sunday_and_leads_to_the_list_of_each_day(client: Client) -> None:
    page = client.visit("/calendrier?cout=gratuit&vue=mois")

    assert page.texts("#grille thead th")[0] == "dimanche"
    assert page.texts(".finder__day") == [f"Novembre{NBSP}2027"]
    cells = {str(link["href"]): link.get_text(" ", strip=True) for link in page.all("#grille a.month__day")}
    assert list(cells) == [
        f"/calendrier?cout=gratuit&du=2027-11-{day}&au=2027-11-{day}" for day in range(15, 22)
    ]
    assert [text.split()[-2] for text in cells.values()] == ["2", "1", "2", "1", "1", "2", "1"]
    assert page.link(f"Octobre{NBSP}2027") == "/calendrier?cout=gratuit&vue=mois&mois=2027-10"
    assert page.link(f"Décembre{NBSP}2027") == "/calendrier?cout=gratuit&vue=mois&mois=2027-12"
    assert titles(client.visit(next(iter(cells)))) == ["Heure du conte en pyjama", "Les tout-petits exposent"]


@pytest.mark.usefixtures("activities")
@pytest.mark.parametrize("month", ["2000-01", "2100-12", "2028-02"])
def test_any_month_is_drawn(client: Client, month: str) -> None:
    page = client.visit(f"/calendrier?vue=mois&mois={month}")

    assert len(page.all("#grille .month__cell")) in (29, 31)


def test_a_day_says_how_many_titles_it_leaves_out(app: Flask, client: Client, activities: None) -> None:
    with app.app_context(), transaction():
        for number in range(4):
            publish(content(title=f"Conte {number}"))

    page = client.visit("/calendrier?vue=mois")

    assert len(page.all("#grille .month__titles")) == 7
    assert page.texts("#grille .month__titles")[0].endswith(f"et 4 de plus le 15{NBSP}novembre")


# --- the map --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("activities")
def test_the_map_comes_closer_by_region_and_says_its_figures_in_a_table(client: Client) -> None:
    province = client.visit("/calendrier?cout=gratuit&vue=carte")
    region = client.visit(province.link("Saguenay–Lac-Saint-Jean"))

    assert province.texts("#par-lieu tbody td") == ["4"]
    assert region.url == "/calendrier"
    assert region.texts("#par-lieu tbody th") == ["Alma", "Hébertville"]
    assert region.texts("#par-lieu tbody td") == ["1", "3"]
    assert [str(mark["href"]) for mark in region.all(".map__link")] == [
        f"/calendrier?region=02&municipalite={code}&cout=gratuit" for code in (ALMA, HEBERTVILLE)
    ]
    assert "Alma, 1 rendez-vous" in region.texts(".map__link title")[0]


def test_what_has_no_place_is_counted_beside_the_map(app: Flask, client: Client, activities: None) -> None:
    with app.app_context(), transaction():
        publish(content(title="En ligne", geo_code="", format=Format.ONLINE))

    assert "Un rendez-vous n’a pas de lieu sur la carte" in client.visit("/calendrier?vue=carte").text


# --- what never shows, and what it costs ------------------------------------------------------------


def test_a_private_meeting_is_on_no_drawing_and_in_no_count(
    app: Flask, client: Client, activities: None
) -> None:
    with app.app_context(), transaction():
        create(
            content(title="Rencontre privée", is_private=True),
            edition=builders.edition(),
            territory=builders.territory(),
            now=NOW,
        )

    for query in ("", "?q=privee", "?vue=mois", "?vue=carte", "?du=2027-11-15&au=2027-11-15"):
        page = client.visit(f"/calendrier{query}")
        assert "privée" not in page.text.replace("«", "").lower()
    assert "5 rendez-vous" in client.visit("/calendrier").text


@pytest.mark.parametrize("query", ["", "?region=02&type=marche", "?q=conte", "?vue=mois", "?vue=carte"])
def test_as_many_queries_for_one_date_as_for_sixty(
    app: Flask, client: Client, directory: None, query: str
) -> None:
    def asked() -> int:
        client.get(f"/calendrier{query}")  # what is shared by all pages is made once
        app.extensions["calendar_index"] = Index()
        app.extensions["drawn_pages"].pages.clear()
        with count_queries(app) as statements:
            assert client.get(f"/calendrier{query}").status_code == 200
        return len(statements)

    def add(count: int) -> None:
        with app.app_context(), transaction():
            for number in range(count):
                publish(content(title=f"Heure du conte {number}"))

    add(1)
    one = asked()
    add(2)
    three = asked()
    add(57)

    assert one == three == asked()


def test_a_page_that_nothing_changed_costs_one_query(app: Flask, client: Client, activities: None) -> None:
    with clock.pretend(MONDAY):
        first = client.get("/calendrier?q=conte&type=heure-du-conte&vue=mois")
        with count_queries(app) as statements:
            again = client.get(
                "/calendrier?q=conte&type=heure-du-conte&vue=mois",
                headers={"If-None-Match": first.headers["ETag"]},
            )

    assert (again.status_code, len(statements)) == (304, 1)


def test_an_edit_is_seen_at_once(app: Flask, client: Client, activities: None) -> None:
    assert titles(client.visit("/calendrier?type=marche")) == ["Marche en famille"]
    with app.app_context(), transaction() as session:
        walk = session.scalars(sa.select(Event).where(Event.title == "Marche en famille")).one()
        walk.title = "Randonnée"

    assert titles(client.visit("/calendrier?type=marche")) == ["Randonnée"]
    assert titles(client.visit("/calendrier?q=randonnee")) == ["Randonnée"]


# --- the whole demonstration ------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_the_list_goes_page_by_page_in_the_order_of_days(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        sittings = session.scalars(
            sa.select(Session)
            .join(Session.event)
            .where(
                Event.edition_id == current_edition().id,
                Event.is_published,
                Event.opening != Opening.CLOSED,
            )
        ).all()
        # Workshops to choose from are one line.
        blocks = {(each.event_id, each.block, each.starts_on) for each in sittings if each.block}
        expected = len(blocks) + sum(not each.block for each in sittings)
        assert len(sittings) > expected
    page, told, pages = client.visit("/calendrier"), [], 1
    while True:
        told += [item.select("time") for item in page.all(".agenda-item") if "Nouvelle date" not in str(item)]
        if "Page suivante" not in page.text:
            break
        page, pages = client.visit(page.link("Page suivante")), pages + 1
    days = [str(time[0]["datetime"])[:10] if time else "9999" for time in told]

    assert pages > 2
    assert len(days) == expected
    assert days == sorted(days)


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("address", ["/calendrier", "/calendrier/encart", "/calendrier?q=saguenay"])
def test_what_belongs_to_a_region_as_a_whole_names_it(app: Flask, client: Client, address: str) -> None:
    builders.open_edition(app)
    with app.app_context(), transaction():
        publish(content(title="Journée régionale", geo_code="", region_code="02", place="Centre"))
        publish(content(title="Ailleurs", geo_code="", place="Chez nous"))

    with clock.pretend(NOW):
        text = client.get(address).text

    assert "Centre, Saguenay–Lac-Saint-Jean" in text
    assert ("Ailleurs" in text) is ("q=" not in address)


@pytest.mark.usefixtures("directory")
def test_what_has_no_date_is_listed_and_can_be_waited_for(app: Flask, client: Client) -> None:
    builders.open_edition(app)
    with app.app_context(), transaction():
        slug = publish(content(title="Journée régionale", sittings=())).slug

    with clock.pretend(NOW):
        page = client.visit("/calendrier")
        event = client.visit(f"/evenements/{slug}")
        follow = client.visit(event.link("Me prévenir quand la date sera connue"))

    assert page.texts(".finder__day") == ["Date à confirmer"]
    assert "Journée régionale" in page.texts(".agenda-item")[0]
    assert "Journée régionale" in follow.text


@pytest.mark.usefixtures("demo")
def test_a_closed_ceremony_is_not_in_the_list_of_outings(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        slug, code = session.execute(
            sa.select(Event.slug, Territory.geo_code)
            .join(Event.territory)
            .where(Event.opening == Opening.CLOSED, Event.is_published)
        ).first() or ("", "")

    page = client.visit(f"/calendrier?municipalite={code}")

    assert slug
    assert slug not in page.html
