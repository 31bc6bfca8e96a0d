"""What every answer carries, and who may ask for what how often."""

import logging
from dataclasses import replace

import pytest
from flask import Flask

from campaign.app import create_app
from campaign.config import Settings
from campaign.db import db
from campaign.web.security import HEADERS, POLICY
from tests import builders
from tests.pages import Client

PAGES = [
    "/",
    "/inscription",
    "/municipalites",
    "/calendrier.ics",
    "/healthz",
    "/static/css/tokens.css",
    "/rien",
]


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.usefixtures("directory")
def test_every_answer_carries_the_strict_headers(app: Flask, client: Client, address: str) -> None:
    builders.open_edition(app)

    headers = client.get(address).headers

    assert {name: headers.get(name) for name in HEADERS} == HEADERS
    assert "Strict-Transport-Security" not in headers  # over http it would mean nothing


def test_the_policy_lets_nothing_in_from_outside_and_nothing_inline() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))

    assert set(rules.pop("img-src").split()) == {"'self'", "data:"}
    assert {source for sources in rules.values() for source in sources.split()} == {"'self'", "'none'"}
    assert rules["frame-ancestors"] == rules["object-src"] == rules["base-uri"] == "'none'"


def test_over_https_cookies_and_headers_say_so(settings: Settings) -> None:
    app = create_app(replace(settings, public_url="https://tout-petits.example"))

    response = app.test_client().get("/connexion", base_url="https://tout-petits.example")
    with app.app_context():
        db.engine.dispose()

    cookie = response.headers["Set-Cookie"]
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert cookie.startswith("__Host-pavois=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize("address", ["/p/x", "/connexion/x", "/gestion", "/inscription/confirmer/x"])
@pytest.mark.usefixtures("directory")
def test_the_address_of_one_person_is_neither_kept_nor_indexed_nor_told(
    app: Flask, client: Client, address: str
) -> None:
    builders.open_edition(app)

    headers = client.get(address).headers

    assert (headers["Cache-Control"], headers["Referrer-Policy"], headers["X-Robots-Tag"]) == (
        "no-store",
        "no-referrer",
        "noindex, nofollow",
    )


@pytest.mark.usefixtures("directory")
def test_the_form_is_not_kept_but_may_be_found(app: Flask, client: Client) -> None:
    builders.open_edition(app)

    headers = client.get(f"/inscription/{builders.HEBERTVILLE}").headers

    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "same-origin")
    assert "X-Robots-Tag" not in headers


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/inscription/%00", 404),
        ("/municipalites/23027%00", 404),
        ("/evenements/%00", 404),
        ("/p/%00", 404),
        ("/calendrier.ics?region=%00", 400),
        ("/inscription?q=%00", 400),
    ],
)
@pytest.mark.usefixtures("directory")
def test_a_nul_in_an_address_never_reaches_the_database(
    app: Flask, client: Client, address: str, status: int
) -> None:
    builders.open_edition(app)

    client.visit(address, status)


@pytest.mark.usefixtures("directory")
def test_asking_for_links_is_limited_and_what_was_typed_stays(
    app: Flask, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    builders.open_edition(app)
    caplog.set_level(logging.INFO)
    page = client.visit("/inscription/lien")
    asked = {"municipality": "Hébertville", "email": "manon@exemple.quebec"}

    statuses = [client.send(page, **asked).status_code for _ in range(10)]
    refused = client.submit(page, status=429, **asked)

    assert statuses == [303] * 10
    assert refused.fields()["municipality"] == ["Hébertville"]
    assert refused.fields()["email"] == ["manon@exemple.quebec"]
    assert "patientez" in refused.text
    assert client.get("/inscription/lien").status_code == 200
    said = [record.getMessage() for record in caplog.records if record.name.startswith("campaign")]
    assert [line for line in said if "127.0.0.1" in line or "manon" in line] == []
