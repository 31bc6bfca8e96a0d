"""The page of the sending domain: quick without the DNS, right with it, honest when it is out of reach."""

from collections.abc import Iterator
from dataclasses import replace
from time import monotonic

import pytest
import sqlalchemy as sa
from flask import Flask

from campaign import clock
from campaign.accounts.models import Role
from campaign.config import MailTransport, Settings
from campaign.db import db
from campaign.outbox.examination import KEPT, DomainExamination
from tests.outbox.dns_server import Zone, serving
from tests.outbox.test_domain import DOMAIN, healthy
from tests.pages import Client, Page
from tests.people import sign_in
from tests.queries import count_queries

ADDRESS = "/gestion/domaine"


@pytest.fixture
def zone() -> Zone:
    """SPF and MX in order, a revoked key, no DMARC."""
    zone = healthy()
    zone.txt("s1.domainkey.u1.wl.sendgrid.net", "v=DKIM1; p=")
    del zone.records[f"s2._domainkey.{DOMAIN}", "CNAME"]
    del zone.records[f"_dmarc.{DOMAIN}", "TXT"]
    return zone


@pytest.fixture
def settings(settings: Settings, zone: Zone) -> Iterator[Settings]:
    """An installation that sends by SendGrid, and asks the server of that zone."""
    with serving(zone) as server:
        yield replace(
            settings,
            mail_transport=MailTransport.SENDGRID,
            sendgrid_api_key="SG.made-up",
            mail_from=f"Grande semaine <bonjour@{DOMAIN}>",
            dns_server=server,
        )


def verify(client: Client) -> Page:
    """Press « Vérifier maintenant », and read the page to which it leads."""
    answer = client.send(client.visit(ADDRESS), "main form")
    assert (answer.status_code, answer.location) == (303, ADDRESS)
    return client.visit(ADDRESS)


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.ADMIN, 200), (Role.ORGANIZER, 200), (Role.COORDINATOR, 403), (Role.VIEWER, 403), (Role.HOST, 403)],
)
def test_organizers_alone_open_it(client: Client, role: Role, status: int) -> None:
    sign_in(client, role, *(["01"] if role is Role.COORDINATOR else []))

    assert client.get(ADDRESS).status_code == status


@pytest.mark.parametrize(("role", "is_shown"), [(Role.ORGANIZER, True), (Role.VIEWER, False)])
def test_the_messages_lead_to_it(client: Client, role: Role, is_shown: bool) -> None:
    sign_in(client, role)

    links = client.visit("/gestion/messages").all(f'main a[href="{ADDRESS}"]')

    assert bool(links) is is_shown


def test_opening_the_page_asks_nothing_of_the_dns(client: Client, zone: Zone) -> None:
    sign_in(client)

    page = client.visit(ADDRESS)

    assert "n’a pas été interrogé" in page.text
    assert zone.asked == []


def test_verifying_shows_what_was_found_and_what_to_publish(client: Client, zone: Zone) -> None:
    sign_in(client)

    page = verify(client)

    assert page.texts("main .state") == ["En règle", "À corriger", "Absent", "En règle"]
    assert "v=spf1 include:sendgrid.net ~all" in page.texts("main pre")
    assert "est révoquée" in page.text
    assert page.one("#DMARC-nom")["value"] == f"_dmarc.{DOMAIN}"
    assert page.one("#DMARC-valeur")["value"] == "v=DMARC1; p=none"
    assert len(page.all(".copy-box")) == 2


def test_what_was_found_is_kept_for_the_next_page_of_any_process(client: Client, zone: Zone) -> None:
    sign_in(client)
    verify(client)
    asked = len(zone.asked)

    page = client.visit(ADDRESS)

    assert "est révoquée" in page.text
    assert len(zone.asked) == asked


def test_what_was_found_is_forgotten_after_ten_minutes(app: Flask, client: Client) -> None:
    sign_in(client)
    verify(client)
    with clock.pretend(clock.now() + KEPT):
        later = client.visit(ADDRESS)
        verify(client)

    assert later.all("main .state") == []
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(DomainExamination)) == 1


def test_what_was_found_for_another_domain_is_not_shown(
    app: Flask, client: Client, settings: Settings
) -> None:
    sign_in(client)
    verify(client)

    app.extensions["settings"] = replace(settings, mail_from="bonjour@autre.quebec")

    assert client.visit(ADDRESS).all("main .state") == []


def test_verifying_again_shows_the_record_that_was_just_published(client: Client, zone: Zone) -> None:
    sign_in(client)
    verify(client)
    zone.txt(f"_dmarc.{DOMAIN}", "v=DMARC1; p=none")

    page = verify(client)

    assert page.texts("main .state") == ["En règle", "À corriger", "À améliorer", "En règle"]
    assert page.all("#DMARC-nom") == []


def test_a_dns_out_of_reach_is_said_and_nothing_is_guessed(client: Client, zone: Zone) -> None:
    zone.broken.add("*")
    sign_in(client)

    page = verify(client)

    assert "Le DNS ne répond pas\u00a0: rien n’a pu être vérifié." in page.text
    assert (page.all("main .state"), page.all("main pre"), page.all(".copy-box")) == ([], [], [])


def test_a_dns_that_answers_in_part_is_told_apart(client: Client, zone: Zone) -> None:
    zone.broken.add(f"_dmarc.{DOMAIN}")
    sign_in(client)

    assert verify(client).texts("main .state") == ["En règle", "À corriger", "Non vérifié", "En règle"]


def test_a_record_cannot_bring_markup_to_the_page(client: Client, zone: Zone) -> None:
    zone.txt(DOMAIN, "v=spf1 <script>alert(1)</script> -all")
    sign_in(client)

    page = verify(client)

    assert "v=spf1 <script>alert(1)</script> -all" in page.texts("main pre")
    assert "<script>alert" not in page.html


def test_nothing_is_to_be_verified_when_nothing_leaves(
    app: Flask, client: Client, settings: Settings
) -> None:
    app.extensions["settings"] = replace(settings, mail_transport=MailTransport.CONSOLE)
    sign_in(client)

    page = client.visit(ADDRESS)

    assert "MAIL_TRANSPORT=console" in page.text
    assert page.text.lower().count("rien n’est à vérifier") == 1, "said once"
    assert page.all("main form") == []


def test_the_page_is_quick_while_the_dns_is_silent(client: Client, zone: Zone) -> None:
    zone.silent.add("*")
    sign_in(client)
    start = monotonic()

    client.visit(ADDRESS)

    assert monotonic() - start < 1


def test_the_page_asks_the_database_as_little_with_a_result_as_without(app: Flask, client: Client) -> None:
    sign_in(client)
    with count_queries(app) as before:
        client.visit(ADDRESS)
    verify(client)
    client.visit(ADDRESS)
    with count_queries(app) as after:
        client.visit(ADDRESS)

    assert len(after.reads) == len(before.reads)
