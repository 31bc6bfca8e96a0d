"""The team's pages of the programme: sittings, workshops, groups, what is said in each; and cloning it."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from campaign import clock
from campaign.accounts.access import EDITORS, present, require
from campaign.campaigns import queries as campaigns
from campaign.db import key_of, transaction
from campaign.errors import Conflict
from campaign.events import changes, corrections, planning
from campaign.events.changes import Effects
from campaign.events.models import Event, Session
from campaign.events.programme import programme_of
from campaign.i18n import _
from campaign.identifiers import new_token
from campaign.registrations import cloning, organizing
from campaign.registrations.manage_forms import CloneForm, CohortForm, ItemForm, SittingForm
from campaign.registrations.views.around import editable, event_of
from campaign.web.filters import hour

blueprint = Blueprint("programme", __name__, url_prefix="/gestion/evenements/<int:event_id>")

STEPS = {"monter": -1, "descendre": 1}
CONFIRM, MEND = "confirmer", "corriger"
SEEN = "vu"
NOT_KEPT = ("csrf_token", "etape", SEEN)


@blueprint.get("/programme")
@require(*EDITORS)
def show(event_id: int) -> str:
    """The whole programme, with what only the team sees of it."""
    event = event_of(event_id)
    return render_template(
        "registrations/manage/programme.html",
        event=event,
        sittings=programme_of(event),
        rows={one.id: one for one in event.sessions},
        is_open=not event.edition.source_url,
        edition_is_simulated=event.edition.is_simulated,
    )


def _back(event_id: int) -> Response:
    return redirect(url_for("programme.show", event_id=event_id), 303)


def _draw(name: str, event: Event, **around: object) -> str:
    return render_template(
        f"registrations/manage/{name}.html",
        event=event,
        edition_is_simulated=event.edition.is_simulated,
        **{"refusal": "", **around},
    )


# --- sittings -----------------------------------------------------------------------------------------


@blueprint.route("/programme/seances/nouvelle", methods=["GET", "POST"])
@require(*EDITORS)
def add_sitting(event_id: int) -> ResponseReturnValue:
    """One more date, or one more workshop."""
    event = editable(event_id)
    form = SittingForm(request.form if request.method == "POST" else None, cohorts=event.cohorts)
    if request.method != "POST":
        return _draw("sitting", event, form=form, sitting=None)
    if not form.validate():
        return _draw("sitting", event, form=form, sitting=None), 422
    try:
        with transaction():
            event, now = editable(event_id, locked=True), clock.now()
            known = corrections.remember(event)
            planning.add_sitting(event, form.to_plan(), now=now)
            _tell(known, event, now)
            organizing.apply_limits(event, now=now)
    except Conflict as refusal:
        page = _draw("sitting", event_of(event_id), form=form, sitting=None, refusal=refusal.message)
        return page, refusal.status
    except clock.NonexistentTime as refusal:
        form.starts.errors = [_jumped(refusal)]
        return _draw("sitting", event_of(event_id), form=form, sitting=None), 422
    flash(_("La séance est au programme."), "success")
    return _back(event_id)


@blueprint.route("/programme/seances/<int:sitting_id>", methods=["GET", "POST"])
@require(*EDITORS)
def edit_sitting(event_id: int, sitting_id: int) -> ResponseReturnValue:
    """Its title, its room, its seats, its date. What people hold changes after they who write it have seen
    whom it concerns; a date that people registered for moves by « Reporter », where one says why."""
    event = editable(event_id)
    sitting = planning.get_sitting(event, sitting_id)
    keeps_date = sitting.starts_on is not None and organizing.has_people(event_id)
    if request.method != "POST":
        form = SittingForm(
            data=SittingForm.filled_with(sitting, event.time_zone),
            cohorts=event.cohorts,
            keeps_date=keeps_date,
        )
        return _draw("sitting", event, form=form, sitting=sitting)
    form = SittingForm(request.form, cohorts=event.cohorts, keeps_date=keeps_date)
    step = request.form.get("etape", "")
    if step == MEND:
        return _draw("sitting", event, form=form, sitting=sitting)
    if not form.validate():
        return _draw("sitting", event, form=form, sitting=sitting), 422
    try:
        if step != CONFIRM and (effects := _foresee(event, sitting, form)):
            return _preview(event, effects)
        with transaction():
            _save_sitting(event_id, sitting_id, form)
    except Conflict as refusal:
        event = event_of(event_id)
        sitting = planning.get_sitting(event, sitting_id)
        return _draw("sitting", event, form=form, sitting=sitting, refusal=refusal.message), refusal.status
    except clock.NonexistentTime as refusal:
        form.starts.errors = [_jumped(refusal)]
        event = event_of(event_id)
        return _draw("sitting", event, form=form, sitting=planning.get_sitting(event, sitting_id)), 422
    flash(_("C’est enregistré."), "success")
    return _back(event_id)


def _jumped(refusal: clock.NonexistentTime) -> str:
    return _(
        "Cette heure n’existe pas cette nuit-là : on avance l’heure. Inscrivez %(hour)s.",
        hour=hour(refusal.suggestion),
    )


def _foresee(event: Event, sitting: Session, form: SittingForm) -> Effects | None:
    """Whom it would be told to, and what; None when nobody holds what it changes."""
    after = changes.copy_of(event)
    row = planning.get_sitting(after, key_of(sitting))
    now = clock.now()
    planning.write_sitting(after, row, form.to_plan(), now=now, keeps_date=form.keeps_date)
    return corrections.foresee(event, after, now=now)


def _preview(event: Event, effects: Effects) -> str:
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in NOT_KEPT]
    return render_template(
        "events/manage/change_preview.html",
        event=event,
        effects=effects,
        kept=[*kept, (SEEN, effects.stamp)],
        CONFIRM=CONFIRM,
        MEND=MEND,
        back=url_for("programme.show", event_id=event.id),
        edition_is_simulated=event.edition.is_simulated,
    )


def _save_sitting(event_id: int, sitting_id: int, form: SittingForm) -> None:
    event, now = editable(event_id, locked=True), clock.now()
    changes.refuse_if_stale(event, request.form.get(SEEN, ""))
    sitting = planning.get_sitting(event, sitting_id)
    known = corrections.remember(event)
    planning.change_sitting(event, sitting, form.to_plan(), now=now, keeps_date=form.keeps_date)
    _tell(known, event, now)
    organizing.apply_limits(event, now=now)


def _tell(known: corrections.Known, event: Event, now: datetime) -> None:
    corrections.announce(known, event, author=present().name, now=now)


@blueprint.route("/programme/seances/<int:sitting_id>/retirer", methods=["GET", "POST"])
@require(*EDITORS)
def remove_sitting(event_id: int, sitting_id: int) -> ResponseReturnValue:
    """Take it out, as long as nobody counts on it."""
    event = editable(event_id)
    sitting = planning.get_sitting(event, sitting_id)
    if request.method != "POST":
        return _draw("remove", event, what=organizing.sitting_name(event, sitting), room="programme.show")
    with transaction():
        event = editable(event_id, locked=True)
        sitting = planning.get_sitting(event, sitting_id)
        if sitting.starts_on is not None and not sitting.block and organizing.has_people(event_id):
            raise Conflict(
                _("Des personnes ont noté cette date. Annulez-la plutôt : elles seront prévenues.")
            )
        organizing.refuse_to_remove(sitting)
        known, now = corrections.remember(event), clock.now()
        planning.remove_sitting(event, sitting, now=now)
        _tell(known, event, now)
        organizing.apply_limits(event, now=now)
    flash(_("La séance n’est plus au programme."), "success")
    return _back(event_id)


# --- what is said in them -----------------------------------------------------------------------------


@blueprint.route("/programme/seances/<int:sitting_id>/elements/nouveau", methods=["GET", "POST"])
@require(*EDITORS)
def add_item(event_id: int, sitting_id: int) -> ResponseReturnValue:
    """One more part, at the end of the sitting."""
    event = editable(event_id)
    sitting = planning.get_sitting(event, sitting_id)
    form = ItemForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or not form.validate():
        page = _draw("item", event, form=form, sitting=sitting, item=None)
        return page, 422 if request.method == "POST" else 200
    with transaction():
        event = editable(event_id, locked=True)
        planning.add_item(event, planning.get_sitting(event, sitting_id), form.to_plan(), now=clock.now())
    flash(_("C’est au programme."), "success")
    return _back(event_id)


@blueprint.route("/programme/elements/<int:item_id>", methods=["GET", "POST"])
@require(*EDITORS)
def edit_item(event_id: int, item_id: int) -> ResponseReturnValue:
    """Its title, who speaks, whether it is sure."""
    event = editable(event_id)
    sitting, item = planning.get_item(event, item_id)
    if request.method != "POST":
        form = ItemForm(data=ItemForm.filled_with(item, event.time_zone))
        return _draw("item", event, form=form, sitting=sitting, item=item)
    form = ItemForm(request.form)
    if not form.validate():
        return _draw("item", event, form=form, sitting=sitting, item=item), 422
    with transaction():
        event = editable(event_id, locked=True)
        planning.change_item(event, *planning.get_item(event, item_id), form.to_plan(), now=clock.now())
    flash(_("C’est enregistré."), "success")
    return _back(event_id)


@blueprint.post("/programme/elements/<int:item_id>/deplacer")
@require(*EDITORS)
def move_item(event_id: int, item_id: int) -> ResponseReturnValue:
    """One place up or down."""
    with transaction():
        event = editable(event_id, locked=True)
        by = STEPS.get(request.form.get("sens", ""), 0)
        planning.move_item(event, *planning.get_item(event, item_id), by=by, now=clock.now())
    return redirect(url_for("programme.show", event_id=event_id, _anchor=f"element-{item_id}"), 303)


@blueprint.route("/programme/elements/<int:item_id>/retirer", methods=["GET", "POST"])
@require(*EDITORS)
def remove_item(event_id: int, item_id: int) -> ResponseReturnValue:
    """It is said no more."""
    event = editable(event_id)
    _sitting, item = planning.get_item(event, item_id)
    if request.method != "POST":
        return _draw("remove", event, what=item.title, room="programme.show")
    with transaction():
        event = editable(event_id, locked=True)
        planning.remove_item(event, *planning.get_item(event, item_id), now=clock.now())
    flash(_("Ce n’est plus au programme."), "success")
    return _back(event_id)


# --- groups -------------------------------------------------------------------------------------------


@blueprint.route("/programme/groupes/nouveau", methods=["GET", "POST"])
@require(*EDITORS)
def add_cohort(event_id: int) -> ResponseReturnValue:
    """One more group: one choice, several dates."""
    event = editable(event_id)
    form = CohortForm(request.form if request.method == "POST" else None, event=event)
    if request.method != "POST" or not form.validate():
        page = _draw("cohort", event, form=form, cohort=None)
        return page, 422 if request.method == "POST" else 200
    with transaction():
        _save_cohort(event_id, None, form)
    flash(_("Le groupe est au programme."), "success")
    return _back(event_id)


@blueprint.route("/programme/groupes/<int:cohort_id>", methods=["GET", "POST"])
@require(*EDITORS)
def edit_cohort(event_id: int, cohort_id: int) -> ResponseReturnValue:
    """Its name, its seats, its dates."""
    event = editable(event_id)
    cohort = planning.get_cohort(event, cohort_id)
    if request.method != "POST":
        form = CohortForm(data=CohortForm.filled_with(cohort, event), event=event)
        return _draw("cohort", event, form=form, cohort=cohort)
    form = CohortForm(request.form, event=event)
    if not form.validate():
        return _draw("cohort", event, form=form, cohort=cohort), 422
    try:
        with transaction():
            _save_cohort(event_id, cohort_id, form)
    except Conflict as refusal:
        event = event_of(event_id)
        cohort = planning.get_cohort(event, cohort_id)
        return _draw("cohort", event, form=form, cohort=cohort, refusal=refusal.message), refusal.status
    flash(_("C’est enregistré."), "success")
    return _back(event_id)


def _save_cohort(event_id: int, cohort_id: int | None, form: CohortForm) -> None:
    event, now = editable(event_id, locked=True), clock.now()
    planning.save_cohort(
        event,
        planning.get_cohort(event, cohort_id) if cohort_id is not None else None,
        name=form.name.data or "",
        capacity=form.capacity.data,
        sitting_ids=form.sitting_ids,
        now=now,
    )
    organizing.apply_limits(event, now=now)


@blueprint.route("/programme/groupes/<int:cohort_id>/retirer", methods=["GET", "POST"])
@require(*EDITORS)
def remove_cohort(event_id: int, cohort_id: int) -> ResponseReturnValue:
    """Its dates are everybody's again."""
    event = editable(event_id)
    cohort = planning.get_cohort(event, cohort_id)
    if request.method != "POST":
        return _draw("remove", event, what=cohort.name, room="programme.show")
    with transaction():
        event = editable(event_id, locked=True)
        organizing.refuse_to_remove(cohort_id=cohort_id)
        planning.remove_cohort(event, planning.get_cohort(event, cohort_id), now=clock.now())
        organizing.apply_limits(event, now=clock.now())
    flash(_("Le groupe n’est plus au programme."), "success")
    return _back(event_id)


