"""What people register to, kept in memory: the event, its sittings and groups, its rules, its questions.

A process keeps each gathering under the numbers at which it was read. Whoever asks reads the numbers first,
in one small statement: whatever process wrote, they have grown when something of a gathering may have
changed. A transaction that changes such rows reads them again, and keeps them for nobody. Seats are not kept:
`capacity` alone says what is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import SessionTransaction, selectinload

from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Organization
from campaign.db import GATHERINGS, TERRITORIES, db, is_changing_gatherings, read_numbers
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.events.queries import AROUND
from campaign.registrations import queries
from campaign.registrations.models import Question, RegistrationRules

Numbers = tuple[int, int]
"""Of the gatherings, and of the territories that they name."""

_HELD = "gatherings"

_is_of: sa.BindParameter[int] = sa.bindparam("event_id")
# Made once: putting such a statement together costs more than running it.
_EVENT = sa.select(Event).where(Event.id == _is_of).options(*AROUND, selectinload(Event.cohorts))
_RULES = sa.select(RegistrationRules).where(RegistrationRules.event_id == _is_of)
_QUESTIONS = sa.select(Question).where(Question.event_id == _is_of).order_by(Question.position, Question.id)


@dataclass(frozen=True, kw_only=True)
class Gathering:
    """Rows of no session, to be read only: threads share them. They are loaded as `events.queries.AROUND`
    says."""

    event: Event
    known_rules: RegistrationRules | None
    questions: tuple[Question, ...]
    organization: Organization
    numbers: Numbers

    @property
    def rules(self) -> RegistrationRules:
        """How people register to it; `NotFound` when it takes no registration."""
        if self.known_rules is None:
            raise NotFound("Cet événement ne prend pas d’inscriptions ici.")
        return self.known_rules


class Memory:
    """The gatherings of one process, by the number of their event."""

    def __init__(self) -> None:
        self.gatherings: dict[int, Gathering] = {}
        self.events: dict[str, int] = {}
        """Their numbers by the last part of their address."""


def get_gathering(event_id: int) -> Gathering:
    """That gathering as the caller's transaction sees it; the same one until its end."""
    session = db.session()
    connection = session.connection()
    if is_changing_gatherings(session):
        session.flush()
        return _read(connection, event_id)
    transaction = session.get_transaction()
    held: tuple[SessionTransaction | None, dict[int, Gathering]] = session.info.get(_HELD, (None, {}))
    if held[0] is not transaction:
        held = session.info[_HELD] = (transaction, {})
    if event_id not in held[1]:
        held[1][event_id] = _recall(connection, event_id)
    return held[1][event_id]


def get_to_register(slug: str, *, invited_to: int | None = None) -> Gathering:
    """The one of that address, published, or the one that an invitation is to; `NotFound` otherwise."""
    memory: Memory = current_app.extensions[_HELD]
    known = memory.events.get(slug)
    if known is not None:
        gathering = get_gathering(known)
        event = gathering.event
        if event.slug == slug and ((event.is_published and not event.is_private) or event.id == invited_to):
            return gathering
    event_id = queries.get_number_to_register(slug, invited_to=invited_to)
    gathering = get_gathering(event_id)
    memory.events[slug] = event_id
    return gathering


def init_app(app: Flask) -> None:
    """One memory per application."""
    app.extensions[_HELD] = Memory()


def _recall(connection: Connection, event_id: int) -> Gathering:
    memory: Memory = current_app.extensions[_HELD]
    numbers = _numbers_in(read_numbers(connection))
    known = memory.gatherings.get(event_id)
    if known is None or known.numbers != numbers:
        known = memory.gatherings[event_id] = _read(connection, event_id)
    return known


def _read(connection: Connection, event_id: int) -> Gathering:
    """Rows of no session once read. Their numbers are read first: they are never older than these say."""
    asked = {"event_id": event_id}
    with OrmSession(connection, join_transaction_mode="rollback_only") as apart:
        numbers = _numbers_in(read_numbers(connection))
        event = apart.scalar(_EVENT, asked)
        if event is None:
            raise NotFound("Cet événement n’existe pas.")
        gathering = Gathering(
            event=event,
            known_rules=apart.scalar(_RULES, asked),
            questions=tuple(apart.scalars(_QUESTIONS, asked)),
            organization=campaigns.organization_in(apart),
            numbers=numbers,
        )
        apart.expunge_all()
    return gathering


def _numbers_in(known: Mapping[str, int]) -> Numbers:
    return known.get(GATHERINGS, 0), known.get(TERRITORIES, 0)
