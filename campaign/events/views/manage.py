"""The team reads what is proposed, decides, and sees all the activities of an edition."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import (
    EDITORS,
    READERS,
    Scope,
    current_user,
    present,
    require,
    scope_of,
)
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.contacts.queries import list_visible_regions
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.events import export, listing, organizers, pictures, proposals, team
from campaign.events.differences import differences
from campaign.events.listing import STANDINGS, TO_REVIEW, Filters, Listed, Standing
from campaign.events.manage_forms import READY_REASONS, SendBackForm
from campaign.events.models import Picture, Proposal, ProposalState
from campaign.events.organizers import OrganizerLine
from campaign.events.pictures import Stored
from campaign.events.summary import summary_of
from campaign.events.vocabulary import ORGANIZER_KINDS, TYPES
from campaign.i18n import _
from campaign.web.filters import stamp
from campaign.web.spreadsheets import csv_response

log = logging.getLogger(__name__)
blueprint = Blueprint("activities", __name__, url_prefix="/gestion")

MOST_WAITING = 20
"""How many of those that wait stand above the list; the others are a link away."""


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What the pages of the team know: the edition looked at, what the address asks, whose eyes look."""

    edition: Edition
    filters: Filters
    scope: Scope
    may_edit: bool


def _desk() -> Desk:
    filters = Filters.read(request.args)
    scope = scope_of(current_user())
    if filters.region:
        scope.check(filters.region)
    edition = (
        campaigns.current_edition() if filters.edition is None else campaigns.get_edition(filters.edition)
    )
    return Desk(edition=edition, filters=filters, scope=scope, may_edit=may_edit(edition))


def may_edit(edition: Edition) -> bool:
    """This person may change something of that edition."""
    return present().may_edit and not edition.source_url


def vocabulary() -> dict[str, object]:
    """Words that the templates of this room use."""
    return {
        "standings": STANDINGS,
        "type_words": TYPES,
        "organizer_kinds": ORGANIZER_KINDS,
        "Standing": Standing,
        "TO_REVIEW": TO_REVIEW,
        "ProposalState": ProposalState,
        "proposal_words": proposals.STATE_WORDS,
        "image_of": image_of,
    }


blueprint.context_processor(vocabulary)


def image_of(picture: Stored | Picture | None) -> str:
    """Where the team sees a picture, published or not."""
    return url_for("images.preview", word=pictures.seal(picture)) if picture else ""


# --- the list -----------------------------------------------------------------------------------------


@blueprint.get("/activites")
@require(*READERS)
def list_activities() -> ResponseReturnValue:
    """What waits first, then everything."""
    return _list(of_the_team=False)


@blueprint.get("/evenements")
@require(*READERS)
def list_events() -> ResponseReturnValue:
    """The gatherings, trainings, meetings and launches, private ones included."""
    return _list(of_the_team=True)


def _list(*, of_the_team: bool) -> str:
    desk, now = _desk(), clock.now()
    regions = desk.scope.region_codes
    listed = listing.list_page(desk.edition, desk.filters, regions=regions, now=now, of_the_team=of_the_team)
    names = _region_names(desk)
    return render_template(
        "events/manage/list.html",
        desk=desk,
        filters=desk.filters,
        listed=listed,
        of_the_team=of_the_team,
        page_endpoint="activities.list_events" if of_the_team else "activities.list_activities",
        waiting=[]
        if of_the_team
        else listing.list_waiting(desk.edition, regions=regions, now=now, limit=MOST_WAITING),
        listed_waiting=0 if of_the_team else listing.count_waiting(desk.edition, regions=regions),
        views=_views(desk.filters, listed),
        region_names=names,
        region_options=[("", _("Toutes")), *names.items()],
        type_options=[("", _("Tous")), *((type_, word) for type_, word in TYPES.items())],
        edition_is_simulated=desk.edition.is_simulated,
        editions=campaigns.list_editions(),
    )


def _region_names(desk: Desk) -> dict[str, str]:
    return {region.code: region.name for region in list_visible_regions(desk.scope.region_codes)}


