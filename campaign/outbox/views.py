"""What the provider calls: no page, no session; a request is believed by its signature alone."""

from __future__ import annotations

import logging

from flask import Blueprint, Response, current_app, request

from campaign import clock
from campaign.config import Settings
from campaign.db import transaction
from campaign.extensions import csrf
from campaign.outbox import events, signatures

log = logging.getLogger(__name__)

blueprint = Blueprint("outbox", __name__)

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


@blueprint.post("/webhooks/sendgrid")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF carries no types
def sendgrid_events() -> Response:
    """Take what SendGrid tells of messages. Without its signature, nothing is read.

    Refused, it is told again for a day: nothing is lost while the key is missing here.
    """
    settings: Settings = current_app.extensions["settings"]
    if not settings.sendgrid_webhook_public_key:
        return _plain(403, "La réception n’est pas ouverte : SENDGRID_WEBHOOK_PUBLIC_KEY est absente.")
    now = clock.now()
    body = request.get_data()
    try:
        signatures.verify(
            settings.sendgrid_webhook_public_key,
            body=body,
            signature=request.headers.get(SIGNATURE, ""),
            timestamp=request.headers.get(TIMESTAMP, ""),
            now=now,
        )
        told = events.read(body, now)
    except signatures.Unsigned as error:
        log.warning("provider events refused", extra={"why": str(error)})
        return _plain(403, "La signature n’est pas valable.")
    except events.Malformed as error:
        log.warning("provider events refused", extra={"why": str(error)})
        return _plain(400, "La demande n’est pas une liste d’événements.")
    with transaction():
        new = events.register(told, now)
    log.info("provider events taken", extra={"told": len(told), "new": new})
    return _plain(204, "")


def _plain(status: int, sentence: str) -> Response:
    return Response(sentence, status, content_type="text/plain; charset=utf-8")
