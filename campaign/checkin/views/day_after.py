"""What people receive after an event, by personal link: the attestation and the questionnaire."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.campaigns.queries import organization
from campaign.checkin import attestations, surveys
from campaign.checkin.attestations import Attestation, Standing
from campaign.checkin.forms import SurveyForm
from campaign.db import transaction
from campaign.events.models import Event
from campaign.registrations import links, queries
from campaign.registrations.models import Attendee

blueprint = Blueprint("afterwards", __name__)


@blueprint.get("/billet/<token>/attestation")
def attestation(token: str) -> str:
    """The attestation of that person, or why it is not given yet."""
    attendee, event, known = _attestation_of(token)
    return render_template(
        "checkin/attestation.html",
        token=token,
        attendee=attendee,
        event=event,
        attestation=known,
        Standing=Standing,
    )


@blueprint.get("/billet/<token>/attestation.pdf")
def attestation_pdf(token: str) -> ResponseReturnValue:
    """The page to print; as long as it is not due, the one that says why."""
    attendee, event, known = _attestation_of(token)
    if known.standing is not Standing.DUE:
        return redirect(url_for(".attestation", token=token))
    given_by = organization().name
    pdf = attestations.render(attendee, event, known, given_by=given_by, now=clock.now())
    response = Response(pdf, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="attestation-{event.slug}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _attestation_of(token: str) -> tuple[Attendee, Event, Attestation]:
    attendee = links.get_attendee(token)
    event = queries.get_registration(attendee.registration_id).event
    rules = queries.find_rules(event.id)
    return attendee, event, attestations.attestation_of(attendee, event, rules, now=clock.now())


@blueprint.route("/bilan/<token>", methods=["GET", "POST"])
def survey(token: str) -> ResponseReturnValue:
    """One form, without account; once answered, thanks; once closed, a word and where to write."""
    known, event = surveys.get_survey(token)
    form = SurveyForm(request.form if request.method == "POST" else None)
    if known.answered_on is None and not surveys.is_open(event, now=clock.now()):
        return _survey_page(event, form, is_closed=True), 410
    if request.method == "POST" and known.answered_on is None:
        if not form.validate():
            return _survey_page(event, form), 422
        with transaction():
            surveys.answer(token, form.to_answers(), now=clock.now())
    if request.method == "POST":
        return redirect(url_for(".survey", token=token), 303)
    return _survey_page(event, form, is_answered=known.answered_on is not None)


def _survey_page(
    event: Event, form: SurveyForm, *, is_answered: bool = False, is_closed: bool = False
) -> str:
    return render_template(
        "checkin/survey.html",
        event=event,
        form=form,
        is_answered=is_answered,
        is_closed=is_closed,
        closes_on=surveys.closes_on(event),
        contact=organization().contact,
    )
