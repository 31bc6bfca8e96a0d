"""What the DNS says of a name: records, none, no such name; and when it says nothing, that too is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reply(StrEnum):
    FOUND = "found"
    EMPTY = "empty"
    """The name exists, without a record of that kind."""
    NO_NAME = "no_name"
    """The name does not exist, nor any name beneath it (RFC 8020)."""
    FAILED = "failed"
    """A server answered that it could not tell (SERVFAIL, REFUSED)."""
    SILENT = "silent"
    """Nobody answered in time."""


@dataclass(frozen=True)
class Answer:
    """One question's answer: the texts of the records, and the name where aliases led."""

    reply: Reply
    values: tuple[str, ...] = ()
    canonical: str = ""

    @property
    def is_known(self) -> bool:
        """The DNS told what there is, be it nothing."""
        return self.reply not in (Reply.FAILED, Reply.SILENT)


Question = tuple[str, str]
"""A name and a kind of record."""
