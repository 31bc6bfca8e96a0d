"""The look keeps its promises: contrast, one home for colours, markup that assistive technology can use."""

from __future__ import annotations

import re
from itertools import pairwise, product
from pathlib import Path

import css_inline
import pytest
from bs4 import BeautifulSoup
from flask import Flask, get_template_attribute, render_template_string

from campaign.config import ROOT
from campaign.web.assets import APART, SHEETS, stylesheet_url
from tests.pages import checked
from tests.web.patterns_app import Registration, create_app, failing_form

CSS = ROOT / "static" / "css"
JS = ROOT / "static" / "js"
TEMPLATES = ROOT / "templates"
LOOKS = ("light", "dark", "light on-night", "dark on-night", "print")
ERRORS = (400, 403, 404, 405, 409, 410, 413, 429, 500, 503)

KINDS = ("info", "success", "warning", "danger")
TEXTS = ("ink", "ink-soft", "title", "link", "link-hover", "accent")

TEXT_PAIRS = [
    *product(TEXTS, ("page", "surface", "sunken")),
    *((f"{kind}-ink", f"{kind}-wash") for kind in KINDS),
    *((f"{kind}-ink", under) for kind, under in product(KINDS, ("page", "surface"))),
    ("primary-ink", "primary"),
    ("primary-ink", "primary-hover"),
    ("strong-ink", "strong"),
    ("strong-ink", "strong-hover"),
    ("perilous-ink", "perilous"),
    ("perilous-ink", "perilous-hover"),
    ("ink", "secondary-hover"),
    ("ink", "chosen"),
    ("ink-soft", "chosen"),
]
"""Text on what lies under it: 4.5 to 1."""

SHAPE_PAIRS = [
    *product(("border", "focus", "chosen-border"), ("page", "surface")),
    *((f"{kind}-mark", under) for kind, under in product(KINDS, ("page", "surface"))),
    ("fill", "track"),
    ("map-confirmed", "map-land"),
    ("map-silent", "map-land"),
]
"""What one must see to understand or to use: 3 to 1."""

ONLY_ON_PAPER_OR_PAGE = ("chosen", "info", "success", "warning", "danger", "map", "perilous")
"""Roles that the night-blue band does not redefine: what uses them does not stand on it."""


@pytest.fixture(scope="module")
def look() -> Flask:
    return create_app()


@pytest.fixture(scope="module")
def patterns(look: Flask) -> BeautifulSoup:
    response = look.test_client().get("/motifs")
    assert response.status_code == 200
    return BeautifulSoup(response.text, "lxml")


# Colours


def declarations(selector: str, text: str) -> dict[str, str]:
    """The custom properties that the rules of exactly this selector set in this text."""
    found: dict[str, str] = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^{}]*)\}", text):
        if selector in [part.strip() for part in selectors.split(",")]:
            found |= dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))
    return found


def at_rule(name: str, text: str) -> str:
    """What stands between the braces of this at-rule."""
    start = text.index("{", text.index(name)) + 1
    depth, end = 1, start
    while depth:
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        end += 1
    return text[start : end - 1]


