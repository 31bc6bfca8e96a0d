"""Templates, styles, scripts: nothing inline, no text outside the catalogue, components among patterns."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from campaign.config import ROOT

TEMPLATES = ROOT / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html") if path.parent.name != "email")
"""Letters are not pages: they have no policy, carry their styles, and are written for one person."""

COMPONENTS = sorted((TEMPLATES / "components").glob("*.html"))
SHEETS = sorted((ROOT / "static" / "css").rglob("*.css"))
SCRIPTS = sorted(path for kind in ("*.js", "*.mjs") for path in (ROOT / "static" / "js").rglob(kind))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def without_comments(template: str) -> str:
    return re.sub(r"\{#.*?#\}", "", template, flags=re.DOTALL)


def test_every_template_compiles(app: Flask) -> None:
    names = app.jinja_env.list_templates()

    compiled = [app.jinja_env.get_template(each) for each in names]

    assert len(compiled) > 10


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_has_nothing_inline(path: Path) -> None:
    source = without_comments(path.read_text(encoding="utf-8"))

    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", source) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", source) if "src=" not in tag] == []
    assert re.findall(r"""(?:src|href)=["'](?:https?:)?//""", source) == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_page_never_marks_text_as_safe(path: Path) -> None:
    source = without_comments(path.read_text(encoding="utf-8"))

    assert re.findall(r"\|\s*safe\b|autoescape\s+false", source) == []


@pytest.mark.parametrize("path", [path for path in PAGES if path.name != "patterns.html"], ids=name)
def test_all_text_is_in_the_catalogue(path: Path) -> None:
    assert list(_bare_texts(path.read_text(encoding="utf-8"))) == []


def _bare_texts(template: str) -> Iterator[str]:
    """What people would read that no translator sees."""
    source = without_comments(template)
    source = re.sub(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{%-?\s*raw\s*-?%\}.*?endraw\s*-?%\}", "", source, flags=re.DOTALL)
    source = re.sub(r"\{% block og_type %\}\w+\{% endblock %\}", "", source)  # a word of the protocol
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "\u2060", source, flags=re.DOTALL)
    for attribute in re.findall(r"""\s(?:alt|title|placeholder|aria-label)="([^"]*)\"""", source):
        if re.search(r"[^\W\d_]{3}", attribute):
            yield attribute
    prose = re.sub(r"<script.*?</script>|<svg.*?</svg>|<[^>]*>|&\w+;", "\n", source, flags=re.DOTALL)
    yield from (line.strip() for line in prose.splitlines() if re.search(r"[^\W\d_]{3}", line))


@pytest.mark.parametrize("path", COMPONENTS, ids=name)
def test_each_component_is_shown_among_the_patterns(path: Path) -> None:
    shown = "".join((TEMPLATES / page).read_text(encoding="utf-8") for page in ("base.html", "patterns.html"))

    assert f'"components/{path.name}"' in shown


@pytest.mark.parametrize("path", SHEETS, ids=name)
def test_a_sheet_takes_its_colours_from_the_tokens(path: Path) -> None:
    source = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    literal = re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\b(?:rgba?|hsla?|oklch)\(", source)

    assert path.name == "tokens.css" or literal == []
    assert re.findall(r"url\(\s*[\"']?(?:https?:)?//", source) == []


@pytest.mark.parametrize("path", SCRIPTS, ids=name)
def test_a_script_holds_no_text_and_asks_nobody_else(path: Path) -> None:
    source = re.sub(
        r"/\*.*?\*/|^\s*//.*$|\s//\s.*$", "", path.read_text(encoding="utf-8"), flags=re.DOTALL | re.M
    )
    strings = re.findall(r"""(["'`])((?:\\.|(?!\1).)*)\1""", source)
    texts = [text for _, text in strings if re.search(r"[À-ÿ’«]|^[A-Z][a-z]+ [a-z]", text)]

    assert texts == []
    assert (
        re.findall(r"https?://|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", source) == []
    )


def test_the_rule_on_texts_finds_what_it_looks_for() -> None:
    template = '<p>{{ _("Dit") }} oublié</p><img alt="Drapeau">{% trans %}Dit{% endtrans %}{# tu #}'

    assert list(_bare_texts(template)) == ["Drapeau", "\u2060 oublié"]
