"""A page that asks before acting, and what it was answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.mailings import queries
from campaign.mailings.models import Mailing
from campaign.mailings.views.manage.case import back_to, edition_asked, locked
from campaign.web import typed

LONGEST_REASON = 200


@dataclass(frozen=True, kw_only=True)
class Question:
    """A page that asks before acting."""

    title: str
    sentences: Sequence[str]
    button: str
    done: str
    is_perilous: bool = False
    asks_reason: bool = False
    back: str
    back_words: str = ""


Act = Callable[[Mailing, Edition, datetime], object]


def ask(
    key: str, question: Callable[[Mailing, Edition, datetime], Question], act: Act
) -> ResponseReturnValue:
    """Draw the question; once answered, act in one transaction and go back to the mailing."""
    refusal = ""
    if request.method == "POST":
        now = clock.now()
        try:
            with transaction():
                mailing, edition = locked(key)
                asked = question(mailing, edition, now)
                act(mailing, edition, now)
        except Conflict as conflict:
            refusal = conflict.message
        else:
            flash(asked.done, "success")
            return back_to(key)
    edition = edition_asked()
    mailing = queries.get_mailing(edition, key)
    return question_page(question(mailing, edition, clock.now()), edition=edition, refusal=refusal)


def question_page(question: Question, *, edition: Edition | None, refusal: str) -> ResponseReturnValue:
    """The page of that question; after a refusal, with what was typed."""
    drawn = render_template(
        "mailings/confirm.html",
        question=question,
        edition=edition,
        refusal=refusal,
        reason=typed_reason(),
        longest=LONGEST_REASON,
    )
    return drawn, 409 if refusal else 200


def typed_reason() -> str:
    """Why, in the person's own words."""
    return typed.printable(request.form.get("reason", "")).strip()[:LONGEST_REASON]
