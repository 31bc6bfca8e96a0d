"""The door over HTTP: who may open it, what phones are told, and what a stolen one gets."""

from __future__ import annotations

import logging
from datetime import timedelta
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask import Flask
from PIL import Image

from campaign import clock
from campaign.accounts.models import Role, User, UserRegion, UserSession
from campaign.checkin.doors import REFUSALS
from campaign.checkin.models import Attendance, DoorDevice, EventHost, Scan, ScanResult
from campaign.db import db, transaction
from campaign.events.qr import qr_png
from campaign.registrations.models import SensitiveAnswer
from tests import builders
from tests.checkin.doors import Gathering, Phone, give, make_gathering
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries

pytestmark = pytest.mark.usefixtures("directory")

COTE_NORD, GASPESIE = "09", "11"
BAIE_COMEAU = "96020"


@pytest.fixture
def gathering(app: Flask) -> Gathering:
    with app.app_context(), transaction():
        return make_gathering(3, now=clock.now(), cancels=1, geo_code=BAIE_COMEAU)


@pytest.fixture
def phone(client: Client, gathering: Gathering) -> Phone:
    sign_in(client, Role.ORGANIZER)
    phone = Phone(client, gathering)
    assert phone.open().status_code == 200
    return phone


def admitted(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(sa.select(sa.func.count()).select_from(Attendance)) or 0


def other_client(app: Flask) -> Client:
    client = app.test_client()
    assert isinstance(client, Client)
    return client


# --- Who may open which door


def test_a_host_opens_the_doors_given_to_them_and_no_other(app: Flask, gathering: Gathering) -> None:
    client = other_client(app)
    with app.app_context(), transaction():
        other = make_gathering(1, now=clock.now(), title="Ailleurs")
    sign_in(client, Role.HOST, email="real@exemple.quebec")
    give(app, gathering, "real@exemple.quebec")
    mine, theirs = Phone(client, gathering), Phone(client, other)
    assert mine.open().status_code == 200
    theirs.csrf, theirs.token = mine.csrf, mine.token

    listed = client.visit("/gestion/accueil").texts("h2")
    answers = {
        name: theirs.post(
            name, {"porte": "Porte 1", "code": other.tickets[0], "maintenant": "", "lectures": []}
        )
        for name in ("ouvrir", "verifier", "lire")
    }
    reads = {
        name: client.get(f"{theirs.address}{name}", headers={"X-Appareil": mine.token}).status_code
        for name in ("", "/liste.json", "/reseau", "/appareils", "/hotes")
    }

    assert listed == ["Rassemblement régional"]
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(answers, 403)
    assert reads == dict.fromkeys(reads, 403)
    assert theirs.tell(theirs.scan(other.tickets[0])).status_code == 403
    assert admitted(app) == 0


def test_the_token_of_one_door_opens_no_other(app: Flask, phone: Phone) -> None:
    with app.app_context(), transaction():
        other = make_gathering(1, now=clock.now(), title="Ailleurs")

    asked = Phone(phone.client, other, csrf=phone.csrf, token=phone.token)

    assert asked.people().status_code == 404
    assert asked.tell(asked.scan(other.tickets[0])).status_code == 404


def test_the_token_of_a_phone_is_of_no_use_to_another_account(app: Flask, phone: Phone) -> None:
    client = other_client(app)
    sign_in(client, Role.ADMIN)

    asked = client.get(f"{phone.address}/liste.json", headers={"X-Appareil": phone.token})

    assert asked.status_code == 404


@pytest.mark.parametrize(("region", "status"), [(COTE_NORD, 200), (GASPESIE, 403)])
def test_a_coordinator_opens_the_doors_of_their_regions_by_address_too(
    app: Flask, client: Client, gathering: Gathering, region: str, status: int
) -> None:
    sign_in(client, Role.COORDINATOR, region)

    answers = {
        name: client.get(f"/gestion/accueil/{gathering.event_id}{name}").status_code
        for name in ("", "/appareils", "/hotes", "/reseau")
    }
    listed = client.visit("/gestion/accueil").texts("h2")

    assert answers == dict.fromkeys(answers, status)
    assert listed == (["Rassemblement régional"] if status == 200 else [])


def test_a_viewer_stands_at_no_door(client: Client, gathering: Gathering) -> None:
    sign_in(client, Role.VIEWER)

    assert client.get(f"/gestion/accueil/{gathering.event_id}").status_code == 403
    assert client.get("/gestion/accueil").status_code == 403


@pytest.mark.parametrize(
    ("role", "next_step"), [(Role.ORGANIZER, ["Rassemblements, formations, rencontres"]), (Role.HOST, [])]
)
def test_without_a_door_the_team_is_told_where_one_is_made(
    app: Flask, client: Client, role: Role, next_step: list[str]
) -> None:
    builders.open_edition(app)
    sign_in(client, role)

    page = client.visit("/gestion/accueil")

    assert page.texts("main a") == next_step
    for link in page.all("main a"):
        client.visit(str(link["href"]))


def test_a_host_begins_at_the_doors(client: Client) -> None:
    sign_in(client, Role.HOST)

    page = client.visit("/connexion")

    assert (page.url, page.h1) == ("/gestion/accueil", "Accueil à la porte")
    assert page.texts(".site-nav a") == ["Accueil", "Mon compte", "Site public"]


def test_the_team_gives_a_door_to_a_host_and_takes_it_back(
    app: Flask, client: Client, gathering: Gathering
) -> None:
    host = other_client(app)
    sign_in(host, Role.HOST, email="real@exemple.quebec")
    sign_in(client, Role.ORGANIZER)
    address = f"/gestion/accueil/{gathering.event_id}"

    page = client.visit(f"{address}/hotes")
    number = str(page.one("input[name=hote]")["value"])
    client.submit(page, "main form", hote=[number])
    given = host.get(address).status_code
    client.submit(client.visit(f"{address}/hotes"), "main form", hote=[])

    assert (given, host.get(address).status_code) == (200, 403)


# --- What phones are told


def test_the_list_has_what_the_door_needs_and_nothing_sensitive(app: Flask, phone: Phone) -> None:
    with app.app_context(), transaction() as session:
        session.add(
            SensitiveAnswer(
                attendee_id=1,
                topic="alimentation",
                value="Allergie aux noix",
                consented_at=clock.now(),
                purge_on=clock.today(clock.now()),
            )
        )

    answer = phone.people()
    one = answer.get_json()["personnes"][0]

    assert set(one) == {
        "id",
        "prenom",
        "nom",
        "cle",
        "organisation",
        "billet",
        "code",
        "groupe",
        "seances",
        "enfants",
        "vient",
        "sur_place",
    }
    assert "noix" not in answer.text
    assert "@" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_page_that_phones_keep_names_nobody(phone: Phone) -> None:
    page = phone.client.visit(phone.address)

    assert "Prénom0" not in page.html
    assert phone.gathering.tickets[0] not in page.html
    assert "Dominique" not in page.html


def test_without_script_the_page_says_so_and_leads_to_what_works(phone: Phone) -> None:
    page = phone.client.visit(phone.address)

    assert "a besoin de JavaScript" in page.one("noscript").text
    assert [str(link["href"]) for link in page.all("noscript a")] == [
        f"{phone.address}/reseau",
        f"{phone.address}/liste.pdf",
    ]


def test_phones_learn_from_one_another(app: Flask, phone: Phone) -> None:
    other = Phone(phone.client, phone.gathering)
    other.open("Porte 2")
    assert other.tell().get_json()["admissions"] == []

    phone.tell(phone.scan(phone.gathering.tickets[0]))
    (told,) = other.tell().get_json()["admissions"]
    (outcome,) = other.tell(other.scan(phone.gathering.codes[0])).get_json()["resultats"]

    assert (told["porte"], told["seance"]) == ("Porte 1", phone.gathering.sittings[0])
    assert (outcome["resultat"], outcome["porte"]) == ("deja_admise", "Porte 1")
    assert admitted(app) == 1


def test_a_late_registration_and_a_cancellation_change_the_version_of_the_list(
    app: Flask, phone: Phone
) -> None:
    before = phone.tell().get_json()["version"]
    walk_in = phone.scan("", action="sur_place", prenom="Léa", nom="Bé", organisation="")

    after = phone.tell(walk_in).get_json()["version"]

    assert before == phone.people().get_json()["version"] or before != after
    assert len({before, after}) == 2
    assert after == phone.people().get_json()["version"]


def test_a_replay_changes_nothing(app: Flask, phone: Phone) -> None:
    scans = [phone.scan(ticket) for ticket in phone.gathering.tickets]
    scans.append(phone.scan("", action="sur_place", prenom="Léa", nom="Bé"))

    answers = [phone.tell(*scans).get_json()["resultats"] for _ in range(3)]

    assert answers[0] == answers[1] == answers[2]
    assert admitted(app) == 4


def test_an_admission_is_taken_back_whatever_sitting_the_phone_shows_by_then(
    app: Flask, client: Client
) -> None:
    with app.app_context(), transaction():
        morning = make_gathering(1, now=clock.now(), workshops=1)
    sign_in(client, Role.ORGANIZER)
    phone = Phone(client, morning)
    assert phone.open().status_code == 200
    first = phone.scan(morning.tickets[0])
    assert phone.tell(first).status_code == 200

    assert (
        phone.tell(
            phone.scan("", action="annuler", annule=first["id"], seance=morning.sittings[1])
        ).status_code
        == 200
    )

    assert admitted(app) == 0


def test_what_another_event_takes_back_is_not_of_this_one(app: Flask, phone: Phone) -> None:
    with app.app_context(), transaction():
        elsewhere = make_gathering(1, now=clock.now(), title="Ailleurs")
    other = Phone(phone.client, elsewhere)
    assert other.open("Porte 9").status_code == 200
    first = phone.scan(phone.gathering.tickets[0])
    assert phone.tell(first).status_code == 200

    taken_back = other.tell(other.scan("", action="annuler", annule=first["id"]))
    again = phone.tell(phone.scan(phone.gathering.tickets[0]))

    assert taken_back.status_code == 200
    assert [one["resultat"] for one in again.get_json()["resultats"]] == ["deja_admise"]
    with app.app_context():
        assert db.session.scalars(sa.select(Attendance.scan_id)).all() == [first["id"]]


def test_the_hours_of_a_phone_that_is_an_hour_late_are_set_right(app: Flask, phone: Phone) -> None:
    phone.clock_error = timedelta(hours=-1)

    (outcome,) = phone.tell(phone.scan(phone.gathering.tickets[0])).get_json()["resultats"]

    with app.app_context():
        at = db.session.scalars(sa.select(Attendance.admitted_at)).one()
    assert abs(at - clock.now()) < timedelta(minutes=5)
    assert outcome["a"] == at.isoformat()


@pytest.mark.parametrize(
    "broken",
    [
        {"id": "1"},
        {"action": "ouvrir"},
        {"seance": "1"},
        {"seance": 2**40},
        {"a": "hier"},
        {"a": "2026-11-22T09:00:00"},
        {"code": ["A"]},
        {"enfants": "beaucoup"},
        {"annule": "x"},
    ],
)
def test_a_message_that_no_page_of_ours_sends_is_refused_whole(
    app: Flask, phone: Phone, broken: object
) -> None:
    assert isinstance(broken, dict)

    answer = phone.tell(
        phone.scan(phone.gathering.tickets[0]), phone.scan(phone.gathering.tickets[1]) | broken
    )

    assert answer.status_code == 422
    assert admitted(app) == 0


@pytest.mark.parametrize("body", [b'{"maintenant":' * 50_000, b"[" * 100_000, b"\xff\xfe", b"null"])
def test_a_body_that_is_no_message_is_refused(phone: Phone, body: bytes) -> None:
    headers = {"X-CSRFToken": phone.csrf, "X-Appareil": phone.token}

    answer = phone.client.post(
        f"{phone.address}/lectures", data=body, content_type="application/json", headers=headers
    )

    assert answer.status_code == 422


@pytest.mark.parametrize("lecture", ["a", None, 1, ["id"]])
def test_a_scan_that_is_no_object_is_refused(phone: Phone, lecture: object) -> None:
    told = {"maintenant": clock.now().isoformat(), "lectures": [lecture]}

    assert phone.post("lectures", told).status_code == 422


def test_a_sitting_of_another_event_is_refused(app: Flask, phone: Phone) -> None:
    assert phone.tell(phone.scan(phone.gathering.tickets[0], seance=999_999)).status_code == 409
    assert admitted(app) == 0


# --- A phone that is cut off


def test_a_phone_cut_off_gets_nothing_more_even_by_opening_the_door_again(app: Flask, phone: Phone) -> None:
    organizer = other_client(app)
    sign_in(organizer, Role.ADMIN)
    page = organizer.visit(f"{phone.address}/appareils")
    assert "Dominique Roy" in page.text

    after = organizer.submit(page, "main form")
    told = phone.tell(phone.scan(phone.gathering.tickets[0]))

    assert "retiré" in after.text
    assert told.status_code == 410
    assert phone.people().status_code == 410
    assert phone.post("ouvrir", {"porte": "Porte 1"}).status_code == 410
    assert phone.client.get(f"{phone.address}/reseau").status_code == 410
    assert admitted(app) == 0


@pytest.mark.parametrize("paper", ["liste.pdf", "badges.pdf", "chevalets.pdf"])
def test_a_phone_cut_off_reads_no_name_on_papers_nor_tickets(app: Flask, phone: Phone, paper: str) -> None:
    ticket = f"/accueil/{phone.gathering.tickets[0]}"
    assert "Prénom0" in phone.client.get(ticket).text
    with app.app_context(), transaction() as session:
        session.execute(sa.update(DoorDevice).values(revoked_at=clock.now()))

    assert phone.client.get(f"{phone.address}/{paper}").status_code == 410
    told = phone.client.get(ticket)
    assert (told.status_code, "Prénom0" in told.text) == (410, False)


REFUSED = {
    "the phone was cut off": 410,
    "the session was closed": 302,
    "the account was closed": 302,
    "the role reads only": 403,
    "the role is a coordinator's, of another region": 403,
    "the role is a host's, without this door": 403,
    "the token is of no phone": 404,
}


def take_away(what: str) -> sa.Update:
    """What the team does to somebody who stands at the door, as the database knows it."""
    now = clock.now()
    return {
        "the phone was cut off": sa.update(DoorDevice).values(revoked_at=now),
        "the session was closed": sa.update(UserSession).values(revoked_at=now),
        "the account was closed": sa.update(User).values(is_active=False),
        "the role reads only": sa.update(User).values(role=Role.VIEWER),
        "the role is a coordinator's, of another region": sa.update(User).values(role=Role.COORDINATOR),
        "the role is a host's, without this door": sa.update(User).values(role=Role.HOST),
        "the token is of no phone": sa.update(DoorDevice).values(token_hash="0" * 64),
    }[what]


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_taken_away_is_refused_at_the_very_next_scan(app: Flask, phone: Phone, what: str) -> None:
    with app.app_context(), transaction() as session:
        user = session.scalars(sa.select(User)).one()
        session.add(UserRegion(user_id=user.id, region_code=GASPESIE))
    first = phone.tell(phone.scan(phone.gathering.tickets[0]))
    with app.app_context(), transaction() as session:
        session.execute(take_away(what))

    second = phone.tell(phone.scan(phone.gathering.tickets[1]))

    assert (first.status_code, second.status_code) == (200, REFUSED[what])
    assert admitted(app) == 1


@pytest.mark.parametrize("role", [Role.HOST, Role.COORDINATOR])
def test_a_host_of_the_door_or_a_coordinator_of_its_region_scans_until_it_is_taken_back(
    app: Flask, phone: Phone, role: Role
) -> None:
    with app.app_context(), transaction() as session:
        user = session.scalars(sa.select(User)).one()
        user.role = role
        session.add(EventHost(user_id=user.id, event_id=phone.gathering.event_id))
        session.add(UserRegion(user_id=user.id, region_code=COTE_NORD))
    first = phone.tell(phone.scan(phone.gathering.tickets[0]))
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(EventHost if role is Role.HOST else UserRegion))

    second = phone.tell(phone.scan(phone.gathering.tickets[1]))

    assert (first.status_code, second.status_code) == (200, 403)
    assert admitted(app) == 1


