"""The team's pages of an event's own questions."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from campaign.accounts.access import EDITORS, require
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.events.models import Event
from campaign.i18n import _
from campaign.registrations import questions
from campaign.registrations.manage_forms import QuestionForm
from campaign.registrations.views.around import editable, event_of
from campaign.registrations.views.programme import STEPS

blueprint = Blueprint("questions", __name__, url_prefix="/gestion/evenements/<int:event_id>/questions")


@blueprint.get("")
@require(*EDITORS)
def show(event_id: int) -> str:
    """In the order in which they are asked."""
    event = event_of(event_id)
    asked = questions.list_questions(event_id)
    return render_template(
        "registrations/manage/questions.html",
        event=event,
        questions=asked,
        labels={one.id: one.label for one in asked},
        answered=questions.count_answers(event_id),
        kinds=questions.KINDS,
        is_open=not event.edition.source_url,
        edition_is_simulated=event.edition.is_simulated,
    )


def _back(event_id: int) -> Response:
    return redirect(url_for(".show", event_id=event_id), 303)


@blueprint.route("/nouvelle", methods=["GET", "POST"])
@require(*EDITORS)
def add(event_id: int) -> ResponseReturnValue:
    """One more, at the end."""
    event = editable(event_id)
    others = questions.list_possible_conditions(event_id, None)
    form = QuestionForm(request.form if request.method == "POST" else None, others=others)
    if request.method != "POST":
        return _draw(event, form)
    if not form.validate():
        return _draw(event, form), 422
    with transaction():
        editable(event_id, locked=True)
        questions.add_question(event_id, form.to_plan())
    flash(_("La question est dans le formulaire."), "success")
    return _back(event_id)


@blueprint.route("/<int:question_id>", methods=["GET", "POST"])
@require(*EDITORS)
def edit(event_id: int, question_id: int) -> ResponseReturnValue:
    """Write it otherwise."""
    event = editable(event_id)
    question = questions.get_question(event_id, question_id)
    others = questions.list_possible_conditions(event_id, question)
    if request.method != "POST":
        return _draw(event, QuestionForm(data=QuestionForm.filled_with(question), others=others))
    form = QuestionForm(request.form, others=others)
    if not form.validate():
        return _draw(event, form), 422
    try:
        with transaction():
            editable(event_id, locked=True)
            questions.change_question(questions.get_question(event_id, question_id), form.to_plan())
    except Conflict as refusal:
        return _draw(event_of(event_id), form, refusal.message), refusal.status
    flash(_("C’est enregistré."), "success")
    return _back(event_id)


def _draw(event: Event, form: QuestionForm, refusal: str = "") -> str:
    return render_template(
        "registrations/manage/question.html",
        event=event,
        form=form,
        refusal=refusal,
        edition_is_simulated=event.edition.is_simulated,
    )


@blueprint.post("/<int:question_id>/deplacer")
@require(*EDITORS)
def move(event_id: int, question_id: int) -> ResponseReturnValue:
    """One place up or down."""
    with transaction():
        editable(event_id, locked=True)
        by = STEPS.get(request.form.get("sens", ""), 0)
        questions.move_question(questions.get_question(event_id, question_id), by=by)
    return _back(event_id)


@blueprint.route("/<int:question_id>/retirer", methods=["GET", "POST"])
@require(*EDITORS)
def remove(event_id: int, question_id: int) -> ResponseReturnValue:
    """Only while nobody answered."""
    event = editable(event_id)
    question = questions.get_question(event_id, question_id)
    if request.method != "POST":
        return render_template(
            "registrations/manage/remove.html",
            event=event,
            what=question.label,
            room="questions.show",
            edition_is_simulated=event.edition.is_simulated,
        )
    with transaction():
        editable(event_id, locked=True)
        questions.remove_question(questions.get_question(event_id, question_id))
    flash(_("La question est retirée."), "success")
    return _back(event_id)
