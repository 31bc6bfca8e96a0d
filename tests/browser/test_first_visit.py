"""What a first visit costs a slow telephone, and what paper shows."""

from io import BytesIO

import pypdfium2
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import NewPage
from tests.browser.serving import Server

LIGHT_ENOUGH = 120_000
"""Bytes transferred, style, font and behaviours included; 57 kB when this was written."""

FEW_ENOUGH = 8
LETTER = (612, 792)
"""Points: 8.5 × 11 inches."""


def test_the_first_visit_is_light(page: Page) -> None:
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))

    page.goto("/", wait_until="networkidle")

    sizes = {answer.url: answer.request.sizes() for answer in answers}
    transferred = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
    print(f"\nhome, first visit: {len(answers)} requests, {transferred / 1000:.0f} kB")  # noqa: T201
    assert transferred <= LIGHT_ENOUGH, sizes
    assert len(answers) <= FEW_ENOUGH, sorted(sizes)


def test_the_participants_print_on_letter_paper(new_page: NewPage) -> None:
    page = new_page()
    page.goto("/municipalites")

    document = pypdfium2.PdfDocument(page.pdf(format="Letter"))

    try:
        assert {tuple(map(round, sheet.get_size())) for sheet in document} == {LETTER}
        texts = [sheet.get_textpage().get_text_range() for sheet in document]
    finally:
        document.close()
    whole = "\n".join(texts)
    assert "Municipalités participantes" in texts[0]
    assert "Saint-Louis-du-Ha! Ha!" in whole
    assert "en date du" in whole
    for only_on_screen in ("S’abonner", "Imprimer", "Chercher", "Aller au contenu"):
        assert only_on_screen not in whole


def test_on_paper_there_is_no_navigation(page: Page) -> None:
    page.goto("/municipalites")
    page.emulate_media(media="print")

    expect(page.get_by_role("navigation").first).to_be_hidden()
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    smallest = page.evaluate(
        """Math.min(...[...document.querySelectorAll('main *')]
             .filter((it) => it.offsetParent && it.childElementCount === 0 && it.textContent.trim())
             .map((it) => parseFloat(getComputedStyle(it).fontSize)))"""
    )
    assert smallest >= 10, "in CSS pixels: 7.5 points"


def test_the_poster_of_a_ceremony_opens(page: Page, server: Server) -> None:
    page.goto("/calendrier")
    page.get_by_role("main").get_by_role("link", name="Lever du drapeau").first.click()
    link = page.get_by_role("link", name="Affiche à imprimer (PDF)")

    answer = page.request.get(link.get_attribute("href") or "")

    assert answer.headers["content-type"] == "application/pdf"
    poster = pypdfium2.PdfDocument(BytesIO(answer.body()))
    try:
        assert [tuple(map(round, sheet.get_size())) for sheet in poster] == [LETTER]
    finally:
        poster.close()