def test_the_day_over_a_phone_tells_what_it_did_and_learns_no_name(app: Flask, phone: Phone) -> None:
    scan = phone.scan(phone.gathering.tickets[0])
    with app.app_context(), transaction() as session:
        session.execute(sa.update(DoorDevice).values(expires_at=clock.now() - timedelta(minutes=1)))

    answer = phone.tell(scan).get_json()

    assert answer["effacer"] is True
    assert admitted(app) == 1
    assert phone.people().get_json()["personnes"] == []


# --- Guessing


def test_guessing_codes_is_slowed_and_logged_without_naming_anybody(
    app: Flask, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "campaign.checkin.guessing"):
        answers = [phone.post("verifier", {"code": f"AAAAAA{n:04}"}).status_code for n in range(20)]

    assert answers[:10] == [200] * 10
    assert answers[-1] == 429
    (line,) = {record.getMessage() for record in caplog.records}
    assert line == "wrong codes at a door"
    assert phone.tell(phone.scan(phone.gathering.tickets[0])).status_code == 429


def test_the_mistakes_of_one_phone_stop_no_other_of_the_same_account(app: Flask, phone: Phone) -> None:
    other = Phone(phone.client, phone.gathering)
    other.open("Porte 2")
    back_from_the_cellar = [phone.scan(f"AAAAAA{n:04}") for n in range(200)]

    assert phone.tell(*back_from_the_cellar).status_code == 200

    assert phone.tell(phone.scan(phone.gathering.tickets[0])).status_code == 429
    assert other.tell(other.scan(phone.gathering.tickets[0])).status_code == 200
    assert other.post("verifier", {"code": phone.gathering.codes[1]}).get_json() == {"resultat": "admise"}
    assert phone.client.get(f"/accueil/{phone.gathering.tickets[1]}").status_code == 200
    assert admitted(app) == 1


