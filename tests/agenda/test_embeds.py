"""The list that partners show on their site: who may frame it, what it keeps to itself, what is pasted."""

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from campaign import clock
from campaign.config import ROOT
from campaign.db import transaction
from campaign.events import services
from campaign.events.content import Sitting
from campaign.events.models import Opening
from tests.builders import DAY_J, NOW, SAINT_AUGUSTIN_OF_THE_LAKE
from tests.events.activities import content, publish
from tests.pages import Client, Page

FRAME = "/calendrier/encart"


def fill(app: Flask) -> None:
    """Three dates to come, one of them called off; one past; what nobody may see."""
    with app.app_context(), transaction() as session:
        dates = tuple(Sitting(day=DAY_J + timedelta(days=days)) for days in (-100, 0, 1))
        event = publish(content(title="Conte", sittings=dates))
        services.cancel_sitting(event, event.sessions[1], reason="Tempête", now=NOW)
        publish(content(title="Marche", geo_code=SAINT_AUGUSTIN_OF_THE_LAKE))
        hidden = publish(content(title="Réunion secrète"))
        hidden.is_published, hidden.is_private = False, True
        publish(content(title="Cérémonie fermée", opening=Opening.CLOSED, place="Lieu secret"))
        session.flush()


def read(client: Client, address: str = FRAME) -> Page:
    with clock.pretend(NOW):
        return client.visit(address)


@pytest.mark.usefixtures("directory")
def test_it_lists_what_comes(app: Flask, client: Client) -> None:
    fill(app)

    page = read(client)

    assert page.texts(".agenda-item__title") == ["Marche", "Conte annulée", "Conte"]
    assert "secr" not in page.html.lower()
    assert page.h1 == "Activités pour les tout-petits"


@pytest.mark.usefixtures("directory")
def test_it_takes_the_filters_of_the_calendar(app: Flask, client: Client) -> None:
    fill(app)

    page = read(client, f"{FRAME}?municipalite=92005&nombre=5")

    assert page.texts(".agenda-item__title") == ["Marche"]
    assert page.link("Tout voir dans le calendrier") == "http://localhost/calendrier?municipalite=92005"
    client.visit(f"{FRAME}?municipalite=99999", status=404)


@pytest.mark.usefixtures("directory")
def test_it_shows_so_many_dates_and_no_more(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        publish(content(sittings=tuple(Sitting(day=DAY_J + timedelta(days=days)) for days in range(25))))

    assert len(read(client).all(".agenda-item")) == 8
    assert len(read(client, f"{FRAME}?nombre=20").all(".agenda-item")) == 20
    assert len(read(client, f"{FRAME}?nombre=9999").all(".agenda-item")) == 8


@pytest.mark.usefixtures("directory")
def test_all_its_links_leave_the_frame(app: Flask, client: Client) -> None:
    fill(app)

    links = read(client).all("main a")

    assert len(links) == 4
    assert {(link["target"], tuple(link["rel"])) for link in links} == {("_parent", ("noopener",))}


@pytest.mark.usefixtures("directory")
def test_nothing_is_announced(app: Flask, client: Client) -> None:
    with app.app_context(), transaction():
        publish(content(sittings=(Sitting(day=DAY_J - timedelta(days=100)),)))

    assert "Rien n’est annoncé pour le moment." in read(client).text


@pytest.mark.usefixtures("directory")
def test_any_site_may_frame_it_and_it_alone(app: Flask, client: Client) -> None:
    fill(app)

    answers = {
        address: client.get(address).headers
        for address in (
            FRAME,
            "/",
            "/calendrier",
            "/calendrier/integrer",
            "/donnees",
            "/calendrier/encart.js",
        )
    }

    framed = answers.pop(FRAME)
    assert "frame-ancestors *" in framed["Content-Security-Policy"]
    assert "X-Frame-Options" not in framed
    for headers in answers.values():
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.usefixtures("directory")
def test_it_is_framed_when_it_has_not_changed_either(app: Flask, client: Client) -> None:
    fill(app)
    with clock.pretend(NOW):
        first = client.get(FRAME)
        again = client.get(FRAME, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status_code == 304
    assert "frame-ancestors *" in again.headers["Content-Security-Policy"]


@pytest.mark.usefixtures("directory")
def test_it_knows_nobody(app: Flask, client: Client) -> None:
    fill(app)

    for address in (FRAME, "/calendrier/encart.js"):
        answer = client.get(address)
        assert "Set-Cookie" not in answer.headers
    page = read(client)
    assert page.all("form, input, [name=csrf_token]") == []
    assert page.one("meta[name=robots]")["content"] == "noindex"


def test_the_script_is_small_and_other_sites_may_run_it(client: Client) -> None:
    answer = client.get("/calendrier/encart.js", headers={"Accept-Encoding": "identity"})

    assert answer.mimetype == "text/javascript"
    assert len(answer.data) < 3_000
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.data == (ROOT / "static" / "js" / "encart.js").read_bytes()


def test_the_script_listens_to_its_own_frame_only() -> None:
    source = (ROOT / "static" / "js" / "encart.js").read_text(encoding="utf-8")

    assert re.search(r"if \(from !== origin \|\| source !== frame\.contentWindow\) return;", source)
    assert not re.search(r"cookie|localStorage|sessionStorage|fetch\(|XMLHttpRequest|sendBeacon", source)


@pytest.mark.usefixtures("directory")
def test_the_lines_to_paste_say_what_was_chosen(app: Flask, client: Client) -> None:
    fill(app)

    page = read(client, "/calendrier/integrer?region=02&type=heure-du-conte&theme=jeu&theme=lecture&nombre=5")
    by_script = BeautifulSoup(page.one("#script").get_text(), "html.parser")
    by_frame = BeautifulSoup(page.one("#cadre").get_text(), "html.parser")

    script = by_script.select_one("script")
    assert script is not None
    assert script["src"] == "http://localhost/calendrier/encart.js"
    told = {name: value for name, value in script.attrs.items() if name.startswith("data-")}
    assert told.pop("data-titre")
    assert told == {
        "data-region": "02", "data-type": "heure-du-conte", "data-theme": "jeu,lecture", "data-nombre": "5",
    }  # fmt: skip
    link = by_script.select_one("noscript a")
    assert link is not None
    assert urlsplit(str(link["href"])).path == "/calendrier"
    frame = by_frame.select_one("iframe")
    assert frame is not None
    assert frame["title"]
    asked = parse_qs(urlsplit(str(frame["src"])).query)
    assert asked == {
        "region": ["02"], "type": ["heure-du-conte"], "theme": ["jeu", "lecture"], "nombre": ["5"],
    }  # fmt: skip
    assert page.one("iframe.embed-preview")["src"] == str(frame["src"]).removeprefix("http://localhost")


@pytest.mark.usefixtures("directory")
def test_what_is_searched_cannot_leave_its_attribute(app: Flask, client: Client) -> None:
    fill(app)

    answer = client.get("/calendrier/integrer?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    page = Page(answer)  # as it is: such words are not French typography
    pasted = BeautifulSoup(page.one("#script").get_text(), "html.parser")

    assert [script["data-q"] for script in pasted.select("script")] == ['"><script>alert(1)</script>']


@pytest.mark.usefixtures("directory")
def test_the_form_keeps_what_it_does_not_ask(app: Flask, client: Client) -> None:
    fill(app)
    page = read(client, "/calendrier/integrer?theme=jeu&region=02")

    with clock.pretend(NOW):
        after = client.submit(page, "form.form", region="01")

    assert after.one("iframe")["src"] == f"{FRAME}?region=01&theme=jeu"
