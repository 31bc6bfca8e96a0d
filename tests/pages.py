"""A browser without script: reads a page, checks it every time, and fills its forms as a person would."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from flask import has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campaign.config import ROOT
from tests import typography

WITHOUT_CSRF = ("/desabonnement/",)
"""Forms that mail programs post by themselves (RFC 8058)."""

# fmt: off
_INLINE = {
    "a", "abbr", "b", "bdi", "cite", "data", "dfn", "em", "i", "img", "mark", "output", "q", "s", "small",
    "span", "strong", "sub", "sup", "svg", "time", "u", "var", "wbr",
}
_VOID = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
}
# fmt: on
_NOT_PROSE = ("script", "style", "template", "code", "pre", "kbd", "samp", "textarea", "[translate=no]")
_SHOWN_ATTRIBUTES = ("alt", "title", "placeholder", "aria-label", "aria-description")
_REFERENCES = (
    "for",
    "aria-labelledby",
    "aria-describedby",
    "aria-controls",
    "aria-errormessage",
    "list",
    "headers",
)
_CONTROLS = "input:not([type=hidden],[type=submit],[type=button],[type=image]), select, textarea"


class Page:
    """One HTML page that was read and found sound."""

    def __init__(self, response: TestResponse) -> None:
        self.response = response
        self.status = response.status_code
        self.url = response.request.path
        self.html = response.get_data(as_text=True)
        self.soup = BeautifulSoup(self.html, "html.parser")

    @property
    def h1(self) -> str:
        return words(self.one("h1"))

    @property
    def title(self) -> str:
        return words(self.one("title"))

    @property
    def text(self) -> str:
        """What the `main` part says, one line per block."""
        return readable(self.one("main"))

    def one(self, selector: str) -> Tag:
        """The only element that the CSS selector finds."""
        found = self.soup.select(selector)
        assert len(found) == 1, f"{self.url}: {len(found)} × {selector}"
        return found[0]

    def all(self, selector: str) -> list[Tag]:
        return list(self.soup.select(selector))

    def texts(self, selector: str) -> list[str]:
        """The words of each element that the CSS selector finds."""
        return [words(tag) for tag in self.soup.select(selector)]

    def link(self, label: str) -> str:
        """The address of the only link with these words."""
        addresses = {str(tag["href"]) for tag in self.soup.select("a[href]") if words(tag) == label}
        assert len(addresses) == 1, f"{self.url}: {addresses} for the link {label!r}"
        return addresses.pop()

    def form(self, selector: str | None = None) -> Tag:
        """The form the selector finds; without one, the only form that posts."""
        return self.one(selector or "form[method=post i]")

    def fields(self, selector: str | None = None) -> dict[str, list[str]]:
        """What sending that form now would send, by name."""
        return filled(self.form(selector))


class Client(FlaskClient):
    """Flask's client, with a reader who checks the pages."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        assert not has_app_context(), "leave the application context: the request would share its session"
        kwargs.setdefault("buffered", True)  # read at once, so that files sent are closed
        return super().open(*args, **kwargs)

    def visit(self, address: str, status: int = 200, **options: Any) -> Page:
        """GET the address without its fragment, follow redirects, and check the page."""
        response = self.get(urldefrag(address).url, follow_redirects=True, **options)
        return checked(response, status)

    def submit(
        self,
        page: Page,
        form: str | None = None,
        /,
        *,
        status: int = 200,
        button: str | None = None,
        **values: Any,
    ) -> Page:
        """Send a form of the page with these values over its own, follow redirects, and check the answer.

        `form` is a CSS selector (the only POST form by default); `button` is the text of the button pressed.
        A field that the form does not have is refused: a person could not have filled it.
        """
        response = self.send(page, form, button=button, follow_redirects=True, **values)
        return checked(response, status)

    def send(
        self,
        page: Page,
        form: str | None = None,
        /,
        *,
        button: str | None = None,
        follow_redirects: bool = False,
        **values: Any,
    ) -> TestResponse:
        """`submit`, giving the raw answer: for redirects, files, and what is no page."""
        element = page.form(form)
        data = filled(element) | _pressed(element, button)
        names = {str(tag["name"]) for tag in element.select("[name]")}
        unknown = values.keys() - names
        assert not unknown, f"{page.url}: the form has no {sorted(unknown)}, only {sorted(names)}"
        for name, value in values.items():
            data[name] = [str(item) for item in value] if isinstance(value, (list, tuple)) else [str(value)]
            if value is None or value is False:
                del data[name]
        address = urljoin(page.url, str(element.get("action") or page.url))
        if str(element.get("method", "get")).lower() == "get":
            return self.get(urldefrag(address).url, query_string=data, follow_redirects=follow_redirects)
        return self.post(urldefrag(address).url, data=data, follow_redirects=follow_redirects)


