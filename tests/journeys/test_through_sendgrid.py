"""A mailing leaves through SendGrid, which then tells what became of each letter."""

import base64
import json
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask

from campaign import clock, jobs
from campaign.config import MailTransport, Settings
from campaign.db import db, transaction
from campaign.outbox import services
from campaign.outbox.models import Message, MessageState, ProviderEvent, Suppression
from tests.outbox.letters import NOON, draft, new_stencil
from tests.outbox.sendgrid_server import Received, Reply, SendGrid, serving

SIGNER = ec.generate_private_key(ec.SECP256R1())
S = MessageState


@pytest.fixture
def fake() -> SendGrid:
    return SendGrid()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    key = SIGNER.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return replace(
        settings,
        mail_transport=MailTransport.SENDGRID,
        mail_from="Grande semaine <bonjour@exemple.quebec>",
        mail_batch_size=1_000,
        sendgrid_api_key="SG.made-up",
        sendgrid_webhook_public_key=base64.b64encode(key).decode(),
    )


def invite(app: Flask, count: int) -> None:
    """A mailing in the queue, to addresses 1, 2…"""
    with app.app_context(), transaction():
        stencil_id = new_stencil()
        services.enqueue_many((draft(number, stencil_id) for number in range(1, count + 1)), now=NOON)


def deliver(app: Flask, fake: SendGrid) -> jobs.Counts:
    """The worker runs once at noon, SendGrid being reached at that server."""
    with serving(fake):
        address = f"http://127.0.0.1:{fake.port}"
        app.extensions["settings"] = replace(app.extensions["settings"], sendgrid_api_url=address)
        return jobs.run_due(app, NOON)


def told(letter: Received, kind: str, **more: object) -> dict[str, Any]:
    """What SendGrid tells of a letter: its custom arguments come back beside its own words."""
    name = f"{kind}-{letter.custom_args['message_id']}"
    said = {"event": kind, "email": letter.to, "timestamp": int(NOON.timestamp()), "sg_event_id": name}
    return said | letter.custom_args | more


def tell(app: Flask, events: Sequence[dict[str, Any]]) -> int:
    body = json.dumps(events).encode()
    timestamp = str(int(NOON.timestamp()))
    signature = base64.b64encode(SIGNER.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    headers = {
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
    }
    with clock.pretend(NOON):
        return app.test_client().post("/webhooks/sendgrid", data=body, headers=headers).status_code


def states(app: Flask) -> Counter[MessageState]:
    with app.app_context():
        return Counter(db.session.scalars(sa.select(Message.state)))


def test_what_left_is_followed_to_its_end(app: Flask, fake: SendGrid) -> None:
    invite(app, 60)

    counts = deliver(app, fake)
    status = tell(
        app,
        [
            *(told(letter, "delivered") for letter in fake.letters[:57]),
            told(fake.letters[57], "bounce", type="bounce", status="5.1.1", reason="550 5.1.1 unknown"),
            told(fake.letters[58], "spamreport"),
        ],
    )

    assert (counts.sent, status, len(fake.bodies)) == (60, 204, 1)
    assert states(app) == {S.DELIVERED: 57, S.BOUNCED: 1, S.COMPLAINED: 1, S.SENT: 1}
    with app.app_context():
        silent = set(db.session.scalars(sa.select(Suppression.email)))
    assert silent == {fake.letters[57].to, fake.letters[58].to}


def test_what_a_lost_answer_left_in_doubt_is_settled_and_nobody_gets_two(app: Flask, fake: SendGrid) -> None:
    invite(app, 20)
    fake.on_request = lambda body: Reply(ends="hangup")

    first = deliver(app, fake)
    again = deliver(app, fake)
    in_doubt = states(app)
    tell(app, [told(letter, "processed") for letter in fake.letters[:15]])

    assert (first.uncertain, again.uncertain, again.sent) == (20, 0, 0)
    assert in_doubt == {S.UNCERTAIN: 20}
    assert states(app) == {S.SENT: 15, S.UNCERTAIN: 5}
    assert Counter(fake.recipients).most_common(1)[0][1] == 1


def test_the_same_events_told_twice_at_once_are_kept_once(app: Flask, fake: SendGrid) -> None:
    invite(app, 40)
    deliver(app, fake)
    events = [told(letter, "delivered") for letter in fake.letters]
    start = threading.Barrier(4)
    answered: list[int] = []

    def call(order: int) -> None:
        start.wait()
        answered.append(tell(app, events[::order]))

    threads = [threading.Thread(target=call, args=(order,)) for order in (1, -1, 1, -1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answered == [204] * 4
    assert states(app) == {S.DELIVERED: 40}
    with app.app_context():
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ProviderEvent)) == 40
