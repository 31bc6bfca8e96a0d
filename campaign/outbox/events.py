"""What the provider tells of a message after it took it: each thing kept once, then acted upon.

Events come in any order, late, twice. A message therefore only goes forward: from sent to delivered, from
there to refused after all, to bounced, to complained; an earlier step told afterwards changes nothing.
Nothing here commits: `campaign.outbox.views` opens the transaction.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import defer

from campaign.db import db
from campaign.outbox import addresses, services
from campaign.outbox.models import Message, MessageState, ProviderEvent, Scope

BOUNCE = "bounce"
NOT_KEPT = {"open", "click"}
"""Who opened what is nobody's business: we ask for no tracking, and keep none that comes all the same."""

KEPT = (
    "type", "reason", "response", "status", "attempt", "bounce_classification", "asm_group_id", "timestamp",
    "smtp-id", "sg_event_id", "sg_message_id", "message_id", "delivery",
)  # fmt: skip
"""Of an event. Neither the reader's network address nor the programme they read with is among these."""

ADDRESS = re.compile(r"\S*@\S*")
SAID = {"reason", "response"}
"""Words of the other server, which often repeat the address."""

LONGEST = 500
BIGGEST_NUMBER = 2**31
BIGGEST_WRITTEN = 2**53

PASSING = {"blocked", "expired"}
"""Bounces of which SendGrid says that it would try the address again."""

STEPS = {
    MessageState.SENT: 1,
    MessageState.DELIVERED: 2,
    MessageState.FAILED: 3,
    MessageState.SUPPRESSED: 3,
    MessageState.BOUNCED: 4,
    MessageState.COMPLAINED: 5,
}
WAITING = {MessageState.QUEUED, MessageState.RESERVED}
TWICE = 2
"""After as many messages refused, even for a passing reason, an address gets nothing more."""


class Malformed(ValueError):
    """The request is no list of events."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened to one message, as the provider tells it."""

    key: str
    kind: str
    email: str
    """Empty when what is told is no address."""
    delivery: str
    """The Message-ID that we gave."""
    number: int | None
    """The message's number here, when the event has no Message-ID of ours."""
    occurred_at: datetime
    payload: dict[str, Any]

    @classmethod
    def of(cls, item: Mapping[str, Any], now: datetime) -> Self:
        kind = item.get("event")
        if not isinstance(kind, str) or not kind.strip():
            raise Malformed("an event without a name")
        return cls(
            key=_key(item),
            kind=_clean(kind.strip())[:40],
            email=_address(item.get("email")),
            delivery=_text(item, "delivery") or _text(item, "smtp-id"),
            number=None if _text(item, "delivery") else _number(item.get("message_id")),
            occurred_at=_instant(item.get("timestamp"), now),
            payload={name: _kept(name, item[name]) for name in KEPT if _is_plain(item.get(name))},
        )

    @property
    def reason(self) -> str:
        """Why, in the words of the other server; no address is in them."""
        status, reason = (str(self.payload.get(name, "")).strip() for name in ("status", "reason"))
        return reason if status in reason else f"{status} {reason}".strip()

    @property
    def is_passing(self) -> bool:
        """A bounce that says nothing against the address: refused for now, or for what we are."""
        return self.payload.get("type") in PASSING or self.reason.startswith("4")


def read(body: bytes, now: datetime) -> list[Event]:
    """The events of a request; raises `Malformed` when it is no list of them."""
    try:
        items = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Malformed("no list of objects")
    return [Event.of(item, now) for item in items]


def register(events: Sequence[Event], now: datetime) -> int:
    """Keep each event that was not known, and act upon it; gives how many were new."""
    told = {event.key: event for event in reversed(events) if event.kind not in NOT_KEPT}
    if not told:
        return 0
    messages = _messages_of(told.values())
    subjects = {key: _subject(event, messages) for key, event in told.items()}
    new = _keep(told, subjects, now)
    # By message, in one order for all, so that two requests at once never wait for each other in a ring.
    acted = sorted(new, key=lambda key: (_number_of(subjects[key]), told[key].occurred_at, key))
    effects = {key: _act(told[key], subjects[key], now) for key in acted}
    db.session.flush()
    _suppress_refused_twice([told[key] for key in acted], subjects, now)
    _note({key: effect for key, effect in effects.items() if effect})
    return len(new)