def checked(response: TestResponse, status: int = 200) -> Page:
    """The page of an answer, after every check below."""
    assert response.status_code == status, (
        f"{response.request.path}: {response.status}\n{response.get_data(as_text=True)[:2000]}"
    )
    assert response.mimetype == "text/html", f"{response.request.path}: {response.mimetype}"
    page = Page(response)
    wrong = list(faults(page))
    assert not wrong, f"{page.url}:\n" + "\n".join(f"- {fault}" for fault in wrong)
    return page


def faults(page: Page) -> Iterator[str]:
    """Everything wrong with a page that can be seen by reading it."""
    yield from _nesting(page.html)
    yield from _document(page.soup)
    yield from _headings(page.soup)
    yield from _identifiers(page.soup)
    yield from _names(page.soup)
    yield from _forms(page)
    yield from _inline(page.soup)
    yield from _resources(page.soup)
    yield from typography.faults(readable(page.soup))


def _nesting(html: str) -> Iterator[str]:
    parser = _Nesting()
    parser.feed(html)
    parser.close()
    yield from parser.faults
    if parser.open_tags:
        yield f"never closed: {parser.open_tags}"


def _document(soup: BeautifulSoup) -> Iterator[str]:
    if not str(soup.html and soup.html.get("lang", "")).startswith("fr"):
        yield "html lang is not French"
    if not (soup.title and words(soup.title)):
        yield "no title"
    if not soup.select("meta[name=viewport]"):
        yield "no viewport"
    if len(soup.select("main")) != 1:
        yield f"{len(soup.select('main'))} main"


def _headings(soup: BeautifulSoup) -> Iterator[str]:
    headings = soup.select("h1, h2, h3, h4, h5, h6")
    if [heading.name for heading in headings].count("h1") != 1:
        yield f"not exactly one h1: {[words(heading) for heading in soup.select('h1')]}"
    level = 1
    for heading in headings:
        depth = int(heading.name[1])
        if depth > level + 1:
            yield f"heading level skipped at {heading.name} {words(heading)!r}"
        if not words(heading):
            yield f"empty {heading.name}"
        level = depth


def _identifiers(soup: BeautifulSoup) -> Iterator[str]:
    ids = [str(tag["id"]) for tag in soup.select("[id]")]
    yield from (f"id used twice: {name}" for name in sorted({name for name in ids if ids.count(name) > 1}))
    for attribute in _REFERENCES:
        for tag in soup.select(f"[{attribute}]"):
            targets = tag[attribute] if isinstance(tag[attribute], list) else str(tag[attribute]).split()
            yield from (f"{attribute} to nothing: {target}" for target in targets if target not in ids)
    for tag in soup.select("a[href^='#']"):
        if (target := str(tag["href"])[1:]) and target not in ids:
            yield f"link to nothing: #{target}"


def _names(soup: BeautifulSoup) -> Iterator[str]:
    """What a screen reader would call each field, button, link, picture and table."""
    for tag in soup.select(_CONTROLS):
        labels = soup.select(f'label[for="{tag["id"]}"]') if tag.get("id") else []
        wrapping = tag.find_parent("label")
        if not (any(map(words, labels)) or (wrapping and words(wrapping)) or _aria_name(tag)):
            yield f"field without label: {_opening(tag)}"
    for tag in soup.select(
        "button, a[href], summary, legend, caption, input[type=submit], input[type=button]"
    ):
        pictures = " ".join(str(image.get("alt", "")) for image in tag.select("img"))
        if not (words(tag) or pictures.strip() or _aria_name(tag) or tag.get("value")):
            yield f"without words: {_opening(tag)}"
    yield from (f"img without alt: {_opening(tag)}" for tag in soup.select("img:not([alt])"))
    for tag in soup.select("svg"):
        if tag.get("aria-hidden") != "true" and not (_aria_name(tag) or tag.find("title")):
            yield f"svg neither named nor hidden: {_opening(tag)}"
    for tag in soup.select("table"):
        if not (tag.find("caption") or _aria_name(tag)):
            yield f"table without caption: {_opening(tag)}"


def _forms(page: Page) -> Iterator[str]:
    for form in page.soup.select("form"):
        method = str(form.get("method", "get")).lower()
        token = form.select_one("input[type=hidden][name=csrf_token]")
        address = str(form.get("action") or page.url)
        if method == "post" and not (token and token.get("value")) and not address.startswith(WITHOUT_CSRF):
            yield f"POST form without csrf_token: {_opening(form)}"
        if method == "get" and token:
            yield f"csrf_token would end in the address: {_opening(form)}"
        if not form.select("button:not([type=button]), input[type=submit]"):
            yield f"form that cannot be sent without script: {_opening(form)}"
    for button in page.soup.select("button:not([type])"):
        yield f"button without type: {_opening(button)}"


def _inline(soup: BeautifulSoup) -> Iterator[str]:
    for tag in soup.select("script:not([src])"):
        if tag.get("type") in ("application/ld+json", "application/json"):
            json.loads(tag.get_text())
        else:
            yield "inline script"
    yield from ("inline style" for _ in soup.select("style, [style]"))
    for tag in soup.find_all(True):
        yield from (f"inline handler {name}" for name in tag.attrs if name.startswith("on"))
        yield from (f"script address {value}" for value in tag.attrs.values() if _is_script(value))


