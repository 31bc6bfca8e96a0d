"""Letters from templates."""

import re

import pytest
from flask import Flask
from jinja2 import UndefinedError

from campaign.outbox.rendering import public_link, render
from tests.outbox.letters import add_templates


@pytest.fixture(autouse=True)
def _context(app: Flask):
    add_templates(app)
    with app.app_context():
        yield


def test_the_first_line_is_the_subject_and_the_text_is_tidied() -> None:
    letter = render("bonjour", {"name": "Manon"})

    assert letter.subject == "Bonjour Manon"
    assert letter.text == "Voici l’été,\n\nManon.\n"


def test_styles_are_moved_onto_the_elements() -> None:
    html = render("bonjour", {"name": "Manon"}).html

    assert "<title>Bonjour Manon</title>" in html
    assert '<p style="color: #123;">Manon</p>' in html
    assert "<style" not in html


def test_what_people_wrote_is_escaped_in_html_only() -> None:
    letter = render("bonjour", {"name": "<b>& Cie</b>"})

    assert "<b>& Cie</b>" in letter.text
    assert "&lt;b&gt;&amp; Cie&lt;/b&gt;</p>" in letter.html


def test_a_line_feed_in_a_value_cannot_add_a_header() -> None:
    letter = render("bonjour", {"name": "Manon\r\nBcc: tous@exemple.quebec"})

    assert letter.subject == "Bonjour Manon"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render("bonjour", {})


def test_a_text_without_subject_is_an_error() -> None:
    with pytest.raises(ValueError, match="Objet"):
        render("sans_objet", {})


def test_links_are_complete_outside_of_any_request() -> None:
    assert public_link("accounts.open_link", token="abc") == "http://localhost/connexion/abc"


def test_the_rules_of_the_dark_mode_survive(app: Flask) -> None:
    html = render("sign_in", {"address": "https://exemple.quebec/connexion/abc", "minutes": 15}).html

    (sheet,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert sheet.strip().startswith("@media (prefers-color-scheme: dark)")
    # A rule of a style sheet wins over the style of an element only so.
    declarations = re.findall(r"[\w-]+: [^;{}]+;", sheet)
    assert len(declarations) > 10
    assert [each for each in declarations if not each.endswith("!important;")] == []
