"""Languages: messages are written in French in the code; a catalogue may translate them."""

from flask_babel import gettext as _
from flask_babel import ngettext

LOCALE = "fr_CA"
"""« fr_CA » writes « 19 h 30 » where « fr » writes « 19:30 »."""

__all__ = ["LOCALE", "_", "ngettext"]
