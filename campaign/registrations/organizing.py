"""What the team sees and does about the registrations of an event: rules, limits, lists, answers apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign.db import db, key_of
from campaign.errors import Conflict, NotFound
from campaign.events import services as events
from campaign.events.models import Event, EventAction, EventMove, EventState, Session
from campaign.events.programme import in_order
from campaign.events.wording import Occasion, day_text
from campaign.i18n import _
from campaign.registrations import capacity, queries, services
from campaign.registrations.answers import ACCESS, DIET
from campaign.registrations.capacity import PoolKey
from campaign.registrations.models import (
    Answer,
    AnswerFile,
    Attendee,
    AttendeeChoice,
    AttestationRule,
    PoolKind,
    Question,
    QuestionKind,
    Registration,
    RegistrationMove,
    RegistrationRules,
    RegistrationState,
    SeatPool,
    SensitiveAnswer,
)
from campaign.territory.names import fold

PER_PAGE = 50

STATES: Mapping[RegistrationState, tuple[str, str]] = {
    RegistrationState.CONFIRMED: (_("confirmée"), "confirmed"),
    RegistrationState.OFFERED: (_("place offerte"), "waiting"),
    RegistrationState.WAITING: (_("liste d’attente"), "waiting"),
    RegistrationState.PENDING: (_("adresse à confirmer"), "none"),
    RegistrationState.CANCELLED: (_("annulée par la personne"), "off"),
    RegistrationState.CANCELLED_BY_TEAM: (_("annulée par l’équipe"), "off"),
    RegistrationState.EXPIRED: (_("expirée"), "off"),
}
"""Each with the mark that the component `state` draws, in the order of the page."""

HERE = _("En ligne, sur la page de l’événement.")
INVITED = _("Sur invitation.")
"""How people register, for those who read of the event elsewhere than on its page."""

TOPICS = {DIET: _("Alimentation"), ACCESS: _("Adaptations et accessibilité")}


# --- rules and limits ---------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class RulesTold:
    """The rules as the organizer writes them; `seats` of the whole event, None without a limit."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    seats: int | None = None
    organization_limit: int | None = None
    needs_verification: bool = True
    party_max: int = 6
    is_invitation_only: bool = False
    has_waiting_list: bool = True
    offer_hours: int = 48
    attestation: AttestationRule = AttestationRule.NONE
    asks_diet: bool = False
    asks_access: bool = True
    takes_children: bool = False
    message: str = ""
    contact_email: str = ""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """« Atelier B : 43 sur 50 »"""

    name: str
    taken: int
    capacity: int | None

    @property
    def is_full(self) -> bool:
        return self.capacity is not None and self.taken >= self.capacity


def told_of(rules: RegistrationRules) -> RulesTold:
    """The rules of an event as its form shows them."""
    names = [name for name in RulesTold.__dataclass_fields__ if name != "seats"]
    seats = next((one.capacity for one in capacity.list_pools(rules.event_id) if _is_whole(one)), None)
    return RulesTold(seats=seats, **{name: getattr(rules, name) for name in names})


def set_rules(event: Event, told: RulesTold, *, now: datetime) -> int:
    """Open registration, or change its rules; gives how many people of the waiting list were offered the
    seats that this frees. The event is loaded by `planning.get_event`."""
    rules = queries.find_rules(key_of(event))
    is_opening = rules is None
    if rules is None:
        rules = RegistrationRules(event_id=event.id)
        db.session.add(rules)
    for name in RulesTold.__dataclass_fields__:
        if name != "seats":
            setattr(rules, name, getattr(told, name))
    _announce(event, rules, is_opening=is_opening, now=now)
    db.session.flush()
    return _limit(event, rules, told.seats, now=now)


def _announce(event: Event, rules: RegistrationRules, *, is_opening: bool, now: datetime) -> None:
    """Calendars and exports say where people register: what was announced before (« Les inscriptions
    ouvriront sous peu ») is true no more. What the team writes there afterwards stays."""
    details = event.details
    if details is None or not (is_opening or details.registration in (HERE, INVITED)):
        return
    sentence = INVITED if rules.is_invitation_only else HERE
    if details.registration != sentence:
        details.registration = sentence
        events.touch(event, now)