def test_the_mistakes_of_one_browser_stop_no_phone_of_the_same_account(phone: Phone) -> None:
    answers = [phone.client.get(f"/accueil/AAAAAA{n:04}").status_code for n in range(11)]

    assert answers == [200] * 10 + [429]
    assert phone.tell(phone.scan(phone.gathering.tickets[0])).status_code == 200


def test_a_session_that_opens_phone_after_phone_guesses_no_faster(
    app: Flask, phone: Phone, caplog: pytest.LogCaptureFixture
) -> None:
    answers = []
    with caplog.at_level(logging.WARNING, "campaign.checkin.guessing"):
        for number in range(8):
            stolen = Phone(phone.client, phone.gathering)
            assert stolen.open(f"Porte {number}").status_code == 200
            answers += [
                stolen.post("verifier", {"code": f"AAAA{number}{n:05}"}).status_code for n in range(12)
            ]

    assert (answers.count(200), set(answers)) == (60, {200, 429})
    assert {record.getMessage() for record in caplog.records} == {"wrong codes at a door"}
    assert phone.tell(phone.scan(phone.gathering.tickets[0])).status_code == 429
    apart = other_client(app)
    sign_in(apart, Role.ADMIN)
    colleague = Phone(apart, phone.gathering)
    assert colleague.open().status_code == 200
    assert colleague.tell(colleague.scan(phone.gathering.tickets[0])).status_code == 200