def tokens(look_name: str) -> dict[str, str]:
    """Every token of one look, references resolved to colours."""
    text = re.sub(r"/\*.*?\*/", "", (CSS / "tokens.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    plain = text[: text.index("@media")]
    night = re.search(r"\n  \.on-night \{.*?\n  \}", text, re.DOTALL)
    assert night
    values = declarations(":root", plain.split("{", 1)[1])
    if look_name.startswith("dark"):
        values |= declarations(":root", at_rule("@media screen and (prefers-color-scheme: dark)", text))
    if look_name.endswith("on-night"):
        values |= declarations(".on-night", night[0])
    if look_name == "print":
        values |= declarations(":root", at_rule("@media print", text))
    for _ in range(3):
        values = {name: resolved(value, values) for name, value in values.items()}
    return values


def resolved(value: str, values: dict[str, str]) -> str:
    return re.sub(r"var\(--([\w-]+)\)", lambda reference: values[reference[1]], value)


def luminance(colour: str) -> float:
    assert re.fullmatch(r"#[0-9a-f]{6}", colour), colour
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_guidelines_say() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("look_name", LOOKS)
def test_every_text_is_readable_on_what_lies_under_it(look_name: str) -> None:
    values = tokens(look_name)
    pairs = [p for p in TEXT_PAIRS if stands_on(look_name, p)]

    weak = {p: round(contrast(values[p[0]], values[p[1]]), 2) for p in pairs}

    assert {p: ratio for p, ratio in weak.items() if ratio < 4.5} == {}


@pytest.mark.parametrize("look_name", LOOKS)
def test_every_shape_that_matters_is_visible(look_name: str) -> None:
    values = tokens(look_name)
    pairs = [p for p in SHAPE_PAIRS if stands_on(look_name, p)]

    weak = {p: round(contrast(values[p[0]], values[p[1]]), 2) for p in pairs}

    assert {p: ratio for p, ratio in weak.items() if ratio < 3} == {}


def stands_on(look_name: str, pair: tuple[str, str]) -> bool:
    return not look_name.endswith("on-night") or not any(
        name.startswith(ONLY_ON_PAPER_OR_PAGE) for name in pair
    )


def test_dark_mode_changes_the_page_and_the_band_stays_dark() -> None:
    assert luminance(tokens("dark")["page"]) < 0.02 < 0.8 < luminance(tokens("light")["page"])
    assert luminance(tokens("light on-night")["page"]) < 0.05


# Style sheets


def sheets() -> list[Path]:
    return sorted(CSS.rglob("*.css"))


@pytest.mark.parametrize("sheet", sheets(), ids=lambda s: s.name)
def test_only_the_tokens_hold_colours(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL)

    literal = re.findall(r"#[0-9a-fA-F]{3,8}\b|\b(?:rgb|hsl|oklch|lab)a?\(", text)

    assert bool(literal) == (sheet.name == "tokens.css")


@pytest.mark.parametrize("sheet", sheets(), ids=lambda s: s.name)
def test_each_sheet_uses_tokens_that_exist(sheet: Path) -> None:
    used = set(re.findall(r"var\(--([\w-]+)", sheet.read_text(encoding="utf-8")))

    assert used - tokens("light").keys() == set()


@pytest.mark.parametrize("sheet", sorted((CSS / "components").glob("*.css")), ids=lambda s: s.name)
def test_each_component_stays_in_its_layer(sheet: Path) -> None:
    text = re.sub(r"/\*.*?\*/", "", sheet.read_text(encoding="utf-8"), flags=re.DOTALL).strip()

    assert text.startswith("@layer components {")
    assert text.endswith("}")
    assert at_rule("@layer components", text) == text[len("@layer components {") : -1]


def test_all_sheets_are_one_file_the_layers_first(patterns: BeautifulSoup) -> None:
    linked = [str(link["href"]) for link in patterns.select("link[rel=stylesheet]")]

    assert linked == [stylesheet_url()]
    assert SHEETS[0] == "site"
    assert sorted((*SHEETS, *APART)) == sorted(str(s.relative_to(CSS).with_suffix("")) for s in sheets())


# Markup of the components


def test_labels_descriptions_and_links_lead_somewhere(patterns: BeautifulSoup) -> None:
    ids = [str(tag["id"]) for tag in patterns.select("[id]")]
    assert len(ids) == len(set(ids))

    wanted = [str(tag["for"]) for tag in patterns.select("label[for]")]
    for attribute in ("aria-describedby", "aria-labelledby", "aria-controls"):
        wanted += [one for tag in patterns.select(f"[{attribute}]") for one in str(tag[attribute]).split()]
    for attribute in ("data-shows", "data-copies", "data-status"):
        wanted += [str(tag[attribute]) for tag in patterns.select(f"[{attribute}]")]
    assert len(wanted) > 30
    assert set(wanted) - set(ids) == set()


def test_every_control_has_a_name(patterns: BeautifulSoup) -> None:
    labelled = {str(tag["for"]) for tag in patterns.select("label[for]")}
    controls = patterns.select("input:not([type=hidden]), select, textarea")

    assert len(controls) > 15
    assert [c for c in controls if c.get("id") not in labelled] == []


def test_the_patterns_are_sound_as_every_page_must_be(look: Flask) -> None:
    checked(look.test_client().get("/motifs"))


def test_the_page_has_one_title_and_headings_in_order(patterns: BeautifulSoup) -> None:
    levels = [int(h.name[1]) for h in patterns.select("h1, h2, h3, h4")]

    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_nothing_breaks_the_strict_policy(patterns: BeautifulSoup) -> None:
    everything = patterns.find_all(True)

    assert [t for t in everything if any(a == "style" or a.startswith("on") for a in t.attrs)] == []
    assert patterns.select("style, script:not([src])") == []


def test_a_wrong_field_says_so_to_everyone(look: Flask) -> None:
    with look.test_request_context():
        form_field = get_template_attribute("components/field.html", "form_field")
        drawn = BeautifulSoup(form_field(failing_form().heure, help="Comme vous l’écrivez"), "lxml")

    control = drawn.select_one("input")
    assert control is not None
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"] == "heure-aide heure-erreur"
    assert [p.text for p in drawn.select("p")] == [
        "Comme vous l’écrivez",
        "Inscrivez l’heure, par exemple «\u00a010\u00a0h\u00a0».",
    ]
    assert "(facultatif)" not in drawn.text


def test_an_optional_field_says_so_and_a_right_one_is_not_accused(look: Flask) -> None:
    with look.test_request_context():
        form_field = get_template_attribute("components/field.html", "form_field")
        drawn = BeautifulSoup(form_field(Registration(formdata=None).texte, rows=4), "lxml")

    label, control = drawn.select_one("label"), drawn.select_one("textarea")
    assert label is not None
    assert control is not None
    assert label.text == "Mot de la municipalité (facultatif)"
    assert (control["rows"], control["aria-describedby"]) == ("4", "texte-aide")
    assert not control.has_attr("aria-invalid")


def test_choices_keep_what_was_ticked(look: Flask) -> None:
    with look.test_request_context(
        method="POST", data={"modes": ["resolution"], "public": "non", "accord": "1"}
    ):
        form = Registration()
        form_choices = get_template_attribute("components/choices.html", "form_choices")
        drawn = "".join(str(form_choices(f)) for f in (form.modes, form.public, form.accord))

    boxes = BeautifulSoup(drawn, "lxml").select("input")
    assert [(b["type"], b["name"], b["value"]) for b in boxes if b.has_attr("checked")] == [
        ("checkbox", "modes", "resolution"),
        ("radio", "public", "non"),
        ("checkbox", "accord", "1"),
    ]


def test_what_people_typed_is_never_markup(look: Flask) -> None:
    with look.test_request_context():
        field = get_template_attribute("components/field.html", "field")
        drawn = field("nom", "Nom", value='"><script>alert(1)</script>', error="<b>non</b>")

    assert "<script>" not in drawn
    assert "<b>" not in drawn


def test_the_summary_links_to_each_wrong_field_even_inside_another_form(look: Flask) -> None:
    with look.test_request_context():
        summary = get_template_attribute("components/error_summary.html", "form_error_summary")
        drawn = BeautifulSoup(summary(failing_form()), "lxml")

    alert = drawn.select_one("[role=alert]")
    assert alert is not None
    assert alert.has_attr("autofocus")
    assert [(a["href"], a.text) for a in drawn.select("a")] == [
        ("#modes", "Choisissez au moins une façon de participer."),
        ("#date", "Inscrivez la date."),
        ("#heure", "Inscrivez l’heure, par exemple «\u00a010\u00a0h\u00a0»."),
        ("#courriel", "Inscrivez l’adresse courriel."),
        ("#public", "Dites si le public est invité."),
        ("#livraison-rue", "Inscrivez la rue."),
    ]


def test_no_summary_without_an_error(look: Flask) -> None:
    with look.test_request_context():
        summary = get_template_attribute("components/error_summary.html", "form_error_summary")

        assert summary(Registration(formdata=None)).strip() == ""


def test_the_current_page_is_marked_once_and_its_section_otherwise(look: Flask) -> None:
    client = look.test_client()

    home = BeautifulSoup(client.get("/calendrier").text, "lxml").select("nav [aria-current]")
    inner = BeautifulSoup(client.get("/page/base.html?section=participants").text, "lxml").select(
        "nav [aria-current]"
    )

    assert [(a.text, a["aria-current"]) for a in home] == [("Calendrier", "page")]
    assert [(a.text, a["aria-current"]) for a in inner] == [("Municipalités", "true")]


def test_the_team_has_its_own_navigation_and_leaves_by_a_post(look: Flask) -> None:
    page = BeautifulSoup(look.test_client().get("/page/base_manage.html?section=board").text, "lxml")

    assert [a.text for a in page.select("nav [aria-current]")] == ["Tableau de bord"]
    assert "Comptes" not in page.text
    leave = page.select_one("form[method=post][action='/gestion/deconnexion']")
    assert leave is not None
    assert leave.select_one("input[name=csrf_token]") is not None


def test_a_simulated_edition_says_so_on_each_page(look: Flask) -> None:
    client = look.test_client()
    banner = "Démonstration\u00a0: les inscriptions de cette édition sont simulées."

    assert banner in client.get("/page/base.html?edition_is_simulated=1").text
    assert banner not in client.get("/page/base.html").text


# Macros


def imported_from(file: Path) -> set[str]:
    """The names that any template takes from this file."""
    line = re.compile(rf'{{% from "components/{file.name}" import ([^%]+?) -?%}}')
    found = [line.findall(other.read_text(encoding="utf-8")) for other in TEMPLATES.rglob("*.html")]
    return {name.split(" as ")[0].strip() for lines in found for names in lines for name in names.split(",")}


def macro_files() -> list[Path]:
    return sorted((TEMPLATES / "components").glob("*.html"))


@pytest.mark.parametrize("file", macro_files(), ids=lambda f: f.name)
def test_each_macro_is_announced_at_the_top_of_its_file(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    announced = set(re.findall(r"\b([a-z]\w*)\(", text[: text.index("#}")]))

    assert announced & set(re.findall(r"{% macro (\w+)\(", text))
    assert imported_from(file) - announced == set()


# Scripts


def test_each_behaviour_that_a_template_asks_for_is_a_module_of_the_frame(patterns: BeautifulSoup) -> None:
    asked = {
        name
        for file in TEMPLATES.rglob("*.html")
        for names in re.findall(r'data-enhance="([\w -]+)"', file.read_text(encoding="utf-8"))
        for name in names.split()
    }
    loader = patterns.select_one("script#enhance")
    assert loader is not None
    offered = {key.removeprefix("data-") for key in loader.attrs if key.startswith("data-")}

    assert asked >= {"combobox", "copy", "submit-once", "print"}
    assert asked - offered == set()
    modules = {f"{name}.js" for name in offered}
    assert [
        m for m in modules if "export function enhance(" not in (JS / m).read_text(encoding="utf-8")
    ] == []


@pytest.mark.parametrize("script", sorted(JS.glob("*.js")), ids=lambda s: s.name)
def test_scripts_hold_no_text_for_people(script: Path) -> None:
    code = re.sub(r"//.*", "", script.read_text(encoding="utf-8"))

    strings = re.findall(r'"([^"]*)"|`([^`]*)`', code)

    assert [a or b for a, b in strings if re.search(r"[À-ÿ’«»]|\w+ \w+ \w+", a or b)] == []


# Error pages


@pytest.mark.parametrize("status", ERRORS)
def test_each_error_says_what_happened_then_what_to_do(look: Flask, status: int) -> None:
    page = checked(look.test_client().get(f"/page/errors/{status}.html")).soup

    title, happened = page.select_one("h1"), page.select_one(".lead")
    assert title is not None
    assert happened is not None
    assert len(page.select("h1")) == 1
    assert len(happened.text) > 30
    assert [li.text for li in page.select("main li") if len(li.text) < 20] == []
    assert len(page.select("main li")) >= 1
    assert not re.search(r"[Ee]rreur|!|\b\d{3}\b", title.text + happened.text)


def test_an_error_page_says_the_more_precise_sentence_when_there_is_one(look: Flask) -> None:
    page = look.test_client().get("/page/errors/409.html?message=Cette+activité+est+complète.").text

    assert "Cette activité est complète." in page


@pytest.mark.parametrize("name", ["privacy", "accessibility"])
def test_the_pages_of_the_footer_are_sound(look: Flask, name: str) -> None:
    page = checked(look.test_client().get(f"/page/web/{name}.html"))

    assert len(page.all("h2")) >= 3


# E-mails

MAIL = """{% extends "email/base.html" %}{% from "email/button.html" import button %}
{% block preheader %}Lundi{% endblock %}{% block title %}L’Isle-Verte est inscrite{% endblock %}
{% block content %}<p>Bonjour,</p>
{{ button("Voir l’inscription", "https://exemple.quebec/p/abc") }}{% endblock %}"""


def test_an_email_is_whole_once_inlined(look: Flask) -> None:
    with look.test_request_context():
        drawn = css_inline.CSSInliner(load_remote_stylesheets=False).inline(render_template_string(MAIL))
    mail = BeautifulSoup(drawn, "lxml")

    assert mail.select("link, img, script, style") == []
    button = mail.select_one("table table table a")
    assert button is not None
    assert "color: #1f1a0a" in str(button["style"])
    assert [h.text for h in mail.select("h1")] == ["L’Isle-Verte est inscrite"]
    assert [t for t in mail.select("table") if t.get("role") != "presentation"] == []
    assert "https://exemple.quebec/p/abc" in mail.text


def test_emails_wear_the_colours_of_the_tokens() -> None:
    text = (TEMPLATES / "email" / "base.html").read_text(encoding="utf-8")
    light, dark = text.split("@media (prefers-color-scheme: dark)")

    assert set(re.findall(r"#[0-9a-f]{6}\b", light)) - set(tokens("light").values()) == set()
    assert set(re.findall(r"#[0-9a-f]{6}\b", dark)) - set(tokens("dark").values()) == set()
