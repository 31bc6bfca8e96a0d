"""The questionnaire after an event: one personal link, one answer, and no trace of who answered what.

With the person stays only that they answered, and the day. Answers have numbers drawn at random, so that
neither their order nor their age tells anything; texts are read once there are enough of them.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.checkin import presence
from campaign.db import db
from campaign.errors import Conflict, Gone, NotFound
from campaign.events.models import Event
from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.registrations.models import Attendee, Survey, SurveyAnswer
from campaign.web.filters import number

ENOUGH = 5
"""Below this many answers nothing is shown nor exported: one answer and the list of who came would be a
name."""

SCORES = (5, 4, 3, 2, 1)

OPEN_DAYS = 30
"""How long one may answer after the last sitting: as long as what people said of their needs is kept. The day
is that of the event, never of a person: it tells nothing of who answers."""


@dataclass(frozen=True, kw_only=True)
class SurveyAnswers:
    """What one person says."""

    score: int
    liked: str = ""
    improve: str = ""


@dataclass(frozen=True, kw_only=True)
class Results:
    """What the team reads."""

    sent: int
    answered: int
    answers: Sequence[SurveyAnswers]
    """Ordered by what they say; empty as long as there are not enough."""

    @property
    def is_shown(self) -> bool:
        return bool(self.answers)

    @property
    def average(self) -> str:
        """« 4,3 »"""
        return number(round(sum(one.score for one in self.answers) / len(self.answers), 1))

    @property
    def by_score(self) -> list[tuple[int, int]]:
        counts = Counter(one.score for one in self.answers)
        return [(score, counts[score]) for score in SCORES]


def closes_on(event: Event) -> date | None:
    """The last day on which one may answer; None when no sitting has a day. The event's sessions are
    loaded."""
    days = [each.ends_on or each.starts_on for each in presence.list_sittings(event)]
    last_day = max((day for day in days if day is not None), default=None)
    return last_day + timedelta(days=OPEN_DAYS) if last_day else None


def is_open(event: Event, *, now: datetime) -> bool:
    """Whether one may still answer, by the day at the place of the event."""
    last_day = closes_on(event)
    return last_day is None or clock.today(now, event.time_zone) <= last_day


def get_survey(token: str) -> tuple[Survey, Event]:
    """The questionnaire of that link, and its event with its sittings."""
    survey = db.session.scalar(sa.select(Survey).where(Survey.token_hash == hash_token(token)))
    if survey is None:
        raise NotFound(_("Ce lien n’est pas reconnu. Ouvrez celui de votre dernier message."))
    event = db.session.scalar(
        sa.select(Event)
        .join(Attendee, Attendee.event_id == Event.id)
        .where(Attendee.id == survey.attendee_id)
        .options(joinedload(Event.edition), selectinload(Event.sessions))
    )
    if event is None:
        raise NotFound(_("Cet événement n’existe plus."))
    return survey, event


def answer(token: str, answers: SurveyAnswers, *, now: datetime) -> bool:
    """Keep the answer, once; False when that link has answered already, `Gone` once the questionnaire is
    closed.

    The day is claimed by one statement: the same form sent twice at the same instant counts once.
    """
    survey, event = get_survey(token)
    if not is_open(event, now=now):
        raise Gone(_("Ce questionnaire est fermé. Votre réponse n’a pas été enregistrée."))
    claimed = db.session.execute(
        sa.update(Survey)
        .where(Survey.attendee_id == survey.attendee_id, Survey.answered_on.is_(None))
        .values(answered_on=clock.today(now, event.time_zone))
        .returning(Survey.attendee_id)
        .execution_options(synchronize_session=False)
    ).all()
    if not claimed:
        return False
    db.session.add(
        SurveyAnswer(
            id=secrets.randbelow(2**31 - 1) + 1,
            event_id=event.id,
            score=answers.score,
            liked=answers.liked,
            improve=answers.improve,
        )
    )
    db.session.flush()
    return True


def results_of(event_id: int) -> Results:
    """How many answered, and what they say once there are enough."""
    sent, answered = db.session.execute(
        sa.select(sa.func.count(), sa.func.count(Survey.answered_on))
        .join(Attendee, Survey.attendee_id == Attendee.id)
        .where(Attendee.event_id == event_id)
    ).one()
    told = db.session.scalars(sa.select(SurveyAnswer).where(SurveyAnswer.event_id == event_id)).all()
    answers = sorted(
        (SurveyAnswers(score=one.score, liked=one.liked, improve=one.improve) for one in told),
        key=lambda one: (-one.score, one.liked, one.improve),
    )
    return Results(sent=sent, answered=answered, answers=answers if len(answers) >= ENOUGH else [])


def get_shown_results(event_id: int) -> Results:
    """The results that may be exported; `Conflict` as long as there are not enough."""
    results = results_of(event_id)
    if not results.is_shown:
        raise Conflict(
            _(
                "Il y a moins de %(n)s réponses. Elles ne sont ni montrées ni exportées, pour que personne "
                "ne soit reconnu.",
                n=ENOUGH,
            )
        )
    return results
