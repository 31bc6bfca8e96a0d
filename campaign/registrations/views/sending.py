"""The files of somebody registered, by the link of their registration: join one, replace it, take it back."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from campaign import clock
from campaign.db import key_of, transaction
from campaign.errors import Conflict
from campaign.events.models import EventState
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.registrations import file_kinds, given_files, links, queries, services
from campaign.registrations.file_forms import FileForm, file_form_for
from campaign.registrations.given_files import AskedFile
from campaign.registrations.models import Attendee, Registration, RegistrationState
from campaign.registrations.views.public import GUESSES_LIMIT, opens_link
from campaign.registrations.views.register import FILES_LIMIT, MOST_BYTES, brings_no_file
from campaign.web.errors import keeps_typed
from campaign.web.limits import FORM_LIMIT, ONE_FORM_LIMIT, one_form
from campaign.web.uploads import files_sent, takes_files

blueprint = Blueprint("sending", __name__, url_prefix="/inscriptions/<token>/personnes/<int:number>/fichiers")

LIVE = (RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.OFFERED)


@blueprint.route("/<int:question_id>", methods=["GET", "POST"])
@limiter.limit(GUESSES_LIMIT, key_func=get_remote_address, methods=["GET"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@limiter.limit(FILES_LIMIT, key_func=get_remote_address, methods=["POST"], exempt_when=brings_no_file)
@takes_files(MOST_BYTES, file_kinds.ADVICE)
@opens_link
@keeps_typed
def change(token: str, number: int, question_id: int) -> ResponseReturnValue:
    """Join the file, or another one instead."""
    _registration, _person, asked = _read(token, number, question_id)
    now = clock.now()
    form = file_form_for(asked.question, request.form if request.method == "POST" else None)
    if request.method != "POST":
        return _draw(token, number, question_id, form)
    form.fichier.take(request.form, files_sent(), now=now)
    if g.get("stale_form") or not form.validate():
        return _draw_again(token, number, question_id, form), 422
    file = form.fichier.data
    assert file is not None  # noqa: S101 - checked by the form
    with transaction():
        registration, person, asked = _read(token, number, question_id, to_change=True)
        given_files.put(registration, person, asked.question, file, author=services.PERSON, now=now)
    flash(_("Le fichier est joint."), "success")
    return redirect(url_for("registrations.manage", token=token), 303)


def _read(
    token: str, number: int, question_id: int, *, to_change: bool = False
) -> tuple[Registration, Attendee, AskedFile]:
    """The registration of the link, the person, and what they are asked for; `Conflict` when nothing of it
    changes any more."""
    registration = queries.get_registration(key_of(links.get_registration(token)), to_change=to_change)
    if registration.state not in LIVE or registration.event.state is EventState.CANCELLED:
        raise Conflict(_("Cette inscription ne se change plus. Revenez à sa page pour voir où elle en est."))
    person = queries.get_person(registration, number)
    return registration, person, given_files.get_asked(registration, person, question_id)


def _draw_again(token: str, number: int, question_id: int, form: FileForm) -> str:
    if form.fichier.is_new:
        with transaction():
            form.fichier.keep_aside(now=clock.now())
    else:
        form.fichier.keep_aside(now=clock.now())
    return _draw(token, number, question_id, form)


def _draw(token: str, number: int, question_id: int, form: FileForm) -> str:
    registration, person, asked = _read(token, number, question_id)
    return render_template(
        "registrations/file.html",
        token=token,
        form=form,
        asked=asked,
        refusal=g.get("stale_form", ""),
        name=f"{person.first_name} {person.last_name}",
        event=registration.event,
        edition_is_simulated=registration.event.edition.is_simulated,
    )


@blueprint.route("/<int:question_id>/retirer", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@opens_link
def remove(token: str, number: int, question_id: int) -> ResponseReturnValue:
    """Take it back: asked once more, on a page of its own."""
    if request.method == "POST":
        with transaction():
            registration, person, asked = _read(token, number, question_id, to_change=True)
            given_files.remove(registration, person, asked.question, author=services.PERSON, now=clock.now())
        flash(_("Le fichier est retiré, et effacé."), "success")
        return redirect(url_for("registrations.manage", token=token), 303)
    registration, person, asked = _read(token, number, question_id)
    if not asked.name:
        return redirect(url_for("registrations.manage", token=token), 303)
    return render_template(
        "registrations/remove_file.html",
        token=token,
        asked=asked,
        name=f"{person.first_name} {person.last_name}",
        event=registration.event,
        edition_is_simulated=registration.event.edition.is_simulated,
    )
