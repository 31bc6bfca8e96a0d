"""What the provider tells: who is believed, what it changes, and that telling it again changes nothing."""

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as run
from hypothesis import strategies as st

from campaign import clock
from campaign.config import Settings
from campaign.db import db, transaction
from campaign.outbox import events, queries, signatures
from campaign.outbox.models import (
    Message,
    MessageState,
    ProviderEvent,
    Scope,
    Suppression,
    Unsubscription,
)
from tests.outbox.letters import NOON, add_templates, write
from tests.queries import count_queries

PATH = "/webhooks/sendgrid"
SIGNER = ec.generate_private_key(ec.SECP256R1())
S = MessageState


def public(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """The key as SendGrid's page shows it."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An application that knows SendGrid's key."""
    return replace(settings, sendgrid_webhook_public_key=public(SIGNER))


@pytest.fixture(autouse=True)
def _templates(app: Flask) -> None:
    add_templates(app)


def signed(body: bytes, at: datetime = NOON, key: ec.EllipticCurvePrivateKey = SIGNER) -> dict[str, str]:
    """The headers of a request that SendGrid made at that instant."""
    timestamp = str(int(at.timestamp()))
    signature = key.sign(timestamp.encode() + body, ec.ECDSA(SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        "Content-Type": "application/json",
    }


def post(client: FlaskClient, body: bytes, headers: dict[str, str] | None = None) -> int:
    """SendGrid calls at noon; gives the status."""
    with clock.pretend(NOON):
        return client.post(PATH, data=body, headers=signed(body) if headers is None else headers).status_code


def tell(client: FlaskClient, *told: dict[str, Any]) -> int:
    return post(client, json.dumps(told).encode())


def event(kind: str, number: int = 1, *, minute: int = 0, **more: object) -> dict[str, Any]:
    """What SendGrid tells of the message of that number, that many minutes after noon."""
    return {
        "event": kind,
        "email": f"p{number}@exemple.quebec",
        "timestamp": int(NOON.timestamp()) + 60 * minute,
        "sg_event_id": f"{kind}-{number}-{minute}",
        "smtp-id": f"<{number}@ismtpd-555>",
        "message_id": str(number),
        "delivery": f"<{number}@pavois.example>",
        "ip": "192.0.2.7",
        "useragent": "Mozilla/5.0",
    } | more


HARD = {"type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 <p1@exemple.quebec> no such user"}
SOFT = {"type": "blocked", "status": "4.7.1", "reason": "451 4.7.1 try later"}


def letters(app: Flask, *states: MessageState, **more: object) -> None:
    """Messages 1, 2… of an empty database, in these states."""
    with app.app_context(), transaction():
        for number, state in enumerate(states, 1):
            message = write(to=f"p{number}@exemple.quebec")
            assert message.id == number
            message.message_id = f"<{number}@pavois.example>"
            message.state = state
            message.attempts = 1
            message.leased_until = NOON if state is S.SENDING else None
            for name, value in more.items():
                setattr(message, name, value)


def states(app: Flask) -> list[MessageState]:
    with app.app_context():
        return list(db.session.scalars(sa.select(Message.state).order_by(Message.id)))


def kept(app: Flask) -> list[tuple[str, int | None, str, str]]:
    """Kind, message, address and effect of each event, in the order of their keys."""
    columns = (ProviderEvent.kind, ProviderEvent.message_pk, ProviderEvent.email, ProviderEvent.effect)
    with app.app_context():
        rows = db.session.execute(sa.select(*columns).order_by(ProviderEvent.event_key))
        return [tuple(row) for row in rows]


def suppressed(app: Flask) -> dict[str, str]:
    with app.app_context():
        return {row.email: row.reason for row in db.session.scalars(sa.select(Suppression))}


def unsubscribed(app: Flask) -> list[tuple[str, Scope, str, str]]:
    with app.app_context():
        return [
            (row.email, row.scope, row.campaign, row.origin)
            for row in db.session.scalars(sa.select(Unsubscription).order_by(Unsubscription.email))
        ]


class TestSignature:
    """Only SendGrid is believed, and only lately."""

    BODY = json.dumps([event("delivered")]).encode()

    @pytest.fixture(autouse=True)
    def _sent(self, app: Flask) -> None:
        letters(app, S.SENT)

    def test_a_signed_event_is_believed(self, app: Flask, client: FlaskClient) -> None:
        assert post(client, self.BODY) == 204
        assert states(app) == [S.DELIVERED]

    @pytest.mark.parametrize("minutes", [-9.9, 9.9])
    def test_clocks_may_disagree_a_little(self, app: Flask, client: FlaskClient, minutes: float) -> None:
        at = NOON + timedelta(minutes=minutes)

        assert post(client, self.BODY, signed(self.BODY, at)) == 204

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            signed(BODY, NOON - timedelta(minutes=10, seconds=1)),
            signed(BODY, NOON + timedelta(minutes=10, seconds=1)),
            signed(BODY + b" "),
            signed(BODY, key=ec.generate_private_key(ec.SECP256R1())),
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Signature": ""},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Signature": "A"},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Signature": "é!"},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Signature": "AAAA"},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Signature": "A" * 4_000},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Timestamp": ""},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Timestamp": "midi"},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Timestamp": "-1"},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Timestamp": "9" * 400},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Timestamp": str(int(NOON.timestamp()) + 1)},
            signed(BODY) | {"X-Twilio-Email-Event-Webhook-Timestamp": f"{int(NOON.timestamp())}.0"},
        ],
    )
    def test_anybody_else_changes_nothing(
        self, app: Flask, client: FlaskClient, headers: dict[str, str]
    ) -> None:
        with count_queries(app) as statements:
            status = post(client, self.BODY, headers)

        assert (status, list(statements)) == (403, [])
        assert (states(app), kept(app)) == ([S.SENT], [])

    def test_a_body_changed_on_the_way_is_refused(self, app: Flask, client: FlaskClient) -> None:
        assert post(client, self.BODY.replace(b"delivered", b"bounce"), signed(self.BODY)) == 403
        assert states(app) == [S.SENT]

    def test_a_body_too_large_is_refused(self, app: Flask, client: FlaskClient) -> None:
        body = b"[" + b" " * 1_000_000 + b"]"

        assert post(client, body) == 413

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
    def test_whoever_opens_the_address_changes_nothing(
        self, app: Flask, client: FlaskClient, method: str
    ) -> None:
        with clock.pretend(NOON):
            answer = client.open(PATH, method=method, data=self.BODY, headers=signed(self.BODY))

        assert answer.status_code == 405
        assert (states(app), kept(app)) == ([S.SENT], [])


