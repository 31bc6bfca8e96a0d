"""Where a participation stands: confirmed, checked, held, declined, cancelled, and back."""

from __future__ import annotations

from datetime import datetime

from flask import flash
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.participations import letters, links, services
from campaign.participations.manage_forms import PublicReasonForm
from campaign.participations.models import Participation, State
from campaign.participations.views.manage.asking import Question, ask, ask_reason, reason_form
from campaign.participations.views.manage.case import author_of, back_to, blueprint, form_sent, locked
from campaign.participations.views.manage.ceremony import tell_change
from campaign.web.forms import PageForm


@blueprint.route("/municipalites/<geo_code>/confirmer", methods=["GET", "POST"])
@require(*EDITORS)
def confirm(geo_code: str) -> ResponseReturnValue:
    """Confirmed by telephone: the note says by whom."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.confirm(participation, author=author_of(form.channel.data), now=now, reason=form.reason.data)
        if participation.confirmed_at == now:
            token = links.issue(
                participation.edition, participation.territory, now=now, contact=participation.contact
            )
            letters.confirm_registration(participation, token, now=now)

    question = Question(
        title=_("Confirmer la participation"),
        text=_(
            "La municipalité entre dans les chiffres publics et reçoit son courriel de confirmation. "
            "Notez qui vous l’a confirmé, par exemple « Mme Tremblay, greffière, le 3 mai »."
        ),
        button=_("Confirmer la participation"),
        done=_("La participation est confirmée."),
    )
    return ask(geo_code, question, reason_form(), act)


@blueprint.post("/municipalites/<geo_code>/verifier")
@require(*EDITORS)
def approve(geo_code: str) -> ResponseReturnValue:
    """The team has looked: the public may see it."""
    now = clock.now()
    with transaction():
        services.approve(locked(geo_code, now), author=author_of(), now=now)
    flash(_("L’inscription est vérifiée."), "success")
    return back_to(geo_code)


@blueprint.route("/municipalites/<geo_code>/annuler", methods=["GET", "POST"])
@require(*EDITORS)
def cancel(geo_code: str) -> ResponseReturnValue:
    """The municipality withdraws."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.cancel(participation, reason=form.reason.data, author=author_of(form.channel.data), now=now)
        tell_change(participation, now)

    question = Question(
        title=_("Annuler la participation"),
        text=_(
            "La municipalité sort des chiffres publics. Une cérémonie déjà annoncée reste visible, "
            "marquée « annulée », avec la raison. La participation pourra être rétablie."
        ),
        button=_("Annuler la participation"),
        done=_("La participation est annulée."),
        is_perilous=True,
    )
    return ask(geo_code, question, PublicReasonForm(form_sent()), act)


@blueprint.route("/municipalites/<geo_code>/decliner", methods=["GET", "POST"])
@require(*EDITORS)
def decline(geo_code: str) -> ResponseReturnValue:
    """« Pas cette année »; a municipality that never answered may say so by telephone."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.decline(
            participation.edition,
            participation.territory,
            author=author_of(form.channel.data),
            now=now,
            reason=form.reason.data,
        )

    question = Question(
        title=_("Noter un refus pour cette année"),
        text=_(
            "La municipalité ne recevra plus de sollicitation pour cette édition. "
            "Elle pourra s’inscrire quand même si elle change d’idée."
        ),
        button=_("Noter le refus"),
        done=_("Le refus est noté : plus de sollicitation pour cette édition."),
        is_perilous=True,
    )
    return ask(geo_code, question, reason_form(), act, opens_file=True)


@blueprint.route("/municipalites/<geo_code>/retablir", methods=["GET", "POST"])
@require(*EDITORS)
def reinstate(geo_code: str) -> ResponseReturnValue:
    """It takes part after all."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        if participation.state is not State.CANCELLED:
            raise Conflict(_("Cette participation n’est pas annulée."))
        services.reinstate(
            participation, author=author_of(form.channel.data), now=now, reason=form.reason.data
        )

    question = Question(
        title=_("Rétablir la participation"),
        text=_("La municipalité participe de nouveau, avec les mêmes réponses."),
        button=_("Rétablir la participation"),
        done=_("La participation est rétablie."),
    )
    return ask(geo_code, question, reason_form(), act)


@blueprint.route("/municipalites/<geo_code>/tenue", methods=["GET", "POST"])
@require(*EDITORS)
def mark_held(geo_code: str) -> ResponseReturnValue:
    """It took place; the reason is the evidence."""
    question = Question(
        title=_("Marquer comme réalisée"),
        text=_("Notez la preuve : photo reçue, article de journal, appel."),
        button=_("Marquer comme réalisée"),
        done=_("La participation est réalisée."),
    )
    return ask_reason(geo_code, question, services.mark_held)


@blueprint.route("/municipalites/<geo_code>/pas-tenue", methods=["GET", "POST"])
@require(*EDITORS)
def undo_held(geo_code: str) -> ResponseReturnValue:
    """« Réalisée » was a mistake."""
    question = Question(
        title=_("Revenir à « confirmée »"),
        text=_("La participation a été marquée « réalisée » par erreur."),
        button=_("Revenir à « confirmée »"),
        done=_("La participation est de nouveau confirmée."),
    )
    return ask_reason(geo_code, question, services.undo_held)


@blueprint.route("/municipalites/<geo_code>/rouvrir", methods=["GET", "POST"])
@require(*EDITORS)
def reopen(geo_code: str) -> ResponseReturnValue:
    """A file set aside starts again."""
    question = Question(
        title=_("Rouvrir la fiche"),
        text=_(
            "La fiche avait été écartée. Rouverte, elle redevient « non sollicitée », "
            "et la municipalité peut s’inscrire."
        ),
        button=_("Rouvrir la fiche"),
        done=_("La fiche est rouverte."),
    )
    return ask_reason(geo_code, question, services.reopen)
