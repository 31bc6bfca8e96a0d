"""The files that people joined, as the team takes them: always to be saved, never shown by the browser."""

from __future__ import annotations

import logging
from io import BytesIO

from flask import Blueprint, Response, send_file, stream_with_context
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, require
from campaign.errors import Refused
from campaign.i18n import _
from campaign.registrations import team_files
from campaign.registrations.views.around import event_of
from campaign.registrations.views.manage import CONFIDENTS

log = logging.getLogger(__name__)

blueprint = Blueprint(
    "collecting", __name__, url_prefix="/gestion/evenements/<int:event_id>/inscriptions/fichiers"
)

NOTHING_RUNS = "sandbox; default-src 'none'"
"""Even a browser told to open the file runs nothing of it."""


@blueprint.get("/<int:file_id>")
@require(*EDITORS)
def save(event_id: int, file_id: int) -> ResponseReturnValue:
    """One file; what was sent in confidence is for those who read confidences."""
    event_of(event_id)
    file = team_files.get_of_event(event_id, file_id)
    person = current_user()
    if file.is_sensitive and person.role not in CONFIDENTS:
        raise Refused(_("Ce fichier a été confié à l’organisation de l’événement. Adressez-vous à elle."))
    log.info("file of a registration read", extra={"file_id": file_id, "user_id": person.id})
    response = send_file(
        BytesIO(team_files.content_of(file_id)),
        mimetype=file.media_type,
        as_attachment=True,
        download_name=file.name,
        etag=False,
    )
    response.headers["Content-Security-Policy"] = NOTHING_RUNS
    return response


@blueprint.get("/tous.zip")
@require(*EDITORS)
def save_all(event_id: int) -> Response:
    """All the ordinary files of those who come, under their names."""
    event = event_of(event_id)
    files = team_files.list_of_event(event_id)
    log.info("files of an event read", extra={"event_id": event_id, "user_id": current_user().id})
    return Response(
        stream_with_context(team_files.zipped(files, now=clock.to_local(clock.now(), event.time_zone))),
        mimetype="application/zip",
        headers={"Content-Disposition": f'attachment; filename="fichiers-{event.slug}.zip"'},
    )
