"""The file of one event, whatever its kind; the team writes in it, adds one, or starts from another."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, READERS, current_user, present, require, scope_of
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.events import activities, pictures, proposals, team
from campaign.events.joining import find_joining
from campaign.events.manage_forms import PRIVATE, EventForm, ProposalForm
from campaign.events.models import Event, EventKind, Picture, Proposal, ProposalState
from campaign.events.sheet import sheet_of
from campaign.events.summary import Summary, summary_of
from campaign.events.views.manage import (
    check_open,
    get_proposal,
    image_of,
    may_edit,
    vocabulary,
)
from campaign.events.views.submit import MOST_BYTES
from campaign.events.vocabulary import TYPES
from campaign.events.wording import KIND_TYPES, type_of
from campaign.i18n import _
from campaign.identifiers import new_token
from campaign.territory import queries as territories
from campaign.territory.models import Territory
from campaign.web.uploads import takes_files

blueprint = Blueprint("team_events", __name__, url_prefix="/gestion")
blueprint.context_processor(vocabulary)

ADD = "ajouter"
"""What the button that adds a date asks for."""

USUALLY_PRIVATE = KIND_TYPES[EventKind.MEETING]


# --- the file -----------------------------------------------------------------------------------------


@blueprint.get("/evenements/<int:event_id>")
@require(*READERS)
def show(event_id: int) -> ResponseReturnValue:
    """All that is known of it, and all that was done to it; a ceremony leads to its municipality's file."""
    event, now = _event(event_id), clock.now()
    if event.kind is EventKind.FLAG_RAISING and event.territory is not None:
        return redirect(
            url_for("board.municipality", geo_code=event.territory.geo_code, edition=event.edition.number)
        )
    number = team.find_proposal_number(event)
    proposal = proposals.get_proposal(number) if number else None
    return render_template(
        "events/manage/event.html",
        event=event,
        sheet=sheet_of(event, None, now=now),
        summary=_summary(event, now),
        proposal=proposal,
        standing=proposals.state_label(proposal, now=now) if proposal else None,
        happened=team.history_of(event, proposal),
        picture=event.details.picture if event.details else None,
        may_edit=may_edit(event.edition),
        runs_gathering=present().may_edit,
        edition_is_simulated=event.edition.is_simulated,
    )


def _event(event_id: int, *, locked: bool = False) -> Event:
    """That event, if it is in the person's regions."""
    event = team.get_event(event_id, locked=locked)
    scope_of(current_user()).check(team.region_code_of(event))
    return event


def _summary(event: Event, now: datetime) -> Summary:
    """In the words of the public page, of registration too."""
    joining = find_joining(event, now)
    told = summary_of(activities.content_of(event), joining=joining.sentence if joining else "")
    return replace(told, kind=TYPES[type_of(event)])


# --- writing in it ------------------------------------------------------------------------------------


@blueprint.route("/evenements/<int:event_id>/modifier", methods=["GET", "POST"])
@require(*EDITORS)
@takes_files(MOST_BYTES, pictures.ADVICE)
def edit(event_id: int) -> ResponseReturnValue:
    """What the calendar says, corrected at once."""
    event = _editable(event_id)
    content, picture = activities.content_of(event), event.details.picture if event.details else None
    given = {**_given(event.edition), "known_days": {sitting.day for sitting in content.sittings}}
    if request.method != "POST":
        told = EventForm.filled_with(content, picture) | {"month": team.month_of(event)}
        return _draw(EventForm(data=told, **given), event=event, seen=team.version_of(event))
    form = EventForm(request.form, **given)
    if not _is_whole(form):
        return _redraw(form, event=event, seen=request.form.get("vu", ""))
    try:
        with transaction():
            is_changed = _correct(event_id, form)
    except team.Outrun as refusal:
        event = _event(event_id)
        page = _draw(form, event=event, seen=team.version_of(event), warning=refusal.message)
        return page, refusal.status
    flash(
        _("C’est enregistré. La page, les listes et les calendriers le disent déjà.")
        if is_changed
        else _("Rien n’a changé."),
        "success",
    )
    return redirect(url_for(".show", event_id=event_id), 303)


def _editable(event_id: int, *, locked: bool = False) -> Event:
    event = _event(event_id, locked=locked)
    check_open(event.edition)
    if event.kind is EventKind.FLAG_RAISING:
        raise Conflict(_("Une cérémonie se corrige dans la fiche de sa municipalité."))
    return event


def _correct(event_id: int, form: EventForm) -> bool:
    event, now = _editable(event_id, locked=True), clock.now()
    content = replace(form.to_content(), source_url=activities.content_of(event).source_url)
    return team.correct(
        event,
        content,
        territory=_territory(content.geo_code),
        month_on=form.month_on,
        picture=_picture(form, event.details.picture if event.details else None),
        author=present().name,
        now=now,
        seen=request.form.get("vu", ""),
    )


def _territory(geo_code: str) -> Territory | None:
    return territories.get_territory(geo_code) if geo_code else None


