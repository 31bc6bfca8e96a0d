"""What somebody may choose when registering: groups, workshops, the seats left; and whether they may."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from campaign import clock
from campaign.db import key_of
from campaign.events import wording
from campaign.events.models import Cohort, Event, EventState, Session
from campaign.events.times import is_over
from campaign.events.vocabulary import Format
from campaign.i18n import _, ngettext
from campaign.registrations import capacity
from campaign.registrations.capacity import WHOLE_EVENT, Counted, PoolKey, left_in
from campaign.registrations.gatherings import Gathering
from campaign.registrations.models import PoolKind, Question, QuestionKind, RegistrationRules
from campaign.registrations.services import SENSITIVE_KEPT
from campaign.web.filters import MONTHS, NBSP, capitalize_first, day_month, full_date, local_hour

NO_WORKSHOP = "0"
"""« Je n’y participe pas »"""


class Standing(StrEnum):
    """Whether people may register now."""

    OPEN = "ouvert"
    WAITING = "attente"
    FULL = "complet"
    SOON = "bientot"
    CLOSED = "clos"
    INVITED_ONLY = "invitation"
    CANCELLED = "annule"
    OVER = "passe"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One group or workshop."""

    value: str
    label: str
    note: str
    """« 12 places », « Complet : liste d’attente »; empty without a limit."""
    is_full: bool
    is_closed: bool


@dataclass(frozen=True, kw_only=True)
class Block:
    """Workshops that take place at the same time: one is chosen."""

    name: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, kw_only=True)
class Offer:
    """All of it, for one event at one instant."""

    standing: Standing
    sentence: str
    """Why nobody may register, or what happens to who does."""
    seats_left: int | None
    cohorts: tuple[Choice, ...]
    blocks: tuple[Block, ...]
    questions: tuple[Question, ...]
    is_hybrid: bool
    party_max: int
    asks_diet: bool
    asks_access: bool
    takes_children: bool
    contact_email: str
    last_day: date | None
    is_by_telephone: bool = False

    @property
    def is_open(self) -> bool:
        return self.standing in (Standing.OPEN, Standing.WAITING)

    @property
    def plain_questions(self) -> tuple[Question, ...]:
        return tuple(one for one in self.questions if not one.is_sensitive)

    @property
    def sensitive_questions(self) -> tuple[Question, ...]:
        return tuple(one for one in self.questions if one.is_sensitive)

    def requires(self, question: Question) -> bool:
        """Whether nobody registers without answering. Who telephones sends their file later, by link."""
        is_sent_later = self.is_by_telephone and question.kind is QuestionKind.FILE
        return question.is_required and not is_sent_later

    @property
    def documents(self) -> tuple[Question, ...]:
        """The questions that are answered with a file."""
        return tuple(one for one in self.questions if one.kind is QuestionKind.FILE)

    @property
    def asks_sensitive(self) -> bool:
        return self.asks_diet or self.asks_access or bool(self.sensitive_questions)

    @property
    def purge_day(self) -> date | None:
        """When the sensitive answers are erased, all of them; None while no date is known."""
        days = [one.kept_days for one in self.sensitive_questions]
        usual = [SENSITIVE_KEPT.days] if self.asks_diet or self.asks_access else []
        return (
            self.last_day + timedelta(days=max([*days, *usual])) if self.last_day and days + usual else None
        )


def _seats_left(event: Event, pools: Mapping[PoolKey, Counted]) -> int | None:
    """What is left of the whole event: no more than its groups have left, where everybody takes one."""
    groups = [left_in(pools, PoolKey(PoolKind.COHORT, str(one.id))) for one in event.cohorts]
    limited = [left for left in groups if left is not None]
    offered = [sum(limited)] if groups and len(limited) == len(groups) else []
    whole = left_in(pools, WHOLE_EVENT)
    return min(offered if whole is None else [whole, *offered], default=None)


def offer_of(gathering: Gathering, *, now: datetime, is_invited: bool = False) -> Offer:
    """What may be chosen there now."""
    event, rules = gathering.event, gathering.rules
    pools = capacity.read_pools(event.id)
    standing = standing_of(event, rules, pools, now=now, is_invited=is_invited)
    days = [day for row in event.sessions if (day := row.ends_on or row.starts_on) is not None]
    waits = rules.has_waiting_list
    return Offer(
        standing=standing,
        sentence=sentence_of(standing, event, rules),
        seats_left=_seats_left(event, pools),
        cohorts=tuple(
            _choice(PoolKey(PoolKind.COHORT, str(one.id)), cohort_label(event, one), pools, waits=waits)
            for one in event.cohorts
        ),
        blocks=_blocks(event, pools, waits=waits),
        questions=gathering.questions,
        is_hybrid=event.details is not None and event.details.format is Format.HYBRID,
        party_max=rules.party_max,
        asks_diet=rules.asks_diet,
        asks_access=rules.asks_access,
        takes_children=rules.takes_children,
        contact_email=rules.contact_email,
        last_day=max(days, default=None),
    )


