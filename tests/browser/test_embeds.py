"""The calendar on the site of a partner: another origin, with its own policy, with script and without."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import CheckAxe, NewPage, open_context
from tests.browser.serving import Server

PARTNER = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>CPE Les Lutins</title>
<meta name="viewport" content="width=device-width"></head>
<body><main><h1>CPE Les Lutins</h1>{pasted}</main></body></html>"""


@contextmanager
def partner_showing(pasted: str, ours: str) -> Iterator[str]:
    """The address of a partner's page that holds these lines; it lets in our scripts and frames, no more."""
    policy = f"default-src 'none'; script-src {ours}; frame-src {ours}"

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(PARTNER.format(pasted=pasted).encode())

        def log_message(self, format: str, *args: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as site:
        thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}/"
        finally:
            site.shutdown()
            thread.join()


class Visit:
    """Partners' pages and their visitors, until the end of a test."""

    def __init__(self, chromium: Browser, server: Server, leaving: ExitStack) -> None:
        self.chromium, self.server, self.leaving = chromium, server, leaving

    def context(self, *, width: int = 800, java_script_enabled: bool = True) -> BrowserContext:
        context = open_context(
            self.chromium, self.server.url, width=width, java_script_enabled=java_script_enabled
        )
        self.leaving.callback(context.close)
        return context

    def pasted(self, field: str, asked: str = "?type=lever-de-drapeau&nombre=5") -> str:
        """The lines that our own page gives to copy."""
        page = self.context().new_page()
        page.goto(f"/calendrier/integrer{asked}")
        return page.locator(field).input_value()

    def open(self, context: BrowserContext, pasted: str) -> Page:
        address = self.leaving.enter_context(partner_showing(pasted, self.server.url))
        page = context.new_page()
        page.goto(address)
        return page


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Iterator[Visit]:
    with ExitStack() as leaving:
        yield Visit(chromium, server, leaving)


@pytest.mark.parametrize("width", [280, 1200])
def test_the_script_puts_a_frame_that_fits(visit: Visit, check_axe: CheckAxe, width: int) -> None:
    context = visit.context(width=width)
    page = visit.open(context, visit.pasted("#script"))
    inside = page.frame_locator("iframe")

    expect(inside.get_by_role("listitem")).to_have_count(5)
    expect(page.locator("iframe")).not_to_have_attribute("height", "640")
    (frame,) = page.frames[1:]
    assert frame.url == f"{visit.server.url}/calendrier/encart?type=lever-de-drapeau&nombre=5"
    assert frame.evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator("iframe").get_attribute("title") == "Levers de drapeau"
    assert context.cookies() == []
    check_axe(page)


def test_a_message_from_elsewhere_changes_nothing(visit: Visit) -> None:
    page = visit.open(visit.context(), visit.pasted("#script"))
    expect(page.locator("iframe")).not_to_have_attribute("height", "640")
    height = page.locator("iframe").get_attribute("height")

    page.evaluate(
        "new Promise((told) => { addEventListener('message', told); postMessage({ encart: 9999 }, '*') })"
    )

    assert page.locator("iframe").get_attribute("height") == height


def test_its_links_open_in_the_page_around(visit: Visit) -> None:
    page = visit.open(visit.context(), visit.pasted("#script"))

    page.frame_locator("iframe").get_by_role("main").get_by_role("link").first.click()

    page.wait_for_url(f"{visit.server.url}/evenements/**")


def test_without_script_a_link_leads_to_the_calendar(visit: Visit) -> None:
    page = visit.open(visit.context(java_script_enabled=False), visit.pasted("#script"))

    link = page.get_by_role("link", name="Voir le calendrier")

    expect(link).to_have_attribute("href", f"{visit.server.url}/calendrier?type=lever-de-drapeau")
    expect(page.locator("iframe")).to_have_count(0)


def test_the_bare_frame_needs_no_script(visit: Visit) -> None:
    page = visit.open(visit.context(java_script_enabled=False), visit.pasted("#cadre"))

    expect(page.frame_locator("iframe").get_by_role("listitem")).to_have_count(5)


def test_no_other_page_of_ours_may_be_framed(visit: Visit) -> None:
    frame = f'<iframe src="{visit.server.url}/calendrier" title="Calendrier"></iframe>'
    context = visit.context()
    said: list[str] = []
    context.on("console", lambda message: said.append(message.text))

    page = visit.open(context, frame)

    assert page.frames[1].url != f"{visit.server.url}/calendrier"
    assert any("frame-ancestors" in text for text in said)


def test_the_preview_shows_what_was_chosen(page: Page) -> None:
    page.goto("/calendrier/integrer")
    page.get_by_label("Nombre de dates").select_option("5")

    page.get_by_role("button", name="Voir le résultat").click()

    page.wait_for_url("**nombre=5*")
    expect(page.frame_locator("iframe").get_by_role("listitem")).to_have_count(5)


def test_the_page_of_an_event_goes_to_the_applications_of_a_telephone(new_page: NewPage) -> None:
    page = new_page(width=375)
    page.add_init_script(
        "navigator.share = async (told) => { document.documentElement.dataset.shared = told.url }"
    )
    page.goto("/evenements/lever-du-drapeau-a-laval-2025")

    page.get_by_role("button", name="Envoyer cette page").click()

    expect(page.locator("html")).to_have_attribute("data-shared", page.url)


def test_on_paper_the_page_of_an_event_keeps_its_code_and_loses_its_buttons(page: Page) -> None:
    page.goto("/evenements/lever-du-drapeau-a-laval-2025")
    page.emulate_media(media="print")

    expect(page.get_by_alt_text("Code QR qui mène à cette page")).to_be_visible()
    expect(page.get_by_text("Quand", exact=True)).to_be_visible()
    for hidden in ("Envoyer cette page", "Tout ce qui s’y passe", "Affiche à imprimer (PDF)"):
        expect(page.get_by_text(hidden)).to_be_hidden()
