"""Suggestions under the search field: what a screen reader is told, and every way out."""

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.conftest import Watch

SUGGESTIONS = "**/municipalites/recherche?*"


@pytest.fixture
def box(page: Page) -> Locator:
    page.goto("/inscription")
    return page.get_by_role("combobox", name="Votre municipalité")


def answering(found: Callable[[str], list[str]], total: int | None = None) -> Callable[[Route], None]:
    """A server that finds these names."""

    def answer(route: Route) -> None:
        typed = parse_qs(urlsplit(route.request.url).query)["q"][0]
        names = found(typed)
        results = [{"code": "0", "nom": name, "libelle": name, "url": "/inscription/30085"} for name in names]
        body = json.dumps({"resultats": results, "total": len(names) if total is None else total})
        route.fulfill(body=body, content_type="application/json")

    return answer


def test_says_what_it_is_and_where_one_is(page: Page, box: Locator) -> None:
    expect(box).to_have_attribute("aria-expanded", "false")
    expect(box).to_have_attribute("aria-autocomplete", "list")

    box.press_sequentially("saint-aug")
    options = page.get_by_role("listbox", name="Suggestions").get_by_role("option")
    expect(options.first).to_be_visible()
    box.press("ArrowDown")

    expect(box).to_have_attribute("aria-expanded", "true")
    expect(box).to_be_focused()
    first = options.first.get_attribute("id")
    assert first
    expect(box).to_have_attribute("aria-activedescendant", first)
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("status").filter(has_text="résultats")).to_contain_text("5 résultats")
    box.press("ArrowUp")
    expect(options.last).to_have_attribute("aria-selected", "true")


def test_escape_closes_and_keeps_what_was_typed(page: Page, box: Locator) -> None:
    box.press_sequentially("saint-aug")
    expect(page.get_by_role("listbox")).to_be_visible()

    box.press("Escape")

    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(box).to_have_value("saint-aug")
    expect(box).to_have_attribute("aria-expanded", "false")
    box.press("ArrowDown")
    expect(page.get_by_role("listbox")).to_be_visible()


def test_without_a_choice_enter_shows_the_results_as_a_page(page: Page, box: Locator) -> None:
    box.press_sequentially("saint-aug")
    expect(page.get_by_role("listbox")).to_be_visible()

    box.press("Enter")

    expect(page.get_by_role("heading", level=2)).to_contain_text("municipalités trouvées")


def test_a_pointer_chooses(page: Page, box: Locator) -> None:
    box.press_sequentially("saint-seb")

    page.get_by_role("option", name="Saint-Sébastien (municipalité, MRC Le Granit)").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Saint-Sébastien")
    assert page.url.endswith("/inscription/30085")


@pytest.mark.parametrize(
    ("names", "total", "said"),
    [
        ([], 0, "Aucun résultat"),
        (["Chambly"], 1, "Un résultat"),
        (["Chambly", "Chandler"], 2, "2 résultats"),
        (["Chambly", "Chandler"], 40, "Les 2 premiers de 40 résultats"),
    ],
)
def test_tells_how_many(page: Page, box: Locator, names: list[str], total: int, said: str) -> None:
    page.route(SUGGESTIONS, answering(lambda typed: names, total))

    box.press_sequentially("cha")

    expect(page.locator(".search-box__state")).to_contain_text(said)
    expect(page.get_by_role("option")).to_have_count(len(names))
    expect(box).to_have_attribute("aria-expanded", "true" if names else "false")


def test_a_late_answer_to_earlier_letters_is_ignored(page: Page, box: Locator) -> None:
    waiting: list[Route] = []
    answer = answering(lambda typed: [f"Pour {typed}"])
    page.route(
        SUGGESTIONS,
        lambda route: waiting.append(route) if route.request.url.endswith("=ch") else answer(route),
    )
    with page.expect_request(SUGGESTIONS):
        box.press_sequentially("ch")

    box.press_sequentially("ambly")
    expect(page.get_by_role("option")).to_have_text(["Pour chambly"])
    for route in waiting:
        answer(route)

    page.wait_for_function("() => new Promise(requestAnimationFrame)")
    expect(page.get_by_role("option")).to_have_text(["Pour chambly"])
    assert len(waiting) == 1


def test_an_answer_that_arrives_after_erasing_is_ignored(page: Page, box: Locator) -> None:
    waiting: list[Route] = []
    page.route(SUGGESTIONS, lambda route: waiting.append(route))
    with page.expect_request(SUGGESTIONS):
        box.press_sequentially("ch")

    box.fill("")
    answering(lambda typed: ["Chambly"])(waiting[0])

    page.wait_for_function("() => new Promise(requestAnimationFrame)")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator(".search-box__state")).to_be_empty()


@pytest.mark.parametrize("status", [429, 500])
def test_refused_it_steps_back_and_the_form_remains(
    page: Page, box: Locator, watch: Watch, status: int
) -> None:
    box.press_sequentially("saint-aug")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.route(SUGGESTIONS, lambda route: route.fulfill(status=status, json={"erreur": "Trop souvent."}))

    with page.expect_response(SUGGESTIONS):
        box.press_sequentially("u")

    expect(page.get_by_role("listbox")).to_be_hidden()
    watch.forgive(status)
    expect(page.locator(".search-box__state")).to_contain_text("Chercher")
    box.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_contain_text("trouvée")


def test_without_network_the_form_remains(page: Page, box: Locator, watch: Watch) -> None:
    page.route(SUGGESTIONS, lambda route: route.abort())

    box.press_sequentially("saint-aug")

    expect(page.locator(".search-box__state")).to_contain_text("Chercher")
    assert all("ERR_FAILED" in problem for problem in watch.problems)
    watch.problems.clear()