class TestKey:
    """The setting may be absent or wrong: said, and nothing is believed."""

    @pytest.mark.parametrize(
        ("given", "status"),
        [
            ("", 403),
            ("clé", 403),
            ("AAAA", 403),
            (public(ec.generate_private_key(ec.SECP384R1())), 403),
            (public(rsa.generate_private_key(65537, 2048)), 403),
            (public(SIGNER), 204),
        ],
    )
    def test_the_key_is_read_or_nothing_is_believed(
        self, app: Flask, client: FlaskClient, given: str, status: int
    ) -> None:
        app.extensions["settings"] = replace(app.extensions["settings"], sendgrid_webhook_public_key=given)

        assert tell(client, event("delivered")) == status
        assert len(kept(app)) == (status == 204)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"null",
        b'"delivered"',
        b"[1]",
        b"[[]]",
        b"[{}]",
        b'[{"event": 3}]',
        b'[{"event": " "}]',
        b'[{"event": "delivered", "timestamp": NaN}]',
        b'[{"event": "delivered"}',
        b"\xff\xfe",
        b"[" * 200_000,
        b"9" * 5_000,
    ],
)
def test_what_is_no_list_of_events_is_refused(app: Flask, client: FlaskClient, body: bytes) -> None:
    letters(app, S.SENT)

    assert post(client, body) == 400
    assert (states(app), kept(app)) == ([S.SENT], [])


def test_one_event_that_is_none_refuses_the_whole_request(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENT)

    assert tell(client, event("delivered"), {"email": "p1@exemple.quebec"}) == 400
    assert (states(app), kept(app)) == ([S.SENT], [])


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("\0") | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from([*events.KEPT, "email", "event"])
kinds = st.sampled_from([*events.ACTS, "open", "click", "group_resubscribe", "nouveau"])
told = st.builds(
    lambda kind, more: {"event": kind} | more, kinds | anything, st.dictionaries(names, anything, max_size=6)
)


