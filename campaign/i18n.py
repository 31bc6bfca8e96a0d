"""Languages: messages are written in French in the code; a catalogue may translate them."""

from flask_babel import gettext, ngettext

__all__ = ["LOCALE", "_", "ngettext"]

LOCALE = "fr_CA"
"""« fr_CA » writes « 19 h 30 » where « fr » writes « 19:30 »."""


def _(message: str, **values: object) -> str:
    """The message in the reader's language, its `%(name)s` filled in."""
    text: str = gettext(message, **values)
    return text