def apply_limits(event: Event, *, now: datetime) -> int:
    """After a group or a workshop changed its seats; gives how many registrations were offered some."""
    rules = queries.find_rules(key_of(event))
    return 0 if rules is None else _limit(event, rules, told_of(rules).seats, now=now)


def follow_change(event: Event, *, move: EventMove) -> None:
    """After a date was called off, or takes place after all: its room counts no more, or counts again, and
    what became free meanwhile is offered.

    Refuses what would leave people without a seat.
    """
    if move.action not in (EventAction.CANCEL, EventAction.REINSTATE):
        return
    if queries.find_rules(key_of(event)) is None:
        return
    try:
        apply_limits(queries.get_event(event.id), now=move.at)
    except Conflict as refusal:
        raise Conflict(
            _(
                "Cette date a moins de places que de personnes inscrites. Augmentez ses places dans le "
                "programme, puis rétablissez-la."
            )
        ) from refusal


def _limit(event: Event, rules: RegistrationRules, seats: int | None, *, now: datetime) -> int:
    capacity.set_limits(event, rules, capacity=seats)
    return services.offer_what_is_free(rules, now=now)


def list_limits(event: Event) -> list[Limit]:
    """What is taken of the event, of each group, of each workshop, and of the organizations that have a
    limit and reach it."""
    pools = {PoolKey(one.kind, one.target): one for one in capacity.list_pools(key_of(event))}
    named = [(capacity.WHOLE_EVENT, _("Tout l’événement"))]
    named += [(PoolKey(PoolKind.COHORT, str(one.id)), one.name) for one in event.cohorts]
    named += [
        (PoolKey(PoolKind.SESSION, str(one.id)), sitting_name(event, one))
        for one in in_order(event.sessions)
        if (one.capacity is not None or one.block) and one.state is not EventState.CANCELLED
    ]
    found = [_limit_of(pools, key, name) for key, name in named if key in pools]
    return found + _full_organizations(event, list(pools.values()))


def _limit_of(pools: Mapping[PoolKey, SeatPool], key: PoolKey, name: str) -> Limit:
    """A group has as many seats as its smallest sitting leaves it."""
    taken, left = pools[key].taken, capacity.left_in(pools, key)
    return Limit(name=name, taken=taken, capacity=None if left is None else taken + left)


def sitting_name(event: Event, sitting: Session) -> str:
    """« Atelier B : la lecture », or its day when nothing else names it."""
    return sitting.title or day_text(Occasion.of(event, sitting))


def _full_organizations(event: Event, pools: Sequence[SeatPool]) -> list[Limit]:
    full = {
        one.target: one
        for one in pools
        if one.kind is PoolKind.ORGANIZATION and one.capacity is not None and one.taken >= one.capacity > 0
    }
    if not full:
        return []
    names = db.session.execute(
        sa.select(Attendee.organization_key, sa.func.min(Attendee.organization))
        .where(Attendee.event_id == event.id, Attendee.organization_key.in_(full))
        .group_by(Attendee.organization_key)
        .order_by(Attendee.organization_key)
    )
    return [Limit(name=name, taken=full[key].taken, capacity=full[key].capacity) for key, name in names]


def _is_whole(pool: SeatPool) -> bool:
    return pool.kind is PoolKind.EVENT


# --- lists --------------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class StateCount:
    """How many registrations are in a state, and how many people they bring."""

    state: RegistrationState
    registrations: int
    people: int


@dataclass(frozen=True, kw_only=True)
class RegistrationPage:
    """One page of the list."""

    registrations: Sequence[Registration]
    total: int
    page: int
    pages: int