def _picture(form: ProposalForm, known: Picture | None = None) -> Picture | None:
    return pictures.describe(
        form.stored, alt=form.alt.data or "", credit=form.credit.data or "", known=known, now=clock.now()
    )


# --- another one --------------------------------------------------------------------------------------


@blueprint.route("/evenements/nouveau", methods=["GET", "POST"])
@require(*EDITORS)
@takes_files(MOST_BYTES, pictures.ADVICE)
def add() -> ResponseReturnValue:
    """An event of the team, empty or like another one."""
    edition = campaigns.current_edition()
    check_open(edition)
    if request.method != "POST":
        form = EventForm(data=_begun(edition), **_given(edition))
        form.cle.data = new_token()
        return _draw(form)
    form = EventForm(request.form, **_given(edition))
    if not _is_whole(form):
        return _redraw(form)
    content = form.to_content()
    with transaction():
        event = team.create(
            content,
            edition=campaigns.current_edition(),
            territory=_territory(content.geo_code),
            month_on=form.month_on,
            picture=_picture(form),
            form_token=form.cle.data or new_token(),
            now=clock.now(),
        )
        number = event.id
    flash(
        _("C’est noté. Personne d’autre que l’équipe ne le voit.")
        if content.is_private
        else _("C’est publié dans le calendrier."),
        "success",
    )
    return redirect(url_for(".show", event_id=number), 303)


def _begun(edition: Edition) -> dict[str, object]:
    """What the form starts from: the type that the address names, or the event that it copies."""
    copied, type_ = request.args.get("copie", type=int), request.args.get("type", "")
    if copied is not None:
        event = _event(copied)
        told = EventForm.filled_with(
            team.copied(event, edition), event.details.picture if event.details else None
        )
        return told | {"month": None}
    if type_ not in TYPES:
        return {}
    return {"activity_type": type_, **({"visibility": PRIVATE} if type_ == USUALLY_PRIVATE else {})}


# --- what is proposed, corrected for its author -------------------------------------------------------


@blueprint.route("/activites/propositions/<int:proposal_id>/corriger", methods=["GET", "POST"])
@require(*EDITORS)
@takes_files(MOST_BYTES, pictures.ADVICE)
def edit_proposal(proposal_id: int) -> ResponseReturnValue:
    """The words of the proposal, in its author's place; it still has to be published."""
    found = _open_proposal(proposal_id)
    if found.state is ProposalState.PUBLISHED:
        return redirect(url_for(".edit", event_id=found.event_id))
    content = proposals.content_to_edit(found)
    given = {**_given(found.edition), "known_days": {sitting.day for sitting in content.sittings}}
    if request.method != "POST":
        form = ProposalForm(data=ProposalForm.filled_with(content, found.picture), **given)
        return _draw(form, proposal=found, seen=proposals.version_of(found))
    form = ProposalForm(request.form, **given)
    seen = request.form.get("vu", "")
    if not _is_whole(form):
        return _redraw(form, proposal=found, seen=seen)
    try:
        with transaction():
            found = _open_proposal(proposal_id)
            proposals.edit(
                found,
                form.to_content(),
                picture=_picture(form, found.picture),
                author=present().name,
                now=clock.now(),
                seen=seen,
            )
    except Conflict as refusal:
        found = _open_proposal(proposal_id)
        page = _draw(form, proposal=found, seen=proposals.version_of(found), warning=refusal.message)
        return page, refusal.status
    flash(_("La proposition est corrigée. Publiez-la quand elle est prête."), "success")
    return redirect(url_for("activities.proposal", proposal_id=proposal_id), 303)


def _open_proposal(proposal_id: int) -> Proposal:
    found = get_proposal(proposal_id)
    check_open(found.edition)
    return found


# --- the form -----------------------------------------------------------------------------------------


def _given(edition: Edition) -> dict[str, Any]:
    return {
        "edition": edition,
        "today": clock.today(clock.now()),
        "allows": scope_of(current_user()).allows,
    }


def _is_whole(form: ProposalForm) -> bool:
    """Everything is answered, and the button pressed was the one that saves."""
    form.take_picture(request.files.get("image"))
    if request.form.get("etape") == ADD:
        form.add_date()
        return False
    return bool(form.validate())


def _redraw(form: ProposalForm, **around: Any) -> ResponseReturnValue:
    return _draw(form, **around), 422 if form.all_errors() else 200


def _draw(
    form: ProposalForm,
    *,
    event: Event | None = None,
    proposal: Proposal | None = None,
    seen: str = "",
    warning: str = "",
) -> str:
    return render_template(
        "events/manage/edit.html",
        form=form,
        event=event,
        proposal=proposal,
        seen=seen,
        warning=warning,
        edition=form.edition,
        edition_is_simulated=form.edition.is_simulated,
        image_url=image_of(form.stored),
        most_in_title=form.most_in_title,
        most_in_description=form.most_in_description,
        has_new_date=request.form.get("etape") == ADD,
    )
