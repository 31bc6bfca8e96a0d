"""What a person does about a registration, by its link: verify, take an offer, change, replace, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import ParamSpec

from flask import flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from campaign import clock
from campaign.db import key_of, transaction
from campaign.errors import Conflict, Gone, NotFound
from campaign.events.models import Event
from campaign.events.times import is_over
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.registrations import (
    gatherings,
    given_files,
    letters,
    links,
    lost_links,
    offering,
    queries,
    services,
    tickets,
)
from campaign.registrations.forms import NewLinkForm, ReplaceForm, choose_form_for
from campaign.registrations.models import Attendee, Registration, RegistrationState
from campaign.registrations.views.register import blueprint
from campaign.web.errors import keeps_typed
from campaign.web.limits import FORM_LIMIT, ONE_FORM_LIMIT, one_form, typed_address, was_accepted

__all__ = ["blueprint", "opens_link"]

GUESSES_LIMIT = "3000 per 10 minutes"
"""Links are signed: nobody finds one by trying, nor is let try for ever. A whole room may open its tickets
from behind one address."""

Values = ParamSpec("Values")


def opens_link(view: Callable[Values, ResponseReturnValue]) -> Callable[Values, ResponseReturnValue]:
    """A link mistyped, cut, replaced or unknown leads to one helpful page, in the same words."""

    @wraps(view)
    def opened(*args: Values.args, **kwargs: Values.kwargs) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except (NotFound, Gone) as refusal:
            return _draw_new_link(NewLinkForm(formdata=None), is_unknown=True), refusal.status

    return opened


@blueprint.get("/inscriptions/<token>")
@limiter.limit(GUESSES_LIMIT, key_func=get_remote_address)
@opens_link
def manage(token: str) -> ResponseReturnValue:
    """A registration: its state, its people, and what may be done."""
    registration = _read(token)
    event, now = registration.event, clock.now()
    return render_template(
        "registrations/manage.html",
        token=token,
        registration=registration,
        event=event,
        is_over=_is_over(event),
        has_choices=bool(event.cohorts) or any(row.block for row in event.sessions),
        offer_is_late=registration.offer_expires_at is not None and registration.offer_expires_at <= now,
        people=[_shown(event, one, now) for one in registration.attendees if one.is_active],
        files=given_files.list_asked(registration),
        before=queries.count_before(registration),
        edition_is_simulated=event.edition.is_simulated,
    )


def _read(token: str, *, to_change: bool = False) -> Registration:
    return queries.get_registration(key_of(links.get_registration(token)), to_change=to_change)


def _is_over(event: Event) -> bool:
    now = clock.now()
    return bool(event.sessions) and all(is_over(event, row, now) for row in event.sessions)


def _shown(event: Event, one: Attendee, now: datetime) -> dict[str, object]:
    return {
        "id": one.id,
        "name": f"{one.first_name} {one.last_name}",
        "organization": one.organization,
        "group": offering.cohort_label(event, one.cohort) if one.cohort else "",
        "has_begun": tickets.has_begun(one, event, now),
        "ticket": url_for(".ticket", token=links.ticket_token(one)),
        "sittings": [tickets.told(event, sitting) for sitting in tickets.sittings_of(one, event)],
    }


@blueprint.post("/inscriptions/<token>")
@limiter.limit(FORM_LIMIT)
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form)
@opens_link
def act(token: str) -> ResponseReturnValue:
    """Verify, take the seat that is offered, or have the tickets sent again; shown again after."""
    now = clock.now()
    try:
        with transaction():
            registration = _read(token, to_change=True)
            _ACTIONS.get(request.form.get("geste", ""), _not_known)(registration, now)
    except Conflict as refusal:
        flash(refusal.message, "warning")
    return redirect(url_for(".manage", token=token), 303)


def _verify(registration: Registration, now: datetime) -> None:
    services.verify(registration, queries.get_rules(registration.event_id), now=now)


def _take(registration: Registration, now: datetime) -> None:
    services.accept_offer(registration, now=now)


def _send_again(registration: Registration, now: datetime) -> None:
    if registration.state is not RegistrationState.CONFIRMED:
        raise Conflict(_("Il n’y a de billets que pour une inscription confirmée."))
    letters.send_again(registration, now=now)
    flash(_("Les billets sont envoyés de nouveau."), "success")


def _not_known(_registration: Registration, _now: datetime) -> None:
    raise Conflict(_("Ce bouton n’est pas reconnu. Rechargez la page."))


_ACTIONS = {"confirmer": _verify, "prendre": _take, "renvoyer": _send_again}


@blueprint.route("/inscriptions/<token>/annuler", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@opens_link
def cancel(token: str) -> ResponseReturnValue:
    """Nobody comes: asked once more, on a page of its own."""
    if request.method != "POST":
        return _ask_to_cancel_all(token)
    try:
        with transaction():
            registration, now = _read(token, to_change=True), clock.now()
            services.refuse_once_begun(registration, registration.attendees, now=now)
            services.cancel(registration, author=services.PERSON, now=now)
    except Conflict as refusal:
        return _ask_to_cancel_all(token), refusal.status
    return redirect(url_for(".manage", token=token), 303)


def _ask_to_cancel_all(token: str) -> str:
    registration = _read(token)
    people = [one for one in registration.attendees if one.is_active]
    return ask_to_cancel(registration, people, back=url_for(".manage", token=token))


@blueprint.route("/inscriptions/<token>/personnes/<int:number>/annuler", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@opens_link
def cancel_person(token: str, number: int) -> ResponseReturnValue:
    """One of several does not come."""
    if request.method != "POST":
        return _ask_to_cancel_one(token, number)
    try:
        with transaction():
            registration, now = _read(token, to_change=True), clock.now()
            person = queries.get_person(registration, number)
            services.refuse_once_begun(registration, [person], now=now)
            services.cancel_person(registration, person, author=services.PERSON, now=now)
    except Conflict as refusal:
        return _ask_to_cancel_one(token, number), refusal.status
    flash(_("C’est noté : cette personne ne vient plus. Son billet ne sert plus."), "success")
    return redirect(url_for(".manage", token=token), 303)


def _ask_to_cancel_one(token: str, number: int) -> str:
    registration = _read(token)
    person = queries.get_person(registration, number)
    return ask_to_cancel(registration, [person], back=url_for(".manage", token=token))


def ask_to_cancel(registration: Registration, people: Sequence[Attendee], *, back: str) -> str:
    """« Annuler cette inscription? », or why it is too late."""
    too_late = ""
    try:
        services.refuse_once_begun(registration, people, now=clock.now())
    except Conflict as refusal:
        too_late = refusal.message
    return render_template(
        "registrations/cancel.html",
        back=back,
        registration=registration,
        event=registration.event,
        names=[f"{one.first_name} {one.last_name}" for one in people],
        too_late=too_late,
        edition_is_simulated=registration.event.edition.is_simulated,
    )


@blueprint.route("/inscriptions/<token>/personnes/<int:number>/remplacer", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@opens_link
@keeps_typed
def replace(token: str, number: int) -> ResponseReturnValue:
    """A colleague comes instead: three answers."""
    form = ReplaceForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or g.get("stale_form") or not form.validate():
        status = 422 if request.method == "POST" else 200
        return _draw_replace(token, number, form, refusal=g.get("stale_form", "")), status
    try:
        with transaction():
            registration = _read(token, to_change=True)
            gone = queries.get_person(registration, number)
            services.replace(registration, gone, form.to_person(), author=services.PERSON, now=clock.now())
    except Conflict as refusal:
        return _draw_replace(token, number, form, refusal=refusal.message), 409
    flash(_("C’est fait. Le billet part à son nom; l’ancien ne sert plus."), "success")
    return redirect(url_for(".manage", token=token), 303)


def _draw_replace(token: str, number: int, form: ReplaceForm, *, refusal: str) -> str:
    registration = _read(token)
    person = queries.get_person(registration, number)
    return render_template(
        "registrations/replace.html",
        token=token,
        form=form,
        refusal=refusal,
        name=f"{person.first_name} {person.last_name}",
        event=registration.event,
        edition_is_simulated=registration.event.edition.is_simulated,
    )


@blueprint.route("/inscriptions/<token>/personnes/<int:number>/choix", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@opens_link
@keeps_typed
def choose(token: str, number: int) -> ResponseReturnValue:
    """Another group, other workshops: nothing is given back before the new seats are taken."""
    if request.method != "POST" or g.get("stale_form"):
        return _draw_choices(token, number, refusal=g.get("stale_form", ""))
    try:
        with transaction():
            registration = _read(token, to_change=True)
            person = queries.get_person(registration, number)
            gathering = gatherings.get_gathering(registration.event_id)
            offer = offering.offer_of(gathering, now=clock.now())
            form = choose_form_for(offer, person, request.form)
            is_valid = form.validate()
            if is_valid:
                services.choose(
                    gathering.rules,
                    registration,
                    person,
                    cohort_id=form.cohort_id,
                    session_ids=form.session_ids,
                    author=services.PERSON,
                    now=clock.now(),
                )
    except Conflict as refusal:
        return _draw_choices(token, number, refusal=refusal.message), 409
    if not is_valid:
        return _draw_choices(token, number, is_wrong=True), 422
    flash(_("C’est changé. Les billets partent de nouveau par courriel."), "success")
    return redirect(url_for(".manage", token=token), 303)


def _draw_choices(token: str, number: int, *, refusal: str = "", is_wrong: bool = False) -> str:
    registration = _read(token)
    person = queries.get_person(registration, number)
    offer = offering.offer_of(gatherings.get_gathering(registration.event_id), now=clock.now())
    form = choose_form_for(offer, person, request.form if request.method == "POST" else None)
    if is_wrong:
        form.validate()
    return render_template(
        "registrations/choose.html",
        token=token,
        form=form,
        refusal=refusal,
        name=f"{person.first_name} {person.last_name}",
        event=registration.event,
        edition_is_simulated=registration.event.edition.is_simulated,
    )


# --- a lost link --------------------------------------------------------------------------------------


@blueprint.route("/inscriptions/lien", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@limiter.limit("5 per hour", key_func=typed_address, methods=["POST"], deduct_when=was_accepted)
@keeps_typed
def new_link() -> ResponseReturnValue:
    """Mail the links of what an address is registered to; the same answer whether or not it is."""
    form = NewLinkForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or g.get("stale_form") or not form.validate():
        status = 422 if request.method == "POST" else 200
        return _draw_new_link(form, stale=g.get("stale_form", "")), status
    with transaction():
        lost_links.send(form.email.data, now=clock.now())
    return redirect(url_for(".link_sent"), 303)


def _draw_new_link(form: NewLinkForm, *, is_unknown: bool = False, stale: str = "") -> str:
    return render_template("registrations/new_link.html", form=form, is_unknown=is_unknown, stale=stale)


@blueprint.get("/inscriptions/lien/envoye")
def link_sent() -> ResponseReturnValue:
    """What is said whether or not something was sent."""
    return render_template("registrations/link_sent.html")
