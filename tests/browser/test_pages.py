"""Every page, narrow and wide, light and dark: nothing for axe, nothing cut off, no call elsewhere."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from campaign.accounts.models import Role
from tests.browser.conftest import HEIGHT, CheckAxe, Watch, open_context
from tests.browser.scenes import NOT_PAGES, PUBLIC, TEAM, Scene
from tests.browser.serving import Server, serving
from tests.browser.stage import Stage, add_error_pages, set_stage, sign_in_address
from tests.databases import Templates

NARROW, WIDE = 320, 1280

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")

SETTLED = """async () => {
  await document.fonts.ready;
  const behaviours = document.getElementById("enhance")?.dataset ?? {};
  await Promise.all(Object.values(behaviours).map((address) => import(address)));
}"""
"""Resolves once the fonts are there and the behaviours have run."""

AT_ONCE = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, ::before, ::after { transition-property: none !important }");
  document.adoptedStyleSheets.push(sheet);
}"""
"""From light to dark without a fade: axe would meet colours on their way."""


@dataclass(frozen=True)
class Tour:
    """The set stage, with the browsers of a stranger and of an administrator."""

    server: Server
    stage: Stage
    stranger: Page
    administrator: Page
    watch: Watch

    def open(self, scene: Scene) -> Page:
        self.watch.problems.clear()  # of a scene that failed
        page = self.administrator if scene in TEAM else self.stranger
        show(page, NARROW, "light")
        page.goto(self.stage.address(scene.address))
        scene.prepare(page)
        page.evaluate(SETTLED)
        page.evaluate(AT_ONCE)
        if scene.status >= 400:
            self.watch.forgive(scene.status)
        return page


def show(page: Page, width: int, scheme: Literal["light", "dark"]) -> None:
    """The page at that width in those colours."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.emulate_media(color_scheme=scheme)


@pytest.fixture(scope="module")
def tour(
    chromium: Browser, sqlite_templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Tour]:
    folder = tmp_path_factory.mktemp("tour")
    with (
        sqlite_templates.copy("demo") as database,
        serving(database, folder, prepare=add_error_pages) as server,
        ExitStack() as leaving,
    ):
        stage = set_stage(server.app, server.now)
        watch = Watch(urlsplit(server.url).netloc)
        contexts = [open_context(chromium, server.url) for _ in range(2)]
        for context in contexts:
            leaving.callback(context.close)
            watch.follow(context)
        stranger, administrator = (context.new_page() for context in contexts)
        administrator.goto(sign_in_address(server.app, Role.ADMIN, now=server.now))
        administrator.get_by_role("main").get_by_role("button").click()
        administrator.wait_for_url("**/gestion")
        yield Tour(server, stage, stranger, administrator, watch)


def test_every_page_has_a_scene(tour: Tour) -> None:
    pages = {rule.endpoint for rule in tour.server.app.url_map.iter_rules() if "GET" in (rule.methods or ())}

    shown = {scene.endpoint for scene in PUBLIC + TEAM if scene.endpoint != "errors"}

    assert pages - {"rehearsal"} == shown | NOT_PAGES.keys()
    assert not shown & NOT_PAGES.keys()


@pytest.mark.parametrize("scene", PUBLIC + TEAM, ids=lambda scene: scene.name)
def test_page_is_accessible_and_fits(tour: Tour, check_axe: CheckAxe, scene: Scene) -> None:
    page = tour.open(scene)
    tags = WCAG if scene.is_letter else ()

    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW
    check_axe(page, tags=tags)
    show(page, WIDE, "dark")
    check_axe(page, tags=tags)
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE
    assert tour.watch.problems == []
