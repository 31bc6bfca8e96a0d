"""Open data and the Atom feed: everything public, nothing else, whatever people wrote."""

import csv
import io
import json
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from campaign import clock
from campaign.agenda.exports import (
    COLUMNS,
    About,
    Codes,
    atom_file,
    csv_file,
    geojson_file,
    json_file,
)
from campaign.agenda.records import Record
from campaign.agenda.views.open_data import FIELDS
from campaign.db import transaction
from campaign.events import services
from campaign.events.content import Sitting
from campaign.events.models import Event, Opening
from campaign.events.vocabulary import Cost, Format
from campaign.web.spreadsheets import typed
from tests.builders import DAY_J, HEBERTVILLE, NOW, SAINT_AUGUSTIN_OF_THE_COAST
from tests.events.activities import content, publish
from tests.pages import Client
from tests.queries import count_queries

A = "{http://www.w3.org/2005/Atom}"
FILES = (
    "/donnees/evenements.csv", "/donnees/evenements.json", "/donnees/evenements.geojson", "/calendrier.atom",
)  # fmt: skip
ABOUT = About(
    title="Semaine", author="Collectif", page="https://exemple.quebec/calendrier",
    address="https://exemple.quebec/calendrier.atom", updated_at="2027-09-01T14:00:00Z",
)  # fmt: skip
RECORD = Record(
    uid="0f0c8a52-6d4b-4a55-9d6a-0a8a1b2c3d4e", adresse="https://exemple.quebec/evenements/conte",
    titre="Conte", type="heure-du-conte", type_nom="Heure du conte", etat="prevue", raison="",
    debut="2027-11-15T10:00:00-05:00", fin="2027-11-15T11:00:00-05:00", debut_prevu="",
    date_texte="Lundi 15 novembre 2027, de 10 h à 11 h", fuseau="America/Toronto", edition=12, simulee=False,
    lieu="Bibliothèque", municipalite_code="93022", municipalite="Hébertville", mrc_code="930",
    mrc="Lac-Saint-Jean-Est", region_code="02", region="Saguenay–Lac-Saint-Jean", latitude=48.4,
    longitude=-71.67, format="sur-place", lien="", ouverture="Ouvert au public", publics=("parents",),
    themes=("lecture",), accessibilite=(), langues=("francais",), cout="gratuit", prix="", inscription="",
    places=None, organisme="Bibliothèque", description="", image="", image_texte="", image_credit="",
    publiee_le="2027-09-01T14:00:00Z", modifiee_le="2027-09-01T14:00:00Z",
)  # fmt: skip
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


def put(app: Flask, *changes: Callable[[], object]) -> None:
    with app.app_context(), transaction():
        for change in changes:
            change()


def rows_of_csv(octets: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";"))


def entries(octets: bytes) -> list[dict[str, str]]:
    """The texts of each entry of an Atom feed."""
    root = ET.fromstring(octets)  # noqa: S314 - our own feed
    return [
        {child.tag.removeprefix(A): child.text or "" for child in entry}
        for entry in root.findall(f"{A}entry")
    ]


def read_json(client: Client, address: str) -> Any:
    return json.loads(client.get(address).data)


# --- the files, written from records -----------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.tuples(TEXT, TEXT, TEXT, TEXT))
def test_any_text_comes_back_from_every_reader(texts: tuple[str, str, str, str]) -> None:
    title, place, reason, description = texts
    record = replace(RECORD, titre=title, lieu=place, raison=reason, description=description)

    (cells,) = rows_of_csv(csv_file([record], ABOUT, Codes.PLAIN))
    assert [cells[name] for name in ("titre", "lieu", "raison", "description")] == [typed(t) for t in texts]
    (told,) = json.loads(json_file([record], ABOUT))["evenements"]
    assert [told[name] for name in ("titre", "lieu", "raison", "description")] == list(texts)
    (feature,) = json.loads(geojson_file([record], ABOUT))["features"]
    assert feature["properties"]["description"] == description
    (entry,) = entries(atom_file([record], ABOUT))
    assert entry["title"].replace("\r\n", "\n") == _as_xml(title)


