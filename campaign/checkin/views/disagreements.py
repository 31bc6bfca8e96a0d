"""What the telephones of a door told that does not agree, for the team to settle."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, present, require
from campaign.checkin import access, conflicts, papers
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.i18n import _
from campaign.registrations import queries
from campaign.web.filters import local_hour

blueprint = Blueprint(
    "conflicts", __name__, url_prefix="/gestion/evenements/<int:event_id>/presences/conflits"
)

GESTURES = {"garder": conflicts.keep, "compter": conflicts.count_in, "ecarter": conflicts.set_aside}


@blueprint.get("")
@require(*EDITORS)
def show(event_id: int) -> str:
    """Who, at which doors, at which hours, who wins and why, and what may be done."""
    event = _event(event_id)
    return render_template(
        "checkin/conflicts.html",
        event=event,
        waiting=conflicts.list_disagreements(event),
        when_text=lambda sitting: papers.when_text(event, sitting),
        hour_of=lambda scan: local_hour(scan.at, event.time_zone),
    )


@blueprint.post("")
@require(*EDITORS)
def settle(event_id: int) -> ResponseReturnValue:
    """Write what the team decided of one of them."""
    gesture = GESTURES.get(request.form.get("geste", ""))
    if gesture is None:
        raise NotFound(_("Choisissez ce qui est à faire."))
    with transaction():
        event = _event(event_id)
        gesture(event, request.form.get("lecture", ""), author=present().name, now=clock.now())
    flash(_("C’est réglé."), "success")
    return redirect(url_for(".show", event_id=event_id), 303)


def _event(event_id: int) -> Event:
    event = queries.get_event(event_id)
    access.check(current_user(), event)
    return event
