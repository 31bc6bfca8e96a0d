"""What the address of the calendar says: the filter, how its result is drawn, and which part of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from campaign.agenda.filters import FIRST_YEAR, LAST_YEAR, CalendarFilter
from campaign.web.freshness import public_url


class Drawing(StrEnum):
    """Three drawings of the same result; the values are those of the address."""

    LIST = "liste"
    MONTH = "mois"
    MAP = "carte"


WORDS = (*CalendarFilter.WORDS, "vue", "mois", "page")
"""The words that the page is read from, in the order of its one address."""

LAST_PAGE = 999_999_999
"""Beyond the last one, the last one is shown."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """The calendar as one address shows it."""

    asked: CalendarFilter
    drawing: Drawing = Drawing.LIST
    month: date | None = None
    """The first day of the month that is drawn, when it is chosen."""
    page: int = 1

    @classmethod
    def from_arguments(cls, arguments: MultiDict[str, str]) -> Look:
        """What the address says; what it says wrong is left aside."""
        told = arguments.get("vue", "")
        drawing = Drawing(told) if told in set(Drawing) else Drawing.LIST
        number = arguments.get("page", "1")
        is_page = drawing is Drawing.LIST and number.isascii() and number.isdigit()
        return cls(
            asked=CalendarFilter.from_arguments(arguments),
            drawing=drawing,
            month=_month(arguments.get("mois", "")) if drawing is Drawing.MONTH else None,
            page=min(max(int(number[:9]), 1), LAST_PAGE) if is_page else 1,
        )

    @property
    def arguments(self) -> dict[str, Any]:
        """For `url_for`: the one address of what is shown."""
        told: dict[str, Any] = dict(self.asked.arguments)
        if self.drawing is not Drawing.LIST:
            told["vue"] = self.drawing.value
        if self.month:
            told["mois"] = self.month.isoformat()[:7]
        if self.page > 1:
            told["page"] = self.page
        return told

    @property
    def address(self) -> str:
        return url_for("agenda.calendar", **self.arguments)

    @property
    def public_address(self) -> str:
        return public_url("agenda.calendar", **self.arguments)

    @property
    def is_deep(self) -> bool:
        """One of the countless combinations that search engines need not keep."""
        asked = self.asked
        has_own_page = {"region", "mrc", "municipalite", "type", "theme"}
        is_simple = asked.arguments.keys() <= has_own_page and sum(
            len(asked.values(word)) for word in asked.arguments
        ) < 2  # fmt: skip
        return not is_simple or self.page > 1 or self.drawing is not Drawing.LIST

    def of(self, asked: CalendarFilter) -> Look:
        """The same drawing of another result."""
        return replace(self, asked=asked, page=1)

    def drawn(self, drawing: Drawing) -> Look:
        """Another drawing of the same result."""
        return Look(asked=self.asked, drawing=drawing)

    def at(self, page: int) -> Look:
        """Another page of the list."""
        return replace(self, page=page)

    def in_month(self, month: date) -> Look:
        """Another month of the grid."""
        return replace(self, month=month)


def _month(text: str) -> date | None:
    """« 2027-11 »"""
    try:
        day = date.fromisoformat(f"{text.strip()}-01")
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