# --- another one like it ------------------------------------------------------------------------------


@blueprint.route("/cloner", methods=["GET", "POST"])
@require(*EDITORS)
def clone(event_id: int) -> ResponseReturnValue:
    """First the title and the first day; then what that gives, to confirm."""
    event = event_of(event_id)
    edition = campaigns.current_edition()
    if request.method != "POST":
        return _draw("clone", event, form=CloneForm(data={"title": event.title}), edition=edition, dates=None)
    form = CloneForm(request.form)
    if not form.validate():
        return _draw("clone", event, form=form, edition=edition, dates=None), 422
    try:
        dates = cloning.preview(event, form.day.data)
    except Conflict as refusal:
        page = _draw("clone", event, form=form, edition=edition, dates=None, refusal=refusal.message)
        return page, refusal.status
    if request.form.get("etape") != "creer":
        token = new_token()
        return _draw("clone", event, form=form, edition=edition, dates=dates, token=token)
    with transaction():
        edition = campaigns.current_edition()
        campaigns.check_open(edition)
        twin = cloning.clone(
            event_of(event_id),
            edition=edition,
            title=form.title.data or "",
            first_on=form.day.data,
            form_token=request.form.get("cle") or new_token(),
            now=clock.now(),
        )
        number = key_of(twin)
    flash(_("La copie est prête. Rien n’est publié : relisez-la, puis enregistrez sa fiche."), "success")
    return redirect(url_for("programme.show", event_id=number), 303)
