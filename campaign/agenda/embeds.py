"""A list of what comes, for the sites of partners: the words of its address, and the lines to paste."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from campaign.agenda.filters import CalendarFilter
from campaign.web.freshness import public_url

NUMBERS = (5, 8, 12, 20)
"""How many dates may be shown."""

USUAL_NUMBER = 8

USUAL_HEIGHT = 640
"""Pixels of the frame before its script has measured it, and without script."""


@dataclass(frozen=True, kw_only=True)
class Embed:
    """What is shown, and how much of it."""

    asked: CalendarFilter
    number: int = USUAL_NUMBER

    @classmethod
    def from_arguments(cls, arguments: Any) -> Embed:
        """What the address says; a number that is not offered is the usual one."""
        number = arguments.get("nombre", "")
        chosen = next((each for each in NUMBERS if str(each) == number.strip()), USUAL_NUMBER)
        return cls(asked=CalendarFilter.from_arguments(arguments), number=chosen)

    @property
    def arguments(self) -> dict[str, Any]:
        """For `url_for`: the one address of this list."""
        own = {} if self.number == USUAL_NUMBER else {"nombre": str(self.number)}
        return self.asked.arguments | own

    @property
    def address(self) -> str:
        return public_url("embeds.frame", **self.arguments)

    @property
    def everything(self) -> str:
        """Where people read all of it."""
        return public_url("agenda.calendar", **self.asked.arguments)

    def frame_lines(self, title: str) -> str:
        """The lines to paste that hold the frame itself: nothing runs on the partner's page."""
        return (
            f'<iframe src="{escape(self.address)}" title="{escape(title)}" width="100%"'
            f' height="{USUAL_HEIGHT}" loading="lazy" frameborder="0"></iframe>'
        )

    def script_lines(self, title: str, see: str) -> str:
        """The lines to paste that fit the frame to its content, with a link for who runs no script."""
        told = {"titre": title} | {name: _joined(value) for name, value in self.arguments.items()}
        words = "".join(f' data-{name}="{escape(value)}"' for name, value in told.items())
        return (
            f'<script src="{escape(public_url("embeds.script"))}"{words} async></script>\n'
            f'<noscript><a href="{escape(self.everything)}">{escape(see)}</a></noscript>'
        )


def _joined(value: Any) -> str:
    """Several values of a word as one attribute: none of them holds a comma."""
    return value if isinstance(value, str) else ",".join(value)
