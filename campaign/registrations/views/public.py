"""What a person does about a registration, by the links of its letters: verify, take an offer, cancel."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.utils import redirect

from campaign import clock
from campaign.db import key_of, transaction
from campaign.errors import Conflict
from campaign.events.qr import qr_svg
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.registrations import links, queries, services, tickets

blueprint = Blueprint("registrations", __name__)


@blueprint.get("/inscriptions/<token>")
def manage(token: str) -> ResponseReturnValue:
    """A registration: its state, its people, and what may be done."""
    registration = queries.get_registration(key_of(links.get_registration(token)))
    return render_template(
        "registrations/manage.html",
        token=token,
        registration=registration,
        event=registration.event,
        people=[
            {
                "name": f"{one.first_name} {one.last_name}",
                "ticket": url_for(".ticket", token=links.ticket_token(one)),
                "sittings": [
                    tickets.told(registration.event, sitting)
                    for sitting in tickets.sittings_of(one, registration.event)
                ],
            }
            for one in registration.attendees
            if one.is_active
        ],
        before=queries.count_before(registration),
    )


@blueprint.post("/inscriptions/<token>")
def act(token: str) -> ResponseReturnValue:
    """Verify, take the place that is offered, or cancel."""
    with transaction():
        number = key_of(links.get_registration(token))
        registration = queries.get_registration(number, to_change=True)
        now = clock.now()
        match request.form.get("geste"):
            case "confirmer":
                services.verify(registration, queries.get_rules(registration.event_id), now=now)
            case "prendre":
                services.accept_offer(registration, now=now)
            case "annuler":
                services.cancel(registration, author=services.PERSON, now=now)
            case _:
                raise Conflict(_("Ce bouton n’est pas reconnu. Rechargez la page."))
    return redirect(url_for(".manage", token=token), 303)


@blueprint.get("/billet/<token>")
def ticket(token: str) -> ResponseReturnValue:
    """One person's ticket: opens on any phone, prints on any paper."""
    attendee = links.get_attendee(token)
    registration = queries.get_registration(attendee.registration_id)
    return render_template(
        "registrations/ticket.html",
        token=token,
        attendee=attendee,
        event=registration.event,
        state=registration.state,
        code=tickets.spoken(attendee.short_code),
        qr=qr_svg(public_link("checkin.arrive", code=attendee.ticket_code), title=_("Code QR de ce billet")),
        sittings_list=[
            tickets.told(registration.event, sitting)
            for sitting in tickets.sittings_of(attendee, registration.event)
        ],
    )
