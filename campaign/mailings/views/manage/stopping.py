"""A person holds a mailing or all of them, lets them go on, or cancels one."""

from __future__ import annotations

from datetime import datetime

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import require
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.mailings import services, timeline, words
from campaign.mailings.models import Mailing
from campaign.mailings.views.manage.asking import Question, ask, question_page, typed_reason
from campaign.mailings.views.manage.case import ACTORS, address_of, author_name, back_to, blueprint, locked
from campaign.mailings.views.manage.showing import draw_mailing


@blueprint.post("/<key>/pause")
@require(*ACTORS)
def pause(key: str) -> ResponseReturnValue:
    """Hold what is queued, at one press: every second counts."""
    reason, author = typed_reason(), author_name()
    try:
        with transaction():
            mailing, _edition = locked(key)
            services.pause(
                mailing,
                author=author,
                reason=reason or _("Mis en pause par %(name)s.", name=author),
                now=clock.now(),
            )
    except Conflict as refusal:
        return draw_mailing(key, refusal=refusal.message, reason=reason)
    flash(_("L’envoi est en pause : rien n’en part, rien n’est perdu."), "success")
    return back_to(key)


@blueprint.route("/<key>/reprendre", methods=["GET", "POST"])
@require(*ACTORS)
def resume(key: str) -> ResponseReturnValue:
    """Go on where it stopped."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        tally = timeline.entry_of(mailing, edition, regions=None, now=now).tally
        return Question(
            title=_("Reprendre « %(title)s »", title=mailing.title),
            sentences=[
                *([mailing.state_reason] if mailing.state_reason else []),
                _("%(letters)s dans la file.", letters=words.letters(tally.waiting)),
                _(
                    "Qui a répondu, décliné ou s’est désabonné depuis la pause en est d’abord retiré. Les "
                    "refus déjà vus sont acceptés : seuls de nouveaux l’arrêteraient encore."
                ),
            ],
            button=_("Reprendre l’envoi"),
            done=_("L’envoi reprend là où il s’était arrêté."),
            back=address_of(key),
        )

    return ask(
        key,
        question,
        lambda mailing, edition, now: services.resume(mailing, edition, author=author_name(), now=now),
    )


@blueprint.route("/<key>/annuler", methods=["GET", "POST"])
@require(*ACTORS)
def cancel(key: str) -> ResponseReturnValue:
    """What has not left never will."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        tally = timeline.entry_of(mailing, edition, regions=None, now=now).tally
        return Question(
            title=_("Annuler « %(title)s »", title=mailing.title),
            sentences=[
                _("%(letters)s dans la file : plus rien ne partira.", letters=words.letters(tally.waiting)),
                _(
                    "%(letters)s sur la route ou à destination : cela ne se reprend pas.",
                    letters=words.letters(tally.gone),
                ),
            ],
            button=_("Annuler l’envoi"),
            done=_("L’envoi est annulé : plus rien n’en partira."),
            is_perilous=True,
            back=address_of(key),
        )

    return ask(
        key, question, lambda mailing, _edition, now: services.cancel(mailing, author=author_name(), now=now)
    )


@blueprint.route("/tout-suspendre", methods=["GET", "POST"])
@require(*ACTORS)
def hold_everything() -> ResponseReturnValue:
    """« Tout suspendre »: nothing of any mailing leaves any more."""
    question = Question(
        title=_("Tout suspendre"),
        sentences=[
            _("Aucun envoi ne partira plus, et les messages en file attendront. Rien n’est perdu."),
            _("Les réponses directes partent toujours : accusés de réception, liens, clés de connexion."),
        ],
        button=_("Tout suspendre"),
        done=_("Tout est suspendu : plus aucun envoi ne part."),
        is_perilous=True,
        asks_reason=True,
        back=url_for(".list_mailings"),
        back_words=_("Revenir aux envois, sans rien suspendre"),
    )
    if request.method == "GET":
        return question_page(question, edition=None, refusal="")
    author = author_name()
    with transaction():
        services.hold_everything(
            author=author,
            reason=typed_reason() or _("Suspendu par %(name)s.", name=author),
            now=clock.now(),
        )
    flash(question.done, "success")
    return redirect(url_for(".list_mailings"), 303)


@blueprint.route("/tout-reprendre", methods=["GET", "POST"])
@require(*ACTORS)
def release_everything() -> ResponseReturnValue:
    """Let the mailings go on."""
    question = Question(
        title=_("Reprendre les envois"),
        sentences=[
            _(
                "Les messages en file partiront, et les envois dont le moment est venu aussi. Qui a répondu, "
                "décliné ou s’est désabonné depuis en est d’abord retiré."
            ),
            _("Un envoi mis en pause à part le reste."),
        ],
        button=_("Reprendre les envois"),
        done=_("Les envois reprennent."),
        back=url_for(".list_mailings"),
        back_words=_("Revenir aux envois, sans rien reprendre"),
    )
    if request.method == "GET":
        return question_page(question, edition=None, refusal="")
    with transaction():
        services.release_everything(now=clock.now())
    flash(question.done, "success")
    return redirect(url_for(".list_mailings"), 303)