def _views(filters: Filters, listed: Listed) -> list[tuple[str, int, dict[str, object], bool]]:
    """Each state that somebody is in, with how many: name, number, change of the filters, is it this one."""
    choices: list[tuple[str, int, str]] = [(_("Toutes"), listed.everything, "")]
    if listed.to_review:
        choices.append((_("À revoir"), listed.to_review, TO_REVIEW))
    choices += [
        (word[:1].upper() + word[1:], listed.counts[standing], standing.value)
        for standing, (word, _kind) in STANDINGS.items()
        if listed.counts[standing] and standing not in listing.WAITING
    ]
    return [(name, count, {"state": state}, filters.state == state) for name, count, state in choices]


@blueprint.get("/activites/export.csv")
@require(*READERS)
def export_csv() -> ResponseReturnValue:
    """The same list, with the same filters, as a file for Excel."""
    desk, now = _desk(), clock.now()
    lines = listing.list_matching(desk.edition, desk.filters, regions=desk.scope.region_codes, now=now)
    log.info("activities exported", extra={"user": current_user().id, "rows": len(lines)})
    return csv_response(
        f"activites-edition-{desk.edition.number}-{clock.today(now).isoformat()}.csv",
        export.HEADER,
        export.rows(lines, _region_names(desk)),
    )


# --- one proposal -------------------------------------------------------------------------------------


@blueprint.get("/activites/propositions/<int:proposal_id>")
@require(*READERS)
def proposal(proposal_id: int) -> ResponseReturnValue:
    """What is proposed, as people would read it, and what to decide."""
    return _draw_proposal(proposal_id, SendBackForm(formdata=None))


def get_proposal(proposal_id: int) -> Proposal:
    """That proposal, if it is in the person's regions."""
    found = proposals.get_proposal(proposal_id)
    scope_of(current_user()).check(proposals.region_of(found))
    return found


def _draw_proposal(proposal_id: int, form: SendBackForm, *, refusal: str = "") -> str:
    now, scope = clock.now(), scope_of(current_user())
    found = get_proposal(proposal_id)
    content = proposals.content_to_edit(found)
    return render_template(
        "events/manage/proposal.html",
        proposal=found,
        summary=summary_of(content),
        differences=_differences(found),
        duplicates=proposals.list_duplicates(content, found.edition, except_for=found),
        others=listing.list_others(found, regions=scope.region_codes),
        waiting=listing.waiting(found, now=now),
        standing=proposals.state_label(found, now=now),
        happened=team.history_of(None, found),
        region=listing.region_named(proposals.region_of(found)),
        state_of=lambda other: proposals.state_label(other, now=now),
        version=proposals.version_of(found),
        form=form,
        refusal=refusal,
        reasons=READY_REASONS,
        may_edit=may_edit(found.edition),
        may_trust=found.organizer is not None and scope.allows(found.organizer.region_code),
        may_publish=found.state in (*proposals.WAITING, ProposalState.TO_CORRECT),
        may_send_back=found.state in proposals.WAITING,
        edition_is_simulated=found.edition.is_simulated,
    )


def _differences(found: Proposal) -> list[Any]:
    """What the change that waits would change in the calendar; nothing for what is not published."""
    event = found.event
    if event is None or found.state is ProposalState.PUBLISHED:
        return []
    written = proposals.written(found)
    shown = proposals.as_published(event, written)
    picture = event.details.picture if event.details else None
    return differences(shown, written, (picture, found.picture))


@blueprint.post("/activites/propositions/<int:proposal_id>/publier")
@require(*EDITORS)
def publish(proposal_id: int) -> ResponseReturnValue:
    """Into the calendar, at once; its author is written to."""

    def act(found: Proposal) -> str:
        trusts = request.form.get("confiance") == "1" and found.organizer is not None
        proposals.approve(found, author=present().name, now=clock.now(), seen=request.form.get("vu", ""))
        if trusts and found.organizer is not None:
            scope_of(current_user()).check(found.organizer.region_code)
            organizers.trust(found.organizer, current_user(), now=clock.now())
            return _("L’activité est publiée. Ce qui vient de cet organisme le sera directement.")
        return _("L’activité est publiée, et la personne qui l’a proposée en est avertie par courriel.")

    return _decide(proposal_id, act, SendBackForm(formdata=None))


