"""The story of one address, for the team: looked up by a form, told in one list, taken away in one click."""

from __future__ import annotations

import json
import logging

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, READERS, current_user, find_signed_in, require, scope_of
from campaign.accounts.models import Role
from campaign.contacts import services as contacts
from campaign.contacts.basis import BASIS_WORDS, PURPOSE_WORDS
from campaign.contacts.models import Change
from campaign.contacts.queries import Regions
from campaign.db import transaction
from campaign.i18n import _
from campaign.mailings import addresses
from campaign.outbox import services as outbox
from campaign.outbox.models import Scope
from campaign.web import typed
from campaign.web.spreadsheets import csv_response
from campaign.web.spreadsheets import typed as cell

log = logging.getLogger(__name__)
blueprint = Blueprint("addresses", __name__, url_prefix="/gestion/adresses")


def _regions() -> Regions:
    return scope_of(current_user()).region_codes


def _author() -> str:
    user = current_user()
    return user.name or user.email


def _back(key: str) -> ResponseReturnValue:
    return redirect(url_for(".show", key=key), 303)


@blueprint.route("", methods=["GET", "POST"])
@require(*READERS)
def search() -> ResponseReturnValue:
    """Which address? Sent as a form, so that no history and no log keeps it."""
    if request.method != "POST":
        return render_template("mailings/address_search.html", error="", email="")
    written = request.form.get("adresse", "")[:300]
    try:
        email = typed.read_email(written)
    except typed.Unreadable as error:
        return render_template("mailings/address_search.html", error=str(error), email=written), 422
    key = addresses.find_key(email, regions=_regions())
    if key is None:
        unknown = _("Nous n’avons rien à propos de cette adresse, ou elle n’est pas dans vos régions.")
        return render_template("mailings/address_search.html", error=unknown, email=written), 404
    return _back(key)


@blueprint.get("/<key>")
@require(*READERS)
def show(key: str) -> ResponseReturnValue:
    """Everything that happened with one address, the latest first."""
    story = _story(key)
    person = find_signed_in()
    return render_template(
        "mailings/address.html",
        key=key,
        story=story,
        may_edit=person is not None and person.may_edit,
        may_lift=current_user().role in (Role.ADMIN, Role.ORGANIZER),
        is_gone=any(each.scope is Scope.ALL for each in story.unsubscriptions),
        basis_words=BASIS_WORDS,
        purpose_words=PURPOSE_WORDS,
    )


def _story(key: str) -> addresses.Story:
    regions = _regions()
    email = addresses.get_address(key, regions=regions)
    return addresses.tell(email, regions=regions, now=clock.now())


@blueprint.get("/<key>/histoire.csv")
@require(*READERS)
def export_csv(key: str) -> ResponseReturnValue:
    """The story for Excel."""
    rows = (tuple(cell(value) for value in row) for row in addresses.csv_rows(_story(key)))
    log.info("story of an address exported", extra={"user": current_user().id, "key": key})
    return csv_response(_file_name(key, "csv"), addresses.HEADER, rows)


@blueprint.get("/<key>/histoire.json")
@require(*READERS)
def export_json(key: str) -> ResponseReturnValue:
    """The story with every part of every proof: what a person may ask for (Loi 25)."""
    data = addresses.to_json(_story(key), clock.now())
    log.info("story of an address exported", extra={"user": current_user().id, "key": key})
    return Response(
        json.dumps(data, ensure_ascii=False, indent=2),
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{_file_name(key, "json")}"'},
    )


def _file_name(key: str, kind: str) -> str:
    return f"adresse-{key}-{clock.today(clock.now()).isoformat()}.{kind}"


@blueprint.post("/<key>/desabonner")
@require(*EDITORS)
def unsubscribe(key: str) -> ResponseReturnValue:
    """Somebody says by telephone that they want no more of it: noted in their name."""
    scope = Scope.ALL if request.form.get("portee") == Scope.ALL.value else Scope.ORGANIZATION
    reason, now = request.form.get("raison", "").strip()[:300], clock.now()
    with transaction():
        email = addresses.get_address(key, regions=_regions())
        origin = _("Noté par %(name)s", name=_author())
        if outbox.unsubscribe(email, scope=scope, origin=origin, now=now):
            contacts.note(email, Change.UNSUBSCRIBED, author=_author(), now=now, contact=None, detail=reason)
    flash(_("C’est noté : cette adresse ne reçoit plus de sollicitations."), "success")
    return _back(key)


@blueprint.post("/<key>/ne-pas-solliciter")
@require(*EDITORS)
def bar(key: str) -> ResponseReturnValue:
    """« Ne pas solliciter », on or off."""
    is_wanted, reason = request.form.get("refuse") == "oui", request.form.get("raison", "").strip()[:300]
    with transaction():
        story = _story(key)
        if is_wanted:
            place = next(iter(story.person.mailboxes), None)
            contacts.bar(story.email, author=_author(), now=clock.now(), reason=reason, territory=place)
        else:
            contacts.unbar(story.email, author=_author(), now=clock.now(), reason=reason)
    flash(_("C’est noté."), "success")
    return _back(key)


@blueprint.post("/<key>/lever-la-retenue")
@require(Role.ADMIN, Role.ORGANIZER)
def lift_suppression(key: str) -> ResponseReturnValue:
    """The address works again: messages leave to it from the next one on."""
    with transaction():
        outbox.lift_suppression(addresses.get_address(key, regions=_regions()))
    flash(_("La retenue est levée : les prochains messages partiront à cette adresse."), "success")
    return _back(key)