def _as_xml(text: str) -> str:
    """What XML may hold of a text, its line ends as readers give them back."""
    kept = "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return kept.replace("\r\n", "\n").replace("\r", "\n")


def test_no_cell_is_taken_for_a_formula() -> None:
    names = ("titre", "lieu", "raison", "description", "organisme", "prix", "inscription", "lien")
    record = replace(RECORD, **dict.fromkeys(names, '=HYPERLINK("https://ailleurs.example")'))

    (cells,) = rows_of_csv(csv_file([record], ABOUT))

    formulas = {name: cell for name, cell in cells.items() if cell.startswith(("=", "+", "@"))}
    assert formulas == {
        "municipalite_code": '="93022"', "mrc_code": '="930"', "region_code": '="02"',
    }  # fmt: skip


def test_codes_may_be_plain_and_keep_their_zeros() -> None:
    (cells,) = rows_of_csv(csv_file([RECORD], ABOUT, Codes.PLAIN))

    assert (cells["region_code"], cells["mrc_code"], cells["municipalite_code"]) == ("02", "930", "93022")
    assert cells["licence"] == "CC BY 4.0"


def test_geojson_is_as_its_standard_says() -> None:
    online = replace(RECORD, latitude=None, longitude=None)

    collection = json.loads(geojson_file([RECORD, online], ABOUT))

    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    first, second = collection["features"]
    assert first["geometry"] == {"type": "Point", "coordinates": [-71.67, 48.4]}
    assert second["geometry"] is None
    assert {feature["type"] for feature in (first, second)} == {"Feature"}
    assert first["id"] == RECORD.uid


def test_atom_is_as_its_standard_says() -> None:
    older = replace(RECORD, uid="pas un uuid", modifiee_le="2027-08-01T14:00:00Z", etat="annulee")

    octets = atom_file([older, RECORD], ABOUT)
    root = ET.fromstring(octets)  # noqa: S314 - our own feed

    assert octets.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    for name in ("id", "title", "updated", "author", "rights"):
        assert len(root.findall(f"{A}{name}")) == 1
    assert {link.get("rel"): link.get("href") for link in root.findall(f"{A}link")} == {
        "self": ABOUT.address,
        "alternate": ABOUT.page,
        "license": "https://creativecommons.org/licenses/by/4.0/deed.fr",
    }
    assert root.findtext(f"{A}updated") == RECORD.modifiee_le
    first, second = entries(octets)
    assert first["id"] == f"urn:uuid:{RECORD.uid}"
    assert uuid.UUID(second["id"].removeprefix("urn:uuid:")).version == 5
    assert (first["title"], second["title"]) == ("Conte", "ANNULÉ – Conte")
    for entry in (first, second):
        assert {"id", "title", "updated", "published", "link", "summary"} <= entry.keys()
        assert datetime.fromisoformat(entry["updated"]).tzinfo is not None


def test_an_empty_feed_is_valid() -> None:
    root = ET.fromstring(atom_file([], ABOUT))  # noqa: S314 - our own feed

    assert root.findtext(f"{A}updated") == ABOUT.updated_at


def test_the_page_explains_each_field() -> None:
    assert tuple(FIELDS) == COLUMNS


# --- through their addresses ---------------------------------------------------------------------------


