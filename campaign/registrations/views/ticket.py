"""One person’s ticket: a page that opens on any phone, its code, its paper, its calendar file; leaving."""

from __future__ import annotations

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address
from markupsafe import Markup

from campaign import clock
from campaign.campaigns.queries import organization
from campaign.db import transaction
from campaign.errors import Conflict, NotFound
from campaign.events.models import EventState
from campaign.events.qr import qr_svg
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.registrations import links, queries, services, ticket_paper, tickets
from campaign.registrations.attesting import has_attestation
from campaign.registrations.models import Attendee, Registration, RegistrationState
from campaign.registrations.views.public import GUESSES_LIMIT, ask_to_cancel, blueprint, opens_link
from campaign.web.limits import FORM_LIMIT

__all__ = ["blueprint"]


def _read(token: str) -> tuple[Registration, Attendee]:
    attendee = links.get_attendee(token)
    return queries.get_registration(attendee.registration_id), attendee


def _read_good(token: str) -> tuple[Registration, Attendee]:
    """A ticket that opens the door; `NotFound` for any other."""
    registration, attendee = _read(token)
    if not _is_good(registration, attendee):
        raise NotFound(_("Ce billet ne sert plus."))
    return registration, attendee


def _is_good(registration: Registration, attendee: Attendee) -> bool:
    return registration.state is RegistrationState.CONFIRMED and attendee.is_active


def _arrival(attendee: Attendee) -> str:
    """What the code holds: opaque, and nothing personal behind it."""
    return public_link("checkin.arrive", code=attendee.ticket_code)


@blueprint.get("/billet/<token>")
@limiter.limit(GUESSES_LIMIT, key_func=get_remote_address)
@opens_link
def ticket(token: str) -> ResponseReturnValue:
    """The ticket, without script and in one request besides its style."""
    registration, attendee = _read(token)
    event = registration.event
    sittings, now = tickets.sittings_of(attendee, event), clock.now()
    is_good = _is_good(registration, attendee)
    return render_template(
        "registrations/ticket.html",
        token=token,
        attendee=attendee,
        event=event,
        is_good=is_good,
        code=tickets.spoken(attendee.short_code),
        qr=Markup(qr_svg(_arrival(attendee), title=_("Code QR de ce billet"))),  # noqa: S704 - drawn by us
        sittings_list=[tickets.told(event, sitting) for sitting in sittings],
        has_days=any(sitting.starts_on for sitting in sittings),
        may_leave=event.state is not EventState.CANCELLED and not tickets.has_begun(attendee, event, now),
        has_attestation=is_good and has_attestation(attendee, event, now),
        organization=organization(),
        edition_is_simulated=event.edition.is_simulated,
    )


@blueprint.get("/billet/<token>.svg")
@limiter.limit(GUESSES_LIMIT, key_func=get_remote_address)
@opens_link
def ticket_code(token: str) -> ResponseReturnValue:
    """The code alone."""
    _registration, attendee = _read_good(token)
    return Response(qr_svg(_arrival(attendee), title=_("Code QR de ce billet")), mimetype="image/svg+xml")


@blueprint.get("/billet/<token>.pdf")
@limiter.limit(GUESSES_LIMIT, key_func=get_remote_address)
@opens_link
def ticket_pdf(token: str) -> ResponseReturnValue:
    """The ticket to print."""
    registration, attendee = _read_good(token)
    event = registration.event
    paper = ticket_paper.PaperTicket(
        title=event.title,
        name=f"{attendee.first_name} {attendee.last_name}",
        organization=attendee.organization,
        code=tickets.spoken(attendee.short_code),
        url=_arrival(attendee),
        sittings=[tickets.told(event, sitting) for sitting in tickets.sittings_of(attendee, event)],
        carrier=organization().name,
        is_simulated=event.edition.is_simulated,
    )
    headers = {"Content-Disposition": "inline; filename=billet.pdf"}
    return Response(ticket_paper.render(paper), mimetype="application/pdf", headers=headers)


@blueprint.get("/billet/<token>.ics")
@limiter.limit(GUESSES_LIMIT, key_func=get_remote_address)
@opens_link
def ticket_calendar(token: str) -> ResponseReturnValue:
    """The sittings of this person alone, under the identifiers of the public feed."""
    registration, attendee = _read_good(token)
    event = registration.event
    url = public_link("events.show", slug=event.slug) if event.is_published else ""
    file = tickets.calendar_file(event, tickets.sittings_of(attendee, event), url)
    if file is None:
        raise NotFound(_("Aucun jour n’est encore connu."))
    headers = {"Content-Disposition": "attachment; filename=rendez-vous.ics"}
    return Response(file, mimetype="text/calendar", headers=headers)


@blueprint.route("/billet/<token>/annuler", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@opens_link
def cancel_ticket(token: str) -> ResponseReturnValue:
    """« Je ne pourrai pas venir »: asked once more, on a page of its own."""
    if request.method != "POST":
        registration, attendee = _read(token)
        if not attendee.is_active:
            return redirect(url_for(".ticket", token=token), 303)
        return ask_to_cancel(registration, [attendee], back=url_for(".ticket", token=token))
    try:
        with transaction():
            number, now = links.get_attendee(token).registration_id, clock.now()
            registration = queries.get_registration(number, to_change=True)
            attendee = links.get_attendee(token)
            services.refuse_once_begun(registration, [attendee], now=now)
            services.cancel_person(registration, attendee, author=services.PERSON, now=now)
    except Conflict as refusal:
        registration, attendee = _read(token)
        back = url_for(".ticket", token=token)
        return ask_to_cancel(registration, [attendee], back=back), refusal.status
    return render_template(
        "registrations/cancelled.html",
        event=registration.event,
        edition_is_simulated=registration.event.edition.is_simulated,
    )
