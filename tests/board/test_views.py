"""The team's pages through HTTP: what each role sees, and what none may reach."""

import csv
import io
from collections.abc import Callable
from datetime import date, datetime

import pytest
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.board import views
from campaign.campaigns.queries import current_edition
from campaign.campaigns.services import open_edition
from campaign.db import db, transaction
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState
from campaign.participations import links
from campaign.territory.queries import get_territory
from tests.board.test_queries import _message as message
from tests.board.world import (
    BAIE_COMEAU,
    COMMUNITY,
    NOW,
    PERCE,
    RIMOUSKI,
    SAYABEC,
    open_world,
    register,
)
from tests.pages import Client
from tests.people import sign_in
from tests.queries import count_queries

PAGES = (
    "/gestion",
    "/gestion/",
    "/gestion/municipalites",
    f"/gestion/municipalites/{SAYABEC}",
    "/gestion/export.csv",
    "/gestion/messages",
)


@pytest.fixture
def world(app: Flask) -> dict[str, int]:
    """One confirmed, one to confirm, one message about each of two regions; the ids of the messages."""
    with app.app_context(), transaction() as session:
        edition = open_world()
        register(edition, SAYABEC)
        register(edition, BAIE_COMEAU, is_confirmed=False)
        mine, theirs = message(SAYABEC, MessageState.BOUNCED), message(BAIE_COMEAU, MessageState.UNCERTAIN)
        session.add_all([mine, theirs])
        session.flush()
        return {SAYABEC: mine.id, BAIE_COMEAU: theirs.id}


def _write(app: Flask, act: Callable[[], object]) -> None:
    with app.app_context(), transaction():
        act()


@pytest.mark.parametrize("address", PAGES)
def test_a_stranger_is_led_to_sign_in(client: Client, world: dict[str, int], address: str) -> None:
    response = client.get(address)

    assert response.status_code == 302
    assert response.location.startswith("/connexion")


@pytest.mark.parametrize("role", [Role.ADMIN, Role.ORGANIZER, Role.VIEWER])
def test_the_team_reads_everything(client: Client, world: dict[str, int], role: Role) -> None:
    sign_in(client, role)

    assert {address: client.get(address).status_code for address in PAGES} == dict.fromkeys(PAGES, 200)


def test_a_host_reads_nothing(client: Client, world: dict[str, int]) -> None:
    sign_in(client, Role.HOST)

    assert {address: client.get(address).status_code for address in PAGES} == dict.fromkeys(PAGES, 403)


def test_a_coordinator_is_kept_to_their_regions_by_address_too(client: Client, world: dict[str, int]) -> None:
    sign_in(client, Role.COORDINATOR, "01")
    answers = {
        address: client.get(address).status_code
        for address in (
            f"/gestion/municipalites/{SAYABEC}",
            f"/gestion/municipalites/{BAIE_COMEAU}",
            f"/gestion/municipalites/{COMMUNITY}",
            "/gestion?region=09",
            "/gestion/municipalites?region=09",
            "/gestion/export.csv?region=09",
            f"/gestion/messages/{world[SAYABEC]}",
            f"/gestion/messages/{world[BAIE_COMEAU]}",
            f"/gestion/messages/{world[BAIE_COMEAU]}/apercu",
            "/gestion/chiffres",
        )
    }

    assert list(answers.values()) == [200, 403, 403, 403, 403, 403, 200, 404, 404, 403]


def test_a_coordinator_sees_no_other_region_anywhere(client: Client, world: dict[str, int]) -> None:
    sign_in(client, Role.COORDINATOR, "01")

    seen = "".join(
        client.get(address).get_data(as_text=True)
        for address in (*PAGES, "/gestion/municipalites?q=baie", "/gestion/messages?q=96020")
    )

    assert "Sayabec" in seen
    assert "Baie-Comeau" not in seen
    assert "Manicouagan" not in seen
    assert f"/gestion/messages/{world[BAIE_COMEAU]}" not in seen


def test_the_board_says_what_to_do_and_links_to_it(client: Client, world: dict[str, int]) -> None:
    with clock.pretend(datetime(2027, 10, 20, 12, tzinfo=NOW.tzinfo)):
        sign_in(client)
        page = client.visit("/gestion")
        todo = page.texts(".tasks__link")
        called = client.visit(page.link("1 municipalité à appeler"))

    assert todo == [
        "1 municipalité à appeler",
        "1 adresse refusée",
        "1 message peut-être parti, à régler",
        "1 inscription à confirmer",
    ]
    assert called.h1 == "Municipalités à appeler"
    assert called.texts("#municipalites tbody th a") == ["Baie-Comeau"]
    assert "en date du 20\u00a0octobre\u00a02027" in page.text


