"""The registrations of an event as a file for Excel: one line for each person, codes kept as text.

Nothing sensitive is in it: those answers have their own page.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.db import db
from campaign.events.models import Event
from campaign.registrations.models import Attendee, Question, Registration
from campaign.registrations.organizing import STATES, answer_words, sitting_name
from campaign.web.filters import telephone
from campaign.web.spreadsheets import typed

HEADER = (
    "inscription", "état", "rang d’attente", "nom", "prénom", "courriel", "téléphone", "organisation",
    "fonction", "code", "municipalité", "groupe", "ateliers", "en ligne", "enfants",
    "peut être joint", "photos", "code du billet", "vient", "sans inscription préalable", "inscrite le (ISO)",
)  # fmt: skip


def list_questions(event_id: int) -> Sequence[Question]:
    """The questions whose answers anybody of the team may read."""
    return db.session.scalars(
        sa.select(Question)
        .where(Question.event_id == event_id, Question.is_sensitive.is_(False))
        .order_by(Question.position, Question.id)
    ).all()


def header(questions: Sequence[Question]) -> tuple[str, ...]:
    """The names of the columns, each question in its own."""
    return (*HEADER, *(typed(question.label) for question in questions))


def rows(event: Event, questions: Sequence[Question]) -> Iterator[tuple[str, ...]]:
    """One line for each person, by family name. The event has its sessions."""
    workshops = {sitting.id: sitting_name(event, sitting) for sitting in event.sessions}
    people = db.session.scalars(
        sa.select(Attendee)
        .where(Attendee.event_id == event.id)
        .options(
            joinedload(Attendee.registration),
            joinedload(Attendee.cohort),
            joinedload(Attendee.territory),
            selectinload(Attendee.choices),
            selectinload(Attendee.answers),
        )
        .order_by(Attendee.name_key, Attendee.id)
    )
    for one in people:
        answers = {answer.question_id: answer_words(answer.value) for answer in one.answers}
        yield (
            *_cells(one, one.registration, workshops),
            *(typed(answers.get(question.id, "")) for question in questions),
        )


def _cells(one: Attendee, registration: Registration, workshops: dict[int, str]) -> Iterator[str]:
    yield f"I{registration.id}"
    yield STATES[registration.state][0]
    yield str(registration.rank or "")
    yield typed(one.last_name)
    yield typed(one.first_name)
    yield typed(one.email)
    yield telephone(registration.phone) if registration.phone else ""
    yield typed(one.organization)
    yield typed(one.role)
    yield _code(one.territory.geo_code) if one.territory else ""
    yield typed(one.territory.name) if one.territory else ""
    yield typed(one.cohort.name) if one.cohort else ""
    yield typed("; ".join(workshops[choice.session_id] for choice in one.choices))
    yield "oui" if one.attends_online else ""
    yield str(one.children or "")
    yield "oui" if one.may_be_contacted else "non"
    yield "oui" if one.accepts_photos else "non"
    yield _code(one.short_code)
    yield "oui" if one.is_active else "non"
    yield "oui" if one.is_walk_in else ""
    yield clock.today(registration.created_at).isoformat()


def _code(code: str) -> str:
    """Kept as text by Excel, zeros included."""
    return f'="{code}"'
