"""The reminders of one gathering: when each leaves, its letter, and the switch that stops it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, READERS, current_user, present, require, scope_of
from campaign.campaigns import queries as campaigns
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events import team
from campaign.events.models import Event
from campaign.i18n import _
from campaign.mailings import gathering_plan, gatherings
from campaign.mailings.models import ReminderKind
from campaign.registrations import queries

blueprint = Blueprint("gatherings", __name__, url_prefix="/gestion/evenements/<int:event_id>/rappels")

OFF = "arreter"


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    return {"titles": gathering_plan.TITLES, "Standing": gathering_plan.Standing, "OFF": OFF}


@blueprint.get("")
@require(*READERS)
def show(event_id: int) -> str:
    """Each reminder of each day: its instant and why, to how many, what became of it."""
    event, now = _event(event_id), clock.now()
    has_rules = queries.find_rules(event_id) is not None
    return render_template(
        "mailings/gatherings.html",
        event=event,
        has_rules=has_rules,
        days=gathering_plan.plan_of(event, now=now) if has_rules else [],
        silenced=gatherings.silenced_kinds(event_id),
        may_edit=present().role in EDITORS and not event.edition.source_url,
        edition_is_simulated=event.edition.is_simulated,
    )


@blueprint.get("/<kind>")
@require(*READERS)
def look(event_id: int, kind: str) -> str:
    """The letter, as somebody made up would read it."""
    event, asked = _event(event_id), _kind(kind)
    rules = queries.get_rules(event_id)
    return render_template(
        "mailings/gathering_letter.html",
        event=event,
        kind=asked,
        letter=gathering_plan.letter_of(asked, event, rules, now=clock.now()),
        edition_is_simulated=event.edition.is_simulated,
    )


@blueprint.post("/<kind>")
@require(*EDITORS)
def switch(event_id: int, kind: str) -> ResponseReturnValue:
    """Send that reminder no more for this event, or again."""
    event, asked, now = _event(event_id), _kind(kind), clock.now()
    campaigns.check_open(event.edition)
    with transaction():
        if request.form.get("geste") == OFF:
            gatherings.silence(event_id, asked, author=present().name, now=now)
        else:
            gatherings.speak_again(event_id, asked)
    title = gathering_plan.TITLES[asked]
    if request.form.get("geste") == OFF:
        flash(_("«\u00a0%(title)s\u00a0» ne partira plus pour cet événement.", title=title))
    else:
        flash(
            _("«\u00a0%(title)s\u00a0» partira de nouveau, à partir du prochain moment prévu.", title=title)
        )
    return redirect(url_for(".show", event_id=event_id), 303)


def _event(event_id: int) -> Event:
    """That event, if it is in the person's regions."""
    event = queries.get_event(event_id)
    scope_of(current_user()).check(team.region_code_of(event))
    return event


def _kind(word: str) -> ReminderKind:
    try:
        return ReminderKind(word)
    except ValueError:
        raise NotFound(_("Ce rappel n’existe pas. Revenez à la liste des rappels.")) from None
