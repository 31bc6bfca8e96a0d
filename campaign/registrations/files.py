"""The files of the answers: how one waits for its form to be sent again, and whose it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign.db import db
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.identifiers import hash_token, new_token
from campaign.registrations.answers import GivenFile
from campaign.registrations.models import Answer, AnswerFile, SensitiveAnswer

KEPT_ASIDE = timedelta(days=1)
"""How long a file waits for its form to be sent again."""
MOST_KEPT_ASIDE = 500_000_000
"""All that waits, in bytes: nobody makes a store of a form that they never finish."""

NO_LONGER_KEPT = _("Le fichier joint plus tôt n’est plus gardé. Choisissez-le de nouveau.")

OWNER = sa.func.coalesce(Answer.attendee_id, SensitiveAnswer.attendee_id)
"""The person whose file it is."""
WITH_ANSWER = sa.outerjoin(
    sa.outerjoin(AnswerFile, Answer, Answer.id == AnswerFile.answer_id),
    SensitiveAnswer,
    SensitiveAnswer.id == AnswerFile.sensitive_answer_id,
)
"""Each file with the answer that names it."""

_WAITS = (AnswerFile.answer_id.is_(None), AnswerFile.sensitive_answer_id.is_(None))


def keep_aside(question_id: int, file: GivenFile, *, now: datetime) -> str:
    """Keep a file whose form came back; gives the word by which the form finds it again, or none when too
    many wait already."""
    waiting = db.session.scalar(sa.select(sa.func.sum(AnswerFile.size_bytes)).where(*_WAITS)) or 0
    if waiting + file.size_bytes > MOST_KEPT_ASIDE:
        return ""
    handle = new_token()
    _store(question_id, file, now=now, handle_hash=hash_token(handle))
    return handle


def find_kept(handle: str, question_id: int, *, now: datetime) -> GivenFile | None:
    """The file that a form kept under that word. Taken already, it is still known: the same form may come
    twice."""
    found = db.session.execute(
        sa.select(
            AnswerFile.id,
            AnswerFile.name,
            AnswerFile.media_type,
            AnswerFile.size_bytes,
            AnswerFile.digest,
            AnswerFile.answer_id,
            AnswerFile.sensitive_answer_id,
        ).where(
            AnswerFile.handle_hash == hash_token(handle),
            AnswerFile.question_id == question_id,
            AnswerFile.created_at > now - KEPT_ASIDE,
        )
    ).one_or_none()
    if found is None:
        return None
    return GivenFile(
        name=found.name,
        media_type=found.media_type,
        size_bytes=found.size_bytes,
        digest=found.digest,
        kept_id=found.id,
        is_taken=(found.answer_id or found.sensitive_answer_id) is not None,
    )


def forget_unused(now: datetime) -> int:
    """Drop the files whose form never came back; gives how many."""
    return len(
        db.session.execute(
            sa.delete(AnswerFile)
            .where(*_WAITS, AnswerFile.created_at <= now - KEPT_ASIDE)
            .returning(AnswerFile.id)
            .execution_options(synchronize_session=False)
        ).all()
    )


def _store(
    question_id: int,
    file: GivenFile,
    *,
    now: datetime,
    handle_hash: str | None = None,
    answer_id: int | None = None,
    sensitive_answer_id: int | None = None,
) -> None:
    db.session.execute(
        sa.insert(AnswerFile).values(
            question_id=question_id,
            answer_id=answer_id,
            sensitive_answer_id=sensitive_answer_id,
            handle_hash=handle_hash,
            name=file.name,
            media_type=file.media_type,
            size_bytes=file.size_bytes,
            digest=file.digest,
            created_at=now,
            content=file.content,
        )
    )


def attach(attendee_id: int, given: Mapping[int, GivenFile], *, now: datetime) -> None:
    """Give each file to the answer that names it, which is written already. One that waited is taken once:
    `Conflict` for whoever comes second."""
    for question_id, file in given.items():
        answer_id, sensitive_id = (
            db.session.scalar(
                sa.select(sa.func.max(table.id)).where(
                    table.attendee_id == attendee_id, table.question_id == question_id
                )
            )
            for table in (Answer, SensitiveAnswer)
        )
        if file.kept_id is None:
            _store(question_id, file, now=now, answer_id=answer_id, sensitive_answer_id=sensitive_id)
        else:
            _take(file.kept_id, answer_id, sensitive_id)


def _take(kept_id: int, answer_id: int | None, sensitive_id: int | None) -> None:
    taken = db.session.execute(
        sa.update(AnswerFile)
        .where(AnswerFile.id == kept_id, *_WAITS)
        .values(answer_id=answer_id, sensitive_answer_id=sensitive_id)
        .returning(AnswerFile.id)
        .execution_options(synchronize_session=False)
    ).all()
    if not taken:
        raise Conflict(NO_LONGER_KEPT)
