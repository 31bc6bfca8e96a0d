"""A page that asks one question before acting, then goes back to the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.db import transaction
from campaign.errors import CampaignError
from campaign.participations.manage_forms import ReasonForm
from campaign.participations.models import Participation
from campaign.participations.services import Author
from campaign.participations.views.manage.case import (
    author_of,
    back_to,
    case_of,
    form_sent,
    is_sent,
    kept,
    locked,
)
from campaign.web.forms import PageForm


@dataclass(frozen=True, kw_only=True)
class Question:
    """A page that asks before acting."""

    title: str
    text: str
    button: str
    done: str
    is_perilous: bool = False


Act = Callable[[Participation, PageForm, datetime], None]


def ask(
    geo_code: str, question: Question, form: PageForm, act: Act, *, opens_file: bool = False
) -> ResponseReturnValue:
    """Draw the question; once answered, act in one transaction and go back to the file.

    With `opens_file`, a municipality that never answered gets its file then.
    """
    if not is_sent() or not form.validate():
        case = case_of(geo_code)
        drawn = render_template(
            "participations/manage/ask.html",
            case=case,
            territory=case.territory,
            question=question,
            form=form,
            kept=kept(),
        )
        return drawn, 422 if is_sent() else 200
    now = clock.now()
    try:
        with transaction():
            act(locked(geo_code, now, opens_file=opens_file), form, now)
    except CampaignError as refusal:
        if refusal.status != 409:
            raise
        flash(refusal.message, "danger")
        return back_to(geo_code)
    flash(question.done, "success")
    return back_to(geo_code)


class Step(Protocol):
    """A change of state that is told with its reason."""

    def __call__(
        self, participation: Participation, *, author: Author, now: datetime, reason: str
    ) -> object: ...


def ask_reason(geo_code: str, question: Question, step: Step) -> ResponseReturnValue:
    """Ask why, and how it was told; then take the step."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        step(participation, author=author_of(form.channel.data), now=now, reason=form.reason.data)

    return ask(geo_code, question, reason_form(), act)


def reason_form() -> ReasonForm:
    return ReasonForm(form_sent())