@run(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.lists(told, max_size=4) | anything)
def test_whatever_is_told_is_taken_whole_or_refused_whole(
    app: Flask, client: FlaskClient, body: object
) -> None:
    before = len(kept(app))

    status = post(client, json.dumps(body).encode())

    assert status in (204, 400)
    assert status == 204 or len(kept(app)) == before


@pytest.mark.parametrize(
    ("before", "kind", "more", "after"),
    [
        (S.SENT, "processed", {}, S.SENT),
        (S.SENDING, "processed", {}, S.SENT),
        (S.UNCERTAIN, "deferred", {"response": "451 4.7.1 later"}, S.SENT),
        (S.DELIVERED, "processed", {}, S.DELIVERED),
        (S.SENT, "delivered", {}, S.DELIVERED),
        (S.SENDING, "delivered", {}, S.DELIVERED),
        (S.UNCERTAIN, "delivered", {}, S.DELIVERED),
        (S.QUEUED, "delivered", {}, S.DELIVERED),
        (S.FAILED, "delivered", {}, S.DELIVERED),
        (S.BOUNCED, "delivered", {}, S.BOUNCED),
        (S.COMPLAINED, "delivered", {}, S.COMPLAINED),
        (S.SENT, "bounce", HARD, S.BOUNCED),
        (S.DELIVERED, "bounce", HARD, S.BOUNCED),
        (S.COMPLAINED, "bounce", HARD, S.COMPLAINED),
        (S.SENT, "bounce", SOFT, S.FAILED),
        (S.SENT, "bounce", {"type": "bounce", "reason": "452 4.2.2 full"}, S.FAILED),
        (S.SENT, "bounce", {"type": "blocked", "reason": "550 5.7.1 spam"}, S.FAILED),
        (S.SENT, "bounce", {"type": "expired"}, S.FAILED),
        (S.SENT, "bounce", {}, S.BOUNCED),
        (S.SENT, "dropped", {"reason": "Bounced Address"}, S.SUPPRESSED),
        (S.SENT, "dropped", {"reason": "Unsubscribed Address"}, S.SUPPRESSED),
        (S.SENT, "dropped", {"reason": "Spam Reporting Address"}, S.SUPPRESSED),
        (S.SENT, "dropped", {"reason": "Invalid"}, S.FAILED),
        (S.SENT, "dropped", {"reason": "Invalid SMTPAPI header"}, S.FAILED),
        (S.SENT, "dropped", {}, S.FAILED),
        (S.DELIVERED, "spamreport", {}, S.COMPLAINED),
        (S.BOUNCED, "spamreport", {}, S.COMPLAINED),
        (S.DELIVERED, "unsubscribe", {}, S.DELIVERED),
        (S.DELIVERED, "group_unsubscribe", {"asm_group_id": 3}, S.DELIVERED),
        (S.DELIVERED, "group_resubscribe", {}, S.DELIVERED),
        (S.DELIVERED, "nouveau", {}, S.DELIVERED),
    ],
)
def test_each_event_takes_a_message_where_it_belongs(
    app: Flask,
    client: FlaskClient,
    before: MessageState,
    kind: str,
    more: dict[str, Any],
    after: MessageState,
) -> None:
    letters(app, before)

    assert tell(client, event(kind, **more)) == 204
    assert states(app) == [after]
    assert [row[:3] for row in kept(app)] == [(kind, 1, "p1@exemple.quebec")]


