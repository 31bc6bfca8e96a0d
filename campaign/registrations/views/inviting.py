"""The team's pages of invitations: who is asked to come, in which role, and what they answered."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.i18n import _, ngettext
from campaign.registrations import invitations, queries
from campaign.registrations.invitations import Guest, GuestList
from campaign.registrations.manage_forms import InviteForm
from campaign.registrations.models import Invitation
from campaign.registrations.views.around import editable, event_of
from campaign.web.spreadsheets import csv_response
from campaign.web.tables import TableRefused, decode
from campaign.web.uploads import takes_files

blueprint = Blueprint("inviting", __name__, url_prefix="/gestion/evenements/<int:event_id>/invitations")

MOST_BYTES = 1_000_000
TOO_LONG_A_LIST = _("Divisez la liste, ou choisissez un fichier CSV de 1 Mo au plus.")
INVITE = "inviter"
"""What the button under the preview asks for."""


@blueprint.get("")
@require(*EDITORS)
def show(event_id: int) -> str:
    """Everybody invited, by role."""
    event = event_of(event_id)
    invited = invitations.list_invitations(event_id)
    return render_template(
        "registrations/manage/invitations.html",
        event=event,
        rules=queries.find_rules(event_id),
        invitations=invited,
        roles=invitations.count_by_role(invited),
        invitation_states=invitations.STATES,
        is_open=not event.edition.source_url,
        edition_is_simulated=event.edition.is_simulated,
    )


@blueprint.get("/export.csv")
@require(*EDITORS)
def export_list(event_id: int) -> Response:
    """The answers by role."""
    event = event_of(event_id)
    rows = invitations.rows(invitations.list_invitations(event_id))
    return csv_response(f"invitations-{event.slug}.csv", invitations.HEADER, rows)


@blueprint.route("/ajouter", methods=["GET", "POST"])
@require(*EDITORS)
@takes_files(MOST_BYTES, TOO_LONG_A_LIST)
def add(event_id: int) -> ResponseReturnValue:
    """A list, pasted or in a file; then what it says, to confirm before the letters leave."""
    event = editable(event_id)
    queries.get_rules(event_id)
    form = InviteForm(request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _draw(event, form)
    text = _take_file(form) or form.people.data or ""
    if not form.validate() or form.file.errors:
        return _draw(event, form), 422
    told = invitations.read_guests(text, form.role.data or "")
    if not told.guests and not told.unreadable:
        form.people.errors = [_("Collez au moins une adresse, ou choisissez un fichier.")]
        return _draw(event, form), 422
    if len(told.guests) > invitations.MOST_GUESTS:
        form.people.errors = [_("La liste est trop longue. Divisez-la.")]
        return _draw(event, form), 422
    if request.form.get("etape") != INVITE:
        form.people.data = text
        return _draw(event, form, told)
    with transaction():
        event = editable(event_id, locked=True)
        count = invitations.invite(event, told.guests, now=clock.now())
    flash(
        ngettext("Une invitation part par courriel.", "%(num)s invitations partent par courriel.", count)
        if count
        else _("Toutes ces personnes étaient déjà invitées."),
        "success",
    )
    return redirect(url_for(".show", event_id=event_id), 303)


def _take_file(form: InviteForm) -> str:
    given = request.files.get("file")
    if given is None or not given.filename:
        return ""
    try:
        return decode(given.read())
    except TableRefused as refusal:
        form.file.errors = [str(refusal)]
        return ""


def _draw(event: Event, form: InviteForm, told: GuestList | None = None) -> str:
    known = {guest.email for guest in invitations.list_known(event.id, told.guests)} if told else set()
    return render_template(
        "registrations/manage/invite.html",
        event=event,
        form=form,
        told=told,
        lines="\n".join(map(_line, told.guests)) if told else "",
        known=known,
        edition_is_simulated=event.edition.is_simulated,
    )


def _line(guest: Guest) -> str:
    """As `read_guests` reads it again; who has no name but an address says it once."""
    name = "" if guest.name == guest.email else guest.name
    return f"{name}; {guest.email}; {guest.role}"


@blueprint.post("/relancer")
@require(*EDITORS)
def remind(event_id: int) -> ResponseReturnValue:
    """Write again to those who have not answered."""
    with transaction():
        count = invitations.remind(editable(event_id, locked=True), now=clock.now())
    flash(
        ngettext("Un rappel part par courriel.", "%(num)s rappels partent par courriel.", count)
        if count
        else _("Tout le monde a répondu."),
        "success",
    )
    return redirect(url_for(".show", event_id=event_id), 303)


@blueprint.route("/<int:invitation_id>/retirer", methods=["GET", "POST"])
@require(*EDITORS)
def withdraw(event_id: int, invitation_id: int) -> ResponseReturnValue:
    """Take a name off the list."""
    event = editable(event_id)
    invitation = _invitation(event, invitation_id)
    if request.method != "POST":
        return render_template(
            "registrations/manage/remove.html",
            event=event,
            what=invitation.name,
            room="inviting.show",
            edition_is_simulated=event.edition.is_simulated,
        )
    with transaction():
        invitations.withdraw(_invitation(editable(event_id, locked=True), invitation_id))
    flash(_("L’invitation est retirée; son lien n’ouvre plus rien."), "success")
    return redirect(url_for(".show", event_id=event_id), 303)


def _invitation(event: Event, number: int) -> Invitation:
    found = next((one for one in invitations.list_invitations(event.id) if one.id == number), None)
    if found is None:
        raise NotFound(_("Cette invitation n’existe plus. Revenez à la liste."))
    return found
