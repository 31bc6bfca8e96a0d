"""The organizer's own questions: writing them, their order, and what may no longer be touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.i18n import _
from campaign.registrations.answers import TICKED
from campaign.registrations.models import Answer, Question, QuestionKind, SensitiveAnswer

KINDS = {
    QuestionKind.TEXT: _("Texte"),
    QuestionKind.CHOICE: _("Un choix"),
    QuestionKind.CHOICES: _("Plusieurs choix"),
    QuestionKind.NUMBER: _("Nombre"),
    QuestionKind.FILE: _("Fichier (PDF, image, document ou présentation)"),
    QuestionKind.CONSENT: _("Consentement (une case à cocher)"),
}
CHOOSING = frozenset({QuestionKind.CHOICE, QuestionKind.CHOICES})


@dataclass(frozen=True, kw_only=True)
class QuestionPlan:
    """One question as it is written."""

    kind: QuestionKind
    label: str
    help: str = ""
    options: tuple[str, ...] = ()
    is_required: bool = False
    condition_id: int | None = None
    condition_value: str = ""
    is_sensitive: bool = False
    purpose: str = ""
    kept_days: int = 30


def list_questions(event_id: int) -> Sequence[Question]:
    """In the order in which they are asked."""
    return db.session.scalars(
        sa.select(Question).where(Question.event_id == event_id).order_by(Question.position, Question.id)
    ).all()


def count_answers(event_id: int) -> dict[int, int]:
    """How many people answered each question that somebody answered, sensitive or not."""
    counts: dict[int, int] = {}
    for table in (Answer, SensitiveAnswer):
        found = db.session.execute(
            sa.select(table.question_id, sa.func.count())
            .join(Question, Question.id == table.question_id)
            .where(Question.event_id == event_id)
            .group_by(table.question_id)
        )
        counts |= {number: count for number, count in found if number is not None}
    return counts


def get_question(event_id: int, number: int) -> Question:
    """That question of the event."""
    question = db.session.get(Question, number)
    if question is None or question.event_id != event_id:
        raise NotFound(_("Cette question n’existe plus. Revenez à la liste."))
    return question


def list_possible_conditions(event_id: int, question: Question | None) -> list[Question]:
    """The questions that come before, on whose answer another may depend: neither sensitive, nor a file."""
    asked = list(list_questions(event_id))
    before = asked[: asked.index(question)] if question is not None else asked
    return [one for one in before if not one.is_sensitive and one.kind is not QuestionKind.FILE]


def possible_answers(question: Question) -> Sequence[str]:
    """What may be answered, when it is known beforehand: its choices, or that the box is ticked."""
    return [TICKED] if question.kind is QuestionKind.CONSENT else question.options


def add_question(event_id: int, plan: QuestionPlan) -> Question:
    """One more, at the end."""
    last = db.session.scalar(sa.select(sa.func.max(Question.position)).where(Question.event_id == event_id))
    question = Question(event_id=event_id, position=0 if last is None else last + 1)
    _write(question, plan)
    db.session.add(question)
    db.session.flush()
    return question


def change_question(question: Question, plan: QuestionPlan) -> None:
    """Write it otherwise. Once somebody answered, its kind stays, and whether it is sensitive: the answers
    were given under those terms."""
    is_other = (plan.kind, plan.is_sensitive) != (question.kind, question.is_sensitive)
    if is_other and count_answers(question.event_id).get(question.id):
        raise Conflict(
            _("Des personnes ont répondu : le genre de réponse et son caractère sensible ne changent plus.")
        )
    _keep_conditions(question, plan)
    _write(question, plan)
    db.session.flush()


def _keep_conditions(question: Question, plan: QuestionPlan) -> None:
    """A choice on which another question depends stays: without it, that question would never be asked."""
    if plan.kind not in CHOOSING:
        return
    lost = db.session.scalars(
        sa.select(Question)
        .where(Question.condition_id == question.id, Question.condition_value.not_in(plan.options))
        .order_by(Question.position)
        .limit(1)
    ).first()
    if lost is not None:
        raise Conflict(
            _(
                "La question « %(question)s » n’est posée que pour la réponse « %(answer)s ». "
                "Gardez ce choix, ou changez d’abord cette condition.",
                question=lost.label,
                answer=lost.condition_value,
            )
        )


def remove_question(question: Question) -> None:
    """Only while nobody answered, and no other question depends on it."""
    if count_answers(question.event_id).get(question.id):
        raise Conflict(_("Des personnes ont répondu à cette question : elle ne se supprime plus."))
    needs_it = sa.exists().where(Question.condition_id == question.id)
    if db.session.scalar(sa.select(needs_it)):
        raise Conflict(_("Une autre question dépend de celle-ci. Changez d’abord sa condition."))
    db.session.delete(question)
    db.session.flush()


def move_question(question: Question, *, by: int) -> None:
    """One place up (-1) or down (1). A question stays after the one on which it depends."""
    order = list(list_questions(question.event_id))
    here = order.index(question)
    there = min(max(here + by, 0), len(order) - 1)
    order.insert(there, order.pop(here))
    places = {one.id: position for position, one in enumerate(order)}
    if any(one.condition_id and places[one.condition_id] > places[one.id] for one in order):
        raise Conflict(_("Une question vient toujours après celle dont elle dépend."))
    for position, one in enumerate(order):
        one.position = position
    db.session.flush()


def _write(question: Question, plan: QuestionPlan) -> None:
    question.kind, question.label, question.help = plan.kind, plan.label, plan.help
    question.options, question.is_required = list(plan.options), plan.is_required
    question.condition_id, question.condition_value = plan.condition_id, plan.condition_value
    question.is_sensitive, question.purpose = plan.is_sensitive, plan.purpose
    question.kept_days = plan.kept_days
