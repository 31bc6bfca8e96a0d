"""The editions and the organization that carries them, for those who organize."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import require
from campaign.accounts.models import Role
from campaign.campaigns import queries, services
from campaign.campaigns.forms import OpeningForm, OrganizationForm, WeekForm
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


@blueprint.route("/gestion/organisme", methods=["GET", "POST"])
@require(Role.ADMIN, Role.ORGANIZER)
def organization() -> ResponseReturnValue:
    """Who writes: the name, the postal address and the way to be reached that every message must show."""
    carrier = queries.organization()
    form = OrganizationForm(data=OrganizationForm.filled_with(carrier))
    if form.validate_on_submit():
        with transaction():
            services.set_organization(
                **asdict(form.to_carrier()),
                prefix=carrier.prefix,
            )
        flash(_("L’organisme est à jour."), "success")
        return redirect(url_for("campaigns.organization"), 303)
    missing = not (carrier.postal_address and carrier.contact)
    return render_template("campaigns/organization.html", form=form, is_incomplete=missing), (
        422 if form.errors else 200
    )