def offer_by_telephone(gathering: Gathering, *, now: datetime) -> Offer:
    """What the team asks of people who telephone: nothing that one consents to in writing. The file that they
    sent otherwise may be joined; none is waited for."""
    offer = offer_of(gathering, now=now, is_invited=True)
    return replace(
        offer, questions=offer.plain_questions, asks_diet=False, asks_access=False, is_by_telephone=True
    )


def standing_of(
    event: Event,
    rules: RegistrationRules,
    pools: Mapping[PoolKey, Counted],
    *,
    now: datetime,
    is_invited: bool = False,
) -> Standing:
    """Whether people may register to that event now."""
    if event.state is EventState.CANCELLED:
        return Standing.CANCELLED
    if event.sessions and all(is_over(event, row, now) for row in event.sessions):
        return Standing.OVER
    if rules.opens_at is not None and now < rules.opens_at:
        return Standing.SOON
    if rules.closes_at is not None and now >= rules.closes_at:
        return Standing.CLOSED
    if rules.is_invitation_only and not is_invited:
        return Standing.INVITED_ONLY
    if _is_full(event, pools):
        return Standing.WAITING if rules.has_waiting_list else Standing.FULL
    return Standing.OPEN


def sentence_of(standing: Standing, event: Event, rules: RegistrationRules) -> str:
    """What the page of the event and the form say of it."""
    if standing is Standing.SOON and rules.opens_at is not None:
        return _("Les inscriptions ouvrent le %(when)s.", when=_instant(rules.opens_at, event.time_zone))
    return {
        Standing.OPEN: _("Il reste des places."),
        Standing.WAITING: _("C’est complet. Vous pouvez vous inscrire à la liste d’attente."),
        Standing.FULL: _("C’est complet, et il n’y a pas de liste d’attente."),
        Standing.CLOSED: _("Les inscriptions sont closes."),
        Standing.INVITED_ONLY: _(
            "Cet événement est sur invitation. Ouvrez le lien de votre invitation pour vous inscrire."
        ),
        Standing.CANCELLED: _("Cet événement est annulé : il ne prend plus d’inscriptions."),
        Standing.OVER: _("Cet événement est passé : il ne prend plus d’inscriptions."),
    }[standing]


def cohort_label(event: Event, cohort: Cohort) -> str:
    """« Groupe 1 : 15 décembre 2021 et 16 février 2022 »; not the dates called off, unless all are."""
    theirs = [row for row in event.sessions if row.cohort_id == cohort.id]
    rows = sorted(
        [row for row in theirs if row.state is not EventState.CANCELLED] or theirs,
        key=lambda row: (row.starts_on or row.month_on or date.max, row.position),
    )
    return f"{cohort.name}{NBSP}: {_listed([_day(row) for row in rows])}" if rows else cohort.name


def workshop_label(event: Event, sitting: Session) -> str:
    """« Le jeu libre, salle B, de 10 h à 11 h »"""
    hour = wording.hour_text(wording.Occasion.of(event, sitting))
    return ", ".join(filter(None, (sitting.title or event.title, sitting.place, hour)))


def _day(row: Session) -> str:
    if row.starts_on is not None:
        return f"{day_month(row.starts_on)}{NBSP}{row.starts_on.year}"
    if row.month_on is not None:
        month = f"{MONTHS[row.month_on.month - 1]}{NBSP}{row.month_on.year}"
        return _("%(month)s, jour à confirmer", month=month)
    return _("date à confirmer")


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s et %(last)s", first=", ".join(words[:-1]), last=words[-1])


def _instant(at: datetime, zone: str) -> str:
    local = clock.to_local(at, zone)
    return _("%(day)s à %(hour)s", day=full_date(local.date()), hour=local_hour(at, zone))


def _blocks(event: Event, pools: Mapping[PoolKey, Counted], *, waits: bool) -> tuple[Block, ...]:
    found: dict[str, list[Choice]] = {}
    for row in event.sessions:
        if row.block and row.cohort_id is None and row.state is not EventState.CANCELLED:
            key = PoolKey(PoolKind.SESSION, str(key_of(row)))
            choice = _choice(key, workshop_label(event, row), pools, waits=waits)
            found.setdefault(row.block, []).append(choice)
    return tuple(Block(name=capitalize_first(name), choices=tuple(rows)) for name, rows in found.items())


def _choice(key: PoolKey, label: str, pools: Mapping[PoolKey, Counted], *, waits: bool) -> Choice:
    left = left_in(pools, key)
    if left is None:
        note = ""
    elif left > 0:
        note = ngettext("%(num)s place", "%(num)s places", left)
    else:
        note = _("Complet : liste d’attente") if waits else _("Complet")
    is_full = left == 0
    return Choice(value=key.target, label=label, note=note, is_full=is_full, is_closed=is_full and not waits)


def _is_full(event: Event, pools: Mapping[PoolKey, Counted]) -> bool:
    """The whole of it, or each of its groups."""
    if left_in(pools, WHOLE_EVENT) == 0:
        return True
    groups = [left_in(pools, PoolKey(PoolKind.COHORT, str(one.id))) for one in event.cohorts]
    return bool(groups) and all(left == 0 for left in groups)