def count_by_state(event_id: int) -> list[StateCount]:
    """One line for each state that somebody is in."""
    found = db.session.execute(
        sa.select(
            Registration.state,
            sa.func.count(sa.distinct(Registration.id)),
            sa.func.count(Attendee.id),
        )
        .outerjoin(Attendee, sa.and_(Attendee.registration_id == Registration.id, Attendee.is_active))
        .where(Registration.event_id == event_id)
        .group_by(Registration.state)
    )
    counted = {state: (registrations, people) for state, registrations, people in found}
    return [
        StateCount(state=state, registrations=counted[state][0], people=counted[state][1])
        for state in STATES
        if state in counted
    ]


_FIRST_NAME = (
    sa.select(Attendee.name_key)
    .where(Attendee.registration_id == Registration.id)
    .order_by(Attendee.id)
    .limit(1)
    .correlate(Registration)
    .scalar_subquery()
)
"""Alphabetical whatever the accents, by the person whom its form names first."""


def list_page(
    event_id: int, *, state: RegistrationState | None = None, typed: str = "", page: int = 1
) -> RegistrationPage:
    """The registrations by the name of the first of their people; those who wait, in their order."""
    wanted = sa.select(Registration).where(Registration.event_id == event_id)
    if state is not None:
        wanted = wanted.where(Registration.state == state)
    for word in fold(typed).split():
        wanted = wanted.where(_has_word(word))
    total = db.session.scalar(sa.select(sa.func.count()).select_from(wanted.subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), pages)
    order = Registration.rank if state is RegistrationState.WAITING else _FIRST_NAME
    found = db.session.scalars(
        wanted.options(WITH_PEOPLE)
        .order_by(order, Registration.id)
        .limit(PER_PAGE)
        .offset((page - 1) * PER_PAGE)
    ).all()
    return RegistrationPage(registrations=found, total=total, page=page, pages=pages)


def _has_word(word: str) -> sa.ColumnElement[bool]:
    """Accents and case are ignored in names and organizations; a code is found as it is said aloud."""
    pattern = f"%{word}%"
    return sa.or_(
        sa.func.lower(Registration.email).like(pattern),
        Registration.attendees.any(
            sa.or_(
                Attendee.name_key.like(pattern),
                Attendee.organization_key.like(pattern),
                Attendee.short_code == word.upper(),
            )
        ),
    )


WITH_PEOPLE = selectinload(Registration.attendees).options(
    joinedload(Attendee.cohort), selectinload(Attendee.choices)
)


def list_waiting(event_id: int) -> Sequence[Registration]:
    """Those who wait, in the order in which seats are offered to them."""
    return db.session.scalars(
        sa.select(Registration)
        .where(Registration.event_id == event_id, Registration.state == RegistrationState.WAITING)
        .options(WITH_PEOPLE)
        .order_by(Registration.rank)
    ).all()


def get_registration(event: Event, number: int, *, to_change: bool = False) -> Registration:
    """That registration, if it is of this event."""
    registration = queries.get_registration(number, to_change=to_change)
    if registration.event_id != event.id:
        raise NotFound(_("Cette inscription n’est pas de cet événement."))
    return registration


def get_person(registration: Registration, number: int) -> Attendee:
    """That person of the registration, as long as they come."""
    found = next((one for one in registration.attendees if one.id == number and one.is_active), None)
    if found is None:
        raise NotFound(_("Cette personne n’est plus de cette inscription."))
    return found


def list_moves(registration: Registration) -> Sequence[RegistrationMove]:
    """What happened to it, the latest first."""
    return db.session.scalars(
        sa.select(RegistrationMove)
        .where(RegistrationMove.registration_id == registration.id)
        .order_by(RegistrationMove.id.desc())
    ).all()


def has_people(event_id: int) -> bool:
    """Whether somebody comes or waits: the dates they noted are then moved by `changes`, which tells them."""
    return bool(
        db.session.scalar(sa.select(sa.exists().where(Attendee.event_id == event_id, Attendee.is_active)))
    )


