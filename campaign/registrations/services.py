"""Registering, verifying, changing, replacing, cancelling; the waiting list and its offers.

The rule of the waiting list, as people read it: « Les places qui se libèrent sont offertes dans l’ordre des
inscriptions. Un groupe reste ensemble : s’il y a moins de places que de personnes, la première inscription
suivante qui peut entrer tout entière reçoit l’offre, et le groupe garde son rang. »

Whoever changes a registration reads it by `queries.get_registration(…, to_change=True)`, which locks it.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import selectinload

from campaign.db import db, table_of
from campaign.errors import Conflict
from campaign.events.models import Event, EventState
from campaign.i18n import _
from campaign.identifiers import short_code
from campaign.registrations import (
    capacity,
    files,
    hours,
    invitations,
    letters,
    queries,
    storing,
    tickets,
    twice,
)
from campaign.registrations.answers import PersonAnswers, RegistrationAnswers
from campaign.registrations.capacity import HOLDING, Demand, PoolKey, demand_of
from campaign.registrations.full import FULL, Full
from campaign.registrations.gatherings import get_gathering
from campaign.registrations.models import (
    Answer,
    Attendee,
    AttendeeChoice,
    PoolKind,
    Question,
    Registration,
    RegistrationRules,
    RegistrationState,
    SensitiveAnswer,
)
from campaign.registrations.storing import record
from campaign.territory.names import fold

PERSON = "La personne inscrite"
SYSTEM = "Pavois"

SENSITIVE_KEPT = timedelta(days=30)
"""How long after the last sitting the usual sensitive answers are kept (domain §3.3)."""

OVER = (RegistrationState.CANCELLED, RegistrationState.CANCELLED_BY_TEAM, RegistrationState.EXPIRED)

WITH_PEOPLE = selectinload(Registration.attendees).selectinload(Attendee.choices)

# Made once: putting a statement together costs more than running it.
_registrations, _people = table_of(Registration), table_of(Attendee)
_IS_KNOWN = sa.select(_registrations.c.id).where(_registrations.c.form_token == sa.bindparam("form_token"))
_IS_TAKEN = sa.select(_people.c.id).where(
    _people.c.event_id == sa.bindparam("event_id"), _people.c.short_code == sa.bindparam("code")
)


def register(
    rules: RegistrationRules,
    answers: RegistrationAnswers,
    *,
    form_token: str | None,
    now: datetime,
    by_team: str = "",
) -> Registration:
    """The registration of that form; the same one when the form is sent twice. When its only person was
    registered already, the registration that exists: see `twice`, for what a form may tell nobody.

    Verified at once when the organizer asks for no proof of the address: seats are then given, or a rank.
    Raises `Conflict` when registration is closed; `Full` when there is no room for all of them and no waiting
    list; and `Conflict` for whoever was not invited to what is by invitation only. The team (`by_team` is its
    member's name) registers whom it wants, when it wants, as long as there are seats; it is told of who is
    registered already.
    """
    known = find_by_form(form_token)
    if known is not None:
        return known
    _refuse_when_closed(rules, None if by_team else now)
    invitation = invitations.find_invitation(rules, answers.invitation_token, by_team=bool(by_team))
    if not 1 <= len(answers.people) <= rules.party_max:
        raise Conflict(_("Un formulaire inscrit de 1 à %(most)d personnes.", most=rules.party_max))
    registration = Registration(
        event_id=rules.event_id,
        state=RegistrationState.PENDING,
        name=answers.name,
        email=answers.email,
        phone=answers.phone,
        language=answers.language,
        form_token=form_token,
        link_generation=1,
        created_at=now,
        updated_at=now,
    )
    registration.attendees = [
        _new_attendee(rules, person, position, now=now) for position, person in enumerate(answers.people)
    ]
    try:
        storing.store(registration)
    except IntegrityError as refusal:
        if by_team or _is_sent_twice(refusal):
            raise _already_registered(refusal) from refusal
        holders = twice.list_holders(rules.event_id, answers.people)
        if not holders:
            raise _already_registered(refusal) from refusal
        people = twice.settle(answers.people, holders, sent_from=answers.email, now=now)
        if not people:
            return holders[0].registration
        others = dataclasses.replace(answers, people=people)
        return register(rules, others, form_token=form_token, now=now)
    record(registration, None, author=by_team or PERSON, now=now)
    if invitation is not None:
        invitations.accept(invitation, registration, now=now)
    for attendee, person in zip(registration.attendees, answers.people, strict=True):
        _keep_sensitive(rules, attendee, person, now=now)
        if person.files:
            files.attach(attendee.id, person.files, now=now)
    if rules.needs_verification and not by_team:
        _refuse_too_many(rules, registration)
        letters.ask_proof(registration, now=now)
    else:
        _seat(rules, registration, author=by_team or PERSON, now=now)
    return registration


def verify(registration: Registration, rules: RegistrationRules, *, now: datetime) -> None:
    """The address is proven: seats are given, or a rank on the waiting list. Again, it changes nothing."""
    if registration.verified_at is None:
        registration.verified_at = now
    if registration.state is RegistrationState.PENDING:
        _seat(rules, registration, author=PERSON, now=now)


def accept_offer(registration: Registration, *, now: datetime) -> None:
    """« Je prends la place » ; the seats are held already."""
    if registration.state is RegistrationState.CONFIRMED:
        return
    if registration.state is not RegistrationState.OFFERED or _is_past(registration.offer_expires_at, now):
        raise Conflict(_("Cette offre n’est plus valable. Vous pouvez vous inscrire de nouveau."))
    registration.confirmed_at = now
    _move(registration, RegistrationState.CONFIRMED, author=PERSON, now=now)
    letters.confirm(registration, now=now)


def refuse_once_begun(registration: Registration, people: Iterable[Attendee], *, now: datetime) -> None:
    """Raises `Conflict` when one of them can no more leave their seat to somebody else: for people, who are
    told why. The team cancels when it wants."""
    event = registration.event
    if registration.state in HOLDING and any(
        tickets.has_begun(one, event, now) for one in people if one.is_active
    ):
        raise Conflict(
            _(
                "L’événement a commencé : il est trop tard pour laisser la place à quelqu’un d’autre. Vous "
                "n’avez rien à faire."
            )
        )


def cancel(
    registration: Registration, *, author: str, now: datetime, reason: str = "", by_team: bool = False
) -> None:
    """Nobody of this registration comes; its seats go to the next in line. Again, it changes nothing."""
    if registration.state in OVER:
        return
    held = registration.state in HOLDING
    demand = demand_of(registration.attendees)
    state = RegistrationState.CANCELLED_BY_TEAM if by_team else RegistrationState.CANCELLED
    _move(registration, state, author=author, now=now, reason=reason)
    registration.cancelled_at = now
    letters.tell_cancelled(registration, now=now, reason=reason)
    for attendee in registration.attendees:
        attendee.is_active = False
    if held:
        _give_back(registration.event_id, demand, now=now)


def cancel_person(
    registration: Registration,
    attendee: Attendee,
    *,
    author: str,
    now: datetime,
    reason: str = "",
    by_team: bool = False,
) -> None:
    """One person of several does not come; the last one cancels the whole registration."""
    if not attendee.is_active:
        return
    others = [one for one in registration.attendees if one.is_active and one is not attendee]
    if not others:
        cancel(registration, author=author, now=now, reason=reason, by_team=by_team)
        return
    demand = demand_of([attendee])
    attendee.is_active = False
    attendee.link_generation += 1
    record(registration, registration.state, author=author, now=now, reason=reason, attendee=attendee)
    letters.tell_person_cancelled(registration, attendee, now=now, reason=reason)
    if registration.state in HOLDING:
        _give_back(registration.event_id, demand, now=now)


def replace(
    registration: Registration,
    attendee: Attendee,
    person: PersonAnswers,
    *,
    author: str,
    now: datetime,
    by_team: bool = False,
) -> Attendee:
    """A colleague comes instead: same seats and choices, another name, another ticket; the first one's is
    refused at the door. An address that has a ticket already stays with it (`twice`); the team is told."""
    if not attendee.is_active or registration.state in OVER:
        raise Conflict(_("Cette inscription est annulée : personne n’y est à remplacer."))
    if person.email and not by_team:
        holders = twice.list_holders(registration.event_id, [person])
        others = [one for one in holders if one is not attendee]
        (person,) = twice.settle([person], others, sent_from="", now=now)
    colleague = Attendee(
        event_id=registration.event_id,
        position=max(one.position for one in registration.attendees) + 1,
        cohort_id=attendee.cohort_id,
        attends_online=attendee.attends_online,
        organization=attendee.organization,
        organization_key=attendee.organization_key,
        territory_id=attendee.territory_id,
        is_active=True,
        link_generation=1,
        created_at=now,
        **_identity(person, registration.event_id),
    )
    colleague.choices = [AttendeeChoice(session_id=choice.session_id) for choice in attendee.choices]
    attendee.is_active = False
    attendee.link_generation += 1
    try:
        with db.session.begin_nested():
            db.session.flush()
            registration.attendees.append(colleague)
            db.session.flush()
    except IntegrityError as refusal:
        raise _already_registered(refusal) from refusal
    attendee.replaced_by_id = colleague.id
    record(
        registration, registration.state, author=author, now=now, reason="Remplacement", attendee=colleague
    )
    letters.tell_replaced(registration, attendee, colleague, now=now)
    return colleague


def choose(
    rules: RegistrationRules,
    registration: Registration,
    attendee: Attendee,
    *,
    cohort_id: int | None,
    session_ids: Sequence[int],
    author: str,
    now: datetime,
) -> None:
    """Other workshops or another group. Nothing is given back before the new seats are taken: when one of
    them is full, `Conflict` says so and everything stays as it was."""
    before = Counter(demand_of([attendee]))
    after = Counter(before)
    for pool in list(after):
        if pool.kind in (PoolKind.COHORT, PoolKind.SESSION):
            del after[pool]
    if cohort_id is not None:
        after[PoolKey(PoolKind.COHORT, str(cohort_id))] += 1
    for session_id in session_ids:
        after[PoolKey(PoolKind.SESSION, str(session_id))] += 1
    if registration.state in HOLDING:
        full = capacity.take(rules, after - before)
        if full is not None:
            raise Conflict(FULL[full.kind])
    attendee.cohort_id = cohort_id
    kept = {choice.session_id: choice for choice in attendee.choices}
    attendee.choices = [kept.get(number) or AttendeeChoice(session_id=number) for number in session_ids]
    record(registration, registration.state, author=author, now=now, reason="Choix", attendee=attendee)
    db.session.flush()
    if registration.state in HOLDING:
        _give_back(registration.event_id, before - after, now=now)
    letters.tell_changed(registration, now=now)


def has_late_offers(*, now: datetime) -> bool:
    """Whether an offer has passed its deadline: asked at each tick, before anything is locked."""
    late = sa.exists().where(
        Registration.state == RegistrationState.OFFERED, Registration.offer_expires_at <= now
    )
    return bool(db.session.scalar(sa.select(late)))


def expire(*, now: datetime) -> int:
    """Offers whose deadline has passed go to the next in line; gives how many. For the scheduler.

    An offer is claimed by its own row: two processes never expire it twice.
    """
    late = db.session.scalars(
        sa.select(Registration)
        .where(Registration.state == RegistrationState.OFFERED, Registration.offer_expires_at <= now)
        .options(WITH_PEOPLE)
        .order_by(Registration.event_id, Registration.rank)
        .with_for_update(skip_locked=True)
    ).all()
    for registration in late:
        demand = demand_of(registration.attendees)
        _move(registration, RegistrationState.EXPIRED, author=SYSTEM, now=now, reason="Offre sans réponse")
        for attendee in registration.attendees:
            attendee.is_active = False
        letters.tell_expired(registration, now=now)
        _give_back(registration.event_id, demand, now=now)
    return len(late)


def offer_what_is_free(rules: RegistrationRules, *, now: datetime) -> int:
    """Offer free seats to those who wait, in order; gives how many registrations were offered theirs.

    Called after seats are given back, and when a limit is raised. Nobody is offered a seat at an event that
    is called off. Only those whose whole party fits are locked: a long list costs no more than a short one.
    """
    db.session.flush()
    event = db.session.get_one(Event, rules.event_id)
    if event.state is EventState.CANCELLED:
        return 0
    offered = 0
    for number in _list_waiting(rules.event_id):
        free = capacity.free_seats(rules.event_id)
        if free.get(capacity.WHOLE_EVENT, 1) <= 0:
            break
        registration = _waiting(number, free)
        if registration is None or capacity.take(rules, demand_of(registration.attendees)) is not None:
            continue
        registration.offered_at = now
        registration.offer_expires_at = hours.deadline(
            now, timedelta(hours=rules.offer_hours), event.time_zone
        )
        _move(registration, RegistrationState.OFFERED, author=SYSTEM, now=now)
        letters.offer(registration, now=now)
        offered += 1
    return offered


def _list_waiting(event_id: int) -> Sequence[int]:
    """The numbers of those who wait, in order."""
    return db.session.scalars(
        sa.select(Registration.id)
        .where(Registration.event_id == event_id, Registration.state == RegistrationState.WAITING)
        .order_by(Registration.rank)
    ).all()


def _waiting(number: int, free: Demand) -> Registration | None:
    """That registration, locked, if it still waits and all its people fit in what is free."""
    one = sa.select(Registration).where(Registration.id == number).options(WITH_PEOPLE)
    registration = db.session.scalars(one).one()
    asked = demand_of(registration.attendees)
    if any(seats > free.get(pool, seats) for pool, seats in asked.items()):
        return None
    locked = one.with_for_update(of=Registration).execution_options(populate_existing=True)
    registration = db.session.scalars(locked).one()
    return registration if registration.state is RegistrationState.WAITING else None


def find_by_form(form_token: str | None) -> Registration | None:
    """What that form became, with its people."""
    if form_token is None or not db.session.connection().scalar(_IS_KNOWN, {"form_token": form_token}):
        return None
    return db.session.scalar(
        sa.select(Registration).where(Registration.form_token == form_token).options(WITH_PEOPLE)
    )


def _seat(rules: RegistrationRules, registration: Registration, *, author: str, now: datetime) -> None:
    """Seats for the whole party, or its rank on the waiting list."""
    full = capacity.take(rules, demand_of(registration.attendees))
    before = registration.state
    if full is None:
        storing.settle(registration, RegistrationState.CONFIRMED, now=now)
        record(registration, before, author=author, now=now)
        letters.confirm(registration, now=now)
        return
    if not rules.has_waiting_list:
        raise _full(rules, full, demand_of(registration.attendees))
    rank = capacity.next_rank(rules.event_id)
    storing.settle(registration, RegistrationState.WAITING, rank=rank, now=now)
    record(registration, before, author=author, now=now)
    letters.tell_waiting(registration, now=now)


def _refuse_too_many(rules: RegistrationRules, registration: Registration) -> None:
    """Without a waiting list, nobody confirms an address only to learn that their party never fitted."""
    if rules.has_waiting_list:
        return
    free, asked = capacity.free_seats(rules.event_id), demand_of(registration.attendees)
    for pool in sorted(asked):
        if asked[pool] > free.get(pool, asked[pool]):
            raise _full(rules, pool, asked)


def _full(rules: RegistrationRules, pool: PoolKey, asked: Demand) -> Full:
    return Full(pool, asked=asked[pool], left=capacity.free_seats(rules.event_id).get(pool, 0))


def _give_back(event_id: int, demand: Demand, *, now: datetime) -> None:
    capacity.release(event_id, demand)
    rules = db.session.get(RegistrationRules, event_id)
    if rules is not None:
        offer_what_is_free(rules, now=now)


def _refuse_when_closed(rules: RegistrationRules, now: datetime | None) -> None:
    """`now` is None for the team, which keeps no hours."""
    event = get_gathering(rules.event_id).event
    if event.state is EventState.CANCELLED:
        raise Conflict(_("Cet événement est annulé : il ne prend plus d’inscriptions."))
    if now is None:
        return
    if rules.opens_at is not None and now < rules.opens_at:
        raise Conflict(_("Les inscriptions ne sont pas encore ouvertes."))
    if rules.closes_at is not None and now >= rules.closes_at:
        raise Conflict(_("Les inscriptions sont closes. Écrivez à la personne responsable de l’événement."))


def _new_attendee(
    rules: RegistrationRules, person: PersonAnswers, position: int, *, now: datetime
) -> Attendee:
    attendee = Attendee(
        event_id=rules.event_id,
        position=position,
        organization=person.organization,
        organization_key=fold(person.organization)[:120],
        territory_id=person.territory_id,
        cohort_id=person.cohort_id,
        attends_online=person.attends_online,
        children=person.children,
        is_active=True,
        link_generation=1,
        created_at=now,
        **_identity(person, rules.event_id),
    )
    attendee.choices = [AttendeeChoice(session_id=number) for number in dict.fromkeys(person.session_ids)]
    attendee.answers = [
        Answer(question_id=number, value={"reponse": value}) for number, value in person.answers.items()
    ]
    return attendee


def _keep_sensitive(
    rules: RegistrationRules, attendee: Attendee, person: PersonAnswers, *, now: datetime
) -> None:
    """Apart from the rest, with its consent and its end."""
    if not person.sensitive:
        return
    numbers = [key for key in person.sensitive if isinstance(key, int)]
    kept = dict(
        db.session.execute(sa.select(Question.id, Question.kept_days).where(Question.id.in_(numbers))).all()
    )
    last_day = queries.last_day(rules.event_id, now=now)
    for key, value in person.sensitive.items():
        days = timedelta(days=kept[key]) if isinstance(key, int) else SENSITIVE_KEPT
        db.session.add(
            SensitiveAnswer(
                attendee_id=attendee.id,
                question_id=key if isinstance(key, int) else None,
                topic="" if isinstance(key, int) else key,
                value=value,
                consented_at=now,
                purge_on=last_day + days,
            )
        )


def _identity(person: PersonAnswers, event_id: int) -> dict[str, object]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "name_key": fold(f"{person.last_name} {person.first_name}"),
        "email": person.email,
        "role": person.role,
        "may_be_contacted": person.may_be_contacted,
        "accepts_photos": person.accepts_photos,
        "ticket_code": short_code(10),
        "short_code": _free_code(event_id),
    }


def _free_code(event_id: int) -> str:
    """Six signs that nobody else of the event bears: said aloud, they must be enough."""
    while True:
        code = short_code(6)
        if not db.session.connection().scalar(_IS_TAKEN, {"event_id": event_id, "code": code}):
            return code


def _is_sent_twice(refusal: IntegrityError) -> bool:
    """The same form, at the same instant."""
    return "form_token" in str(refusal.orig)


def _already_registered(refusal: IntegrityError) -> Conflict:
    if _is_sent_twice(refusal):
        return Conflict(_("Ce formulaire vient d’être reçu. Regardez vos courriels."))
    return Conflict(
        _(
            "Une personne de ce formulaire est déjà inscrite à cet événement avec la même adresse. Son "
            "billet est dans sa boîte de courriels; vous pouvez aussi demander qu’on le lui renvoie."
        )
    )


def _is_past(deadline: datetime | None, now: datetime) -> bool:
    return deadline is not None and deadline <= now


def _move(
    registration: Registration,
    state: RegistrationState,
    *,
    author: str,
    now: datetime,
    reason: str = "",
) -> None:
    before = registration.state
    registration.state = state
    registration.updated_at = now
    record(registration, before, author=author, now=now, reason=reason)
