"""By what right an address is written to for a purpose on a day; pure.

Canada's anti-spam law (LCAP, S.C. 2010, c. 23): art. 6 asks for a consent before a commercial message; it is
express, and then has no term, or implied by art. 10(9): an existing relation of the last two years (10(10)a,
10(13): membership, participation), or an address published in a professional quality without a refusal of
solicitations, for a message about that quality (10(9)b). An invitation that sells nothing is no commercial
message (CRTC, frequently asked questions): it is allowed on any basis, an old relation included. The stricter
rule of the house is that nobody is written to without one, and nobody who asked not to be.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from campaign import clock
from campaign.contacts.models import Basis, Consent, Purpose
from campaign.web.filters import long_date

RELATION_MONTHS = 24
"""How long a relation implies a consent after it ended (LCAP art. 10(10)a and 10(13))."""

BASIS_WORDS = {
    Basis.EXPRESS: "Consentement exprès",
    Basis.MEMBER: "Membre",
    Basis.PARTICIPANT: "Participation à une édition",
    Basis.PUBLISHED: "Adresse publiée",
}

PURPOSE_WORDS = {
    Purpose.CAMPAIGN: "Campagne (invitations et rappels)",
    Purpose.NEWSLETTER: "Infolettre",
    Purpose.COMMERCIAL: "Offres payantes",
}


class Why(StrEnum):
    """Why an address may not be written to."""

    DO_NOT_SOLICIT = "ne_pas_solliciter"
    EXPIRED = "base_expiree"
    NOT_ENOUGH = "consentement_requis"
    """There is a basis, but this purpose asks for more."""
    NONE = "aucune_base"


REFUSALS = {
    Why.DO_NOT_SOLICIT: "A demandé de ne pas être sollicitée.",
    Why.NOT_ENOUGH: "Un consentement exprès ou une adhésion est nécessaire.",
    Why.NONE: "Aucune base légale connue pour cette adresse.",
}


@dataclass(frozen=True, kw_only=True)
class Participated:
    """The last edition that whoever reads this address took part in."""

    year: int
    until: date
    """The last day of its week."""


@dataclass(frozen=True, kw_only=True)
class Published:
    """Where the address is published in a professional quality, and since when. Without both, it proves
    nothing."""

    source: str
    on: date | None


@dataclass(frozen=True, kw_only=True)
class Found:
    """The address may be written to, by this right."""

    basis: Basis
    expires_on: date | None
    """The first day on which a commercial message is no longer allowed; None when the right has no term."""
    proof: str
    """A sentence in French, for whoever must prove it (LCAP art. 13)."""


@dataclass(frozen=True, kw_only=True)
class Missing:
    """The address may not be written to."""

    why: Why
    sentence: str


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def end_of_relation(last_on: date) -> date:
    """The first day on which a relation that lived until that day implies nothing any more: 24 months after,
    to the day, it still does."""
    return months_after(last_on, RELATION_MONTHS) + timedelta(days=1)


def oldest_relation(today: date) -> date:
    """The oldest last day of a relation that still implies a consent today."""
    oldest = months_after(today, -RELATION_MONTHS)
    return oldest if today < end_of_relation(oldest) else oldest + timedelta(days=1)


def find_basis(
    consents: Iterable[Consent],
    participated: Participated | None = None,
    published: Published | None = None,
    do_not_solicit: bool = False,
    *,
    purpose: Purpose,
    today: date,
) -> Found | Missing:
    """The strongest right to write to an address for that purpose on that day, or why there is none.

    Whether it unsubscribed or refuses our messages is another question, asked of the outbox. Messages that a
    person asked for need no basis, and never come here.
    """
    if do_not_solicit:
        return _missing(Why.DO_NOT_SOLICIT)
    known = list_bases(consents, participated, published, today=today)
    enough = [each for each, serves in known if purpose in serves]
    valid = [each for each in enough if not _is_over(each, today) or purpose is Purpose.CAMPAIGN]
    if valid:
        return max(valid, key=lambda each: _strength(each, today))
    if enough:
        last = max(enough, key=lambda each: each.expires_on or date.min)
        return Missing(
            why=Why.EXPIRED,
            sentence=f"Base expirée depuis le {long_date(last.expires_on)}. {last.proof}",
        )
    return _missing(Why.NOT_ENOUGH if known else Why.NONE)


def list_bases(
    consents: Iterable[Consent],
    participated: Participated | None = None,
    published: Published | None = None,
    *,
    today: date,
) -> Sequence[tuple[Found, frozenset[Purpose]]]:
    """Every right that the address gives on that day, expired ones included, with the purposes it serves."""
    return [*_recorded(consents, today), *_computed(participated, published, today)]


def _recorded(consents: Iterable[Consent], today: date) -> Iterator[tuple[Found, frozenset[Purpose]]]:
    for consent in consents:
        is_given = consent.withdrawn_at is None and clock.today(consent.since) <= today
        if is_given and (consent.basis is not Basis.PUBLISHED or consent.source):
            yield (
                Found(basis=consent.basis, expires_on=_term(consent), proof=_proof(consent)),
                _served(consent.basis, consent.purpose),
            )


def _computed(
    participated: Participated | None, published: Published | None, today: date
) -> Iterator[tuple[Found, frozenset[Purpose]]]:
    if participated is not None:
        until = end_of_relation(participated.until)
        yield (
            Found(
                basis=Basis.PARTICIPANT,
                expires_on=until,
                proof=f"Participation à l’édition {participated.year} "
                f"(semaine finissant le {long_date(participated.until)}).",
            ),
            _served(Basis.PARTICIPANT),
        )
    if published is not None and published.source and published.on and published.on <= today:
        yield (
            Found(
                basis=Basis.PUBLISHED,
                expires_on=None,
                proof=f"Adresse publiée, {published.source}, en date du {long_date(published.on)}.",
            ),
            _served(Basis.PUBLISHED),
        )


def _served(basis: Basis, purpose: Purpose | None = None) -> frozenset[Purpose]:
    """What a right is good for. A person consents to one purpose; it also shows that the campaign is no
    stranger to them. A relation is not about one purpose."""
    if basis is Basis.EXPRESS and purpose is not None:
        return frozenset({purpose, Purpose.CAMPAIGN})
    if basis is Basis.MEMBER:
        return frozenset(Purpose)
    return frozenset({Purpose.CAMPAIGN, Purpose.COMMERCIAL})


def _term(consent: Consent) -> date | None:
    """An express consent has no term; a participation always has one."""
    if consent.basis is Basis.EXPRESS:
        return None
    if consent.basis is Basis.PARTICIPANT:
        return consent.expires_on or end_of_relation(clock.today(consent.since))
    return consent.expires_on


def _proof(consent: Consent) -> str:
    """« Consentement exprès pour l’infolettre, le 1er septembre 2027 : formulaire d’inscription. »"""
    words = BASIS_WORDS[consent.basis]
    if consent.basis is Basis.PUBLISHED:
        return f"{words}, {consent.source}, en date du {long_date(clock.today(consent.since))}."
    where = ", ".join(part for part in (consent.form, consent.source) if part)
    return f"{words}, le {long_date(clock.today(consent.since))}{f' ({where})' if where else ''}."


_RANKS = (Basis.PUBLISHED, Basis.PARTICIPANT, Basis.MEMBER, Basis.EXPRESS)


def _strength(found: Found, today: date) -> tuple[bool, int, date]:
    return not _is_over(found, today), _RANKS.index(found.basis), found.expires_on or date.max


def _is_over(found: Found, today: date) -> bool:
    return found.expires_on is not None and today >= found.expires_on


def _missing(why: Why) -> Missing:
    return Missing(why=why, sentence=REFUSALS[why])