@pytest.mark.usefixtures("directory")
def test_a_board_with_nothing_to_do_leads_to_the_mailings(app: Flask, client: Client) -> None:
    _write(app, lambda: open_edition(12, date(2027, 11, 15)))
    sign_in(client)

    page = client.visit("/gestion")

    assert page.texts(".tasks__link") == []
    assert client.visit(page.link("Voir les envois")).h1 == "Envois"


def test_the_board_of_a_region_is_by_mrc(client: Client, world: dict[str, int]) -> None:
    sign_in(client)
    page = client.visit(client.visit("/gestion").link("Bas-Saint-Laurent"))

    assert page.texts("#couverture tbody th") == ["La Matapédia", "Rimouski-Neigette"]
    assert page.texts("#couverture tbody tr:first-child td")[:2] == ["1 sur 1", "100\u00a0%"]


def test_another_edition_can_be_looked_at_but_not_touched(
    app: Flask, client: Client, world: dict[str, int]
) -> None:
    def publish() -> None:
        open_edition(11, date(2026, 11, 16)).source_url = "https://exemple.quebec/annonce"

    _write(app, publish)
    sign_in(client)

    page = client.visit(f"/gestion/municipalites/{SAYABEC}?edition=11")

    assert "Aucune inscription pour cette édition." in page.text
    assert page.all(".act a") == []
    client.visit(f"/gestion/municipalites/{SAYABEC}/annuler?edition=11", status=409)


def test_the_silent_list_shows_telephone_and_email(app: Flask, client: Client, world: dict[str, int]) -> None:
    def phone() -> None:
        get_territory(RIMOUSKI).phone = "4185550100"

    _write(app, phone)
    sign_in(client)

    page = client.visit("/gestion/municipalites?etat=silencieuses&region=01")

    assert page.texts("#municipalites tbody th a") == ["L’Isle-Verte", "Rimouski"]
    assert [str(tag["href"]) for tag in page.all("#municipalites td a")] == [
        f"mailto:info@{PERCE}.exemple.quebec",
        "tel:+14185550100",
        f"mailto:info@{RIMOUSKI}.exemple.quebec",
    ]


@pytest.mark.parametrize("address", ["/gestion", "/gestion/municipalites", "/gestion/export.csv"])
def test_the_number_of_queries_does_not_grow(app: Flask, client: Client, address: str) -> None:
    with app.app_context(), transaction():
        register(open_world(), SAYABEC)
    sign_in(client)
    client.get(address)  # whatever is kept between requests is there
    with count_queries(app) as one:
        client.get(address)

    def more() -> None:
        for code in (RIMOUSKI, PERCE, BAIE_COMEAU):
            register(current_edition(), code)

    _write(app, more)
    client.get(address)
    with count_queries(app) as four:
        client.get(address)

    assert len(four) == len(one)


def test_the_list_is_cut_into_pages(app: Flask, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "PAGE_LENGTH", 3)
    _write(app, open_world)
    sign_in(client)

    first = client.visit("/gestion/municipalites?etat=silencieuses")
    second = client.visit(first.link("Page suivante"))

    assert first.texts("#municipalites tbody th a") == ["Baie-Comeau", "L’Isle-Verte", "Rimouski"]
    assert second.texts("#municipalites tbody th a") == ["Sayabec"]
    assert client.visit("/gestion/municipalites?page=99").texts("#municipalites tbody th a") == ["Sayabec"]


def test_the_export_has_the_filters_of_the_list(client: Client, world: dict[str, int]) -> None:
    sign_in(client)
    page = client.visit("/gestion/municipalites?etat=confirmee")

    response = client.get(page.link("Exporter cette liste pour Excel (CSV)"))

    rows = list(csv.DictReader(io.StringIO(response.get_data(as_text=True)), delimiter=";"))
    assert [row["municipalité"] for row in rows] == ["Sayabec"]
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.data.startswith(b"\xef\xbb\xbf")
    assert 'filename="municipalites-edition-12-' in response.headers["Content-Disposition"]
    plain = client.get("/gestion/export.csv?etat=confirmee&codes=bruts").get_data(as_text=True)
    assert "\r\n07105;Sayabec;" in plain


