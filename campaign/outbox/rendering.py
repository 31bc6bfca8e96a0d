"""Letters from templates: `templates/email/<name>.txt` and `.html`.

The text comes first and is written by hand; its first line is « Objet : … ». The HTML says the same, and its
styles are moved onto its elements because several mail readers drop style sheets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from css_inline import CSSInliner
from flask import current_app
from jinja2 import Environment, StrictUndefined

from campaign.config import Settings

SUBJECT_LINE = re.compile(r"\s*Objet[ \u00a0]*:[ \u00a0]*(?P<subject>[^\r\n]+)\r?\n(?P<text>.*)", re.DOTALL)
MAX_SUBJECT = 300


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """A letter in words."""

    subject: str
    text: str
    html: str


def render(template: str, context: Mapping[str, object]) -> Rendering:
    """Write the letter. A value missing from the context is an error, not a hole.

    Besides its context, a template has `link(endpoint, **values)`, `public_url`, and in the HTML `subject`.
    """
    letters = _environment()
    values = {"link": public_link, "public_url": _settings().public_url} | dict(context)
    match = SUBJECT_LINE.fullmatch(letters.get_template(f"email/{template}.txt").render(values))
    if match is None:
        raise ValueError(f"email/{template}.txt does not begin with « Objet : … »")
    subject = " ".join(match["subject"].split(" ")).strip()[:MAX_SUBJECT]
    html = letters.get_template(f"email/{template}.html").render(values | {"subject": subject})
    return Rendering(subject=subject, text=_tidy(match["text"]), html=_inliner().inline(html))


def public_link(endpoint: str, **values: str | int) -> str:
    """The complete address of a page, as people outside reach it; needs no request."""
    site = urlsplit(_settings().public_url)
    adapter = current_app.url_map.bind(site.netloc, script_name=site.path or "/", url_scheme=site.scheme)
    return adapter.build(endpoint, values, force_external=True)


def _tidy(text: str) -> str:
    """No space at the end of lines, no more than one empty line, one line feed at the end."""
    lines = "\n".join(line.rstrip(" \t\r") for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def _environment() -> Environment:
    known: Environment | None = current_app.extensions.get("letters")
    if known is None:
        known = current_app.jinja_env.overlay(undefined=StrictUndefined)
        current_app.extensions["letters"] = known
    return known


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_at_rules=True)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
