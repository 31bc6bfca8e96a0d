"""Around the door: which phones hold its list, and who may open it."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.checkin import doors, queries, services
from campaign.checkin.access import DOOR_ROLES
from campaign.checkin.views.door import get_door
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.i18n import _

blueprint = Blueprint("door_team", __name__, url_prefix="/gestion/accueil/<int:event_id>")


@blueprint.get("/appareils")
@require(*DOOR_ROLES)
def devices(event_id: int) -> str:
    """Every phone that opened this list: whose it is, at which door, when it was last heard."""
    event = get_door(event_id)
    return render_template(
        "checkin/devices.html", event=event, devices=queries.list_devices(event_id), now=clock.now()
    )


@blueprint.post("/appareils/<int:device_id>/retirer")
@require(*DOOR_ROLES)
def revoke(event_id: int, device_id: int) -> ResponseReturnValue:
    """Cut a phone off: any host of the door may, a lost phone does not wait for the team."""
    with transaction():
        get_door(event_id)
        device = next((one for one in queries.list_devices(event_id) if one.id == device_id), None)
        if device is None:
            raise NotFound(_("Cet appareil n’est pas connu."))
        services.revoke(device, now=clock.now())
    flash(_("C’est fait. Ce téléphone efface la liste au prochain contact, ou à minuit."), "success")
    return redirect(url_for(".devices", event_id=event_id), 303)


@blueprint.route("/hotes", methods=["GET", "POST"])
@require(*EDITORS)
def hosts(event_id: int) -> ResponseReturnValue:
    """Who may open this door, among the accounts made for that."""
    event = get_door(event_id)
    if request.method == "POST":
        with transaction():
            doors.give_to(event_id, set(request.form.getlist("hote", type=int)))
        flash(_("C’est enregistré : ces personnes peuvent ouvrir la liste de cet événement."), "success")
        return redirect(url_for(".hosts", event_id=event_id), 303)
    return render_template(
        "checkin/hosts.html", event=event, accounts=doors.list_hosts(), chosen=doors.hosts_of(event_id)
    )
