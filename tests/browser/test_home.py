"""The home page between the widths of the tour, and without script."""

from tests.browser.conftest import CheckAxe, NewPage


def test_fits_a_usual_telephone(new_page: NewPage, check_axe: CheckAxe) -> None:
    page = new_page(width=375)
    page.goto("/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    check_axe(page)


def test_leads_to_registration_without_script(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/")

    page.get_by_role("link", name="Inscrire ma municipalité").first.click()

    assert page.url.endswith("/inscription")
