"""The team in the browser: the way in, the board, a file, a registration on behalf, the export, and out."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from campaign.accounts.models import Role
from campaign.participations.models import State
from tests.browser.clerk import answer, letters, link_in, registered
from tests.browser.conftest import NewPage, Watch
from tests.browser.serving import Server
from tests.browser.stage import sign_in_address

RIMOUSKI = "10043"
"""In the region 01; has not answered yet."""

OTHER_REGION = "30085"


def enter(page: Page, server: Server, role: Role, *regions: str) -> None:
    page.goto(sign_in_address(server.app, role, *regions, now=server.now))
    page.get_by_role("button", name="Ouvrir ma session").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tableau de bord")


def test_the_link_asked_for_by_mail_opens_once(page: Page, server: Server, watch: Watch) -> None:
    sign_in_address(server.app, Role.ORGANIZER, now=server.now)
    page.goto("/gestion")
    page.get_by_label("Adresse courriel").fill("organizer@exemple.quebec")
    page.get_by_role("button", name="Me connecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Vérifiez vos courriels")
    (letter,) = letters(server.app, "sign_in")

    page.goto(link_in(letter))
    page.reload()
    page.get_by_role("button", name="Ouvrir ma session").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Tableau de bord")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto("/gestion")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion de l’équipe")
    page.goto(link_in(letter))
    watch.forgive(410)
    expect(page.get_by_role("button", name="Ouvrir ma session")).to_have_count(0)


def test_registers_on_behalf_and_reads_the_letter(page: Page, server: Server) -> None:
    enter(page, server, Role.ORGANIZER)
    page.goto(f"/gestion/municipalites/{RIMOUSKI}")
    page.get_by_role("link", name="Inscrire en son nom").click()

    answer(
        page,
        place="Hôtel de ville",
        first_name="Lise",
        last_name="Bolduc",
        email="greffe@ville.rimouski.qc.ca",
    )
    page.get_by_role("button", name="Inscrire la municipalité").click()

    expect(page.get_by_role("status")).to_contain_text("La municipalité est inscrite.")
    assert registered(server.app, RIMOUSKI) == [State.REGISTERED]
    page.get_by_role("link", name="Confirmez l’inscription").first.click()
    frame = page.frame_locator("iframe.preview")
    page.locator("iframe.preview").scroll_into_view_if_needed()
    expect(frame.locator("body")).to_contain_text("Rimouski")


FIRST_LINES = """rows => rows.map(row =>
  [...row.querySelectorAll("th a, td:nth-child(2), a[href^='mailto:']")].map(cell => {
    const words = document.createRange();
    words.selectNodeContents(cell);
    return words.getClientRects();
  })
  .map(lines => [lines[0].bottom, lines.length]))"""
"""Where the first line of some cells ends, and how many lines they have."""


def test_an_address_on_two_lines_leaves_the_row_where_it_is(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    enter(page, server, Role.ADMIN)
    page.goto("/gestion/contacts")

    rows = page.locator("#contacts tbody tr").evaluate_all(FIRST_LINES)

    addresses = [lines for *_, (_, lines) in rows]
    assert max(addresses) > 1, "one is too long for its column"
    uneven = [row for row in rows if max(bottom for bottom, _ in row) - min(bottom for bottom, _ in row) > 4]
    assert uneven == []


def test_the_menu_of_an_administrator_takes_one_line_wherever_they_are(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    enter(page, server, Role.ADMIN)

    for address in ("/gestion", "/gestion/municipalites", "/gestion/contacts", "/gestion/compte"):
        page.goto(address)
        tops = page.locator(".site-nav li").evaluate_all("each => each.map(item => item.offsetTop)")
        assert max(tops) - min(tops) < 10, address


def test_exports_the_list_that_is_shown(page: Page, server: Server, tmp_path: Path) -> None:
    enter(page, server, Role.ADMIN)
    page.goto("/gestion/municipalites?region=01")

    with page.expect_download() as download:
        page.get_by_role("link", name="Exporter cette liste").click()
    download.value.save_as(tmp_path / "liste.csv")

    octets = (tmp_path / "liste.csv").read_bytes()
    assert octets.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(octets.decode("utf-8-sig").splitlines(), delimiter=";"))
    assert any("Rimouski" in row for row in rows)
    assert not any("Varennes" in row for row in rows)
    assert download.value.suggested_filename.endswith(".csv")


def test_a_coordinator_sees_only_their_region(page: Page, server: Server, watch: Watch) -> None:
    enter(page, server, Role.COORDINATOR, "01")

    expect(page.get_by_role("link", name="Bas-Saint-Laurent").first).to_be_visible()
    expect(page.get_by_role("link", name="Estrie")).to_have_count(0)
    expect(page.get_by_role("link", name="Comptes")).to_have_count(0)
    page.goto("/gestion/municipalites")
    regions = page.get_by_label("Région", exact=True).locator("option").all_inner_texts()
    assert regions == ["Toutes", "Bas-Saint-Laurent"]
    for address in (f"/gestion/municipalites/{OTHER_REGION}", "/gestion?region=05", "/gestion/comptes"):
        page.goto(address)
        watch.forgive(403)
        expect(page.get_by_role("main")).not_to_contain_text("Saint-Sébastien")


@pytest.mark.parametrize("with_script", [True, False])
def test_the_menu_is_a_button_on_a_telephone(new_page: NewPage, server: Server, with_script: bool) -> None:
    page = new_page(java_script_enabled=with_script)
    page.set_viewport_size({"width": 375, "height": 800})
    enter(page, server, Role.ADMIN)
    header, link = page.get_by_role("banner"), page.get_by_role("link", name="Envois", exact=True)
    folded = header.bounding_box()

    expect(link).to_be_hidden()
    page.get_by_text("Menu", exact=True).click()
    link.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Envois")
    assert folded is not None
    assert folded["height"] < 120


def test_the_menu_is_unfolded_on_a_wide_window(page: Page, server: Server) -> None:
    enter(page, server, Role.ADMIN)

    expect(page.get_by_text("Menu", exact=True)).to_be_hidden()
    expect(page.get_by_role("link", name="Envois", exact=True)).to_be_visible()


def test_two_devices_and_one_closed_from_the_other(new_page: NewPage, server: Server) -> None:
    here, there = new_page(), new_page()
    enter(here, server, Role.ORGANIZER)
    enter(there, server, Role.ORGANIZER)

    here.goto("/gestion/compte")
    here.get_by_role("button", name="Fermer toutes les autres sessions").click()

    there.goto("/gestion")
    expect(there.get_by_role("heading", level=1)).to_have_text("Connexion de l’équipe")
    here.goto("/gestion")
    expect(here.get_by_role("heading", level=1)).to_have_text("Tableau de bord")