def test_right_codes_are_never_slowed(app: Flask, phone: Phone) -> None:
    answers = {
        phone.post("verifier", {"code": phone.gathering.codes[0]}).get_json()["resultat"] for _ in range(30)
    }

    assert answers == {"admise"}


def test_a_code_of_another_event_is_told_from_one_of_nobody(app: Flask, phone: Phone) -> None:
    with app.app_context(), transaction():
        other = make_gathering(1, now=clock.now(), title="Ailleurs")

    answers = [
        phone.post("verifier", {"code": code}).get_json()["resultat"]
        for code in (other.tickets[0], "ZZZZZZZZZZ", phone.gathering.cancelled)
    ]

    assert answers == ["autre_evenement", "inconnue", "annulee"]
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Scan)) == 0


# --- Frames


def frame(text: str, *, kind: str = "JPEG", size: tuple[int, int] = (640, 480)) -> bytes:
    """A ticket as a camera sees it."""
    canvas = Image.new("RGB", size, "grey")
    canvas.paste(Image.open(BytesIO(qr_png(text, scale=6))).convert("RGB"), (150, 60))
    octets = BytesIO()
    canvas.save(octets, kind)
    return octets.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_frame_is_read(phone: Phone, kind: str) -> None:
    url = f"https://exemple.quebec/accueil/{phone.gathering.tickets[0]}"

    answer = phone.client.post(
        f"{phone.address}/lire",
        data=frame(url, kind=kind),
        headers={"X-CSRFToken": phone.csrf, "Content-Type": "image/jpeg"},
    )

    assert answer.get_json() == {"codes": [url]}


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"", 422), (b"GIF89a", 422), (b"\xff\xd8\xff\xe0 cut", 422), (b"x" * 8_000_001, 413)],
)
def test_what_is_no_frame_is_refused(phone: Phone, data: bytes, status: int) -> None:
    answer = phone.client.post(
        f"{phone.address}/lire", data=data, headers={"X-CSRFToken": phone.csrf, "Content-Type": "image/jpeg"}
    )

    assert answer.status_code == status


