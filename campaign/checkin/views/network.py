"""The door without script: search, then admit, as long as there is network."""

from __future__ import annotations

from uuid import UUID, uuid4

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import current_user, present, require
from campaign.checkin import doors, frames, guessing, queries, services
from campaign.checkin.access import DOOR_ROLES
from campaign.checkin.guessing import Guesser
from campaign.checkin.models import Attendance, ScanAction, ScanResult
from campaign.checkin.services import Outcome, PhoneScan
from campaign.checkin.views.door import get_door
from campaign.db import transaction
from campaign.events.models import Event
from campaign.i18n import _
from campaign.web.filters import local_hour
from campaign.web.typed import printable
from campaign.web.uploads import takes_files

blueprint = Blueprint("network", __name__, url_prefix="/gestion/accueil/<int:event_id>/reseau")

MOST = 25
LIGHTER = _("Prenez une photo de 8 Mo au plus, ou tapez le code.")


@blueprint.route("", methods=["GET", "POST"])
@require(*DOOR_ROLES)
def search(event_id: int) -> ResponseReturnValue:
    """Who is that? Sent as a form, so that no history and no log keeps a name."""
    return _page(get_door(event_id), typed=_word("q"))


@blueprint.post("/admettre")
@require(*DOOR_ROLES)
def admit(event_id: int) -> ResponseReturnValue:
    """Let in the person of that code."""
    return _admit(event_id, _word("code"))


@blueprint.post("/photo")
@require(*DOOR_ROLES)
@takes_files(frames.MAX_BYTES, LIGHTER)
def read_photo(event_id: int) -> ResponseReturnValue:
    """Let in the person of the ticket that was photographed; the photo is not kept."""
    event = get_door(event_id)
    file = request.files.get("photo")
    try:
        codes = frames.read_codes(file.read() if file else b"")
    except frames.NotAPicture as refusal:
        return _page(event, error=refusal.message), refusal.status
    if not codes:
        return _page(event, error=_("Aucun code QR lisible dans cette photo. Tapez le code.")), 422
    return _admit(event_id, codes[0])


@blueprint.post("/sur-place")
@require(*DOOR_ROLES)
def register(event_id: int) -> ResponseReturnValue:
    """Register somebody who comes without a ticket, and let them in."""
    first, last = _word("prenom"), _word("nom")
    if not first or not last:
        return _page(get_door(event_id), error=_("Inscrivez le prénom et le nom.")), 422
    event, _outcome = _receive(
        event_id, ScanAction.WALK_IN, first_name=first, last_name=last, organization=_word("organisation")
    )
    flash(_("%(name)s : inscription faite, bienvenue.", name=f"{first} {last}"), "success")
    return _back(event)


@blueprint.post("/retirer")
@require(*DOOR_ROLES)
def undo(event_id: int) -> ResponseReturnValue:
    """Take back an admission."""
    event, _outcome = _receive(event_id, ScanAction.UNDO, undoes=_identifier("lecture"))
    flash(_("L’entrée n’est plus comptée."), "success")
    return _back(event)


def _admit(event_id: int, code: str) -> ResponseReturnValue:
    host = present()
    guesser = Guesser.with_browser(host.user_id, host.session_id)
    guessing.check(guesser)
    event = get_door(event_id)
    person = services.find_person(event.id, code)
    name = person.name if person and person.event_id == event.id else ""
    is_forced = "force" in request.form
    standing = queries.find_presence(person.id, _sitting(event)) if person else None
    if standing is not None and not is_forced:  # refused here and now: nobody came in, nothing is recorded
        return _page(event, refused=_already(standing), refused_name=name, refused_code=code), 409
    event, outcome = _receive(event_id, ScanAction.ADMIT, code=code, is_forced=is_forced)
    guessing.count([outcome.result], guesser, event_id=event_id)
    if outcome.result in (ScanResult.ADMITTED, ScanResult.ALREADY):
        flash(_("%(name)s : bienvenue.", name=name), "success")
        return _back(event)
    return _page(event, refused=outcome, refused_name=name, refused_code=code), 409


def _already(standing: Attendance) -> Outcome:
    return Outcome(
        id="",
        result=ScanResult.ALREADY,
        attendee_id=standing.attendee_id,
        admitted_at=standing.admitted_at,
        door=standing.door,
    )


def _receive(event_id: int, action: ScanAction, **told: object) -> tuple[Event, Outcome]:
    """One gesture, sent twice by a double click, counts once: its form carries its identifier."""
    now, user = clock.now(), current_user()
    with transaction():
        event = get_door(event_id)
        scan = PhoneScan(
            id=_identifier("id"),
            session_id=_sitting(event),
            action=action,
            at=now,
            **told,  # type: ignore[arg-type]  # the fields of a scan, by name
        )
        device = services.open_page(event, user, session_id=present().session_id, now=now)
        (outcome,) = services.receive(event, device, [scan], phone_now=now, now=now)
    return event, outcome


def _page(
    event: Event,
    *,
    typed: str = "",
    error: str = "",
    refused: Outcome | None = None,
    refused_name: str = "",
    refused_code: str = "",
) -> str:
    chosen = _sitting(event)
    people = queries.search_people(event.id, typed, most=MOST) if typed else []
    return render_template(
        "checkin/network.html",
        event=event,
        sittings=[(sitting, doors.sitting_text(event, sitting)) for sitting in services.sessions_of(event)],
        chosen=chosen,
        typed=typed,
        error=error,
        found=people,
        inside=queries.find_presences([one.id for one in people], chosen),
        counts=queries.count_present(event.id),
        most_bytes=frames.MAX_BYTES,
        photo_too_heavy=_("Cette photo est trop lourde. %(lighter)s", lighter=LIGHTER),
        refused=refused,
        refused_text=_why(event, refused) if refused else "",
        refused_name=refused_name,
        refused_code=refused_code,
        new_id=lambda: str(uuid4()),
        hour_of=lambda presence: local_hour(presence.admitted_at, event.time_zone),
    )


def _why(event: Event, outcome: Outcome) -> str:
    if outcome.result is ScanResult.ALREADY:
        hour = local_hour(outcome.admitted_at, event.time_zone)
        return _("Déjà enregistré à %(hour)s, %(door)s.", hour=hour, door=outcome.door)
    return f"{doors.REFUSALS[outcome.result]}."


def _back(event: Event) -> ResponseReturnValue:
    return redirect(url_for(".search", event_id=event.id, seance=_sitting(event)), 303)


def _word(name: str) -> str:
    return " ".join(printable(request.form.get(name, "")[:300]).split())


def _identifier(name: str) -> str:
    try:
        return str(UUID(request.form.get(name, "")))
    except ValueError:
        return str(uuid4())


def _sitting(event: Event) -> int:
    """The sitting that was chosen, else the one at whose door people stand now."""
    asked = request.values.get("seance", type=int)
    if any(sitting.id == asked for sitting in services.sessions_of(event)):
        return asked or 0
    return doors.sitting_at(event, now=clock.now())
