"""What a transport is given and what it answers: plain values, no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, Self


@dataclass(frozen=True, kw_only=True)
class Enclosure:
    """A file that leaves with a letter; with a `content_id` the HTML shows it."""

    filename: str
    content_type: str
    data: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message taken from the queue, with the lease under which it was taken."""

    id: int
    leased_until: datetime
    attempts: int
    to_email: str
    to_name: str
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    headers: dict[str, str]
    message_id: str
    written_at: datetime
    enclosures: tuple[Enclosure, ...] = ()
    stencil_id: int | None = None
    """What its words were made from, when many letters share them: `text` and `html` are those of the stencil
    with each `{{hole}}` replaced by its value, escaped in the HTML (`stencils.fill`)."""
    stencil_text: str = field(default="", repr=False)
    stencil_html: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What fills the holes, as plain text."""


class Verdict(StrEnum):
    """What became of one attempt."""

    ACCEPTED = "accepted"
    LATER = "later"
    """Certainly not gone, and worth another try."""
    REFUSED = "refused"
    """Certainly not gone, and never will be as it is."""
    UNKNOWN = "unknown"
    """Gone or not: the answer was lost. Never tried again without a person's word."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The other side's answer to one attempt. `reason` names no person."""

    verdict: Verdict
    reason: str = ""
    is_address_dead: bool = False
    """The refusal is about the recipient's address itself: nothing more is sent to it."""
    wait: timedelta | None = None
    """The other side asked for this much patience."""
    is_line_down: bool = False
    """The fault is not this letter's: trying the next one now is useless."""


class Transport(Protocol):
    """A way out. Entered when letters are due and left when none is, so that a connection serves many."""

    together: int
    """How many letters may leave in one call: as many are in doubt on its line when a worker dies."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exception: object) -> None: ...

    def send(self, letters: Sequence[Letter]) -> list[Answer]:
        """Try each letter once; one answer for each, in the same order.

        There are between one and `together` letters; several of them share one stencil, and none of those
        has an enclosure. Never raises for what the other side does.
        """
        ...
