"""SPF (RFC 7208): what a record says, and how many questions it makes receivers ask."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from campaign.outbox.answers import Answer, Reply

if TYPE_CHECKING:
    from campaign.outbox.resolving import Dns

VERSION = "v=spf1"
LOOKUP_LIMIT = 10
"""Questions that a receiver asks at most (RFC 7208, section 4.6.4): beyond, the record is an error."""

COSTLY = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
MECHANISM = re.compile(r"([+\-~?]?)(all|include|a|mx|ptr|ip4|ip6|exists)(?:([:/])(.*))?", re.IGNORECASE)
MODIFIER = re.compile(r"([a-z][a-z0-9\-_.]*)=(.*)", re.IGNORECASE)


@dataclass(frozen=True)
class Term:
    """One word of a record: `-all`, `include:sendgrid.net`, `redirect=_spf.exemple.ca`."""

    name: str
    value: str = ""
    qualifier: str = "+"


@dataclass
class Count:
    """What following a record from name to name gives."""

    lookups: int = 0
    included: set[str] = field(default_factory=set)
    unreadable: list[str] = field(default_factory=list)
    """Words that no receiver understands: one is enough to void the record."""
    empty: list[str] = field(default_factory=list)
    """Names cited that hold no single SPF record: that too voids the record."""
    unanswered: list[str] = field(default_factory=list)
    """Names cited about which the DNS said nothing: the count may be short."""

    @property
    def is_too_long(self) -> bool:
        return self.lookups > LOOKUP_LIMIT


def records(texts: Iterable[str]) -> list[str]:
    """The SPF records among the TXT records of a name (section 4.5)."""
    return [text for text in texts if text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")]


def parse(record: str) -> tuple[list[Term], list[str]]:
    """The words of a record, and those that are not of the language."""
    terms: list[Term] = []
    unreadable: list[str] = []
    for word in record.split()[1:]:
        term = _read(word)
        if term is None:
            unreadable.append(word)
        else:
            terms.append(term)
    return terms, unreadable


def _read(word: str) -> Term | None:
    if modifier := MODIFIER.fullmatch(word):
        return Term(modifier[1].lower(), modifier[2])
    mechanism = MECHANISM.fullmatch(word)
    if mechanism is None:
        return None
    qualifier, name, mark, value = mechanism.groups(default="")
    term = Term(name.lower(), value, qualifier or "+")
    return term if _is_sound(term, mark) else None


def _is_sound(term: Term, mark: str) -> bool:
    match term.name:
        case "all":
            return not mark
        case "include" | "exists":
            return mark == ":" and bool(term.value)
        case "ip4" | "ip6":
            return mark == ":" and _is_network(term)
    return mark != ":" or bool(term.value)


def _is_network(term: Term) -> bool:
    kind = IPv4Network if term.name == "ip4" else IPv6Network
    try:
        kind(term.value, strict=False)
    except ValueError:
        return False
    return True


def find_all(record: str) -> Term | None:
    """The word that decides for everybody not named before: `-all`, `~all`…"""
    return next((term for term in parse(record)[0] if term.name == "all"), None)


def count(record: str, dns: Dns) -> Count:
    """Follow a record from name to name, level by level, and stop once the limit is passed."""
    told = Count()
    level = [record]
    while level:
        names = [name for each in level for name in _follow(each, told)]
        if told.is_too_long:
            break
        answers = dns.ask_all((name, "TXT") for name in names)
        level = [text for name in names for text in _cited(name, answers[name, "TXT"], told)]
    return told


def _follow(record: str, told: Count) -> list[str]:
    """Count the words of one record; the names whose records are to be read next."""
    terms, unreadable = parse(record)
    has_all = any(term.name == "all" for term in terms)
    used = [term for term in terms if not (has_all and term.name == "redirect")]
    told.unreadable += unreadable
    told.lookups += sum(term.name in COSTLY for term in used)
    names = [
        term.value.rstrip(".").lower()
        for term in used
        if term.name in ("include", "redirect") and "%" not in term.value  # a macro depends on the sender
    ]
    told.included.update(names)
    return names


def _cited(name: str, answer: Answer, told: Count) -> list[str]:
    if not answer.is_known:
        told.unanswered.append(name)
        return []
    found = records(answer.values) if answer.reply is Reply.FOUND else []
    if len(found) != 1:
        told.empty.append(name)
        return []
    return found


def mended(record: str, *, include: str = "") -> str:
    """The record with that provider among those who may send, and strangers no longer welcome."""
    terms = parse(record)[0]
    words = [word for word in record.split()[1:] if word.lower() not in ("all", "+all", "?all")]
    if include and not any(term.name == "include" and term.value.lower() == include for term in terms):
        words.insert(0, f"include:{include}")
    if not any(word.lower() in ("-all", "~all") or word.lower().startswith("redirect=") for word in words):
        words.append("~all")
    return " ".join([VERSION, *words])
