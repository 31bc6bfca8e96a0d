"""« Proposer une activité »: the form, the proof of the address, the link by which its author changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events import pictures, proposal_letters, proposals
from campaign.events.differences import Difference, differences
from campaign.events.forms import MOST_IN_DESCRIPTION, MOST_IN_TITLE, ActivityForm, CancelForm, NewLinkForm
from campaign.events.models import Proposal, ProposalState
from campaign.events.proposals import Outrun
from campaign.events.summary import sitting_text, summary_of
from campaign.extensions import limiter
from campaign.identifiers import new_token
from campaign.territory import queries as territories
from campaign.territory.names import label_for
from campaign.web.errors import keeps_typed
from campaign.web.limits import (
    FORM_LIMIT,
    ONE_ADDRESS_LIMIT,
    ONE_FORM_LIMIT,
    one_form,
    typed_address,
    was_accepted,
)
from campaign.web.uploads import takes_files

blueprint = Blueprint("proposals", __name__, url_prefix="/calendrier")

MOST_BYTES = 24_000_000
"""A photo three times too heavy comes back with a sentence beside it; beyond, nobody listens."""

ATTEMPTS_LIMIT = "120 per 10 minutes"
"""Each date added, each look at the preview counts; a whole library may answer from one address."""

SEEN = "vu"
"""The field that says what the form was filled from."""

ADD, CORRECT, SUBMIT = "ajouter", "corriger", "soumettre"
"""What the button pressed asks for; any other shows what would be sent."""

KEPT_BY_FORM = ("csrf_token", "etape", "image_gardee", "courriel_garde")


@blueprint.route("/proposer", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ATTEMPTS_LIMIT, key_func=get_remote_address, methods=["POST"])
@limiter.limit(ONE_ADDRESS_LIMIT, key_func=typed_address, methods=["POST"], deduct_when=was_accepted)
@takes_files(MOST_BYTES, pictures.ADVICE)
@keeps_typed
def propose() -> ResponseReturnValue:
    """The form, then what it says, then the letter."""
    edition, today = campaigns.current_edition(), clock.today(clock.now())
    if request.method != "POST":
        form = ActivityForm(edition=edition, today=today, data=_begun())
        form.cle.data = new_token()
        return _draw(form)
    form = ActivityForm(request.form, edition=edition, today=today)
    if form.is_robot:
        return redirect(url_for(".asked"), 303)
    return _take_step(form, _receive)


def _begun() -> dict[str, object]:
    """A link of a municipality's page names it: « ?municipalite=93022 »."""
    found = territories.find_territory(request.args.get("municipalite", ""))
    return {"municipality": label_for(found)} if found is not None and found.valid_to is None else {}


def _take_step(
    form: ActivityForm,
    accept: Callable[[ActivityForm], ResponseReturnValue],
    proposal: Proposal | None = None,
) -> ResponseReturnValue:
    """Add a date, correct, look at what it says, send it."""
    if g.get("stale_form"):
        return _draw(form, proposal, stale=g.stale_form)
    form.take_picture(request.files.get("image"))
    step = request.form.get("etape", "")
    if step == ADD:
        form.add_date()
    if step in (ADD, CORRECT):
        return _draw(form, proposal, has_new_date=step == ADD)
    if not form.validate():
        return _draw(form, proposal), 422
    if proposal is not None and request.form.get(SEEN) not in (None, proposals.mark_to_edit(proposal)):
        return _draw(form, proposal, meanwhile=_meanwhile(form, proposal)), Outrun.status
    return accept(form) if step == SUBMIT else _preview(form, proposal)


def _meanwhile(form: ActivityForm, proposal: Proposal) -> list[Difference]:
    """What it says now that its author says otherwise: a postponement, perhaps, that they did not know of."""
    now_, typed = proposals.content_to_edit(proposal), form.to_content()
    # What the form does not ask stays as it is.
    typed = replace(typed, kind=now_.kind, source_url=now_.source_url)
    return differences(now_, typed, (proposal.picture, proposal.picture))