@pytest.mark.parametrize(
    ("kind", "more", "is_suppressed", "is_unsubscribed"),
    [
        ("bounce", HARD, True, False),
        ("bounce", SOFT, False, False),
        ("spamreport", {}, True, False),
        ("dropped", {"reason": "Bounced Address"}, True, False),
        ("dropped", {"reason": "Spam Reporting Address"}, True, False),
        ("dropped", {"reason": "Invalid"}, True, False),
        ("dropped", {"reason": "Unsubscribed Address"}, False, True),
        ("dropped", {"reason": "Spam Content"}, False, False),
        ("unsubscribe", {}, False, True),
        ("group_unsubscribe", {}, False, True),
        ("group_resubscribe", {}, False, False),
        ("delivered", {}, False, False),
        ("deferred", {}, False, False),
    ],
)
@pytest.mark.parametrize("number", [1, 404])
def test_an_address_is_left_alone_even_when_its_message_is_unknown(
    app: Flask,
    client: FlaskClient,
    number: int,
    kind: str,
    more: dict[str, Any],
    is_suppressed: bool,
    is_unsubscribed: bool,
) -> None:
    letters(app, S.SENT)

    assert tell(client, event(kind, number, **more)) == 204
    email = f"p{number}@exemple.quebec"
    assert list(suppressed(app)) == [email] * is_suppressed
    assert unsubscribed(app) == [(email, Scope.ORGANIZATION, "", "SendGrid")] * is_unsubscribed


def test_a_message_keeps_the_instants_and_the_reason(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENDING)

    tell(client, event("bounce", minute=3, **HARD))

    with app.app_context():
        message = db.session.get_one(Message, 1)
        at = NOON + timedelta(minutes=3)
        assert (message.sent_at, message.settled_at, message.leased_until) == (at, at, None)
        assert message.last_error == "550 5.1.1 … no such user"
    assert suppressed(app) == {"p1@exemple.quebec": "Rejetée : 550 5.1.1 … no such user"}


def test_what_is_kept_says_nothing_of_who_read_and_where(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENT)

    tell(client, event("bounce", url="https://exemple.quebec/p/1", **HARD), event("open"), event("click"))

    with app.app_context():
        (row,) = db.session.scalars(sa.select(ProviderEvent))
        assert (row.event_key, row.occurred_at, row.received_at) == ("bounce-1-0", NOON, NOON)
        assert row.payload == {
            "type": "bounce",
            "status": "5.1.1",
            "reason": "550 5.1.1 … no such user",
            "timestamp": int(NOON.timestamp()),
            "smtp-id": "<1@ismtpd-555>",
            "sg_event_id": "bounce-1-0",
            "message_id": "1",
            "delivery": "<1@pavois.example>",
        }


def test_what_is_told_again_changes_nothing(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENT)
    body = json.dumps([event("bounce", **HARD), event("bounce", **HARD), event("unsubscribe")]).encode()
    post(client, body)
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(Suppression))
        session.execute(sa.delete(Unsubscription))
        session.execute(sa.update(Message).values(state=S.QUEUED, attempts=1))

    assert post(client, body) == 204
    assert (states(app), suppressed(app), unsubscribed(app)) == ([S.QUEUED], {}, [])
    assert len(kept(app)) == 2


def test_an_event_without_a_number_of_its_own_is_known_again(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENT)
    nameless = {"sg_event_id": None}

    tell(client, event("deferred", **nameless))
    tell(client, event("deferred", **nameless), event("deferred", minute=1, **nameless))

    assert [row[0] for row in kept(app)] == ["deferred"] * 2


TOLD = [
    event("processed"),
    event("deferred", minute=1),
    event("delivered", minute=2),
    event("bounce", minute=3, **HARD),
]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [3, 0, 2, 1]])
@pytest.mark.parametrize("at_once", [True, False])
def test_the_order_in_which_things_are_told_does_not_matter(
    app: Flask, client: FlaskClient, order: Sequence[int], at_once: bool
) -> None:
    letters(app, S.SENDING)

    if at_once:
        tell(client, *(TOLD[each] for each in order))
    else:
        for each in order:
            tell(client, TOLD[each])

    assert states(app) == [S.BOUNCED]
    assert len(kept(app)) == 4


def test_an_old_event_does_not_undo_what_a_person_asked_for(app: Flask, client: FlaskClient) -> None:
    letters(app, S.QUEUED, attempts=0)

    tell(client, event("delivered"))

    assert states(app) == [S.QUEUED]


def test_a_message_refused_after_it_was_dropped_stays_so(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENT)

    tell(client, event("dropped", reason="Bounced Address"))
    tell(client, event("processed"), event("delivered"))

    assert states(app) == [S.SUPPRESSED]