def test_a_picture_that_would_fill_the_memory_is_refused_before_it_is_decoded(phone: Phone) -> None:
    octets = BytesIO()
    Image.new("1", (9000, 9000)).save(octets, "PNG")

    answer = phone.client.post(
        f"{phone.address}/lire",
        data=octets.getvalue(),
        headers={"X-CSRFToken": phone.csrf, "Content-Type": "image/png"},
    )

    assert len(octets.getvalue()) < 100_000
    assert answer.status_code == 422


# --- Without script


def test_a_page_without_script_searches_admits_refuses_and_takes_back(app: Flask, phone: Phone) -> None:
    client, address = phone.client, f"{phone.address}/reseau"

    found = client.submit(client.visit(address), "form[action$='/reseau']", q="prenom1 tremb")
    after = client.submit(
        found, "form[action$='/admettre']:has([value='" + phone.gathering.tickets[1] + "'])"
    )
    refused = client.submit(
        after, "form[aria-label='Admettre par un code']", code=phone.gathering.codes[1], status=409
    )

    assert found.texts("main li strong") == ["Prénom1 Tremblay"]
    assert "Prénom1 Tremblay\u00a0: bienvenue." in after.text
    assert "Déjà enregistré à" in refused.text
    assert admitted(app) == 1
    found = client.submit(client.visit(address), "form[action$='/reseau']", q="prenom1")
    client.submit(found, "form[action$='/retirer']")
    assert admitted(app) == 0


