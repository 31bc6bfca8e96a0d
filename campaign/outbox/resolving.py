"""Asking the DNS: several questions at once, each with its time."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from campaign.outbox.answers import Answer, Question, Reply

QUESTION_SECONDS = 3.0
"""How long one question may take, its repetitions included."""

TRY_SECONDS = 1.2
"""A datagram may get lost: the question is asked again after this long."""

EXAMINATION_SECONDS = 9.0
"""How long all questions of one examination may take: a person waits for it."""

AT_ONCE = 16
DNS_PORT = 53
SMALL_DATAGRAM = 1232
"""Bytes that cross every network in one piece (DNS flag day 2020); a longer answer comes by TCP."""


ROOT = (".", "SOA")
"""All names stand under the root: a resolver that denies it sees a closed network, and denies the others."""


class Dns:
    """Asks one resolver during one examination: each question has its own time, and all have theirs."""

    def __init__(self, resolver: dns.resolver.Resolver | None, seconds: float = EXAMINATION_SECONDS) -> None:
        self.resolver = resolver
        self.ends_at = monotonic() + seconds
        self.is_believed: bool | None = None
        """Whether « no such name » means it; None before the first question."""

    def ask_all(self, questions: Iterable[Question]) -> dict[Question, Answer]:
        """The answers to several questions asked together: the slowest alone is waited for."""
        wanted = list(dict.fromkeys(questions))
        asked = wanted if self.is_believed is not None else [*wanted, ROOT]
        with ThreadPoolExecutor(max_workers=AT_ONCE) as threads:
            answers = dict(zip(asked, threads.map(self._ask, asked), strict=True))
        if self.is_believed is None:
            self.is_believed = answers[ROOT].reply is not Reply.NO_NAME
        return {question: self._believed(answers[question]) for question in wanted}

    def _believed(self, answer: Answer) -> Answer:
        return answer if self.is_believed or answer.reply is not Reply.NO_NAME else Answer(Reply.SILENT)

    def _ask(self, question: Question) -> Answer:
        name, kind = question
        remaining = min(QUESTION_SECONDS, self.ends_at - monotonic())
        if self.resolver is None or remaining <= 0:
            return Answer(Reply.SILENT)
        try:
            asked = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):  # two dots, a label too long: nothing can bear it
            return Answer(Reply.NO_NAME)
        try:
            found = self.resolver.resolve(asked, kind, lifetime=remaining)
        except dns.resolver.NXDOMAIN as error:
            return Answer(Reply.NO_NAME, canonical=_bare(error.canonical_name))
        except dns.resolver.NoAnswer:
            return Answer(Reply.EMPTY)
        except dns.resolver.NoNameservers as error:
            has_answered = any(attempt[4] is not None for attempt in error.kwargs["errors"])
            return Answer(Reply.FAILED if has_answered else Reply.SILENT)
        except dns.exception.Timeout:
            return Answer(Reply.SILENT)
        except dns.exception.DNSException:  # an answer that is none
            return Answer(Reply.FAILED)
        values = tuple(sorted(_text(record) for record in found))
        return Answer(Reply.FOUND, values, _bare(found.canonical_name))


def _text(record: object) -> str:
    if isinstance(record, TXT):  # a text longer than 255 bytes travels in pieces
        return b"".join(record.strings).decode("utf-8", "replace")
    if isinstance(record, MX):
        return f"{record.preference} {_bare(record.exchange)}".rstrip()
    return str(record)


def _bare(name: object) -> str:
    return str(name).rstrip(".").lower()


def open_resolver(server: str = "") -> dns.resolver.Resolver | None:
    """The machine's own resolver, or that server (`192.0.2.53:5353`); None when there is none."""
    try:
        resolver = dns.resolver.Resolver(configure=not server)
    except dns.resolver.NoResolverConfiguration:
        return None
    if server:
        place = urlsplit(f"//{server}")
        resolver.nameservers = [place.hostname or server]
        resolver.port = place.port or DNS_PORT
    resolver.timeout = TRY_SECONDS
    resolver.use_edns(0, 0, SMALL_DATAGRAM)
    return resolver
