"""One action of the team on one event: say it, see all its effects, confirm; on a phone, without script."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, present, require, scope_of
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.events import changes
from campaign.events.announcing import Post
from campaign.events.change_forms import OneChangeForm
from campaign.events.models import Event, EventKind
from campaign.events.programme import in_order
from campaign.events.times import is_over
from campaign.i18n import _
from campaign.web.filters import hour

blueprint = Blueprint("changing", __name__, url_prefix="/gestion/evenements")

CONFIRM, MEND = "confirmer", "corriger"


@blueprint.route("/<int:event_id>/changer", methods=["GET", "POST"])
@require(*EDITORS)
def change(event_id: int) -> ResponseReturnValue:
    """Postpone, move, put online, call off, take back."""
    event = _event(event_id)
    if event.kind is EventKind.FLAG_RAISING:
        return render_template("events/manage/change_ceremony.html", event=event)
    form = OneChangeForm(request.form if request.method == "POST" else None)
    form.offer([(row.id, changes.words_of(event, row)) for row in in_order(event.sessions)])
    step = request.form.get("etape", "")
    if request.method != "POST" or step == MEND:
        return _draw(event, form)
    if not form.validate():
        return _draw(event, form), 422
    try:
        if step == CONFIRM:
            return _confirm(event_id, form)
        return _preview(event, form)
    except clock.NonexistentTime as refusal:
        form.at.errors = [nonexistent(refusal)]
        return _draw(_event(event_id), form), 422
    except Conflict as refusal:
        return _draw(_event(event_id), form, refusal=refusal.message), refusal.status


def nonexistent(refusal: clock.NonexistentTime) -> str:
    """Why an hour of the night is refused, and which one to write."""
    return _(
        "Cette heure n’existe pas cette nuit-là : on avance l’heure. Inscrivez %(hour)s.",
        hour=hour(refusal.suggestion),
    )


def _event(event_id: int) -> Event:
    event = changes.get_event(event_id)
    _check(event)
    return event


def _check(event: Event) -> None:
    scope_of(current_user()).check(event.territory.region_code if event.territory else event.region_code)
    if event.edition.source_url:
        raise Conflict(_("Cette édition est conservée telle que publiée. Elle ne se modifie pas."))


def _draw(event: Event, form: OneChangeForm, *, refusal: str = "") -> str:
    now = clock.now()
    return render_template(
        "events/manage/change.html",
        event=event,
        dates=[changes.words_of(event, row) for row in in_order(event.sessions)],
        is_over=all(is_over(event, row, now) for row in event.sessions),
        form=form,
        refusal=refusal,
    )


def _preview(event: Event, form: OneChangeForm) -> str:
    effects = changes.preview(event, form.to_change(form.sitting_ids), now=clock.now())
    answers = {field.name for field in form} - {form.seen.name}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name in answers]
    return render_template(
        "events/manage/change_preview.html",
        event=event,
        effects=effects,
        kept=[*kept, ("seen", effects.stamp)],
        CONFIRM=CONFIRM,
        MEND=MEND,
        back="",
    )


def _confirm(event_id: int, form: OneChangeForm) -> ResponseReturnValue:
    now, wanted = clock.now(), form.to_change(form.sitting_ids)
    with transaction():
        (event,) = changes.list_locked([event_id])
        _check(event)
        around = changes.read_around([event], wanted)
        done = changes.apply(
            event, wanted, author=present().name, now=now, seen=form.seen.data or "", around=around
        )
        post = Post()
        post.announce(done, around, tells=wanted.tell)
        post.send(now=now)
    flash(
        _(
            "%(headline)s. La page, les listes et les calendriers le disent déjà.",
            headline=done.effects.headline,
        ),
        "success",
    )
    return redirect(url_for(".change", event_id=event_id), 303)
