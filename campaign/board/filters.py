"""What the team asks to see, as the address says it: read from there, and written back into links."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any, Self, TypeVar

from campaign.participations.models import KitState, ResolutionState, State

LONGEST_QUERY = 80
CODE_LENGTH = 12


class Group(StrEnum):
    """Several states seen as one."""

    SILENT = "silencieuses"
    """No answer yet: no row, not invited, or invited."""
    COUNTED = "participantes"
    """Those of the public figure."""


Choice = TypeVar("Choice", bound=StrEnum)

_NAMES = {
    "edition": "edition",
    "state": "etat",
    "region": "region",
    "mrc": "mrc",
    "kit": "trousse",
    "resolution": "resolution",
    "to_call": "a_appeler",
    "to_review": "a_verifier",
    "q": "q",
    "page": "page",
}
"""The words of the address."""


@dataclass(frozen=True, kw_only=True)
class Filters:
    """The conditions of a list. What the address says wrongly is ignored rather than refused."""

    edition: int | None = None
    state: State | Group | None = None
    region: str = ""
    mrc: str = ""
    kit: KitState | None = None
    resolution: ResolutionState | None = None
    to_call: bool = False
    to_review: bool = False
    q: str = ""
    page: int = 1

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Self:
        """The filters of that query string."""
        asked = {name: args.get(word, "").strip() for name, word in _NAMES.items()}
        return cls(
            edition=_number(asked["edition"]),
            state=_member(State, asked["state"]) or _member(Group, asked["state"]),
            region=asked["region"][:CODE_LENGTH],
            mrc=asked["mrc"][:CODE_LENGTH],
            kit=_member(KitState, asked["kit"]),
            resolution=_member(ResolutionState, asked["resolution"]),
            to_call=asked["to_call"] == "1",
            to_review=asked["to_review"] == "1",
            q=asked["q"][:LONGEST_QUERY],
            page=_number(asked["page"]) or 1,
        )

    def address(self, **changes: Any) -> dict[str, str]:
        """The query string of these filters after these changes; a changed filter starts at page one."""
        kept = replace(self, **{"page": 1, **changes})
        values = {_NAMES[field.name]: getattr(kept, field.name) for field in fields(kept)}
        values["page"] = kept.page if kept.page > 1 else None
        return {word: "1" if value is True else str(value) for word, value in values.items() if value}

    @property
    def is_narrowed(self) -> bool:
        """Something besides the edition and the page is asked."""
        return bool(self.address(edition=None))


def _member(kind: type[Choice], value: str) -> Choice | None:
    return kind(value) if value in kind._value2member_map_ else None


def _number(value: str) -> int | None:
    return int(value) if value.isdecimal() and len(value) <= 6 and int(value) else None
