"""The team's pages of the registrations of an event: its rules, its list, one registration, its export."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, present, require
from campaign.accounts.models import Role
from campaign.db import key_of, transaction
from campaign.errors import Conflict
from campaign.events.models import Event
from campaign.i18n import _, ngettext
from campaign.identifiers import new_token
from campaign.outbox.queries import list_regarding
from campaign.outbox.words import MESSAGE_STATES
from campaign.registrations import (
    export,
    file_kinds,
    letters,
    organizing,
    queries,
    services,
    team_files,
    tickets,
)
from campaign.registrations.forms import RegistrationForm, form_for
from campaign.registrations.full import Full
from campaign.registrations.gatherings import get_gathering
from campaign.registrations.manage_forms import CancelForm, ChoicesForm, PersonForm, RulesForm
from campaign.registrations.models import Attendee, Registration, RegistrationState
from campaign.registrations.offering import Offer, offer_by_telephone
from campaign.registrations.organizing import RulesTold
from campaign.registrations.views.around import editable, event_of
from campaign.registrations.views.register import ADD, MOST_BYTES, REMOVE, keep_files
from campaign.web.spreadsheets import csv_response
from campaign.web.uploads import files_sent, takes_files

blueprint = Blueprint("organizing", __name__, url_prefix="/gestion/evenements/<int:event_id>/inscriptions")

CONFIDENTS = (Role.ADMIN, Role.ORGANIZER)
"""Who may read what was told in confidence."""


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    states = [(state.value, words) for state, (words, _mark) in organizing.STATES.items()]
    return {
        "choices_of_state": states,
        "states": organizing.STATES,
        "RegistrationState": RegistrationState,
        "spoken": tickets.spoken,
    }


# --- the list -----------------------------------------------------------------------------------------


@blueprint.get("")
@require(*EDITORS)
def list_registrations(event_id: int) -> str:
    """Who comes, who waits, what is left."""
    event = event_of(event_id)
    state, typed = _state(), request.args.get("q", "").strip()[:80]
    return render_template(
        "registrations/manage/list.html",
        event=event,
        rules=queries.find_rules(event_id),
        limits=organizing.list_limits(event),
        counts=organizing.count_by_state(event_id),
        waiting=organizing.list_waiting(event_id),
        file_count=team_files.count_of_event(event_id),
        listed=organizing.list_page(
            event_id, state=state, typed=typed, page=request.args.get("page", 1, type=int) or 1
        ),
        state=state,
        typed=typed,
        is_open=not event.edition.source_url,
        reads_confidences=present().role in CONFIDENTS,
        edition_is_simulated=event.edition.is_simulated,
    )


def _state() -> RegistrationState | None:
    asked = request.args.get("etat", "")
    return RegistrationState(asked) if asked in set(RegistrationState) else None


@blueprint.get("/export.csv")
@require(*EDITORS)
def export_list(event_id: int) -> Response:
    """One line for each person, without what was told in confidence."""
    event = event_of(event_id)
    questions = export.list_questions(event_id)
    return csv_response(
        f"inscriptions-{event.slug}.csv", export.header(questions), export.rows(event, questions)
    )


@blueprint.get("/confidentiel")
@require(*CONFIDENTS)
def confidences(event_id: int) -> str:
    """What was told with an express consent, and the counts for who cooks."""
    event = event_of(event_id)
    return render_template(
        "registrations/manage/confidences.html",
        event=event,
        topics=organizing.list_sensitive(event_id),
        edition_is_simulated=event.edition.is_simulated,
    )


# --- rules --------------------------------------------------------------------------------------------


@blueprint.route("/regles", methods=["GET", "POST"])
@require(*EDITORS)
def rules(event_id: int) -> ResponseReturnValue:
    """Open registration to the event, or change how people register."""
    event = editable(event_id)
    known, zone = queries.find_rules(event_id), event.time_zone
    if request.method != "POST":
        told = organizing.told_of(known) if known else RulesTold()
        return _draw_rules(event, RulesForm(data=RulesForm.filled_with(told, zone), zone=zone))
    form = RulesForm(request.form, zone=zone)
    if not form.validate():
        return _draw_rules(event, form), 422
    try:
        with transaction():
            offered = organizing.set_rules(editable(event_id, locked=True), form.to_rules(), now=clock.now())
    except Conflict as refusal:
        return _draw_rules(event_of(event_id), form, refusal.message), refusal.status
    flash(_("C’est enregistré."), "success")
    _tell_offered(offered)
    return redirect(url_for(".list_registrations", event_id=event_id), 303)


def _draw_rules(event: Event, form: RulesForm, refusal: str = "") -> str:
    return render_template(
        "registrations/manage/rules.html",
        event=event,
        form=form,
        refusal=refusal,
        edition_is_simulated=event.edition.is_simulated,
    )


def _tell_offered(count: int) -> None:
    if count:
        flash(
            ngettext(
                "Une inscription de la liste d’attente a reçu une offre.",
                "%(num)s inscriptions de la liste d’attente ont reçu une offre.",
                count,
            ),
            "success",
        )


@blueprint.post("/offrir")
@require(*EDITORS)
def offer_now(event_id: int) -> ResponseReturnValue:
    """Free seats go to those who wait, in their order."""
    with transaction():
        editable(event_id, locked=True)
        offered = services.offer_what_is_free(queries.get_rules(event_id), now=clock.now())
    if not offered:
        flash(_("Aucune place libre ne convient à la liste d’attente."), "info")
    _tell_offered(offered)
    return redirect(url_for(".list_registrations", event_id=event_id), 303)


# --- one registration ---------------------------------------------------------------------------------


@blueprint.route("/ajouter", methods=["GET", "POST"])
@require(*EDITORS)
@takes_files(MOST_BYTES, file_kinds.ADVICE)
def add(event_id: int) -> ResponseReturnValue:
    """People who telephone: the form that everybody fills in, with as many people and the same choices.

    Seats are given at once: what somebody says to the team needs no letter to prove it. Each who gives an
    address receives a ticket there, by which they may change or cancel what was said for them.
    """
    event, offer = _offered_by_telephone(event_id)
    if request.method != "POST":
        return _draw_add(form_for(offer, by_team=True, cle=new_token()), event)
    form = _filled_in(offer)
    step = request.form.get("etape", "")
    if step == ADD or step.startswith(REMOVE):
        form.add_person() if step == ADD else form.remove_person(step.removeprefix(REMOVE))
        return _draw_add(form, event)
    if not form.validate():
        return _draw_add(form, event), 422
    receipt = form.receipt
    try:
        with transaction():
            editable(event_id)
            registration = services.register(
                queries.get_rules(event_id),
                form.to_answers(),
                form_token=receipt,
                now=clock.now(),
                by_team=present().name,
            )
            number, state = key_of(registration), registration.state
    except Conflict as refusal:
        event, offer = _offered_by_telephone(event_id)
        form = _filled_in(offer)
        if isinstance(refusal, Full):
            form.tell_full(refusal)
        is_beside = bool(form.all_errors())
        return _draw_add(form, event, refusal="" if is_beside else refusal.message), refusal.status
    flash(
        _("L’inscription est confirmée.")
        if state is RegistrationState.CONFIRMED
        else _("C’est complet : l’inscription est sur la liste d’attente."),
        "success",
    )
    return redirect(url_for(".show", event_id=event_id, registration_id=number), 303)


def _offered_by_telephone(event_id: int) -> tuple[Event, Offer]:
    event = editable(event_id)
    return event, offer_by_telephone(get_gathering(event_id), now=clock.now())


def _filled_in(offer: Offer) -> RegistrationForm:
    """The form as it was sent, with its files."""
    form = form_for(offer, request.form, by_team=True)
    form.take_files(request.form, files_sent(), now=clock.now())
    return form


def _draw_add(form: RegistrationForm, event: Event, *, refusal: str = "") -> str:
    keep_files(form)
    return _draw_form("add", event, form, refusal, offer=form.offer, ADD=ADD)


def _draw_form(name: str, event: Event, form: object, refusal: str = "", **around: object) -> str:
    return render_template(
        f"registrations/manage/{name}.html",
        event=event,
        form=form,
        refusal=refusal,
        edition_is_simulated=event.edition.is_simulated,
        **around,
    )


@blueprint.get("/<int:registration_id>")
@require(*EDITORS)
def show(event_id: int, registration_id: int) -> str:
    """Its people, their choices, what happened to it, what was written to them."""
    event = event_of(event_id)
    registration = organizing.get_registration(event, registration_id)
    people = [
        (one, [tickets.told(event, sitting) for sitting in tickets.sittings_of(one, event)])
        for one in registration.attendees
    ]
    return render_template(
        "registrations/manage/show.html",
        event=event,
        registration=registration,
        people=people,
        answers=organizing.list_answers(registration),
        files=team_files.list_of_people(
            event_id, [one.id for one in registration.attendees], with_sensitive=present().role in CONFIDENTS
        ),
        before=queries.count_before(registration),
        moves=organizing.list_moves(registration),
        letters=list_regarding(f"inscription:{registration_id}"),
        message_states=MESSAGE_STATES,
        reads_letters=present().role in CONFIDENTS,
        is_open=not event.edition.source_url and registration.state not in services.OVER,
        edition_is_simulated=event.edition.is_simulated,
    )


@blueprint.post("/<int:registration_id>/renvoyer")
@require(*EDITORS)
def resend(event_id: int, registration_id: int) -> ResponseReturnValue:
    """The tickets once more."""
    with transaction():
        registration = organizing.get_registration(editable(event_id), registration_id, to_change=True)
        if registration.state is not RegistrationState.CONFIRMED:
            raise Conflict(_("Seule une inscription confirmée a des billets."))
        letters.send_again(registration, now=clock.now())
        has_address = bool(registration.email)
    if has_address:
        flash(_("Les billets repartent."), "success")
    else:
        flash(_("Cette inscription n’a pas d’adresse courriel : rien n’est parti."), "info")
    return redirect(url_for(".show", event_id=event_id, registration_id=registration_id), 303)


@blueprint.route("/<int:registration_id>/annuler", methods=["GET", "POST"])
@require(*EDITORS)
def cancel(event_id: int, registration_id: int) -> ResponseReturnValue:
    """The whole registration, or one of its people (`personne` in the address)."""
    person_id = request.args.get("personne", type=int)

    def act(registration: Registration, person: Attendee | None) -> None:
        author, now, reason = present().name, clock.now(), form.reason.data or ""
        if person is None:
            services.cancel(registration, author=author, now=now, reason=reason, by_team=True)
        else:
            services.cancel_person(registration, person, author=author, now=now, reason=reason, by_team=True)

    form = CancelForm(request.form if request.method == "POST" else None)
    return _act("cancel", event_id, registration_id, person_id, form, act, _("C’est annulé."))


@blueprint.route("/<int:registration_id>/personnes/<int:person_id>/remplacer", methods=["GET", "POST"])
@require(*EDITORS)
def replace(event_id: int, registration_id: int, person_id: int) -> ResponseReturnValue:
    """A colleague comes instead."""

    def act(registration: Registration, person: Attendee | None) -> None:
        assert person is not None  # noqa: S101 - named in the address
        services.replace(
            registration, person, form.to_person(), author=present().name, now=clock.now(), by_team=True
        )

    form = PersonForm(request.form if request.method == "POST" else None)
    done = _("C’est fait : le nouveau billet part par courriel, l’ancien est refusé à l’entrée.")
    return _act("replace", event_id, registration_id, person_id, form, act, done)


@blueprint.route("/<int:registration_id>/personnes/<int:person_id>/choix", methods=["GET", "POST"])
@require(*EDITORS)
def choose(event_id: int, registration_id: int, person_id: int) -> ResponseReturnValue:
    """Another group, or other workshops."""

    def act(registration: Registration, person: Attendee | None) -> None:
        assert person is not None  # noqa: S101 - named in the address
        services.choose(
            queries.get_rules(event_id),
            registration,
            person,
            cohort_id=form.cohort_id,
            session_ids=form.session_ids,
            author=present().name,
            now=clock.now(),
        )

    event = event_of(event_id)
    person = organizing.get_person(organizing.get_registration(event, registration_id), person_id)
    if request.method == "POST":
        form = ChoicesForm(request.form, event=event)
    else:
        form = ChoicesForm(data=ChoicesForm.filled_with(person), event=event)
    return _act("choices", event_id, registration_id, person_id, form, act, _("Les choix sont changés."))


def _act(
    name: str,
    event_id: int,
    registration_id: int,
    person_id: int | None,
    form: CancelForm | PersonForm | ChoicesForm,
    act: Callable[[Registration, Attendee | None], None],
    done: str,
) -> ResponseReturnValue:
    """One form about a registration or one of its people: shown, refused in words, or carried out."""

    def draw(refusal: str = "") -> str:
        event = editable(event_id)
        registration = organizing.get_registration(event, registration_id)
        person = organizing.get_person(registration, person_id) if person_id is not None else None
        return _draw_form(name, event, form, refusal, registration=registration, person=person)

    if request.method != "POST":
        return draw()
    if not form.validate():
        return draw(), 422
    try:
        with transaction():
            registration = organizing.get_registration(editable(event_id), registration_id, to_change=True)
            person = organizing.get_person(registration, person_id) if person_id is not None else None
            act(registration, person)
    except Conflict as refusal:
        return draw(refusal.message), refusal.status
    flash(done, "success")
    return redirect(url_for(".show", event_id=event_id, registration_id=registration_id), 303)
