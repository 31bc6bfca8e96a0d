"""A person puts a mailing on schedule, takes it back, or lets a late one leave."""

from __future__ import annotations

from datetime import datetime

from flask import flash
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import require
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.mailings import services, timeline, words
from campaign.mailings.ledger import Totals
from campaign.mailings.models import Mailing
from campaign.mailings.views.manage.asking import Question, ask
from campaign.mailings.views.manage.case import ACTORS, address_of, author_name, back_to, blueprint, locked
from campaign.mailings.views.manage.showing import draw_mailing


@blueprint.route("/<key>/planifier", methods=["GET", "POST"])
@require(*ACTORS)
def schedule(key: str) -> ResponseReturnValue:
    """Put a draft on schedule."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        entry = timeline.entry_of(mailing, edition, regions=None, now=now)
        totals = Totals.of(services.preview(mailing, edition, now=now))
        return Question(
            title=_("Planifier « %(title)s »", title=mailing.title),
            sentences=[
                entry.moment.why,
                _(
                    "D’après les réponses d’aujourd’hui : %(leaving)s, sur %(considered)s. La liste se "
                    "décide au moment du départ.",
                    leaving=words.letters(totals.leaving),
                    considered=words.addresses(totals.considered),
                ),
                *([entry.warning] if entry.warning else []),
                _("Si son moment est arrivé, il vous reste dix minutes pour changer d’idée."),
            ],
            button=_("Planifier l’envoi"),
            done=_("L’envoi est planifié."),
            back=address_of(key),
        )

    return ask(
        key,
        question,
        lambda mailing, edition, now: services.schedule(mailing, edition, author=author_name(), now=now),
    )


@blueprint.post("/<key>/brouillon")
@require(*ACTORS)
def unschedule(key: str) -> ResponseReturnValue:
    """Back to a draft, before anything has left."""
    try:
        with transaction():
            mailing, _edition = locked(key)
            services.unschedule(mailing, now=clock.now())
    except Conflict as refusal:
        return draw_mailing(key, refusal=refusal.message)
    flash(_("L’envoi est revenu au brouillon : rien ne partira."), "success")
    return back_to(key)


@blueprint.route("/<key>/laisser-partir", methods=["GET", "POST"])
@require(*ACTORS)
def release(key: str) -> ResponseReturnValue:
    """Let a late mailing leave all the same."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        entry = timeline.entry_of(mailing, edition, regions=None, now=now)
        totals = Totals.of(services.preview(mailing, edition, now=now))
        return Question(
            title=_("Laisser partir « %(title)s »", title=mailing.title),
            sentences=[
                mailing.state_reason,
                entry.moment.why,
                _("Relisez son texte : est-il encore de saison?"),
                _(
                    "D’après les réponses d’aujourd’hui : %(leaving)s. Il vous restera dix minutes pour "
                    "changer d’idée.",
                    leaving=words.letters(totals.leaving),
                ),
            ],
            button=_("Laisser partir l’envoi"),
            done=_("L’envoi partira dans dix minutes, aux heures permises."),
            back=address_of(key),
        )

    return ask(
        key, question, lambda mailing, _edition, now: services.release(mailing, author=author_name(), now=now)
    )
