"""Languages: messages are written in French in the code; a catalogue may translate them."""

from functools import lru_cache
from gettext import NullTranslations
from pathlib import Path

from flask import Flask, g
from flask_babel import get_locale, get_translations, gettext, ngettext
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

__all__ = ["LOCALE", "_", "ngettext"]

LOCALE = "fr_CA"
"""« fr_CA » writes « 19 h 30 » where « fr » writes « 19:30 »."""


is_translated = (Path(__file__).parent / "translations").is_dir()
"""Whether there is any catalogue, where Flask-Babel looks for them. Without one, messages are said as they
are written: looking for what is not there takes a tenth of the time of a long form."""


def _(message: str, **values: object) -> str:
    """The message in the reader's language, its `%(name)s` filled in."""
    if not is_translated:
        return message % values if values else message
    text: str = gettext(message, **values)
    return text


def _catalogue() -> NullTranslations:
    """That of the reader's language, looked for once: a form says eighty messages."""
    locale = get_locale()
    kept: tuple[object, NullTranslations] | None = g.get("catalogue")
    if kept is None or kept[0] is not locale:
        kept = g.catalogue = (locale, get_translations())
    return kept[1]


@pass_eval_context
def _in_templates(evaluation: EvalContext, message: str, **values: object) -> str:
    """`_` of templates, with the promises of Jinja’s own: always a format, markup where markup is drawn."""
    text = _catalogue().gettext(message) if is_translated else message
    if evaluation.autoescape:
        text = _markup(text)
    return text % values if "%" in text else text


@lru_cache(maxsize=8192)
def _markup(text: str) -> Markup:
    return Markup(text)  # noqa: S704 - what is written in templates, or in a catalogue


def init_app(app: Flask) -> None:
    """Give it to templates, once Flask-Babel has given its own."""
    app.jinja_env.globals["_"] = _in_templates
