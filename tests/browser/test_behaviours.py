"""The small behaviours, each on a page that uses it: copy, print, show what a choice asks for, send once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clerk import personal_link
from tests.browser.conftest import NewPage
from tests.browser.serving import Server

VARENNES = "59020"
FORM = "/inscription/10043"


def test_copies_the_address(new_page: NewPage, server: Server) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/calendrier/abonnement")

    page.get_by_role("button", name="Copier", exact=True).click()

    expect(page.locator("#adresse-etat")).to_have_text("Copié.")
    assert page.evaluate("navigator.clipboard.readText()") == f"{server.url}/calendrier.ics"


def test_a_refused_copy_selects_the_text(page: Page) -> None:
    page.goto("/calendrier/abonnement")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')) }")

    page.get_by_role("button", name="Copier", exact=True).click()

    expect(page.locator("#adresse-etat")).to_contain_text("le texte est sélectionné")
    expect(page.locator("#adresse")).to_be_focused()
    assert page.evaluate("getSelection().toString()") == page.locator("#adresse").input_value()


def test_prints_the_page(page: Page) -> None:
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes' }")
    page.goto("/municipalites")

    page.get_by_role("button", name="Imprimer").first.click()

    expect(page.locator("html")).to_have_attribute("data-printed", "yes")


def test_buttons_that_need_the_script_are_not_there_without_it(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/municipalites")
    expect(page.get_by_role("button", name="Imprimer")).to_have_count(0)
    page.goto("/calendrier/abonnement")
    expect(page.get_by_role("button", name="Copier")).to_have_count(0)
    page.goto(FORM)
    expect(page.locator("#autre-facon, #ceremonie")).to_have_count(2)
    for part in ("#autre-facon", "#ceremonie"):
        expect(page.locator(part)).to_be_visible()


def test_a_choice_shows_what_it_asks_for(page: Page) -> None:
    page.goto(FORM)
    expect(page.locator("#ceremonie")).to_be_visible()
    expect(page.locator("#autre-facon")).to_be_hidden()

    page.get_by_label("Autre", exact=True).check()
    page.get_by_label("Lever du drapeau de la Grande semaine").uncheck()

    expect(page.locator("#autre-facon")).to_be_visible()
    expect(page.locator("#ceremonie")).to_be_hidden()
    page.get_by_label("Lever du drapeau Municipalité amie des enfants").check()
    expect(page.locator("#ceremonie")).to_be_visible()


def test_what_a_choice_opened_is_still_open_when_one_comes_back(page: Page) -> None:
    page.goto(FORM)
    page.get_by_label("Autre", exact=True).check()
    page.get_by_label("Précisez votre façon de participer").fill("Une chorale")

    page.goto("/accessibilite")
    page.go_back()

    expect(page.get_by_label("Précisez votre façon de participer")).to_have_value("Une chorale")
    expect(page.locator("#autre-facon")).to_be_visible()


def test_a_form_leaves_once_and_says_to_wait(page: Page) -> None:
    page.goto(FORM)
    page.evaluate(
        """() => {
          window.leaving = [];
          document.addEventListener("submit", (event) => {
            window.leaving.push(!event.defaultPrevented);
            event.preventDefault();
          });
        }"""
    )

    page.get_by_role("button", name="Inscrire ma municipalité").click()
    waiting = page.get_by_role("button", name="Un instant…")
    expect(waiting).to_have_attribute("aria-disabled", "true")
    waiting.click(force=True)

    assert page.evaluate("window.leaving") == [True, False]


@pytest.mark.parametrize("width", [320, 1280])
def test_the_model_resolution_is_copied_whole(new_page: NewPage, server: Server, width: int) -> None:
    page = new_page(width=width, permissions=["clipboard-read", "clipboard-write"])
    page.goto(personal_link(server.app, VARENNES, server.now))

    page.get_by_role("button", name="Copier le texte").click()

    expect(page.locator("#resolution-modele-etat")).to_have_text("Copié.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.replace("\r\n", "\n") == page.locator("#resolution-modele").input_value()
    assert "Ville de Varennes" in copied
