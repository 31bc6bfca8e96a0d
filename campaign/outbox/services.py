"""Writing a message into the queue, taking it out, recording what became of it.

Nothing here commits, nothing here speaks to the outside: `campaign.jobs` opens the transactions and holds the
transport between them, so that no transaction is open while another machine is waited for.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import selectinload

from campaign.db import db
from campaign.errors import Conflict
from campaign.outbox import addresses, rendering
from campaign.outbox.letters import Answer, Enclosure, Letter, Verdict
from campaign.outbox.models import Attachment, Heartbeat, Message, MessageState, Suppression

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
"""Longer than any attempt may last; a message still held after it may or may not have left."""

RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""A day and a half of patience: a server down for a night loses nothing."""

OWN_HEADERS = {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "mime-version"}
RESENDABLE = {
    MessageState.FAILED,
    MessageState.BOUNCED,
    MessageState.UNCERTAIN,
    MessageState.SUPPRESSED,
}


def enqueue(
    template: str,
    *,
    to: str,
    to_name: str = "",
    context: Mapping[str, object],
    now: datetime,
    dedupe_key: str | None = None,
    not_before: datetime | None = None,
    regarding: str = "",
    attachments: Sequence[Enclosure] = (),
    headers: Mapping[str, str] | None = None,
) -> Message | None:
    """Write a message now, inside the caller's transaction; it leaves after the commit.

    Gives None when a message with this `dedupe_key` exists already: writing twice is harmless. To an address
    that is suppressed the message is kept, and held back.
    """
    email = addresses.normalize(to)
    letter = rendering.render(template, context)
    values = {
        "template": template,
        "to_email": email,
        "to_name": _one_line(to_name)[:160],
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "headers": _checked_headers(headers or {}),
        "message_id": _new_message_id(),
        "dedupe_key": dedupe_key,
        "regarding": regarding,
        "not_before": not_before or now,
        "created_at": now,
        "attempts": 0,
        "last_error": "",
        "state": MessageState.QUEUED,
    }
    suppression = db.session.get(Suppression, email)
    if suppression is not None:
        values |= {"state": MessageState.SUPPRESSED, "last_error": suppression.reason}
    message: Message | None = _insert_once(Message, values, ["dedupe_key"], Message)
    if message is None:
        return None
    db.session.add_all(
        Attachment(
            message_id=message.id,
            filename=_one_line(file.filename)[:160],
            content_type=file.content_type,
            content_id=file.content_id,
            data=file.data,
        )
        for file in attachments
    )
    return message


