"""One action on everything that takes place somewhere on some days: choose, see all of it, confirm, undo."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, present, require, scope_of
from campaign.agenda import upheavals
from campaign.agenda.upheaval_forms import UpheavalForm
from campaign.agenda.upheavals import Outcome, Plan, Regions
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import db, transaction
from campaign.errors import Conflict, NotFound
from campaign.events.announcing import Role
from campaign.events.models import EventAction, EventMove
from campaign.i18n import _, ngettext
from campaign.identifiers import new_token
from campaign.outbox.rendering import public_link
from campaign.participations.models import Channel
from campaign.participations.services import Author
from campaign.territory.queries import list_mrcs, list_regions
from campaign.web.filters import NBSP

blueprint = Blueprint("upheavals", __name__, url_prefix="/gestion/reports")

MOST_REFUSALS_TOLD = 6
"""As many refusals as the next page names: they travel in a cookie."""

ACTIONS = {
    EventAction.POSTPONE: _("Reporté"),
    EventAction.MOVE: _("Déplacé"),
    EventAction.PUT_ONLINE: _("Mis en ligne"),
    EventAction.CANCEL: _("Annulé"),
    EventAction.REINSTATE: _("Rétabli"),
}


@blueprint.get("")
@require(*EDITORS)
def choose() -> ResponseReturnValue:
    """Where, when, what to do; and what was done lately."""
    edition = _edition()
    form = _form(data={"since": edition.flag_on or edition.start_on})
    return _draw_choice(form)


@blueprint.get("/apercu")
@require(*EDITORS)
def look() -> ResponseReturnValue:
    """Everything that would change, one event after the other. Nothing changes yet."""
    form = _form(request.args)
    if not form.validate():
        return _draw_choice(form), 422
    try:
        plan = upheavals.plan(
            _edition(), form.to_area(), form.to_change(), regions=_regions(), now=clock.now()
        )
    except NotFound as refusal:
        form.municipality.errors = [refusal.message]
        return _draw_choice(form), 422
    except upheavals.TooMany as refusal:
        form.region.errors = [refusal.message]
        return _draw_choice(form), 422
    return _draw_plan(form, plan)


@blueprint.post("")
@require(*EDITORS)
def confirm() -> ResponseReturnValue:
    """Do it, to the events that stayed ticked."""
    form = _form(request.form)
    batch = request.form.get("lot", "")
    asked = dict(_read_keys(request.form.getlist("evenement")))
    if not form.validate() or not _is_name(batch):
        raise Conflict(_("Cet aperçu est incomplet. Recommencez à partir de la page des reports."))
    if not asked:
        flash(_("Aucune activité n’était cochée : rien n’a changé."), "warning")
        return redirect(url_for(".choose"), 303)
    with transaction():
        _edition()
        outcome = upheavals.apply(
            asked,
            form.to_area(),
            form.to_change(),
            batch=batch,
            regions=_regions(),
            author=_author(),
            now=clock.now(),
        )
    _tell(outcome)
    return redirect(url_for(".show", batch=batch) if _is_done(batch) else url_for(".choose"), 303)


@blueprint.get("/<batch>")
@require(*EDITORS)
def show(batch: str) -> ResponseReturnValue:
    """What one action did, with words ready for journalists."""
    moves = _moves(batch)
    return render_template("agenda/upheavals/show.html", **_story(moves), batch=batch)


@blueprint.route("/<batch>/annuler", methods=["GET", "POST"])
@require(*EDITORS)
def undo(batch: str) -> ResponseReturnValue:
    """Take an action back; what changed since stays as it is."""
    moves = _moves(batch)
    if request.method != "POST":
        return render_template("agenda/upheavals/undo.html", **_story(moves), batch=batch, into=new_token())
    into = request.form.get("lot", "")
    if not _is_name(into):
        raise Conflict(_("Cette page est incomplète. Recommencez à partir de la page des reports."))
    with transaction():
        _edition()
        outcome = upheavals.undo(
            batch,
            into=into,
            regions=_regions(),
            author=_author(),
            now=clock.now(),
            tell="prevenir" in request.form,
        )
    _tell(outcome)
    return redirect(url_for(".show", batch=into if _is_done(into) else batch), 303)


# --- who, which -------------------------------------------------------------------------------------------


def _edition() -> Edition:
    edition = campaigns.current_edition()
    if edition.source_url:
        raise Conflict(_("Cette édition est conservée telle que publiée. Elle ne se modifie pas."))
    return edition


def _regions() -> Regions:
    return scope_of(current_user()).region_codes


def _author() -> Author:
    return Author(name=present().name, channel=Channel.TEAM, is_team=True)


def _form(given: object = None, data: dict[str, object] | None = None) -> UpheavalForm:
    form = UpheavalForm(given, data=data)
    regions = _regions()
    allowed = [each for each in list_regions() if regions is None or each.code in regions]
    mrcs = [each for each in list_mrcs() if regions is None or each.region_code in regions]
    form.offer(
        [(each.code, each.name) for each in allowed],
        [(each.code, each.name) for each in mrcs],
        is_bound=len(allowed) == 1,
    )
    return form


def _read_keys(keys: Iterable[str]) -> Iterable[tuple[int, str]]:
    """Which events, and how they stood: « 12:3-0 »."""
    for key in keys:
        number, _colon, stamp = key.partition(":")
        if number.isdecimal() and len(number) < 10 and stamp:
            yield int(number), stamp


def _is_name(batch: str) -> bool:
    return 20 <= len(batch) <= 64 and batch.replace("-", "").replace("_", "").isalnum()


def _is_done(batch: str) -> bool:
    db.session.rollback()
    return upheavals.is_known(batch)


def _moves(batch: str) -> list[EventMove]:
    moves = list(upheavals.list_moves(batch, regions=_regions())) if batch else []
    if not moves:
        raise NotFound(_("Rien n’a été fait sous ce nom dans vos régions."))
    return moves


# --- drawing ----------------------------------------------------------------------------------------------


def _draw_choice(form: UpheavalForm) -> str:
    return render_template(
        "agenda/upheavals/choose.html",
        form=form,
        batches=upheavals.list_batches(regions=_regions()),
        actions=ACTIONS,
    )


def _draw_plan(form: UpheavalForm, plan: Plan) -> str:
    names = {field.name for field in form}
    return render_template(
        "agenda/upheavals/look.html",
        form=form,
        plan=plan,
        kept=[(name, value) for name, value in request.args.items(multi=True) if name in names],
        letters=plan.letters,
        total=sum(plan.letters.values()),
        Role=Role,
        batch=new_token(),
        tells=form.tell.data,
    )


def _story(moves: list[EventMove]) -> dict[str, object]:
    """What was done, as lines of a table and as a text to send."""
    titles = upheavals.list_titles(moves)
    lines = [(*titles[move.event_id], move) for move in moves]
    text = "\n\n".join(_told(*line) for line in lines)
    first = moves[0]
    return {
        "lines": lines,
        "text": text,
        "first": first,
        "action": ACTIONS[first.action],
        "outcome": _outcome,
    }


def _told(title: str, slug: str, place: str, move: EventMove) -> str:
    where = f" ({place})" if place else ""
    return f"{title}{where}{NBSP}: {_outcome(move)}\n{public_link('events.show', slug=slug)}"


def _outcome(move: EventMove) -> str:
    """« Reporté : mardi 16 novembre 2027, de 10 h à 11 h »"""
    before, after = move.before.get("words", []), move.after.get("words", [])
    changed = [new for old, new in zip(before, after, strict=False) if old != new] or after
    return f"{ACTIONS[move.action].lower()}{NBSP}: {'; '.join(changed)}"


def _tell(outcome: Outcome) -> None:
    if outcome.done:
        flash(
            ngettext("%(num)s activité est changée.", "%(num)s activités sont changées.", len(outcome.done))
            + " "
            + (
                ngettext("%(num)s courriel part.", "%(num)s courriels partent.", outcome.letters)
                if outcome.letters
                else _("Aucun courriel ne part.")
            ),
            "success",
        )
    if outcome.refused:
        told = [f"{title} ({reason.rstrip('.')})" for title, reason in outcome.refused[:MOST_REFUSALS_TOLD]]
        more = len(outcome.refused) - len(told)
        rest = [ngettext("%(num)s autre", "%(num)s autres", more)] if more else []
        flash(_("Restent comme elles étaient : %(names)s.", names="; ".join(told + rest)), "warning")