def refuse_to_remove(sitting: Session | None = None, *, cohort_id: int | None = None) -> None:
    """Raises `Conflict` while somebody chose that workshop or group."""
    if sitting is not None:
        chosen = sa.exists().where(
            AttendeeChoice.session_id == sitting.id,
            AttendeeChoice.attendee_id == Attendee.id,
        )
    else:
        chosen = sa.exists().where(Attendee.cohort_id == cohort_id)
    if db.session.scalar(sa.select(chosen)):
        raise Conflict(_("Des personnes l’ont choisi. Annulez la date, ou changez d’abord leurs choix."))


# --- answers apart ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Told:
    """One answer, and whose it is."""

    name: str
    registration_id: int
    value: str
    purge_on: date
    file_id: int | None
    """When the answer is a file."""


@dataclass(frozen=True, kw_only=True)
class SensitiveTopic:
    """Answers on one subject: the counts for who cooks or prepares the rooms, then each."""

    label: str
    purpose: str
    counts: tuple[tuple[str, int], ...]
    """As they were typed: « végétarien » and « Végétarien » are one. Files are not counted."""
    answers: tuple[Told, ...]


def list_sensitive(event_id: int) -> list[SensitiveTopic]:
    """What those who come (or may) answered with an express consent, by subject."""
    found = db.session.execute(
        sa.select(SensitiveAnswer, Attendee, Question, AnswerFile.id)
        .join(Attendee, Attendee.id == SensitiveAnswer.attendee_id)
        .outerjoin(Question, Question.id == SensitiveAnswer.question_id)
        .outerjoin(AnswerFile, AnswerFile.sensitive_answer_id == SensitiveAnswer.id)
        .where(Attendee.event_id == event_id, Attendee.is_active)
        .order_by(SensitiveAnswer.topic.desc(), Question.position, Attendee.name_key, SensitiveAnswer.id)
    )
    by_subject: dict[tuple[str, str], list[Told]] = {}
    for answer, attendee, question, file_id in found:
        subject = (
            (question.label, question.purpose) if question else (TOPICS.get(answer.topic, answer.topic), "")
        )
        by_subject.setdefault(subject, []).append(
            Told(
                name=f"{attendee.first_name} {attendee.last_name}",
                registration_id=attendee.registration_id,
                value=answer.value,
                purge_on=answer.purge_on,
                file_id=file_id,
            )
        )
    return [
        SensitiveTopic(label=label, purpose=purpose, counts=_counted(told), answers=tuple(told))
        for (label, purpose), told in by_subject.items()
    ]


def _counted(told: Sequence[Told]) -> tuple[tuple[str, int], ...]:
    spellings: dict[str, Counter[str]] = {}
    for one in (one for one in told if one.file_id is None):
        spellings.setdefault(fold(one.value), Counter())[one.value] += 1
    counted = [(spelt.most_common(1)[0][0], spelt.total()) for spelt in spellings.values()]
    return tuple(sorted(counted, key=lambda pair: (-pair[1], fold(pair[0]))))


def list_answers(registration: Registration) -> dict[int, list[tuple[str, str]]]:
    """The ordinary answers of each person: (question, answer), in the order of the questions; files apart
    (`team_files`)."""
    numbers = [one.id for one in registration.attendees]
    found = db.session.execute(
        sa.select(Answer, Question)
        .join(Question, Question.id == Answer.question_id)
        .where(
            Answer.attendee_id.in_(numbers),
            Question.is_sensitive.is_(False),
            Question.kind != QuestionKind.FILE,
        )
        .order_by(Question.position, Answer.id)
    )
    told: dict[int, list[tuple[str, str]]] = {}
    for answer, question in found:
        told.setdefault(answer.attendee_id, []).append((question.label, answer_words(answer.value)))
    return told


def answer_words(value: Mapping[str, object]) -> str:
    """What was answered, on one line."""
    answer = value.get("reponse")
    if isinstance(answer, bool):
        return _("oui") if answer else _("non")
    if isinstance(answer, list | tuple):
        return "; ".join(map(str, answer))
    return "" if answer is None else str(answer)
