"""« S’inscrire »: the form of an event, what happens next, and the answer to an invitation."""

from __future__ import annotations

from contextlib import nullcontext

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from campaign import clock
from campaign.db import key_of, transaction
from campaign.errors import Conflict, NotFound
from campaign.events import wording
from campaign.events.models import Event
from campaign.events.programme import in_order
from campaign.extensions import limiter
from campaign.identifiers import hash_token, new_token
from campaign.registrations import file_kinds, gatherings, invitations, queries, services, tickets
from campaign.registrations.forms import RegistrationForm, form_for
from campaign.registrations.full import Full
from campaign.registrations.gatherings import Gathering
from campaign.registrations.models import Invitation, InvitationState
from campaign.registrations.offering import Offer, offer_of
from campaign.web.errors import keeps_typed
from campaign.web.filters import date_range
from campaign.web.limits import FORM_LIMIT, ONE_ADDRESS_LIMIT, ONE_FORM_LIMIT, one_form, was_accepted
from campaign.web.uploads import files_sent, takes_files

blueprint = Blueprint("registrations", __name__)

MOST_BYTES = 5 * file_kinds.MAX_BYTES
"""A file too heavy comes back with a sentence beside it; beyond, nobody listens."""

FILES_LIMIT = "300 per hour"
"""Sendings with a file, from one address: they weigh far more than the others."""

ADD, REMOVE = "ajouter", "retirer-"
"""What the button pressed asks for; any other sends the form."""


def written_address() -> str:
    """The address that the letter would go to; hashed, since the counter is kept outside the database."""
    typed = request.form.get("sender_email") or request.form.get("people-0-email", "")
    return hash_token(typed.strip().lower())


def brings_no_file() -> bool:
    """A form without a file, or in which none was chosen."""
    return not any(file.filename for file in request.files.values())


@blueprint.route("/evenements/<slug>/inscription", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_ADDRESS_LIMIT, key_func=written_address, methods=["POST"], deduct_when=was_accepted)
@limiter.limit(FILES_LIMIT, key_func=get_remote_address, methods=["POST"], exempt_when=brings_no_file)
@takes_files(MOST_BYTES, file_kinds.ADVICE)
@keeps_typed
def register(slug: str) -> ResponseReturnValue:
    """The form: one person, or several who are kept together."""
    invitation = _find_invitation()
    gathering, offer = _offered(slug, invitation)
    if request.method != "POST":
        form = form_for(offer, people=[_begun(invitation)], cle=new_token())
        return _draw(form, gathering, offer)
    form = _filled_in(offer)
    if g.get("stale_form"):
        return _draw(form, gathering, offer, refusal=g.stale_form)
    if form.is_robot:
        return redirect(url_for(".asked", slug=slug), 303)
    step = request.form.get("etape", "")
    if step == ADD or step.startswith(REMOVE):
        form.add_person() if step == ADD else form.remove_person(step.removeprefix(REMOVE))
        return _draw(form, gathering, offer)
    if not offer.is_open:
        return _draw(form, gathering, offer, refusal=offer.sentence), 409
    if not form.validate():
        return _draw(form, gathering, offer), 422
    return _receive(form, gathering)


def _find_invitation() -> Invitation | None:
    """The one that the address names, if it is known; an unknown one opens nothing more than none."""
    token = request.args.get("invitation", "")
    try:
        return invitations.get_invitation(token) if token else None
    except NotFound:
        return None


def _offered(slug: str, invitation: Invitation | None) -> tuple[Gathering, Offer]:
    """The event and what it offers; a private one is found by its invitation alone."""
    gathering = gatherings.get_to_register(slug, invited_to=invitation.event_id if invitation else None)
    is_invited = invitation is not None and invitation.event_id == gathering.event.id
    return gathering, offer_of(gathering, now=clock.now(), is_invited=is_invited)


def _begun(invitation: Invitation | None) -> dict[str, str]:
    """What the invitation knows already."""
    if invitation is None:
        return {}
    first, _space, last = invitation.name.partition(" ")
    is_address = "@" in invitation.name
    return {
        "first_name": "" if is_address else first,
        "last_name": "" if is_address else last,
        "email": invitation.email,
    }


def _filled_in(offer: Offer) -> RegistrationForm:
    """The form as it was sent; nobody looks at the files of a robot."""
    form = form_for(offer, request.form)
    if not form.is_robot:
        form.take_files(request.form, files_sent(), now=clock.now())
    return form


def keep_files(form: RegistrationForm) -> None:
    """The files that came stay for the next sending."""
    with transaction() if form.has_new_files else nullcontext():
        form.keep_files(now=clock.now())


