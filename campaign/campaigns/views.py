"""The editions, for those who organize them."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import require
from campaign.accounts.models import Role
from campaign.campaigns import queries, services
from campaign.campaigns.forms import OpeningForm, WeekForm
from campaign.db import transaction
from campaign.i18n import _

blueprint = Blueprint("campaigns", __name__)


@blueprint.get("/gestion/editions")
@require(Role.ADMIN, Role.ORGANIZER)
def list_editions() -> ResponseReturnValue:
    """Every edition, the current one told apart."""
    return render_template(
        "campaigns/list.html", editions=queries.list_editions(), current=queries.find_current_edition()
    )


@blueprint.route("/gestion/editions/ouvrir", methods=["GET", "POST"])
@require(Role.ADMIN, Role.ORGANIZER)
def open_edition() -> ResponseReturnValue:
    """Open an edition; the usual week of the next one is proposed."""
    number, week = queries.next_to_open(clock.today(clock.now()))
    form = OpeningForm(data=OpeningForm.proposing(number, week))
    if form.validate_on_submit():
        answers = form.to_answers()
        try:
            with transaction():
                services.open_edition(
                    answers.number, answers.start_on, theme=answers.theme, flag_on=answers.flag_on
                )
        except services.EditionRefused as error:
            form.refuse(error)
        else:
            flash(_("L’édition est ouverte."), "success")
            return redirect(url_for("campaigns.list_editions"))
    return render_template("campaigns/open.html", form=form), 422 if form.errors else 200


@blueprint.route("/gestion/editions/<int:number>", methods=["GET", "POST"])
@require(Role.ADMIN, Role.ORGANIZER)
def change_edition(number: int) -> ResponseReturnValue:
    """Move the week of an edition, or rewrite its theme."""
    edition = queries.get_open_edition(number)
    form = WeekForm(data=WeekForm.filled_with(edition))
    if form.validate_on_submit():
        answers = form.to_answers()
        try:
            with transaction():
                services.change_edition(
                    edition, start_on=answers.start_on, theme=answers.theme, flag_on=answers.flag_on
                )
        except services.EditionRefused as error:
            form.refuse(error)
        else:
            flash(_("L’édition est à jour."), "success")
            return redirect(url_for("campaigns.list_editions"))
    return render_template("campaigns/edit.html", form=form, number=number), 422 if form.errors else 200
