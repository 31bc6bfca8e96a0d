"""What the QR code of a ticket opens, whoever scans it."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, Response, make_response, render_template

from campaign import clock
from campaign.accounts.access import SignedIn, find_signed_in
from campaign.checkin import doors, guessing, queries
from campaign.checkin.access import DOOR_ROLES, may_open
from campaign.checkin.guessing import Guesser
from campaign.checkin.models import ScanResult
from campaign.checkin.services import check_session, sessions_of
from campaign.registrations.models import Attendee
from campaign.registrations.queries import get_event

blueprint = Blueprint("checkin", __name__)


@blueprint.get("/accueil/<code>")
def arrive(code: str) -> Response:
    """To a stranger it says nothing and looks for nothing, not even whether the code exists: a host alone is
    led to admit that person, at the doors that are theirs."""
    person = find_signed_in()
    known = _find(code, person) if person is not None and person.role in DOOR_ROLES else None
    page = _admission(known) if known is not None else render_template("checkin/arrive.html")
    response = make_response(page)
    if person is not None:
        response.headers["Cache-Control"] = "no-store"
    return response


def _find(code: str, person: SignedIn) -> Attendee | None:
    """The person of that ticket, for whoever stands at their door with a phone that was not cut off; too many
    that are not are slowed."""
    guesser = Guesser.with_browser(person.user_id, person.session_id)
    guessing.check(guesser)
    attendee = queries.find_ticket(code)
    if attendee is not None and may_open(person.user, get_event(attendee.event_id)):
        check_session(attendee.event_id, person.session_id)
        return attendee
    guessing.count([ScanResult.UNKNOWN], guesser, event_id=0)
    return None


def _admission(attendee: Attendee) -> str:
    event = get_event(attendee.event_id)
    sittings = [(sitting, doors.sitting_text(event, sitting)) for sitting in sessions_of(event)]
    return render_template(
        "checkin/arrive_host.html",
        event=event,
        name=f"{attendee.first_name} {attendee.last_name}",
        organization=attendee.organization,
        code=attendee.ticket_code,
        sittings=sittings,
        chosen=doors.sitting_at(event, now=clock.now()),
        scan_id=str(uuid4()),
    )