@blueprint.post("/activites/propositions/<int:proposal_id>/renvoyer")
@require(*EDITORS)
def send_back(proposal_id: int) -> ResponseReturnValue:
    """To its author, with the reason."""
    form = SendBackForm(request.form)
    if not form.validate():
        return _draw_proposal(proposal_id, form), 422

    def act(found: Proposal) -> str:
        proposals.send_back(
            found,
            reason=form.reason,
            author=present().name,
            now=clock.now(),
            seen=request.form.get("vu", ""),
        )
        return _("La proposition est renvoyée. La personne qui l’a faite lit la raison dans un courriel.")

    return _decide(proposal_id, act, form)


def _decide(proposal_id: int, act: Callable[[Proposal], str], form: SendBackForm) -> ResponseReturnValue:
    """One decision in one transaction; whoever comes second reads who was first."""
    try:
        with transaction():
            found = get_proposal(proposal_id)
            check_open(found.edition)
            said = act(found)
    except Conflict as refusal:
        return _draw_proposal(proposal_id, form, refusal=_who_was_first(proposal_id, refusal)), refusal.status
    flash(said, "success")
    return redirect(url_for(".list_activities"), 303)


def check_open(edition: Edition) -> None:
    """Editions kept as published are not touched."""
    campaigns.check_open(edition)


def _who_was_first(proposal_id: int, refusal: Conflict) -> str:
    found = get_proposal(proposal_id)
    last = found.moves[-1] if found.moves else None
    if last is None or last.author == proposals.PROPOSER or found.state not in proposals.OUTCOMES:
        return refusal.message
    word = _("publiée") if found.state is ProposalState.PUBLISHED else _("renvoyée")
    return _(
        "%(who)s a décidé avant vous : l’activité a été %(word)s le %(when)s. "
        "Votre décision n’a rien changé.",
        who=last.author,
        word=word,
        when=stamp(last.at),
    )


# --- who may publish directly -------------------------------------------------------------------------


@blueprint.get("/organismes-partenaires")
@require(*READERS)
def list_organizers() -> ResponseReturnValue:
    """Who offers activities, and whom the team trusts."""
    scope, typed = scope_of(current_user()), request.args.get("q", "").strip()[:80]
    page = organizers.list_page(
        scope.region_codes, typed=typed, page=request.args.get("page", 1, type=int) or 1
    )
    return render_template(
        "events/manage/organizers.html",
        listed=page,
        typed=typed,
        region_names={region.code: region.name for region in list_visible_regions(None)},
        may_edit=present().may_edit,
        may_trust=_may_trust,
    )


def _may_trust(line: OrganizerLine) -> bool:
    return present().may_edit and scope_of(current_user()).allows(line.organizer.region_code)


@blueprint.post("/organismes-partenaires/<int:organizer_id>/confiance")
@require(*EDITORS)
def trust(organizer_id: int) -> ResponseReturnValue:
    """« Publier directement », or no longer."""
    is_trusted = request.form.get("directement") == "oui"
    with transaction():
        organizer = organizers.get_organizer(organizer_id)
        scope_of(current_user()).check(organizer.region_code)
        act = organizers.trust if is_trusted else organizers.distrust
        act(organizer, current_user(), now=clock.now())
        name = organizer.name
    flash(
        _("Ce que propose « %(name)s » sera publié directement.", name=name)
        if is_trusted
        else _("Ce que propose « %(name)s » sera relu avant d’être publié.", name=name),
        "success",
    )
    return redirect(url_for(".list_organizers", **_kept()), 303)


def _kept() -> dict[str, Any]:
    """The search of the address, carried along."""
    return {name: request.args[name] for name in ("q", "page") if request.args.get(name)}