def _is_script(value: object) -> bool:
    return isinstance(value, str) and value.strip().lower().startswith(("javascript:", "vbscript:"))


def _resources(soup: BeautifulSoup) -> Iterator[str]:
    """What the browser would fetch by itself: from here only, and there."""
    links = soup.select(
        "link[rel~=stylesheet], link[rel~=icon], link[rel~=preload], link[rel~=modulepreload], use"
    )
    addresses = [tag.get("href") for tag in links]
    addresses += [tag.get("src") for tag in soup.select("[src]")]
    addresses += [
        part.split()[0] for tag in soup.select("[srcset]") for part in str(tag["srcset"]).split(",")
    ]
    for address in filter(None, map(str, addresses)):
        parts = urlsplit(address)
        if parts.scheme not in ("", "data") or parts.netloc not in ("", "localhost"):
            yield f"resource of another site: {address}"
        elif parts.path.startswith("/static/") and not (ROOT / parts.path.lstrip("/")).is_file():
            yield f"no such file: {address}"


class _Nesting(HTMLParser):
    """Elements opened and closed in order: browsers repair the rest, each in its own way."""

    def __init__(self) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if len(names) != len(set(names)):
            self.faults.append(f"attribute given twice: {self.get_starttag_text()}")
        if tag not in _VOID:
            self.open_tags.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """`<path />` inside an SVG is closed at once."""

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or not self.open_tags or self.open_tags[-1] != tag:
            self.faults.append(f"line {self.getpos()[0]}: </{tag}> closes {self.open_tags[-3:]}")
        if tag in self.open_tags:
            while self.open_tags.pop() != tag:
                pass


def words(tag: Tag) -> str:
    """The text of an element as one line, without what is hidden from everyone."""
    return re.sub(r"[ \t\r\n]+", " ", tag.get_text()).strip()


def readable(root: Tag) -> str:
    """What people read or hear: texts and shown attributes, one line per block, ordinary spaces collapsed."""
    hidden = {id(tag) for selector in _NOT_PROSE for tag in root.select(selector)}
    parts: list[str] = []
    _read(root, hidden, parts)
    lines = (re.sub(r"[ \t\r]+", " ", line).strip(" ") for line in "".join(parts).split("\n"))
    shown = [str(tag[name]) for name in _SHOWN_ATTRIBUTES for tag in root.select(f"[{name}]")]
    return "\n".join([*filter(None, lines), *shown])


def _read(tag: Tag, hidden: set[int], parts: list[str]) -> None:
    for child in tag.children:
        if isinstance(child, Tag):
            if id(child) in hidden or str(child.get("lang", "fr")).split("-")[0] != "fr":
                parts.append("\u2060")  # stands for words that are not prose: « 12 » after it starts nothing
                continue
            edge = "" if child.name in _INLINE else "\n"
            parts.append(edge)
            _read(child, hidden, parts)
            parts.append(edge)
        elif type(child) is NavigableString:
            parts.append(re.sub(r"[ \t\r\n]+", " ", child))


def _aria_name(tag: Tag) -> bool:
    return bool(str(tag.get("aria-label", "")).strip() or tag.get("aria-labelledby"))


def _opening(tag: Tag) -> str:
    return str(tag).split(">", 1)[0][:160] + ">"


def filled(form: Tag) -> dict[str, list[str]]:
    """What a browser would send for the form as it stands."""
    data: dict[str, list[str]] = {}
    for tag in form.select("input[name], select[name], textarea[name]"):
        if not tag.has_attr("disabled"):
            data.setdefault(str(tag["name"]), []).extend(_values(tag))
    return {name: values for name, values in data.items() if values}


def _values(tag: Tag) -> list[str]:
    if tag.name == "textarea":
        return [tag.get_text().removeprefix("\n")]
    if tag.name == "select":
        options = tag.select("option")
        chosen = [option for option in options if option.has_attr("selected")]
        default = [] if tag.has_attr("multiple") else options[:1]
        return [str(option.get("value", option.get_text())) for option in chosen or default]
    kind = str(tag.get("type", "text")).lower()
    if kind in ("submit", "button", "image", "reset", "file"):
        return []
    if kind in ("checkbox", "radio"):
        return [str(tag.get("value", "on"))] if tag.has_attr("checked") else []
    return [str(tag.get("value", ""))]


def _pressed(form: Tag, label: str | None) -> dict[str, list[str]]:
    """Name and value of the button pressed: the one with these words, else the first, as Enter does."""
    buttons = [tag for tag in form.select("button, input[type=submit]") if tag.get("type") != "button"]
    if label is not None:
        buttons = [tag for tag in buttons if label in (words(tag), tag.get("value"))]
        assert buttons, f"no button {label!r} in {_opening(form)}"
    first = buttons[0] if buttons else None
    return {str(first["name"]): [str(first.get("value", ""))]} if first and first.get("name") else {}
