"""The clerk's journey: by keyboard alone, without script, on a telephone, by link, pressing twice."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from campaign.participations.models import State
from tests.browser.clerk import (
    LE_GRANIT,
    Keyboard,
    answer,
    forget,
    letters,
    link_in,
    personal_link,
    registered,
)
from tests.browser.conftest import NewPage, Watch
from tests.browser.serving import Server
from tests.browser.stage import MASCOUCHE

TOWN = "Saint-Sébastien (municipalité, MRC Le Granit)"

SAMPLE = {"place": "Hôtel de ville, 582, rue Principale", "first_name": "Lise", "last_name": "Bolduc"}
TOWN_HALL = "dg@st-sebastien.com"
"""The address that the directory knows."""


@pytest.fixture
def silent(server: Server) -> Server:
    """Saint-Sébastien has not answered yet."""
    forget(server.app, LE_GRANIT)
    return server


@pytest.mark.parametrize("options", [{}, {"width": 320, "height": 568}], ids=["desk", "telephone"])
def test_by_keyboard_alone(new_page: NewPage, silent: Server, watch: Watch, options: dict[str, int]) -> None:
    page = new_page(**options)
    keyboard = Keyboard(page)
    page.goto("/")

    keyboard.go_to(page.get_by_role("link", name="Inscrire ma municipalité").first)
    keyboard.press("Enter")
    box = page.get_by_role("combobox", name="Votre municipalité")
    expect(box).to_be_visible()
    keyboard.go_to(box)
    keyboard.type("st-seb")
    expect(page.get_by_role("option", name=TOWN)).to_be_visible()
    for _ in range(page.get_by_role("option").count()):
        keyboard.press("ArrowDown")
        if page.locator("[aria-selected=true]").inner_text() == TOWN:
            break
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Le lever du drapeau à Saint-Sébastien")

    tops = [stop["top"] for stop in keyboard.stops_in(page.locator("main form"))]
    assert [after for before, after in pairwise(tops) if after < before - 60] == []

    keyboard.go_to(page.get_by_label("Lieu", exact=True), backwards=True)
    keyboard.type(SAMPLE["place"])
    keyboard.go_to(page.get_by_label("Prénom", exact=True))
    keyboard.type(SAMPLE["first_name"])
    keyboard.go_to(page.get_by_label("Courriel de la personne-ressource"))
    keyboard.type(TOWN_HALL)
    keyboard.press("Enter")

    expect(page.locator(".error-summary")).to_be_focused()
    watch.forgive(422)
    expect(page.locator(".error-summary li")).to_have_text(
        [
            "Inscrivez le nom de la personne-ressource.",
            "Cochez cette case pour confirmer que vous pouvez inscrire la municipalité.",
        ]
    )
    expect(page.get_by_label("Lieu", exact=True)).to_have_value(SAMPLE["place"])
    keyboard.press("Tab", "Enter")
    expect(page.get_by_label("Nom", exact=True)).to_be_focused()
    keyboard.here()
    keyboard.type(SAMPLE["last_name"])
    keyboard.go_to(page.get_by_label("Je suis autorisée ou autorisé"))
    keyboard.press("Space")
    keyboard.go_to(page.get_by_role("button", name="Inscrire ma municipalité"))
    keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_contain_text("ouvrez votre courriel")
    (letter,) = letters(silent.app, "participation_verification")
    page.goto(link_in(letter))
    keyboard.go_to(page.get_by_role("button", name="Confirmer l’inscription"))
    keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté!")
    assert registered(silent.app, LE_GRANIT) == [State.CONFIRMED]


@pytest.mark.parametrize(
    "options", [{"java_script_enabled": False}, {"width": 320, "height": 568}], ids=["no script", "telephone"]
)
def test_with_a_pointer(new_page: NewPage, silent: Server, watch: Watch, options: dict[str, int]) -> None:
    page = new_page(**options)
    page.goto("/inscription")

    page.locator("#recherche").fill("saint sebastien")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name=TOWN).click()
    answer(page, **SAMPLE, email="pas une adresse")
    page.get_by_role("button", name="Inscrire ma municipalité").click()
    expect(page.locator(".error-summary")).to_be_visible()
    watch.forgive(422)
    for name, typed in SAMPLE.items():
        expect(page.locator(f"[name={name}]")).to_have_value(typed)
    expect(page.locator("[name=email]")).to_have_value("pas une adresse")
    answer(page, email=TOWN_HALL)
    page.get_by_label("Je suis autorisée ou autorisé").check()
    page.get_by_role("button", name="Inscrire ma municipalité").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ouvrez votre courriel")
    (letter,) = letters(silent.app, "participation_verification")
    page.goto(link_in(letter))
    page.get_by_role("button", name="Confirmer l’inscription").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté!")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    assert registered(silent.app, LE_GRANIT) == [State.CONFIRMED]


def test_as_last_year_then_postponed_then_cancelled(new_page: NewPage, server: Server) -> None:
    page = new_page(width=320, height=568)
    page.goto(personal_link(server.app, MASCOUCHE, server.now))
    assert registered(server.app, MASCOUCHE) == []

    page.get_by_role("button", name="Oui, comme l’an dernier").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("C’est noté!")
    assert registered(server.app, MASCOUCHE) == [State.CONFIRMED]

    page.get_by_text("Reporter la cérémonie").first.click()
    answer(
        page,
        **{"reporter-flag_on": "2027-11-16", "reporter-flag_time": "13h30", "reporter-reason": "Tempête"},
    )
    page.get_by_role("button", name="Reporter la cérémonie").click()

    expect(page.get_by_role("status")).to_contain_text("La cérémonie est reportée.")
    expect(page.get_by_role("main")).to_contain_text("mardi 16 novembre 2027")
    expect(page.get_by_role("main")).to_contain_text("13 h 30")

    page.get_by_text("Annuler notre participation").first.click()
    answer(page, **{"annuler-reason": "Le conseil a changé d’avis"})
    page.get_by_role("button", name="Annuler notre participation").click()

    expect(page.get_by_role("button", name="Rétablir notre participation")).to_be_visible()
    assert registered(server.app, MASCOUCHE) == [State.CANCELLED]


@pytest.mark.parametrize("with_script", [True, False])
def test_pressing_twice_registers_once(new_page: NewPage, silent: Server, with_script: bool) -> None:
    page = new_page(java_script_enabled=with_script)
    page.goto(f"/inscription/{LE_GRANIT}")
    answer(page, **SAMPLE, email=TOWN_HALL)
    page.get_by_label("Je suis autorisée ou autorisé").check()

    page.get_by_role("button", name="Inscrire ma municipalité").dblclick()

    expect(page.get_by_role("heading", level=1)).to_contain_text("ouvrez votre courriel")
    assert registered(silent.app, LE_GRANIT) == [State.REGISTERED]
    assert len(letters(silent.app, "participation_verification")) == 1


def test_what_a_choice_hides_is_not_asked(page: Page, silent: Server) -> None:
    page.goto(f"/inscription/{LE_GRANIT}")
    answer(page, **SAMPLE | {"place": "", "flag_time": "vers midi et quart"}, email=TOWN_HALL)
    page.get_by_label("Lever du drapeau de la Grande semaine").uncheck()
    page.get_by_label("Résolution du conseil").check()
    expect(page.locator("#ceremonie")).to_be_hidden()
    page.get_by_label("Je suis autorisée ou autorisé").check()

    page.get_by_role("button", name="Inscrire ma municipalité").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("ouvrez votre courriel")
