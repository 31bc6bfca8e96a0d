"""What is printed before the door opens: the list to tick, the badges, the name tents."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, Response, request

from campaign import clock
from campaign.accounts.access import require
from campaign.campaigns.queries import organization
from campaign.checkin import papers, presence
from campaign.checkin.access import DOOR_ROLES
from campaign.checkin.papers import Paper
from campaign.checkin.views.door import get_door
from campaign.events.models import Event, Session
from campaign.registrations.models import Attendee

blueprint = Blueprint("papers", __name__, url_prefix="/gestion/accueil/<int:event_id>")


@blueprint.get("/liste.pdf")
@require(*DOOR_ROLES)
def door_list(event_id: int) -> Response:
    """Everybody who is expected, in alphabetical order, with a box and the code that they say."""
    return _print(Paper.LIST, event_id)


@blueprint.get("/badges.pdf")
@require(*DOOR_ROLES)
def badges(event_id: int) -> Response:
    """A badge for each person who is expected, eight on a page."""
    return _print(Paper.BADGES, event_id)


@blueprint.get("/chevalets.pdf")
@require(*DOOR_ROLES)
def tents(event_id: int) -> Response:
    """A page to fold in two for each person who is expected."""
    return _print(Paper.TENTS, event_id)


def _print(paper: Paper, event_id: int) -> Response:
    event = get_door(event_id)
    sitting = presence.find_sitting(event, request.args.get("seance", type=int))
    printed = papers.printed_event(event, sitting, organization=organization().name, now=clock.now())
    people = [papers.printed_person(one, event) for one in _expected(event, sitting)]
    response = Response(papers.render(paper, printed, people), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{paper.value}-{event.slug}.pdf"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _expected(event: Event, sitting: Session | None) -> Sequence[Attendee]:
    people = presence.list_confirmed(event.id)
    if sitting is None:
        return people
    return [one for one in people if sitting.id in presence.sittings_of(one, event)]
