"""The wrong municipality, or the same one twice: one file is set aside in favour of another."""

from __future__ import annotations

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.db import transaction
from campaign.errors import Conflict, NotFound
from campaign.i18n import _
from campaign.participations import letters, links, services, states
from campaign.participations.manage_forms import MergeForm
from campaign.participations.models import Participation
from campaign.participations.views.manage.case import (
    author_of,
    back_to,
    blueprint,
    case_of,
    form_sent,
    is_sent,
    kept,
    locked,
    territory_of,
)
from campaign.territory.models import Territory
from campaign.territory.names import label_for
from campaign.territory.search import search

MOST_SUGGESTED = 20


@blueprint.route("/municipalites/<geo_code>/fusionner", methods=["GET", "POST"])
@require(*EDITORS)
def merge(geo_code: str) -> ResponseReturnValue:
    """Find the right file, look at both, then set this one aside in its favour."""
    case = case_of(geo_code)
    if case.participation is None:
        raise NotFound(_("Cette municipalité n’a pas de fiche dans cette édition."))
    form = MergeForm(form_sent(), data={"target": request.args.get("cible", "")})
    target = _target(form.target.data or "", case.territory)
    if is_sent() and form.validate() and target is not None:
        return _merge(geo_code, target.geo_code, form.reason.data)
    typed = request.args.get("q", "").strip()
    found = search(typed, limit=MOST_SUGGESTED) if typed else None
    other = services.find_participation(case.edition.id, target.id) if target else None
    drawn = render_template(
        "participations/manage/merge.html",
        case=case,
        territory=case.territory,
        target=target,
        source_label=label_for(case.territory),
        target_label=label_for(target) if target else "",
        other=other,
        takes_answers=_is_registered(case.participation) and not _is_registered(other),
        form=form,
        typed=typed,
        found=found,
        kept=kept(),
    )
    return drawn, 422 if is_sent() else 200


def _is_registered(participation: Participation | None) -> bool:
    return participation is not None and participation.state not in states.WAITING


def _target(geo_code: str, source: Territory) -> Territory | None:
    """The file to keep, if it is in the person's regions and not the one that leaves."""
    if not geo_code:
        return None
    if geo_code == source.geo_code:
        raise Conflict(_("Une fiche ne peut pas être fusionnée avec elle-même. Choisissez l’autre."))
    return territory_of(geo_code)


def _merge(geo_code: str, target_code: str, reason: str) -> ResponseReturnValue:
    now = clock.now()
    try:
        with transaction():
            duplicate = locked(geo_code, now)
            target = territory_of(target_code)
            into = services.claim(duplicate.edition, target, author=author_of(), now=now)
            is_taking_over = into.state in states.WAITING
            services.merge(duplicate, into, author=author_of(), now=now, reason=reason)
            if is_taking_over and into.state in states.COUNTED:
                # The links of the wrong town are dead: its clerk receives the one of the right town.
                token = links.issue(into.edition, into.territory, now=now, contact=into.contact)
                letters.confirm_registration(into, token, now=now)
    except Conflict as refusal:
        flash(refusal.message, "danger")
        return back_to(geo_code)
    flash(_("La fiche est écartée. Voici celle qui reste."), "success")
    return back_to(target_code)