def test_an_address_refused_for_two_messages_gets_nothing_more(app: Flask, client: FlaskClient) -> None:
    letters(app, S.SENT, S.SENT, S.SENT)
    same = {"email": "p1@exemple.quebec"}
    with app.app_context(), transaction() as session:
        session.get_one(Message, 2).to_email = "p1@exemple.quebec"

    tell(client, event("bounce", 1, **SOFT), event("bounce", 1, minute=1, **SOFT), event("bounce", 3, **SOFT))
    after_one = suppressed(app)
    tell(client, event("bounce", 2, **SOFT, **same))

    assert after_one == {}
    assert suppressed(app) == {"p1@exemple.quebec": "Deux messages refusés; le dernier : 451 4.7.1 try later"}
    assert states(app) == [S.FAILED] * 3


@pytest.mark.parametrize(
    ("told_of", "is_found"),
    [
        ({"delivery": None, "smtp-id": "<1@pavois.example>", "message_id": None}, True),
        ({"delivery": None, "smtp-id": None, "message_id": "1"}, True),
        ({"delivery": None, "message_id": 1}, True),
        ({"delivery": None, "message_id": "1", "email": "autre@exemple.quebec"}, False),
        ({"delivery": "<1@ailleurs.example>", "message_id": "1"}, False),
        ({"delivery": None, "message_id": "9" * 30}, False),
        ({"delivery": None, "message_id": "²"}, False),
        ({"delivery": None, "message_id": None}, False),
    ],
)
def test_a_message_is_known_by_its_message_id_then_by_its_number(
    app: Flask, client: FlaskClient, told_of: dict[str, Any], is_found: bool
) -> None:
    letters(app, S.SENT)

    assert tell(client, event("delivered", **told_of)) == 204
    assert states(app) == [S.DELIVERED if is_found else S.SENT]
    assert [row[1] for row in kept(app)] == [1 if is_found else None]


def test_an_instant_that_is_none_is_that_of_the_request(app: Flask, client: FlaskClient) -> None:
    for number, told_at in enumerate(["demain", None, 1e300, True, str(int(NOON.timestamp()) - 60)]):
        assert tell(client, event("delivered", number, timestamp=told_at)) == 204

    with app.app_context():
        instants = db.session.scalars(sa.select(ProviderEvent.occurred_at).order_by(ProviderEvent.event_key))
        assert list(instants) == [NOON] * 4 + [NOON - timedelta(minutes=1)]


def test_how_a_batch_is_received_is_counted(app: Flask, client: FlaskClient) -> None:
    letters(app, *[S.SENT] * 7, S.QUEUED, S.BOUNCED, batch="envoi:1", sent_at=NOON)
    with app.app_context(), transaction() as session:
        session.get_one(Message, 7).batch = "envoi:2"
        session.get_one(Message, 8).sent_at = None
        session.get_one(Message, 9).sent_at = None  # refused at the door

    tell(
        client,
        event("delivered", 1),
        event("bounce", 2, **HARD),
        event("bounce", 3, **SOFT),
        event("spamreport", 4),
        event("bounce", 7, **HARD),
    )

    with app.app_context():
        assert queries.incident_rates("envoi:1") == (4, 2, 1, 1)
        assert queries.incident_rates("envoi:3") == (0, 0, 0, 0)


def test_many_events_take_as_many_statements_as_one(app: Flask, client: FlaskClient) -> None:
    letters(app, *[S.SENT] * 40)

    with count_queries(app) as one:
        tell(client, event("delivered", 1))
    with count_queries(app) as many:
        tell(client, *(event("delivered", number) for number in range(2, 41)))

    assert states(app) == [S.DELIVERED] * 40
    assert len(many) <= len(one) + 1


def test_what_sendgrid_s_own_library_verifies_is_what_we_verify() -> None:
    from sendgrid.helpers.eventwebhook import EventWebhook  # noqa: PLC0415 - a quarter of a second for one test

    body = json.dumps([event("delivered")]).encode()
    headers = signed(body)
    signature, timestamp = (headers[f"X-Twilio-Email-Event-Webhook-{n}"] for n in ("Signature", "Timestamp"))

    assert EventWebhook(public(SIGNER)).verify_signature(body.decode(), signature, timestamp)
    signatures.verify(
        public(SIGNER), body=body, signature=signature, timestamp=timestamp, now=NOON.astimezone(UTC)
    )
