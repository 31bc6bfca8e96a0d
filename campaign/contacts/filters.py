"""What the team asks of the list of contacts, as the address says it: read from there, and written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from campaign.contacts.models import Basis, ContactKind

LONGEST_QUERY = 80

MAILBOX = "repertoire"
"""The kind of the general mailboxes, which the directory keeps."""

NO_BASIS = "aucune"

_NAMES = {
    "kind": "type",
    "region": "region",
    "basis": "base",
    "barred": "ne_pas_solliciter",
    "q": "q",
    "page": "page",
}
"""The words of the address."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The conditions of the list. What the address says wrongly is ignored rather than refused."""

    kind: str = ""
    region: str = ""
    basis: str = ""
    barred: bool = False
    q: str = ""
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """The filters of that query string."""
        asked = {name: args.get(word, "").strip() for name, word in _NAMES.items()}
        page = asked["page"]
        return cls(
            kind=asked["kind"] if asked["kind"] in {MAILBOX, *ContactKind} else "",
            region=asked["region"][:2],
            basis=asked["basis"] if asked["basis"] in {NO_BASIS, *Basis} else "",
            barred=asked["barred"] == "1",
            q=asked["q"][:LONGEST_QUERY],
            page=max(1, int(page)) if page.isdecimal() and len(page) <= 6 else 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """The query string of these filters after these changes; a changed filter starts at page one."""
        kept = replace(self, **{"page": 1, **changes})
        values = {_NAMES[field.name]: getattr(kept, field.name) for field in fields(kept)}
        values["page"] = kept.page if kept.page > 1 else None
        return {word: "1" if value is True else str(value) for word, value in values.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Something besides the page is asked."""
        return bool(self.address())