@pytest.mark.usefixtures("directory")
def test_a_date_is_told_as_its_page_tells_it(app: Flask, client: Client) -> None:
    put(app, lambda: publish(content(cost=Cost.PRICE, price="5\u00a0$", registration="Au comptoir")))

    whole = read_json(client, "/donnees/evenements.json")
    (told,) = whole["evenements"]

    assert told.pop("uid")
    assert told.pop("publiee_le") == told.pop("modifiee_le") == "2027-09-01T14:00:00Z"
    assert told.pop("latitude") == pytest.approx(48.4, abs=0.2)
    assert told.pop("longitude") == pytest.approx(-71.7, abs=0.2)
    assert told == {
        "adresse": "http://localhost/evenements/heure-du-conte-en-pyjama-hebertville",
        "titre": "Heure du conte en pyjama",
        "type": "heure-du-conte",
        "type_nom": "Heure du conte",
        "etat": "prevue",
        "raison": "",
        "debut": "2027-11-15T10:00:00-05:00",
        "fin": "2027-11-15T11:00:00-05:00",
        "debut_prevu": "",
        "date_texte": "Lundi 15\u00a0novembre\u00a02027, de 10\u00a0h à 11\u00a0h",
        "fuseau": "America/Toronto",
        "edition": 12,
        "simulee": False,
        "lieu": "Bibliothèque municipale",
        "municipalite_code": "93022",
        "municipalite": "Hébertville",
        "mrc_code": "930",
        "mrc": "Lac-Saint-Jean-Est",
        "region_code": "02",
        "region": "Saguenay–Lac-Saint-Jean",
        "format": "sur-place",
        "lien": "",
        "ouverture": "Ouvert au public",
        "publics": ["3-5-ans", "parents"],
        "themes": ["lecture"],
        "accessibilite": [],
        "langues": ["francais"],
        "cout": "montant",
        "prix": "5\u00a0$",
        "inscription": "Au comptoir",
        "places": None,
        "organisme": "Bibliothèque d’Hébertville",
        "description": "Des histoires à partager, une doudou à la main.",
        "image": "",
        "image_texte": "",
        "image_credit": "",
    }
    assert whole["licence"] == "CC BY 4.0"
    assert whole["attribution"].endswith("(CC BY 4.0)")
    assert whole["nombre"] == 1


@pytest.mark.usefixtures("directory")
def test_nothing_private_is_in_any_file(app: Flask, client: Client) -> None:
    def hide() -> None:
        event = publish(content(title="Réunion secret-1"))
        event.is_published, event.is_private = False, True

    def draft() -> None:
        publish(content(title="Brouillon secret-2")).is_published = False

    put(
        app,
        hide,
        draft,
        lambda: publish(
            content(
                title="Cérémonie fermée", opening=Opening.CLOSED, place="secret-3",
                registration="secret-4", rain_plan="secret-5",
            )
        ),
        lambda: publish(
            content(
                title="En ligne", format=Format.ONLINE, online_url="https://secret-6.example",
                is_online_url_public=False, contact_name="secret-7", contact_email="secret-8@exemple.quebec",
                contact_phone="4185559999",
            )
        ),
        lambda: publish(
            content(
                title="Réservée", format=Format.ONLINE, online_url="https://secret-9.example",
                opening=Opening.RESERVED, contact_email="secret-10@exemple.quebec", is_contact_public=True,
            )
        ),
    )  # fmt: skip

    for address in FILES:
        text = client.get(address).get_data(as_text=True)
        assert "En ligne" in text
        assert "secret" not in text
        assert "5559999" not in text
    told = {each["titre"]: each for each in read_json(client, "/donnees/evenements.json")["evenements"]}
    assert told.keys() == {"Cérémonie fermée", "En ligne", "Réservée"}
    closed = told["Cérémonie fermée"]
    assert (closed["debut"], closed["fin"], closed["lieu"]) == ("2027-11-15", "", "")
    assert closed["latitude"] is None


@pytest.mark.usefixtures("directory")
def test_they_take_the_filters_of_the_calendar(app: Flask, client: Client) -> None:
    put(
        app,
        lambda: publish(content(title="Ici")),
        lambda: publish(content(title="Là-bas", geo_code=SAINT_AUGUSTIN_OF_THE_COAST)),
    )

    for address in FILES:
        text = client.get(f"{address}?municipalite={HEBERTVILLE}").get_data(as_text=True)
        assert "Ici" in text
        assert "Là-bas" not in text
        assert client.get(f"{address}?municipalite=99999").status_code == 404