def _draw(
    form: ActivityForm,
    proposal: Proposal | None = None,
    *,
    stale: str = "",
    has_new_date: bool = False,
    meanwhile: list[Difference] | None = None,
) -> str:
    """`meanwhile` is what changed while it was filled in: what is sent next is sent knowing it."""
    is_known = request.method != "POST" or meanwhile is not None
    return render_template(
        "events/propose.html",
        form=form,
        proposal=proposal,
        reason=proposal_letters.as_sentence(proposal.reason) if proposal else "",
        edition=form.edition,
        edition_is_simulated=form.edition.is_simulated,
        organization=campaigns.organization(),
        stale=stale,
        has_new_date=has_new_date,
        meanwhile=meanwhile,
        seen=proposals.mark_to_edit(proposal) if proposal and is_known else request.form.get(SEEN, ""),
        most_in_title=MOST_IN_TITLE,
        most_in_description=MOST_IN_DESCRIPTION,
        image_url=_image_url(form),
    )


def _image_url(form: ActivityForm) -> str:
    return url_for("images.preview", word=pictures.seal(form.stored)) if form.stored else ""


def _preview(form: ActivityForm, proposal: Proposal | None) -> str:
    content = form.to_content()
    return render_template(
        "events/propose_preview.html",
        form=form,
        proposal=proposal,
        summary=summary_of(content),
        duplicates=proposals.list_duplicates(content, form.edition, except_for=proposal),
        twice=[sitting_text(one, form.zone) for one in form.hours_told_twice()],
        typed=[pair for pair in request.form.items(multi=True) if pair[0] not in KEPT_BY_FORM],
        image_url=_image_url(form),
        edition=form.edition,
        edition_is_simulated=form.edition.is_simulated,
        organization=campaigns.organization(),
    )


def _receive(form: ActivityForm) -> ResponseReturnValue:
    now, content = clock.now(), form.to_content()
    with transaction():
        picture = pictures.describe(
            form.stored, alt=form.alt.data or "", credit=form.credit.data or "", now=now
        )
        proposals.submit(
            content,
            edition=campaigns.current_edition(),
            territory=territories.get_territory(content.geo_code) if content.geo_code else None,
            email=content.contact_email,
            form_token=form.cle.data or None,
            picture=picture,
            now=now,
        )
    return redirect(url_for(".asked"), 303)


@blueprint.get("/proposer/merci")
def asked() -> str:
    """One step left: the letter in the mailbox."""
    return render_template("events/proposal_asked.html")


# --- the link of the letter ---------------------------------------------------------------------------


