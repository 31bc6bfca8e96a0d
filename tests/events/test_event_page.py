"""The page of one event, its calendar file, its poster and its QR code."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.db import db, transaction
from campaign.events import services
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Event, EventAction, EventMove, EventState, Opening, Picture, Session
from campaign.events.vocabulary import (
    Accessibility,
    Cost,
    Format,
    SpokenLanguage,
    Theme,
)
from tests.builders import DAY_J, NOW
from tests.events import microdata
from tests.events.activities import content, publish
from tests.pages import Client, Page
from tests.queries import count_queries

THREE_DAYS = tuple(
    Sitting(day=DAY_J + timedelta(days=days), starts=time(10), ends=time(11)) for days in (0, 2, 4)
)


def find(app: Flask, *conditions: sa.ColumnElement[bool]) -> Event:
    """A published event of the simulated edition that answers these conditions, read and let go."""
    with app.app_context(), transaction() as session:
        event = session.scalar(
            sa.select(Event)
            .where(Event.is_published, Event.edition.has(is_simulated=True), *conditions)
            .options(selectinload(Event.sessions), joinedload(Event.territory), joinedload(Event.edition))
            .order_by(Event.id)
            .limit(1)
        )
        assert event is not None
        session.expunge_all()
        return event


def published(
    app: Flask, told: ActivityContent | None = None, change: Callable[[Event], object] | None = None
) -> str:
    """The address of that activity, in the calendar and then changed."""
    with app.app_context(), transaction():
        event = publish(told)
        if change:
            change(event)
        return f"/evenements/{event.slug}"


def read(client: Client, address: str, *, now: datetime = NOW) -> Page:
    """The page at that instant, whose facts for machines are all in order."""
    with clock.pretend(now):
        page = client.visit(address)
    (event,) = microdata.items(page.html)
    assert list(microdata.faults(event)) == []
    return page


def facts_of(page: Page) -> microdata.Item:
    (event,) = microdata.items(page.html)
    return event


def rows(page: Page) -> dict[str, str]:
    """Each fact of the page by its name."""
    found = page.all("dl.definition .definition__row")
    return {
        row.select_one("dt").get_text(): " ".join(row.select_one("dd").get_text(" ").split()).replace(
            " ,", ","
        )
        for row in found
    }


# --- a ceremony --------------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_a_ceremony_tells_machines_what_it_tells_people(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)
    starts_at = event.sessions[0].starts_at
    assert starts_at is not None
    assert event.territory is not None

    page = read(client, f"/evenements/{event.slug}")
    facts = facts_of(page)

    assert facts["name"] == [page.h1] == [event.title]
    assert facts["startDate"] == [clock.to_local(starts_at, event.time_zone).isoformat()]
    assert facts["eventStatus"] == ["https://schema.org/EventScheduled"]
    assert facts["location"][0]["name"] == [event.place]
    assert event.territory.name in facts["organizer"][0]["name"][0]
    assert page.one("link[rel=canonical]")["href"] == f"http://localhost/evenements/{event.slug}"
    assert event.title in page.one("meta[property='og:title']")["content"]
    assert event.place in page.one("meta[property='og:description']")["content"]


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("state", "status", "word"),
    [
        (EventState.POSTPONED, "EventRescheduled", "reportée au"),
        (EventState.CANCELLED, "EventCancelled", "annulée"),
    ],
)
def test_what_changed_is_said_in_words_and_to_machines(
    app: Flask, client: Client, state: EventState, status: str, word: str
) -> None:
    event = find(app, Event.state == state, Event.opening != Opening.CLOSED)

    page = read(client, f"/evenements/{event.slug}")
    facts = facts_of(page)

    assert word in " ".join(page.texts("h1 ~ p .label"))
    assert facts["eventStatus"] == [f"https://schema.org/{status}"]
    assert event.state_reason in page.text
    if state is EventState.POSTPONED:
        assert event.postponed_from_at is not None
        (before,) = facts["previousStartDate"]
        assert datetime.fromisoformat(before) == event.postponed_from_at


@pytest.mark.usefixtures("demo")
def test_a_ceremony_moved_indoors_says_so(app: Flask, client: Client) -> None:
    event = find(app, Event.is_indoors, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)

    page = read(client, f"/evenements/{event.slug}")

    assert "à l’intérieur" in page.texts("h1 ~ p .label")
    assert event.place in page.text


@pytest.mark.usefixtures("demo")
def test_a_closed_ceremony_tells_its_day_alone(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)
    with app.app_context(), transaction() as session:
        closed = session.get(Event, event.id)
        assert closed is not None
        closed.opening = Opening.CLOSED
    day = event.sessions[0].starts_on
    assert day is not None

    page = read(client, f"/evenements/{event.slug}")

    assert event.place not in page.html
    assert facts_of(page)["startDate"] == [day.isoformat()]
    assert page.all("a[href$='affiche.pdf']") == []
    assert client.get(f"/evenements/{event.slug}/affiche.pdf").status_code == 404


@pytest.mark.usefixtures("demo")
def test_its_calendar_file_is_the_same_entry_as_in_the_feed(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)

    alone = Calendar.from_ical(client.get(f"/evenements/{event.slug}.ics").data).walk("VEVENT")
    feed = Calendar.from_ical(client.get("/calendrier.ics").data).walk("VEVENT")

    (entry,) = alone
    assert entry["UID"] == event.uid
    assert entry["URL"] == f"http://localhost/evenements/{event.slug}"
    assert entry.to_ical() in [other.to_ical() for other in feed]


@pytest.mark.usefixtures("demo")
def test_its_poster_is_a_pdf_and_its_code_leads_here(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED, Event.opening == Opening.PUBLIC)

    poster = client.get(f"/evenements/{event.slug}/affiche.pdf")
    code = client.get(f"/evenements/{event.slug}/qr.svg")

    assert (poster.mimetype, poster.data[:5]) == ("application/pdf", b"%PDF-")
    assert code.mimetype == "image/svg+xml"
    assert f"http://localhost/evenements/{event.slug}<" in code.get_data(as_text=True)


@pytest.mark.usefixtures("demo")
def test_what_is_not_published_has_no_address(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED)
    with app.app_context(), transaction() as session:
        session.execute(sa.update(Event).where(Event.id == event.id).values(is_published=False))
        session.info["public_changed"] = True

    for address in ("", ".ics", "/affiche.pdf", "/qr.svg", "/image.png"):
        assert client.get(f"/evenements/{event.slug}{address}").status_code == 404
    client.visit("/evenements/inconnu", status=404)


@pytest.mark.usefixtures("demo")
def test_reading_it_again_costs_one_query(app: Flask, client: Client) -> None:
    event = find(app, Event.state == EventState.PLANNED)
    for address in (f"/evenements/{event.slug}", f"/evenements/{event.slug}.ics"):
        first = client.get(address)

        with count_queries(app) as statements:
            again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

        assert again.status_code == 304
        assert len(statements) == 1


@pytest.mark.usefixtures("demo")
def test_the_page_of_a_past_ceremony_stays(client: Client) -> None:
    page = client.visit("/evenements/lever-du-drapeau-a-laval-2025")

    assert "drapeau hissé" in page.texts("h1 ~ p .label")


# --- an activity -------------------------------------------------------------------------------------


@pytest.mark.usefixtures("directory")
def test_a_family_finds_all_that_it_asks(app: Flask, client: Client) -> None:
    told = content(
        accessibility=(Accessibility.STROLLER, Accessibility.CHANGING_TABLE),
        languages=(SpokenLanguage.FRENCH, SpokenLanguage.ENGLISH),
        cost=Cost.PRICE,
        price="5\u00a0$ par enfant",
        registration="Au comptoir, ou à https://biblio.exemple.quebec/inscription",
        max_participants=20,
        rain_plan="Dans la grande salle",
        contact_name="Ève Côté",
        contact_phone="4185550123",
        is_contact_public=True,
    )

    page = read(client, published(app, told))

    assert rows(page) == {
        "Quand": "Lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h".replace("\u00a0", " "),
        "Où": "Bibliothèque municipale Hébertville (municipalité, MRC Lac-Saint-Jean-Est)"
        " Saguenay–Lac-Saint-Jean",
        "Pour qui": "3-5 ans, Parents Ouvert au public",
        "Coût": "5 $ par enfant",
        "Inscription": "Au comptoir, ou à https://biblio.exemple.quebec/inscription 20 places",
        "En cas de pluie": "Dans la grande salle",
        "Accessibilité": "Accessible en poussette, Table à langer",
        "Langue": "Français, English",
        "Thèmes": "Lecture et contes",
        "Organisation": "Bibliothèque d’Hébertville",
        "Pour nous joindre": "Ève Côté 418 555-0123 biblio@exemple.quebec",
    }
    assert page.link("Heure du conte") == "/calendrier?type=heure-du-conte"
    assert page.link("Lecture et contes") == "/calendrier?theme=lecture"
    assert page.link("3-5 ans") == "/calendrier?public=3-5-ans"
    assert page.link("Tout ce qui s’y passe") == "/calendrier?municipalite=93022"
    assert page.link("S’abonner à ce calendrier") == "/calendrier/abonnement?municipalite=93022"
    assert (
        page.link("https://biblio.exemple.quebec/inscription") == "https://biblio.exemple.quebec/inscription"
    )


@pytest.mark.usefixtures("directory")
def test_a_cost_that_nobody_said_is_told_nowhere(app: Flask, client: Client) -> None:
    page = read(client, published(app, content(cost=Cost.UNKNOWN)))

    assert "Coût" not in rows(page)
    assert {"isAccessibleForFree", "offers"} & facts_of(page).keys() == set()
    assert "ratuit" not in client.visit("/calendrier?q=pyjama").text.partition("Heure du conte en pyjama")[2]
    assert "Heure du conte en pyjama" not in client.visit("/calendrier?cout=gratuit").texts(
        ".agenda-item__title > a"
    )


@pytest.mark.usefixtures("directory")
def test_machines_read_every_fact(app: Flask, client: Client) -> None:
    told = content(
        format=Format.HYBRID,
        online_url="https://rencontre.exemple.quebec/conte",
        accessibility=(Accessibility.WHEELCHAIR,),
        languages=(SpokenLanguage.ENGLISH,),
        cost=Cost.PRICE,
        price="12,50\u00a0$ par famille",
        max_participants=20,
        themes=(Theme.READING, Theme.INCLUSION),
    )
    address = published(app, told)

    facts = facts_of(read(client, address))

    card = facts.pop("image")
    assert len(card) == 1
    assert card[0].startswith(f"http://localhost{address}/image.png?v=")
    place, way_in = facts.pop("location")
    assert place == {
        "@type": "Place",
        "name": ["Bibliothèque municipale"],
        "address": [
            {
                "@type": "PostalAddress",
                "addressLocality": ["Hébertville"],
                "addressRegion": ["QC"],
                "addressCountry": ["CA"],
            }
        ],
        "amenityFeature": [
            {
                "@type": "LocationFeatureSpecification",
                "name": ["Accessible en fauteuil roulant"],
                "value": ["true"],
            }
        ],
    }
    assert way_in == {"@type": "VirtualLocation", "url": ["https://rencontre.exemple.quebec/conte"]}
    assert facts == {
        "@type": "Event",
        "name": ["Heure du conte en pyjama"],
        "description": ["Des histoires à partager, une doudou à la main."],
        "url": [f"http://localhost{address}"],
        "startDate": ["2027-11-15T10:00:00-05:00"],
        "endDate": ["2027-11-15T11:00:00-05:00"],
        "eventStatus": ["https://schema.org/EventScheduled"],
        "eventAttendanceMode": ["https://schema.org/MixedEventAttendanceMode"],
        "isAccessibleForFree": ["false"],
        "offers": [
            {
                "@type": "Offer",
                "price": ["12.50"],
                "priceCurrency": ["CAD"],
                "url": [f"http://localhost{address}"],
            }
        ],
        "inLanguage": ["en-CA"],
        "typicalAgeRange": ["3-5"],
        "audience": [
            {"@type": "Audience", "audienceType": ["3-5 ans"]},
            {"@type": "Audience", "audienceType": ["Parents"]},
        ],
        "keywords": ["Heure du conte, Lecture et contes, Diversité et inclusion"],
        "maximumAttendeeCapacity": ["20"],
        "organizer": [{"@type": "Organization", "name": ["Bibliothèque d’Hébertville"]}],
    }


@pytest.mark.usefixtures("directory")
def test_each_date_has_its_own_state(app: Flask, client: Client) -> None:
    def change(event: Event) -> None:
        first, second, _third = event.sessions
        services.cancel_sitting(event, first, reason="Tempête", now=NOW)
        moved = Session(starts_on=date(2027, 11, 20), starts_at=datetime(2027, 11, 20, 19, tzinfo=UTC))
        services.postpone_sitting(event, second, moved=moved, reason="", now=NOW)

    page = read(client, published(app, content(sittings=THREE_DAYS), change))

    dates = [text.replace("\u00a0", " ") for text in page.texts(".event-dates > li")]
    assert dates == [
        "Lundi 15 novembre 2027, de 10 h à 11 h annulée Raison donnée : Tempête",
        "Vendredi 19 novembre 2027, de 10 h à 11 h Ajouter cette date",
        "Samedi 20 novembre 2027, 14 h reportée au 20 novembre"
        " D’abord prévue le mercredi 17 novembre 2027. Ajouter cette date",
    ]
    assert "annulée" not in page.texts("h1 ~ p .label")
    parts = facts_of(page)["subEvent"]
    assert [(part["startDate"], part["eventStatus"]) for part in parts] == [
        (["2027-11-15T10:00:00-05:00"], ["https://schema.org/EventCancelled"]),
        (["2027-11-19T10:00:00-05:00"], ["https://schema.org/EventScheduled"]),
        (["2027-11-20T14:00:00-05:00"], ["https://schema.org/EventRescheduled"]),
    ]
    assert parts[2]["previousStartDate"] == ["2027-11-17T10:00:00-05:00"]
    assert facts_of(page)["startDate"] == ["2027-11-19T10:00:00-05:00"]


@pytest.mark.usefixtures("directory")
def test_past_dates_are_folded(app: Flask, client: Client) -> None:
    address = published(app, content(sittings=THREE_DAYS))

    page = read(client, address, now=datetime(2027, 11, 17, 17, tzinfo=UTC))

    assert page.texts("details.fold summary") == ["2 dates passées"]
    assert len(page.all("details.fold li")) == 2
    assert len(page.all(".event-dates > li")) == 3


@pytest.mark.usefixtures("directory")
def test_one_date_or_all_go_to_a_calendar(app: Flask, client: Client) -> None:
    address = published(app, content(sittings=THREE_DAYS))

    page = read(client, address)
    all_of_it = Calendar.from_ical(
        client.get(page.link("Ajouter toutes les dates à mon calendrier")).data
    ).walk("VEVENT")
    (second,) = Calendar.from_ical(client.get(f"{address}.ics?date=1").data).walk("VEVENT")

    assert [entry["DTSTART"].dt.day for entry in all_of_it] == [15, 17, 19]
    assert second["UID"] == all_of_it[1]["UID"]
    assert client.get(f"{address}.ics?date=7").status_code == 404


@pytest.mark.usefixtures("directory")
def test_all_is_called_off(app: Flask, client: Client) -> None:
    def cancel(event: Event) -> None:
        services.cancel(event, reason="Salle inondée", now=NOW)

    address = published(app, content(sittings=THREE_DAYS), cancel)
    page = read(client, address)

    assert page.texts("h1 ~ p .label") == ["annulée"]
    assert page.texts(".notice") == ["Raison donnée\u00a0: Salle inondée"]
    assert page.all("a[href$='.ics'], a[href$='affiche.pdf'], a[href$='/suivre']") == []
    assert client.get(f"{address}/affiche.pdf").status_code == 404
    assert facts_of(page)["eventStatus"] == ["https://schema.org/EventCancelled"]


@pytest.mark.usefixtures("directory")
def test_a_date_that_is_not_known_yet(app: Flask, client: Client) -> None:
    def postpone(event: Event) -> None:
        services.postpone_sitting(event, event.sessions[0], moved=Session(), reason="", now=NOW)

    facts = facts_of(page := read(client, published(app, change=postpone)))

    assert rows(page)["Quand"] == "Date à confirmer"
    assert facts["eventStatus"] == ["https://schema.org/EventPostponed"]
    assert facts["startDate"] == facts["previousStartDate"] == ["2027-11-15T10:00:00-05:00"]


@pytest.mark.usefixtures("directory")
def test_a_month_alone_is_told_to_people_and_not_to_machines(app: Flask, client: Client) -> None:
    def wait(event: Event) -> None:
        event.sessions = [Session(position=0, sequence=0, month_on=date(2028, 2, 1))]

    page = client.visit(published(app, content(sittings=()), wait))

    assert rows(page)["Quand"] == "En février 2028 (date à confirmer)"
    assert page.all("[itemscope]") == []
    assert page.all("a[href$='.ics']") == []


@pytest.mark.usefixtures("directory")
def test_what_was_put_online_says_it_to_machines(app: Flask, client: Client) -> None:
    def move(event: Event) -> None:
        db.session.flush()
        db.session.add(
            EventMove(
                event_id=event.id, at=NOW, author="Jeanne", action=EventAction.PUT_ONLINE, before={}, after={}
            )
        )

    told = content(format=Format.ONLINE, place="", online_url="https://rencontre.exemple.quebec/conte")
    page = read(client, published(app, told, move))

    assert facts_of(page)["eventStatus"] == ["https://schema.org/EventMovedOnline"]
    assert facts_of(page)["eventAttendanceMode"] == ["https://schema.org/OnlineEventAttendanceMode"]
    assert page.link("En ligne\u00a0: ouvrir le lien") == "https://rencontre.exemple.quebec/conte"


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    "hidden",
    [{"is_online_url_public": False}, {"opening": Opening.RESERVED}],
    ids=["not public", "reserved"],
)
def test_a_private_link_and_a_private_contact_are_nowhere(
    app: Flask, client: Client, hidden: dict[str, object]
) -> None:
    told = content(
        format=Format.ONLINE,
        online_url="https://rencontre.exemple.quebec/secret",
        contact_name="Ève Secrète",
        contact_email="eve.secrete@exemple.quebec",
        contact_phone="4185559999",
        **hidden,
    )
    address = published(app, told)

    page = read(client, address)
    elsewhere = [client.get(address + part).get_data() for part in (".ics", "/image.png", "/affiche.pdf")]

    for secret in ("secret", "Secrète", "559999", "555-9999"):
        assert secret not in page.html
        assert all(secret.encode() not in octets for octets in elsewhere)
    assert "En ligne. Le lien est donné par l’organisme." in page.text


@pytest.mark.usefixtures("directory")
def test_what_is_private_has_no_address(app: Flask, client: Client) -> None:
    with app.app_context(), transaction() as session:
        event = publish()
        event.is_published, event.is_private = False, True
        session.flush()
        slug = event.slug

    for address in ("", ".ics", "/affiche.pdf", "/qr.svg", "/image.png"):
        assert client.get(f"/evenements/{slug}{address}").status_code == 404


@pytest.mark.usefixtures("directory")
def test_what_is_reserved_says_to_whom(app: Flask, client: Client) -> None:
    page = read(client, published(app, content(opening=Opening.RESERVED)))

    assert page.texts("h1 ~ p .label") == ["réservée à la clientèle"]
    assert "Réservé à la clientèle de l’organisme" in rows(page)["Pour qui"]


@pytest.mark.usefixtures("directory")
def test_a_picture_has_its_words_and_its_credit(app: Flask, client: Client) -> None:
    def illustrate(event: Event) -> None:
        assert event.details is not None
        event.details.picture = Picture(
            key="a" * 64, media_type="image/jpeg", width=800, height=600,
            alt="Trois enfants autour d’un livre", credit="Ève Côté", created_at=NOW,
        )  # fmt: skip

    page = read(client, published(app, change=illustrate))
    picture = page.one("figure img")

    assert (picture["src"], picture["alt"]) == (f"/images/{'a' * 64}.jpg", "Trois enfants autour d’un livre")
    assert (picture["width"], picture["height"]) == ("800", "600")
    assert page.texts("figcaption") == ["Image\u00a0: Ève Côté"]
    assert facts_of(page)["image"][0] == f"http://localhost/images/{'a' * 64}.jpg"


@pytest.mark.usefixtures("directory")
def test_what_belongs_to_a_region_as_a_whole_has_its_page(app: Flask, client: Client) -> None:
    address = published(app, content(geo_code="", region_code="01"))

    page = read(client, address)

    assert rows(page)["Où"] == "Bibliothèque municipale Bas-Saint-Laurent"
    assert page.link("Tout ce qui s’y passe") == "/calendrier?region=01"
    assert len(Calendar.from_ical(client.get(f"{address}.ics").data).walk("VEVENT")) == 1
    assert client.get(f"{address}/affiche.pdf").data[:5] == b"%PDF-"


@pytest.mark.usefixtures("directory")
def test_what_people_type_is_never_markup(app: Flask, client: Client) -> None:
    typed = "<b onclick=x>gras</b> & {{ 1 }} https://exemple.quebec/<script>"
    told = content(title="Un <i>titre</i> & sa suite", description=typed, registration=typed, rain_plan=typed)

    page = read(client, published(app, told))

    assert page.h1 == "Un <i>titre</i> & sa suite"
    assert page.html.count("<script") == 1
    assert page.all("b, i, [onclick]") == []


@pytest.mark.usefixtures("directory")
def test_its_queries_do_not_grow_with_its_dates(app: Flask, client: Client) -> None:
    counts = []
    for number, sittings in enumerate((THREE_DAYS[:1], THREE_DAYS)):
        address = published(app, content(title=f"Conte {number}", sittings=sittings))
        with count_queries(app) as statements:
            client.get(address)
        counts.append(len(statements))

    assert counts[0] == counts[1]


@pytest.mark.usefixtures("directory")
def test_a_change_is_seen_at_once(app: Flask, client: Client) -> None:
    address = published(app, told := content())
    read(client, address)

    with app.app_context(), transaction() as session:
        event = session.scalars(sa.select(Event)).one()
        event.title = replace(told, title="Heure du conte au parc").title

    assert read(client, address).h1 == "Heure du conte au parc"