def _messages_of(events: Collection[Event]) -> dict[str | int | None, Message]:
    """The messages that are spoken of, locked, by Message-ID and by number.

    The Message-ID comes first: the number alone could be that of another installation, or of a copy of this
    one, that sends through the same account.
    """
    deliveries = {event.delivery for event in events if event.delivery}
    numbers = {event.number for event in events if event.number is not None}
    found = db.session.scalars(
        sa.select(Message)
        .where(sa.or_(Message.message_id.in_(deliveries), Message.id.in_(numbers)))
        .options(defer(Message.text), defer(Message.html), defer(Message.values))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    by_number: dict[str | int | None, Message] = {message.id: message for message in found}
    return by_number | {message.message_id: message for message in found}


def _subject(event: Event, messages: Mapping[str | int | None, Message]) -> Message | None:
    message = messages.get(event.delivery)
    if message is None and event.number is not None:
        found = messages.get(event.number)
        return found if found and found.to_email == event.email else None
    return message


def _keep(told: Mapping[str, Event], subjects: Mapping[str, Message | None], now: datetime) -> list[str]:
    """Write the events down; gives the keys of those that were not there."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "event_key": key,
            "kind": event.kind,
            "message_pk": message.id if (message := subjects[key]) else None,
            "email": message.to_email if message else event.email,
            "occurred_at": event.occurred_at,
            "received_at": now,
            "effect": "",
            "payload": event.payload,
        }
        for key, event in sorted(told.items())
    ]
    statement = (
        insert(ProviderEvent)
        .on_conflict_do_nothing(index_elements=["event_key"])
        .returning(ProviderEvent.event_key)
    )
    return list(db.session.connection().scalars(statement, rows))


def _note(effects: Mapping[str, str]) -> None:
    """Say what each event changed, for whoever reads the story of an address."""
    if effects:
        db.session.connection().execute(
            sa.update(ProviderEvent)
            .where(ProviderEvent.event_key == sa.bindparam("key"))
            .values(effect=sa.bindparam("what")),
            [{"key": key, "what": effect} for key, effect in effects.items()],
        )


def _act(event: Event, message: Message | None, now: datetime) -> str:
    """Do what the event asks for; gives what it changed, in words."""
    act = ACTS.get(event.kind)
    return act(event, message, now) if act else ""


def _taken(event: Event, message: Message | None, now: datetime) -> str:
    """The provider has it: whatever our own line said, it has left."""
    return "Parti." if _advance(message, MessageState.SENT, event) else ""


def _delivered(event: Event, message: Message | None, now: datetime) -> str:
    return "Livré." if _advance(message, MessageState.DELIVERED, event) else ""


def _bounced(event: Event, message: Message | None, now: datetime) -> str:
    if event.is_passing:
        has_moved = _advance(message, MessageState.FAILED, event, event.reason)
        return "Refusé sans que l’adresse soit en cause." if has_moved else ""
    _advance(message, MessageState.BOUNCED, event, event.reason)
    return _suppress(event, message, f"Rejetée : {event.reason}", now)


def _dropped(event: Event, message: Message | None, now: datetime) -> str:
    """The provider did not even try, most often because of what an earlier message met."""
    why = str(event.payload.get("reason", "")).strip().lower()
    said = f"SendGrid n’a pas tenté l’envoi : {event.reason}"
    if why == "unsubscribed address":
        _advance(message, MessageState.SUPPRESSED, event, said)
        return _unsubscribed(event, message, now)
    if why in ("bounced address", "spam reporting address"):
        _advance(message, MessageState.SUPPRESSED, event, said)
        return _suppress(event, message, said, now)
    has_moved = _advance(message, MessageState.FAILED, event, said)
    if why == "invalid":
        return _suppress(event, message, said, now)
    return "Échoué." if has_moved else ""


def _complained(event: Event, message: Message | None, now: datetime) -> str:
    _advance(message, MessageState.COMPLAINED, event, "Signalé comme pourriel.")
    return _suppress(event, message, "Signalé comme pourriel.", now)


def _unsubscribed(event: Event, message: Message | None, now: datetime) -> str:
    email = message.to_email if message else event.email
    if not email:
        return ""
    services.unsubscribe(email, scope=Scope.ORGANIZATION, origin="SendGrid", now=event.occurred_at)
    return "Adresse désabonnée de nos sollicitations."


ACTS: dict[str, Callable[[Event, Message | None, datetime], str]] = {
    "processed": _taken,
    "deferred": _taken,
    "delivered": _delivered,
    BOUNCE: _bounced,
    "dropped": _dropped,
    "spamreport": _complained,
    "unsubscribe": _unsubscribed,
    "group_unsubscribe": _unsubscribed,
}
"""A kind that is not here is kept, and changes nothing."""


def _advance(message: Message | None, state: MessageState, event: Event, reason: str = "") -> bool:
    """Take the message a step further; False when it is there already, or further."""
    if message is None or STEPS[state] <= _step(message):
        return False
    if message.state in WAITING and not message.attempts:
        return False  # a person asked for it again: what is told is of an attempt before that
    message.state = state
    message.leased_until = None
    message.last_error = reason[:LONGEST]
    message.sent_at = message.sent_at or event.occurred_at
    if state is not MessageState.SENT:
        message.settled_at = event.occurred_at
    return True


def _step(message: Message) -> int:
    """How far the provider's word has taken it; 0 while only we spoke of it."""
    is_ours = message.state in (MessageState.FAILED, MessageState.SUPPRESSED) and message.settled_at is None
    return 0 if is_ours else STEPS.get(message.state, 0)


def _suppress(event: Event, message: Message | None, reason: str, now: datetime) -> str:
    email = message.to_email if message else event.email
    if not email:
        return ""
    services.suppress(email, reason, event.occurred_at)
    return "Plus rien ne sera envoyé à cette adresse."


def _suppress_refused_twice(
    events: Sequence[Event], subjects: Mapping[str, Message | None], now: datetime
) -> None:
    """An address that refused two messages, whatever the reason, gets nothing more."""
    refused = {
        message.to_email if (message := subjects[event.key]) else event.email: event.reason
        for event in events
        if event.kind == BOUNCE
    }
    refused.pop("", None)
    if not refused:
        return
    about = sa.func.coalesce(ProviderEvent.message_pk, -ProviderEvent.id)
    twice = db.session.scalars(
        sa.select(ProviderEvent.email)
        .where(ProviderEvent.kind == BOUNCE, ProviderEvent.email.in_(refused))
        .group_by(ProviderEvent.email)
        .having(sa.func.count(about.distinct()) >= TWICE)
    )
    for email in sorted(twice):
        services.suppress(email, f"Deux messages refusés; le dernier : {refused[email]}", now)


def _number_of(message: Message | None) -> int:
    return message.id if message else 0


def _key(item: Mapping[str, Any]) -> str:
    """What makes this event the same when it is told again."""
    given = _text(item, "sg_event_id")
    if given and len(given) <= 200:
        return given
    said = json.dumps(sorted((name, str(value)) for name, value in item.items() if _is_plain(value))).encode()
    return f"sha256:{hashlib.sha256(said).hexdigest()}"


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return _clean(value) if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Text that every database stores: no NUL, no half of a character."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _address(value: object) -> str:
    try:
        return addresses.normalize(value) if isinstance(value, str) else ""
    except ValueError:
        return ""


def _number(value: object) -> int | None:
    text = str(value)
    is_number = isinstance(value, str | int) and text.isascii() and text.isdigit() and len(text) <= 10
    return int(text) if is_number and int(text) < BIGGEST_NUMBER else None


def _instant(value: object, now: datetime) -> datetime:
    """When it happened; now, when what is told is no time."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return now
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        return now


def _is_plain(value: object) -> bool:
    """Text, or a number that JSON and every database can write."""
    if isinstance(value, int | float):
        return abs(value) < BIGGEST_WRITTEN
    return isinstance(value, str) and value != ""


def _kept(name: str, value: str | float) -> str | float:
    if not isinstance(value, str):
        return value
    text = _clean(value)
    return (ADDRESS.sub("…", text) if name in SAID else text)[:LONGEST]


def _refuse_constant(name: str) -> None:
    raise Malformed(f"{name} is no JSON")
