"""The home page in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import NewPage


@pytest.mark.parametrize("width", [320, 375, 1280])
def test_home_is_accessible_and_fits_at_every_width(
    new_page: NewPage, check_axe: Callable[[Page], None], width: int
) -> None:
    page = new_page(width=width)
    page.goto("/")

    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_axe(page)


def test_home_leads_to_registration_without_script(new_page: NewPage) -> None:
    page = new_page(java_script_enabled=False)
    page.goto("/")

    page.get_by_role("link", name="Inscrire ma municipalité").first.click()

    assert page.url.endswith("/inscription")