def test_a_form_sent_twice_by_a_double_click_admits_once(app: Flask, phone: Phone) -> None:
    page = phone.client.visit(f"{phone.address}/reseau")

    for _ in range(2):
        phone.client.submit(page, "form[action$='/sur-place']", prenom="Léa", nom="Bé")

    assert admitted(app) == 1


def test_a_photo_is_read_without_script(app: Flask, phone: Phone) -> None:
    page = phone.client.visit(f"{phone.address}/reseau")
    url = f"https://exemple.quebec/accueil/{phone.gathering.tickets[2]}"

    answer = phone.client.post(
        f"{phone.address}/reseau/photo",
        data=page.fields("form[action$='/photo']") | {"photo": (BytesIO(frame(url)), "billet.jpg")},
    )

    assert answer.status_code == 303
    assert admitted(app) == 1


def test_the_same_pages_ask_as_often_for_one_person_as_for_thirty(app: Flask, phone: Phone) -> None:
    counted = []
    for people in (1, 30):
        with app.app_context(), transaction():
            gathering = make_gathering(people, now=clock.now(), title=f"À {people}")
        asked = Phone(phone.client, gathering)
        asked.open()
        page = phone.client.visit(f"{asked.address}/reseau")
        with count_queries(app) as one:
            asked.people()
        with count_queries(app) as two:
            phone.client.submit(page, "form[action$='/reseau']", q="tremblay")
        with count_queries(app) as three:
            asked.tell(*(asked.scan(ticket) for ticket in gathering.tickets))
        counted.append((len(one), len(two), len(three)))

    assert counted[0] == counted[1]


# --- The address in QR codes


def test_a_stranger_learns_nothing_of_a_code_by_words_nor_by_statements(
    app: Flask, client: Client, gathering: Gathering
) -> None:
    client.visit("/accueil/AAAAAAAAAA")  # what every page asks once

    with count_queries(app) as known:
        one = client.visit(f"/accueil/{gathering.tickets[0]}")
    with count_queries(app) as unknown:
        other = client.visit("/accueil/ZZZZZZZZZZ")

    assert one.html == other.html
    assert list(known) == list(unknown)
    assert [statement for statement in known if "attendee" in statement] == []


def test_a_host_who_scans_is_led_to_admit_by_a_button(app: Flask, phone: Phone) -> None:
    client, gathering = phone.client, phone.gathering

    page = client.visit(f"/accueil/{gathering.tickets[0]}")
    before = admitted(app)
    client.submit(page, "main form")

    assert page.h1 == "Prénom0 Tremblay"
    assert (before, admitted(app)) == (0, 1)


def test_a_host_of_another_event_learns_as_little_as_a_stranger(
    app: Flask, client: Client, gathering: Gathering
) -> None:
    sign_in(client, Role.HOST)

    known, unknown = client.visit(f"/accueil/{gathering.tickets[0]}"), client.visit("/accueil/ZZZZZZZZZZ")

    assert known.h1 == "Présentez ce code à l’accueil"
    assert known.html == unknown.html


def test_the_results_of_scans_have_their_words() -> None:
    said = {ScanResult.ADMITTED, ScanResult.UNDONE} | {ScanResult(name) for name in REFUSALS}

    assert said == set(ScanResult)
