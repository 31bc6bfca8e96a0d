"""Where the council's resolution is, and where the kit is."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue

from campaign.accounts.access import EDITORS, require
from campaign.i18n import _
from campaign.participations import services
from campaign.participations.manage_forms import KitForm, ResolutionForm
from campaign.participations.models import Participation, ResolutionState
from campaign.participations.views.manage.asking import Question, ask
from campaign.participations.views.manage.case import author_of, blueprint, case_of, form_sent
from campaign.web.forms import PageForm


@blueprint.route("/municipalites/<geo_code>/resolution", methods=["GET", "POST"])
@require(*EDITORS)
def resolution(geo_code: str) -> ResponseReturnValue:
    """Where the council's resolution is."""
    known = case_of(geo_code).participation
    form = ResolutionForm(
        form_sent(),
        data={
            "state": known.resolution_state.value,
            "on": known.resolution_on,
            "number": known.resolution_number,
        }
        if known
        else None,
    )

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.set_resolution(
            participation,
            ResolutionState(form.state.data),
            on=form.on.data,
            number=form.number.data or "",
            author=author_of(form.channel.data),
            now=now,
        )

    question = Question(
        title=_("Suivre la résolution"),
        text=_("Le numéro peut venir plus tard."),
        button=_("Enregistrer la résolution"),
        done=_("La résolution est notée."),
    )
    return ask(geo_code, question, form, act)


@blueprint.route("/municipalites/<geo_code>/trousse", methods=["GET", "POST"])
@require(*EDITORS)
def kit(geo_code: str) -> ResponseReturnValue:
    """Where the kit is."""
    known = case_of(geo_code).participation
    form = KitForm(form_sent(), data={"state": known.kit_state.value} if known else None)

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        if isinstance(form, KitForm):
            services.set_kit(
                participation, form.kit_state, author=author_of(), now=now, reason=form.reason.data or ""
            )

    question = Question(
        title=_("Suivre la trousse"),
        text=_("Une fois la trousse en préparation, le formulaire de la municipalité n’y change plus rien."),
        button=_("Enregistrer la trousse"),
        done=_("La trousse est notée."),
    )
    return ask(geo_code, question, form, act)