def claim(now: datetime) -> Letter | None:
    """Take the message that has been due for longest, or None. The caller commits before it is sent.

    One at a time: a worker that dies leaves one message in doubt, not a batch. Workers step over each other's
    rows (SKIP LOCKED on PostgreSQL; on SQLite they take turns).
    """
    due = (
        sa.select(Message)
        .options(selectinload(Message.attachments))
        .where(Message.state == MessageState.QUEUED, Message.not_before <= now)
        .order_by(Message.not_before, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    while (message := db.session.scalar(due)) is not None:
        suppression = db.session.get(Suppression, message.to_email)
        if suppression is None:
            message.state = MessageState.SENDING
            message.attempts += 1
            message.leased_until = now + LEASE
            db.session.flush()
            return _letter(message)
        message.state = MessageState.SUPPRESSED
        message.last_error = suppression.reason
        db.session.flush()
    return None


def record(letter: Letter, answer: Answer, now: datetime) -> MessageState | None:
    """Write down what became of an attempt; None when somebody settled the message in the meantime."""
    message = db.session.scalar(
        sa.select(Message)
        .where(
            Message.id == letter.id,
            Message.leased_until == letter.leased_until,
            # An attempt longer than its lease was set aside as uncertain: its own answer settles it.
            Message.state.in_([MessageState.SENDING, MessageState.UNCERTAIN]),
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if message is None:
        return None
    message.last_error = answer.reason[:500]
    if answer.verdict is Verdict.UNKNOWN:
        message.state = MessageState.UNCERTAIN
    else:
        message.leased_until = None
    if answer.verdict is Verdict.ACCEPTED:
        message.state = MessageState.SENT
        message.sent_at = now
    elif answer.verdict is Verdict.LATER:
        _try_later(message, answer, now)
    elif answer.verdict is Verdict.REFUSED:
        message.state = MessageState.BOUNCED if answer.is_address_dead else MessageState.FAILED
        if answer.is_address_dead:
            suppress(message.to_email, answer.reason, now)
    db.session.flush()
    return message.state


def _try_later(message: Message, answer: Answer, now: datetime) -> None:
    if message.attempts > len(RETRY_DELAYS):
        message.state = MessageState.FAILED
        return
    delay = RETRY_DELAYS[message.attempts - 1]
    message.state = MessageState.QUEUED
    message.not_before = now + max(delay, answer.wait or delay)


def set_aside_expired(now: datetime) -> int:
    """Messages held longer than their lease may or may not have left: a person or the provider settles."""
    result = db.session.execute(
        sa.update(Message)
        .where(Message.state == MessageState.SENDING, Message.leased_until < now)
        .values(
            state=MessageState.UNCERTAIN,
            last_error="L’envoi a été interrompu : le message est peut-être parti.",
        )
    )
    return _row_count(result)


def suppress(email: str, reason: str, now: datetime) -> None:
    """Send nothing more to this address."""
    _insert_once(
        Suppression,
        {"email": addresses.normalize(email), "reason": reason[:300], "since": now},
        ["email"],
        Suppression.email,
    )


def lift_suppression(email: str) -> bool:
    """Send to this address again, from the next message on; False when it was not suppressed."""
    result = db.session.execute(sa.delete(Suppression).where(Suppression.email == addresses.normalize(email)))
    return _row_count(result) > 0


def resend(message: Message, *, author: str, now: datetime) -> None:
    """A person asks for another attempt of a message that did not arrive, or may not have."""
    if message.state not in RESENDABLE:
        raise Conflict("Ce message n’attend pas de nouvel envoi. Rechargez la page pour voir où il en est.")
    if db.session.get(Suppression, message.to_email) is not None:
        raise Conflict("Cette adresse refuse nos messages. Corrigez l’adresse, ou levez la retenue d’abord.")
    log.info("message queued again by a person", extra={"message_pk": message.id, "before": message.state})
    message.state = MessageState.QUEUED
    message.attempts = 0
    message.not_before = now
    message.leased_until = None
    message.last_error = f"Nouvel envoi demandé par {author}."[:500]
    db.session.flush()


def settle(message: Message, *, has_left: bool, author: str, now: datetime) -> None:
    """A person knows whether an uncertain message left."""
    if message.state is not MessageState.UNCERTAIN:
        raise Conflict("Ce message n’est plus incertain. Rechargez la page pour voir où il en est.")
    log.info("uncertain message settled by a person", extra={"message_pk": message.id, "has_left": has_left})
    message.state = MessageState.SENT if has_left else MessageState.FAILED
    message.sent_at = now if has_left else None
    message.leased_until = None
    message.last_error = f"Réglé par {author}."[:500]
    db.session.flush()


def beat(name: str, now: datetime) -> None:
    """A background process says that it is alive."""
    if _insert_once(Heartbeat, {"name": name, "beat_at": now}, ["name"], Heartbeat.name) is None:
        db.session.execute(sa.update(Heartbeat).where(Heartbeat.name == name).values(beat_at=now))


def _letter(message: Message) -> Letter:
    if message.leased_until is None:
        raise ValueError("a letter is taken under a lease")
    return Letter(
        id=message.id,
        leased_until=message.leased_until,
        attempts=message.attempts,
        to_email=message.to_email,
        to_name=message.to_name,
        subject=message.subject,
        text=message.text,
        html=message.html,
        headers=dict(message.headers),
        message_id=message.message_id,
        written_at=message.created_at,
        enclosures=tuple(
            Enclosure(
                filename=file.filename,
                content_type=file.content_type,
                content_id=file.content_id,
                data=file.data,
            )
            for file in message.attachments
        ),
    )


def _insert_once(
    model: type[Any], values: dict[str, Any], conflict: list[str], returned: sa.ColumnElement[Any] | Any
) -> Any | None:
    """INSERT … ON CONFLICT DO NOTHING; gives what is asked of the new row, or None when it existed."""
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    statement = insert(model).on_conflict_do_nothing(index_elements=conflict).returning(returned)
    return db.session.scalar(statement, values)


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers to add; those that the transport writes itself are refused, and so are line feeds."""
    for name, value in headers.items():
        is_ours = name.lower() in OWN_HEADERS or name.lower().startswith("content-")
        if is_ours or not name.replace("-", "").isalnum() or not name.isascii():
            raise ValueError(f"header {name!r} is not accepted")
        if value != _one_line(value) or not value.isascii() or len(value) > 900:
            raise ValueError(f"header {name!r} is not one short line of ASCII")
    return {"Auto-Submitted": "auto-generated"} | dict(headers)


def _one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() or letter == "\u00a0" else " " for letter in text).strip()


def _new_message_id() -> str:
    """Made once and kept: a retry is recognized as the same letter (RFC 5322 §3.6.4)."""
    host = urlsplit(current_app.extensions["settings"].public_url).hostname or "localhost"
    return f"<{secrets.token_hex(16)}@{host}>"


def _row_count(result: sa.Result[Any]) -> int:
    count: int = result.rowcount  # type: ignore[attr-defined]  # an UPDATE or DELETE gives a CursorResult
    return count