@pytest.mark.usefixtures("directory")
def test_what_changed_is_said(app: Flask, client: Client) -> None:
    def several() -> None:
        event = publish(content(sittings=tuple(Sitting(day=DAY_J + timedelta(days=n)) for n in range(3))))
        services.cancel_sitting(event, event.sessions[0], reason="Tempête", now=NOW + timedelta(hours=1))

    put(app, several)

    told = read_json(client, "/donnees/evenements.json")["evenements"]
    feed = entries(client.get("/calendrier.atom").data)

    assert [(each["etat"], each["raison"]) for each in told] == [
        ("annulee", "Tempête"), ("prevue", ""), ("prevue", ""),
    ]  # fmt: skip
    assert len({each["uid"] for each in told}) == 3
    assert feed[0]["title"] == "ANNULÉ – Heure du conte en pyjama"
    assert feed[0]["updated"] == "2027-09-01T15:00:00Z"


@pytest.mark.usefixtures("directory")
def test_the_hour_of_the_place_has_its_offset(app: Flask, client: Client) -> None:
    put(app, lambda: publish(content(geo_code=SAINT_AUGUSTIN_OF_THE_COAST)))

    (told,) = read_json(client, "/donnees/evenements.json")["evenements"]

    assert told["debut"] == "2027-11-15T10:00:00-04:00"


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize("address", FILES)
def test_a_reader_who_has_it_receives_nothing_again(app: Flask, client: Client, address: str) -> None:
    put(app, publish)
    first = client.get(address)

    with count_queries(app) as statements:
        known = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    put(app, lambda: publish(content(title="Une autre")))
    after = client.get(address, headers={"If-None-Match": first.headers["ETag"]})

    assert (known.status_code, known.data) == (304, b"")
    assert len(statements) == 1
    assert after.status_code == 200
    assert "Une autre" in after.get_data(as_text=True)
    assert first.headers["Link"] == '<https://creativecommons.org/licenses/by/4.0/deed.fr>; rel="license"'
    assert "Set-Cookie" not in first.headers


@pytest.mark.usefixtures("directory")
def test_an_edit_costs_the_record_of_one_date(app: Flask, client: Client) -> None:
    put(app, *[lambda n=n: publish(content(title=f"Conte {n}")) for n in range(6)])  # type: ignore[misc]  # bound now
    records = app.extensions["open_files"].records
    client.get(FILES[1])
    made = records.made

    def edit() -> None:
        from campaign.db import db  # noqa: PLC0415

        event = db.session.scalars(sa.select(Event).limit(1)).one()
        event.title = "Conte changé"

    put(app, edit)
    told = read_json(client, FILES[1])["evenements"]

    assert made == 6
    assert records.made == 7
    assert sum(each["titre"] == "Conte changé" for each in told) == 1


@pytest.mark.usefixtures("directory")
def test_queries_do_not_grow_with_dates(app: Flask, client: Client) -> None:
    counts = []
    for number in range(2):
        put(app, *[lambda n=n: publish(content(title=f"Conte {n}")) for n in range(1 + 2 * number)])  # type: ignore[misc]
        with count_queries(app) as statements:
            client.get(FILES[0])
        counts.append(len(statements))

    assert counts[1] <= counts[0]


@pytest.mark.usefixtures("directory")
def test_the_page_gives_the_addresses_of_what_is_asked(app: Flask, client: Client) -> None:
    put(app, publish)

    with clock.pretend(datetime(2027, 9, 2, tzinfo=UTC)):
        page = client.visit("/donnees?region=02")

    assert [field["value"] for field in page.all(".copy-box input")] == [
        f"http://localhost{address}?region=02" for address in FILES
    ]
    assert len(page.all("tbody tr")) == len(COLUMNS)
    for link in page.all("main li a"):
        assert client.get(str(link["href"])).status_code == 200


@pytest.mark.usefixtures("directory")
def test_the_calendar_tells_readers_of_news_where_its_feed_is(app: Flask, client: Client) -> None:
    put(app, publish)

    with clock.pretend(NOW):
        page = client.visit("/calendrier?region=02")

    feed = page.one("link[rel=alternate][type='application/atom+xml']")
    assert client.get(str(feed["href"])).mimetype == "application/atom+xml"
    assert feed["href"] == "/calendrier.atom?region=02"
    assert page.link("Données ouvertes") == "/donnees?region=02"
    assert page.link("Afficher sur votre site") == "/calendrier/integrer?region=02"
