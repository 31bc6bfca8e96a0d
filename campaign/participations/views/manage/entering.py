"""In the municipality's name: its answers, written or corrected by the team."""

from __future__ import annotations

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.db import transaction
from campaign.errors import Conflict, NotFound
from campaign.i18n import _
from campaign.identifiers import new_token
from campaign.participations import letters, links, services
from campaign.participations.details import ParticipationDetails, carried_over, details_of, first_time
from campaign.participations.manage_forms import TeamParticipationForm
from campaign.participations.models import Channel
from campaign.participations.views.manage.case import (
    Case,
    author_of,
    back_to,
    blueprint,
    case_of,
    is_sent,
    kept,
    locked,
)


@blueprint.route("/municipalites/<geo_code>/inscrire", methods=["GET", "POST"])
@require(*EDITORS)
def register(geo_code: str) -> ResponseReturnValue:
    """« Inscrite par la coordination, à confirmer par la municipalité »"""
    case = case_of(geo_code)
    if case.territory.valid_to is not None:
        raise Conflict(_("Cette municipalité n’existe plus. Inscrivez celle d’aujourd’hui."))
    if not is_sent():
        form = _participation_form(case, _proposed(case))
        return _draw_questions("register", case, form)
    form = _typed_form(case)
    if not form.validate():
        return _draw_questions("register", case, form), 422
    return _register(geo_code, form)


def _register(geo_code: str, form: TeamParticipationForm) -> ResponseReturnValue:
    now = clock.now()
    details = form.to_details()
    try:
        with transaction():
            case = case_of(geo_code)
            participation = services.register(
                case.edition,
                case.territory,
                details,
                author=author_of(form.channel.data),
                now=now,
                receipt=form.receipt,
            )
            if participation.registered_at == now:
                token = links.ask_proof(participation, details.contact.email, now=now)
                letters.ask_verification(participation, token, now=now, team_enters=True)
    except services.AlreadyRegistered:
        flash(_("Cette municipalité est déjà inscrite. Corrigez ses réponses s’il le faut."), "warning")
        return back_to(geo_code)
    flash(
        _(
            "La municipalité est inscrite. Un courriel lui demande de confirmer; "
            "vous pouvez aussi la confirmer par téléphone."
        ),
        "success",
    )
    if form.is_outside_week():
        flash(_("La date du lever est en dehors de la semaine : vérifiez qu’elle est juste."), "warning")
    return back_to(geo_code)


@blueprint.route("/municipalites/<geo_code>/corriger", methods=["GET", "POST"])
@require(*EDITORS)
def correct(geo_code: str) -> ResponseReturnValue:
    """The answers, corrected by the team."""
    case = case_of(geo_code)
    if case.participation is None or case.participation.registered_at is None:
        raise NotFound(_("Cette municipalité n’est pas inscrite dans cette édition."))
    if not is_sent():
        return _draw_questions("correct", case, _participation_form(case, details_of(case.participation)))
    form = _typed_form(case)
    if not form.validate():
        return _draw_questions("correct", case, form), 422
    now, details = clock.now(), form.to_details()
    try:
        with transaction():
            services.revise(
                locked(geo_code, now),
                details,
                author=author_of(form.channel.data),
                now=now,
                seen=form.fiche.data or None,
            )
    except services.ChangedMeanwhile as refusal:
        case = case_of(geo_code)
        form.fiche.data = services.version_of(case.participation)
        return _draw_questions("correct", case, form, warning=refusal.message), 409
    flash(_("Les réponses sont corrigées."), "success")
    return back_to(geo_code)


def _proposed(case: Case) -> ParticipationDetails:
    """The answers given before, else last time's, else the usual ones."""
    if case.participation is not None and case.participation.registered_at is not None:
        return details_of(case.participation)
    last = services.find_last(case.edition, case.territory.id)
    return carried_over(last, case.edition) if last else first_time(case.edition)


def _participation_form(case: Case, details: ParticipationDetails) -> TeamParticipationForm:
    form = TeamParticipationForm(
        edition=case.edition,
        zone=case.territory.time_zone,
        data=TeamParticipationForm.filled_with(details),
    )
    form.channel.data = Channel.PHONE.value
    form.cle.data = new_token()
    form.fiche.data = services.version_of(case.participation)
    return form


def _typed_form(case: Case) -> TeamParticipationForm:
    return TeamParticipationForm(request.form, edition=case.edition, zone=case.territory.time_zone)


def _draw_questions(page: str, case: Case, form: TeamParticipationForm, *, warning: str = "") -> str:
    return render_template(
        "participations/manage/questions.html",
        page=page,
        case=case,
        territory=case.territory,
        edition=case.edition,
        form=form,
        warning=warning,
        kept=kept(),
    )
