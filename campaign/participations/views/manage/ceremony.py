"""The ceremony on another day, or indoors, told by telephone."""

from __future__ import annotations

from datetime import datetime

from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.errors import CampaignError
from campaign.events.services import When
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.participations import letters, links, services
from campaign.participations.manage_forms import IndoorsForm, PostponedForm
from campaign.participations.models import Participation
from campaign.participations.views.manage.asking import Question, ask
from campaign.participations.views.manage.case import author_of, blueprint, form_sent
from campaign.web.filters import hour
from campaign.web.forms import PageForm


@blueprint.route("/municipalites/<geo_code>/reporter", methods=["GET", "POST"])
@require(*EDITORS)
def postpone(geo_code: str) -> ResponseReturnValue:
    """« Reportée au … », told by telephone."""
    form = PostponedForm(form_sent())

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        when = When(day=form.flag_on.data, at=form.flag_time.data)
        author = author_of(form.channel.data)
        services.postpone(participation, when=when, reason=form.reason.data, author=author, now=now)
        tell_change(participation, now)

    question = Question(
        title=_("Reporter la cérémonie"),
        text=_("La page publique et les calendriers suivent; la municipalité reçoit un courriel."),
        button=_("Reporter la cérémonie"),
        done=_("La cérémonie est reportée."),
    )
    try:
        return ask(geo_code, question, form, act)
    except clock.NonexistentTime as refusal:
        raise CampaignError(
            _(
                "Cette heure n’existe pas cette nuit-là : on avance l’heure. Inscrivez %(hour)s.",
                hour=hour(refusal.suggestion),
            )
        ) from refusal


@blueprint.route("/municipalites/<geo_code>/interieur", methods=["GET", "POST"])
@require(*EDITORS)
def move_indoors(geo_code: str) -> ResponseReturnValue:
    """« À l’intérieur », told by telephone."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.move_indoors(
            participation,
            place=form.place.data,
            reason=form.reason.data,
            author=author_of(form.channel.data),
            now=now,
        )
        tell_change(participation, now)

    question = Question(
        title=_("Déplacer la cérémonie à l’intérieur"),
        text=_("Même jour, même heure. La municipalité reçoit un courriel."),
        button=_("Déplacer la cérémonie"),
        done=_("La cérémonie aura lieu à l’intérieur."),
    )
    return ask(geo_code, question, IndoorsForm(form_sent()), act)


def tell_change(participation: Participation, now: datetime) -> None:
    """A letter to the municipality, with a link to its page."""
    token = links.issue(
        participation.edition, participation.territory, now=now, contact=participation.contact
    )
    letters.tell_change(participation, public_link("participations.personal", token=token), now=now)