@blueprint.route("/proposition/<token>", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
def show(token: str) -> ResponseReturnValue:
    """Where it stands. POST proves the address; the rest (a scanner’s HEAD) shows the button."""
    try:
        proposal = proposals.get_by_token(token)
    except NotFound as refusal:
        return _unknown_link(refusal)
    if request.method != "POST":
        return _show(proposal, token)
    with transaction():
        proposals.verify(proposals.get_by_token(token), now=clock.now())
    return redirect(url_for(".show", token=token), 303)


def _show(proposal: Proposal, token: str) -> str:
    now, event = clock.now(), proposal.event
    picture = proposal.picture
    return render_template(
        "events/proposal.html",
        proposal=proposal,
        token=token,
        event=event,
        label=proposals.state_label(proposal, now=now),
        stage=_stage(proposal),
        may_change=proposals.may_change(proposal),
        reason=proposal_letters.as_sentence(proposal.reason),
        summary=summary_of(proposals.content_to_edit(proposal)),
        waiting=_waiting(proposal),
        picture=picture,
        image_url=url_for("images.preview", word=pictures.seal(picture)) if picture else "",
        edition=proposal.edition,
        edition_is_simulated=proposal.edition.is_simulated,
    )


def _waiting(proposal: Proposal) -> list[Difference]:
    """What the calendar does not say yet, once something is published."""
    event = proposal.event
    if event is None or proposal.state is ProposalState.PUBLISHED:
        return []
    shown = event.details.picture if event.details else None
    return differences(
        proposals.published_content(event), proposals.written(proposal), (shown, proposal.picture)
    )


def _stage(proposal: Proposal) -> str:
    """Which sentence opens the page."""
    if proposal.event is not None and proposals.is_called_off(proposal):
        return "annulee"
    if proposal.event_id is not None and proposal.state is ProposalState.TO_CORRECT:
        return "modification_a_corriger"
    return proposal.state.value


@blueprint.route("/proposition/<token>/modifier", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ATTEMPTS_LIMIT, key_func=get_remote_address, methods=["POST"])
@takes_files(MOST_BYTES, pictures.ADVICE)
@keeps_typed
def edit(token: str) -> ResponseReturnValue:
    """The same form, filled with what was said."""
    try:
        proposal = proposals.get_by_token(token)
    except NotFound as refusal:
        return _unknown_link(refusal)
    if not proposals.may_change(proposal):
        return redirect(url_for(".show", token=token), 303)
    content = proposals.content_to_edit(proposal)
    make_form = partial(
        ActivityForm,
        edition=proposal.edition,
        today=clock.today(clock.now()),
        known_days={sitting.day for sitting in content.sittings},
    )
    if request.method != "POST":
        return _draw(make_form(data=ActivityForm.filled_with(content, proposal.picture)), proposal)

    def accept(form: ActivityForm) -> ResponseReturnValue:
        try:
            return _change(form, token)
        except Outrun as refusal:
            now_ = proposals.get_by_token(token)
            return _draw(form, now_, meanwhile=_meanwhile(form, now_)), refusal.status

    return _take_step(make_form(request.form), accept, proposal)


def _change(form: ActivityForm, token: str) -> ResponseReturnValue:
    now = clock.now()
    with transaction():
        proposal = proposals.get_by_token(token)
        picture = pictures.describe(
            form.stored,
            alt=form.alt.data or "",
            credit=form.credit.data or "",
            known=proposal.picture,
            now=now,
        )
        proposals.edit(
            proposal,
            form.to_content(),
            picture=picture,
            author=proposals.PROPOSER,
            now=now,
            filled_from=request.form.get(SEEN),
        )
    return redirect(url_for(".show", token=token), 303)


@blueprint.route("/proposition/<token>/annuler", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@keeps_typed
def cancel(token: str) -> ResponseReturnValue:
    """Called off once published, with a reason; withdrawn before."""
    try:
        proposal = proposals.get_by_token(token)
    except NotFound as refusal:
        return _unknown_link(refusal)
    form = CancelForm(request.form if request.method == "POST" else None)
    is_refused = request.method == "POST" and proposal.event_id is not None and not form.validate()
    if request.method != "POST" or g.get("stale_form") or is_refused:
        page = render_template(
            "events/proposal_cancel.html",
            proposal=proposal,
            token=token,
            form=form,
            stale=g.get("stale_form", ""),
            edition_is_simulated=proposal.edition.is_simulated,
        )
        return (page, 422) if is_refused else page
    with transaction():
        proposals.give_up(
            proposals.get_by_token(token),
            reason=form.reason.data or "",
            author=proposals.PROPOSER,
            now=clock.now(),
        )
    return redirect(url_for(".show", token=token), 303)


@blueprint.post("/proposition/<token>/garder")
@limiter.limit(FORM_LIMIT)
def keep(token: str) -> ResponseReturnValue:
    """Give up the change that waits: the calendar says what is meant."""
    with transaction():
        proposals.drop_revision(proposals.get_by_token(token), author=proposals.PROPOSER, now=clock.now())
    return redirect(url_for(".show", token=token), 303)


def _unknown_link(refusal: NotFound) -> ResponseReturnValue:
    """The same helpful page for a link unknown, replaced or cut."""
    return render_template(
        "events/proposal_link.html", form=NewLinkForm(formdata=None), stale="", is_unknown=True
    ), refusal.status


@blueprint.route("/proposition/lien", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@limiter.limit("5 per hour", key_func=typed_address, methods=["POST"], deduct_when=was_accepted)
@keeps_typed
def new_link() -> ResponseReturnValue:
    """Mail the links of what an address proposed; the same answer whether or not it proposed anything."""
    form = NewLinkForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or g.get("stale_form") or not form.validate():
        status = 422 if request.method == "POST" else 200
        stale = g.get("stale_form", "")
        return render_template("events/proposal_link.html", form=form, stale=stale, is_unknown=False), status
    with transaction():
        found = proposals.list_of_address(form.email.data or "", campaigns.current_edition())
        if found:
            links = [(proposal, proposals.link_token(proposal)) for proposal in found]
            proposal_letters.send_links(links, now=clock.now())
    return redirect(url_for(".link_sent"), 303)


@blueprint.get("/proposition/lien/envoye")
def link_sent() -> str:
    """What is said whether or not something was sent."""
    return render_template("events/proposal_link_sent.html")