def test_the_export_leaves_no_person_in_the_log(
    client: Client, world: dict[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client)
    with caplog.at_level("INFO", logger="campaign.board.views"):
        client.get("/gestion/export.csv")

    assert [record.message for record in caplog.records] == ["list exported"]
    assert "exemple.quebec" not in str(caplog.records[0].__dict__)


def test_the_file_tells_its_links_and_never_their_token(
    app: Flask, client: Client, world: dict[str, int]
) -> None:
    tokens: list[str] = []

    def issue() -> None:
        edition, territory = current_edition(), get_territory(SAYABEC)
        tokens.append(links.issue(edition, territory, now=NOW))
        links.revoke_all(edition.id, territory.id, because="La personne a changé", now=NOW)
        tokens.append(links.issue(edition, territory, now=NOW))

    _write(app, issue)
    sign_in(client)
    page = client.visit(f"/gestion/municipalites/{SAYABEC}")

    assert "révoqué" in page.text
    assert "La personne a changé" in page.text
    assert "valide" in page.text
    assert [token for token in tokens if token in page.html] == []


def test_the_file_tells_who_did_what_from_where(client: Client, world: dict[str, int]) -> None:
    sign_in(client)
    page = client.visit(f"/gestion/municipalites/{SAYABEC}")

    assert page.texts(".timeline__title") == [
        "Participation\u00a0: Inscrite (à confirmer) → Confirmée",
        "Participation\u00a0: Non sollicitée → Inscrite (à confirmer)",
        "Cérémonie\u00a0: À planifier → Planifiée",
    ]
    assert "La municipalité, lien personnel" in page.text
    assert page.texts("#editions tbody th") == ["12e édition, 2027"]


def test_a_viewer_finds_nothing_to_act_with(client: Client, world: dict[str, int]) -> None:
    sign_in(client, Role.VIEWER)

    assert client.visit(f"/gestion/municipalites/{SAYABEC}").all(".act a, main form[method=post]") == []
    assert client.visit(f"/gestion/messages/{world[BAIE_COMEAU]}").all("main form[method=post]") == []


def test_a_message_is_read_in_a_sealed_frame(app: Flask, client: Client, world: dict[str, int]) -> None:
    key = "AbCdEfGhIjKlMnOpQrStUvWxYz012345"

    def write() -> None:
        found = db.session.get_one(Message, world[SAYABEC])
        found.text = f"Votre lien : https://exemple.quebec/p/{key}"
        found.html = f'<h1>Bonjour</h1><script>1</script><a href="https://exemple.quebec/p/{key}">ici</a>'

    _write(app, write)
    sign_in(client)
    page = client.visit(f"/gestion/messages/{world[SAYABEC]}")
    frame = page.one("iframe")
    preview = client.get(str(frame["src"]))

    assert list(frame["sandbox"]) == []  # nothing is allowed inside
    assert page.texts("pre") == ["Votre lien : https://exemple.quebec/p/…"]
    assert key not in page.html + preview.get_data(as_text=True)
    policy = preview.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "frame-ancestors 'self'" in policy
    assert "script-src" not in policy
    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in preview.headers["Cache-Control"]


def test_messages_that_need_a_person_are_listed(client: Client, world: dict[str, int]) -> None:
    sign_in(client)

    page = client.visit("/gestion/messages?etat=rejete")

    assert page.texts("#messages .state") == ["Adresse refusée"]
    assert len(client.visit("/gestion/messages?etat=a_traiter").all("#messages tbody tr")) == 2
    assert "Aucun message" in client.visit("/gestion/messages?q=introuvable").text


def test_an_uncertain_message_is_settled_by_a_person(
    app: Flask, client: Client, world: dict[str, int]
) -> None:
    sign_in(client, Role.COORDINATOR, "09")
    page = client.visit(f"/gestion/messages/{world[BAIE_COMEAU]}")

    settled = client.submit(page, "main form", button="Il est arrivé")

    assert settled.texts(".file-state") == ["Envoyé"]
    assert "Réglé par Dominique Roy." in settled.text
    client.post(f"/gestion/messages/{world[BAIE_COMEAU]}/regler", data={"csrf_token": "x"})
    with app.app_context():
        assert db.session.get_one(Message, world[BAIE_COMEAU]).state is MessageState.SENT


def test_a_refused_address_is_lifted_then_written_to_again(
    app: Flask, client: Client, world: dict[str, int]
) -> None:
    _write(app, lambda: outbox.suppress("a@exemple.quebec", "550 boîte inconnue", NOW))
    sign_in(client)
    page = client.visit(f"/gestion/messages/{world[SAYABEC]}")

    assert "550 boîte inconnue" in page.text
    lifted = client.submit(page, "main form", button="Lever la retenue")
    sent = client.submit(lifted, "main form", button="Envoyer de nouveau")

    assert sent.texts(".file-state") == ["En file"]


@pytest.mark.parametrize("action", ["renvoyer", "regler", "lever-la-retenue"])
def test_a_message_of_another_region_cannot_be_acted_upon(
    app: Flask, client: Client, world: dict[str, int], action: str
) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    sign_in(client, Role.COORDINATOR, "01")

    response = client.post(f"/gestion/messages/{world[BAIE_COMEAU]}/{action}", data={"parti": "oui"})

    assert response.status_code in (403, 404)
    with app.app_context():
        assert db.session.get_one(Message, world[BAIE_COMEAU]).state is MessageState.UNCERTAIN
