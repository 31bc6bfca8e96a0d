"""What the team asks of a mailing's ledger, as the address says it: read from there, and written back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self, TypeVar

from campaign.mailings.audiences import Reason
from campaign.mailings.models import Decision
from campaign.outbox.models import MessageState

Choice = TypeVar("Choice", bound=StrEnum)

LONGEST_QUERY = 80

_NAMES = {
    "decision": "decision",
    "reason": "motif",
    "state": "message",
    "region": "region",
    "to_call": "a_appeler",
    "q": "q",
    "page": "page",
}
"""The words of the address."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The conditions of the list. What the address says wrongly is ignored rather than refused."""

    decision: Decision | None = None
    reason: Reason | None = None
    state: MessageState | None = None
    region: str = ""
    to_call: bool = False
    """Those whom no message reaches: someone telephones."""
    q: str = ""
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """The filters of that query string."""
        asked = {name: args.get(word, "").strip() for name, word in _NAMES.items()}
        page = asked["page"]
        return cls(
            decision=_member(Decision, asked["decision"]),
            reason=_member(Reason, asked["reason"]),
            state=_member(MessageState, asked["state"]),
            region=asked["region"][:2],
            to_call=asked["to_call"] == "1",
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


def _member(kind: type[Choice], value: str) -> Choice | None:
    return kind(value) if value in kind._value2member_map_ else None
