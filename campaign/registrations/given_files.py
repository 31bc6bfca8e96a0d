"""What a registered person sees and changes of the files that they were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.i18n import _
from campaign.registrations import files, queries
from campaign.registrations.answers import TICKED, GivenFile
from campaign.registrations.models import (
    Answer,
    AnswerFile,
    Attendee,
    Question,
    QuestionKind,
    Registration,
    RegistrationMove,
    SensitiveAnswer,
)


@dataclass(frozen=True, kw_only=True)
class AskedFile:
    """A file question put to somebody, and what they sent."""

    question: Question
    name: str
    """Of the file; empty while there is none."""
    size_bytes: int


def list_asked(registration: Registration) -> dict[int, list[AskedFile]]:
    """The file questions that the answers of each person call for, by number of the person."""
    questions = _list_questions(registration.event_id)
    if not any(one.kind is QuestionKind.FILE for one in questions):
        return {}
    people = [one.id for one in registration.attendees]
    told, sent = _list_told(people), _list_sent(people, [one.id for one in questions])
    return {
        person: [
            AskedFile(question=one, name=name, size_bytes=size)
            for one in questions
            if one.kind is QuestionKind.FILE and _is_asked(one, questions, told.get(person, {}))
            for name, size in [sent.get((person, one.id), ("", 0))]
        ]
        for person in people
    }


def get_asked(registration: Registration, attendee: Attendee, question_id: int) -> AskedFile:
    """That file question, if the answers of that person call for it."""
    for one in list_asked(registration).get(attendee.id, ()):
        if one.question.id == question_id:
            return one
    raise NotFound(_("Ce fichier ne vous est pas demandé. Revenez à votre inscription."))


def _list_questions(event_id: int) -> Sequence[Question]:
    return db.session.scalars(
        sa.select(Question).where(Question.event_id == event_id).order_by(Question.position, Question.id)
    ).all()


def _list_told(people: Sequence[int]) -> dict[int, dict[int, object]]:
    """The ordinary answers of these people, by question."""
    told: dict[int, dict[int, object]] = {}
    for answer in db.session.scalars(sa.select(Answer).where(Answer.attendee_id.in_(people))):
        told.setdefault(answer.attendee_id, {})[answer.question_id] = answer.value.get("reponse")
    return told


def _list_sent(people: Sequence[int], questions: Sequence[int]) -> dict[tuple[int, int], tuple[str, int]]:
    """Name and size of each file of these people, by person and question."""
    found = db.session.execute(
        sa.select(files.OWNER, AnswerFile.question_id, AnswerFile.name, AnswerFile.size_bytes)
        .select_from(files.WITH_ANSWER)
        .where(AnswerFile.question_id.in_(questions), files.OWNER.in_(people))
    )
    return {(person, question): (name, size) for person, question, name, size in found}


def _is_asked(question: Question, questions: Sequence[Question], told: Mapping[int, object]) -> bool:
    """Whether these answers ask for it, as the form does."""
    if question.condition_id is None:
        return True
    parent = next((one for one in questions if one.id == question.condition_id), None)
    if parent is None or not _is_asked(parent, questions, told):
        return False
    answer = told.get(parent.id)
    words = answer if isinstance(answer, list) else [TICKED if answer is True else str(answer)]
    return question.condition_value in words


def put(
    registration: Registration,
    attendee: Attendee,
    question: Question,
    file: GivenFile,
    *,
    author: str,
    now: datetime,
) -> None:
    """The person’s file to that question, instead of the former one. A sensitive one is given with their
    express consent, which the form asked for again."""
    _erase(attendee.id, question.id)
    if question.is_sensitive:
        last_day = queries.last_day(registration.event_id, now=now)
        db.session.add(
            SensitiveAnswer(
                attendee_id=attendee.id,
                question_id=question.id,
                value=file.name,
                consented_at=now,
                purge_on=last_day + timedelta(days=question.kept_days),
            )
        )
    else:
        db.session.add(Answer(attendee_id=attendee.id, question_id=question.id, value={"reponse": file.name}))
    db.session.flush()
    files.attach(attendee.id, {question.id: file}, now=now)
    _record(registration, attendee, "Fichier joint", author=author, now=now)


def remove(
    registration: Registration, attendee: Attendee, question: Question, *, author: str, now: datetime
) -> None:
    """Take it back. A file that is asked of everybody is replaced instead."""
    if question.is_required and not question.is_sensitive:
        raise Conflict(_("Ce fichier est obligatoire. Vous pouvez le remplacer par un autre."))
    _erase(attendee.id, question.id)
    _record(registration, attendee, "Fichier retiré", author=author, now=now)


def _erase(attendee_id: int, question_id: int) -> None:
    """The answer; its file goes with it."""
    for table in (Answer, SensitiveAnswer):
        db.session.execute(
            sa.delete(table)
            .where(table.attendee_id == attendee_id, table.question_id == question_id)
            .execution_options(synchronize_session="fetch")
        )


def _record(
    registration: Registration, attendee: Attendee, reason: str, *, author: str, now: datetime
) -> None:
    db.session.add(
        RegistrationMove(
            registration_id=registration.id,
            attendee_id=attendee.id,
            at=now,
            author=author,
            from_state=registration.state,
            to_state=registration.state,
            reason=reason,
        )
    )