def _draw(
    form: RegistrationForm,
    gathering: Gathering,
    offer: Offer,
    *,
    refusal: str = "",
) -> Response:
    keep_files(form)
    response = make_response(
        render_template(
            "registrations/register.html",
            form=form,
            offer=offer,
            action=url_for(".register", slug=gathering.event.slug, invitation=request.args.get("invitation")),
            refusal=refusal,
            ADD=ADD,
            REMOVE=REMOVE,
            **_frame(gathering),
        )
    )
    return _kept_by_nobody(response)


def _receive(form: RegistrationForm, gathering: Gathering) -> ResponseReturnValue:
    """The same page whatever becomes of the form, and however many times it is sent: it says nothing of who
    is registered. The letter does, to the address alone."""
    now, receipt = clock.now(), form.receipt
    event_id, slug = key_of(gathering.event), gathering.event.slug
    answers = form.to_answers(invitation_token=request.args.get("invitation", ""))
    thanks = redirect(url_for(".asked", slug=slug, invitation=request.args.get("invitation")), 303)
    try:
        with transaction():
            rules = gatherings.get_gathering(event_id).rules
            services.register(rules, answers, form_token=receipt, now=now)
    except Conflict as refusal:
        if services.find_by_form(receipt) is None:
            return _draw_refused(slug, refusal), 409
    return thanks


def _draw_refused(slug: str, refusal: Conflict) -> Response:
    """The form as it was sent. What is full is said beside what has to change, as long as it can be."""
    gathering, offer = _offered(slug, _find_invitation())
    form = _filled_in(offer)
    if isinstance(refusal, Full) and offer.is_open:
        form.tell_full(refusal)
    is_beside = bool(form.all_errors())
    return _draw(form, gathering, offer, refusal="" if is_beside else refusal.message)


@blueprint.get("/evenements/<slug>/inscription/merci")
def asked(slug: str) -> ResponseReturnValue:
    """What is said whatever was done: a letter is in the mailbox."""
    invitation = _find_invitation()
    gathering = gatherings.get_to_register(slug, invited_to=invitation.event_id if invitation else None)
    needs_proof = gathering.rules.needs_verification
    page = render_template("registrations/asked.html", needs_proof=needs_proof, **_frame(gathering))
    return _kept_by_nobody(make_response(page))


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
def invitation(token: str) -> ResponseReturnValue:
    """« J’y serai », « Je ne pourrai pas »; opening it changes nothing."""
    refusal = ""
    if request.method == "POST":
        try:
            return _answer(token)
        except Conflict as refused:
            refusal = refused.message
    try:
        known = invitations.get_invitation(token)
    except NotFound as unknown:
        return render_template("registrations/unknown_invitation.html"), unknown.status
    gathering = gatherings.get_gathering(known.event_id)
    event = gathering.event
    offer = offer_of(gathering, now=clock.now(), is_invited=True)
    return render_template(
        "registrations/invitation.html",
        invitation=known,
        has_declined=known.state is InvitationState.DECLINED,
        has_accepted=known.state is InvitationState.ACCEPTED,
        offer=offer,
        refusal=refusal,
        sittings_list=[
            tickets.told(event, sitting) for sitting in in_order(event.sessions) if not sitting.block
        ],
        **_frame(gathering),
    ), 409 if refusal else 200


def _answer(token: str) -> ResponseReturnValue:
    if request.form.get("geste") == "oui":
        event = queries.get_event(invitations.get_invitation(token).event_id)
        return redirect(url_for(".register", slug=event.slug, invitation=token), 303)
    with transaction():
        invitations.decline(invitations.get_invitation(token), now=clock.now())
    return redirect(url_for(".invitation", token=token), 303)


def _frame(gathering: Gathering) -> dict[str, object]:
    event = gathering.event
    return {
        "event": event,
        "when": _when(event),
        "organization": gathering.organization,
        "edition_is_simulated": event.edition.is_simulated,
    }


def _when(event: Event) -> str:
    """Its day and hour; the first and the last of its days when it has several dates."""
    days = sorted(row.starts_on for row in event.sessions if row.starts_on is not None)
    if len(event.sessions) > 1 and days:
        return date_range(days[0], days[-1])
    occasion = wording.Occasion.of(event)
    return ", ".join(filter(None, (wording.day_text(occasion), wording.hour_text(occasion))))


def _kept_by_nobody(response: Response) -> Response:
    """It holds the token of a form, and the address may hold that of an invitation."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
