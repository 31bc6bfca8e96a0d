"""Where templates are drawn from."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment


class PageEnvironment(Environment):
    """Flask's own, whose templates all see the same names: none is given names of its own when it is loaded.

    Jinja would make of each template's globals a chain of two dictionaries, and goes through all its names
    again at each import of a component, in half a millisecond a page. A plain dictionary costs nothing.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names that a template sees besides its own variables."""
        return super().make_globals(d) if d else self.globals
