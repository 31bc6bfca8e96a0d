"""Writing messages into the queue, holding them, settling them; who gets no more of them.

Nothing here commits, nothing here speaks to the outside: `campaign.outbox.delivery` takes messages out of the
queue, and `campaign.jobs` hands them to a transport.
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite

from campaign.config import Settings
from campaign.db import db, reading_connection, table_of
from campaign.errors import Conflict
from campaign.identifiers import hash_token
from campaign.outbox import addresses, rendering, stencils
from campaign.outbox.letters import Enclosure
from campaign.outbox.models import (
    Attachment,
    Heartbeat,
    Hold,
    Message,
    MessageState,
    Scope,
    Stencil,
    Stream,
    Suppression,
    UnsubscribeLink,
    Unsubscription,
)

log = logging.getLogger(__name__)

CHUNK = 500
"""How many messages one statement writes: under SQLite's limit of values, and memory stays flat."""

UNSUBSCRIBED = "Cette adresse s’est désabonnée."
CANCELLED = "L’envoi a été annulé avant le départ de ce message."
OWN_HEADERS = {"from", "to", "cc", "bcc", "sender", "subject", "date", "message-id", "mime-version"}
RESENDABLE = {
    MessageState.FAILED,
    MessageState.BOUNCED,
    MessageState.UNCERTAIN,
    MessageState.SUPPRESSED,
}

# Made once: putting such a statement together costs more than running it.
_SUPPRESSED = sa.select(Suppression.email, Suppression.reason).where(
    Suppression.email.in_(sa.bindparam("emails", expanding=True))
)
_UNSUBSCRIBED = sa.select(Unsubscription.email, Unsubscription.scope, Unsubscription.campaign).where(
    Unsubscription.email.in_(sa.bindparam("emails", expanding=True))
)
_ATTACH = sa.insert(table_of(Attachment))
_NEW_MESSAGE = {
    dialect: insert(Message).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(Message.id)
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
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
    stream: Stream = Stream.SERVICE,
    campaign: str = "",
    batch: str = "",
) -> int | None:
    """Write a message now, inside the caller's transaction; it leaves after the commit.

    Gives its number, or None when a message with this `dedupe_key` exists already: writing twice is
    harmless. To an address that is suppressed, or unsubscribed from this stream, the message is kept and does
    not leave.
    """
    email = addresses.normalize(to)
    letter = rendering.render(template, context)
    values = _new_row(email, to_name, now) | {
        "template": template,
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "headers": _checked_headers(headers or {}),
        "dedupe_key": dedupe_key,
        "regarding": regarding,
        "stream": stream,
        "campaign": campaign,
        "batch": batch,
        "not_before": not_before or now,
    }
    reason = _Refusals.of([email], {stream}).reason(email, stream, campaign)
    if reason is not None:
        values |= {"state": MessageState.SUPPRESSED, "last_error": reason}
    statement = _NEW_MESSAGE[db.engine.dialect.name]
    message_id: int | None = db.session.connection().scalar(statement, values)
    if message_id is None:
        return None
    if attachments:
        attach({message_id: attachments})
    return message_id


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One of many messages: its own subject and values, the words of a stencil."""

    to: str
    to_name: str = ""
    subject: str
    stencil_id: int
    values: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    dedupe_key: str
    not_before: datetime | None = None
    regarding: str = ""
    stream: Stream = Stream.SOLICITATION
    campaign: str = ""
    batch: str


def new_stencil(*, subject: str, text: str, html: str, now: datetime) -> Stencil:
    """Keep words that many messages share. They never change: another wording is another stencil."""
    stencil = Stencil(subject=_one_line(subject)[:300], text=text, html=html, created_at=now)
    db.session.add(stencil)
    db.session.flush()
    return stencil


def enqueue_many(drafts: Iterable[Draft], *, now: datetime) -> dict[str, int]:
    """Write all these messages, a few hundred in one statement, and give the number of each new one by its
    `dedupe_key`; a key that exists already is left as it is, and absent from what is given.

    To an address that is suppressed, or unsubscribed from the stream, the message is kept and does not leave.
    A value missing from a draft is an error, not a hole.
    """
    written: dict[str, int] = {}
    statement = (
        _upsert(Message)
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
        .returning(Message.dedupe_key, Message.id)
    )
    rest = iter(drafts)
    while chunk := list(islice(rest, CHUNK)):
        emails = {draft.to: addresses.normalize(draft.to) for draft in chunk}
        refusals = _Refusals.of(set(emails.values()), {draft.stream for draft in chunk})
        holes = _holes_of({draft.stencil_id for draft in chunk})
        rows = [
            _draft_row(draft, emails[draft.to], holes[draft.stencil_id], refusals, now) for draft in chunk
        ]
        written.update((row[0], row[1]) for row in db.session.connection().execute(statement, rows))
    return written


def attach(files: Mapping[int, Sequence[Enclosure]]) -> None:
    """Files for messages that were just written together, by their numbers."""
    rows = [
        {
            "message_id": message_id,
            "filename": _one_line(file.filename)[:160],
            "content_type": file.content_type,
            "content_id": file.content_id,
            "data": file.data,
        }
        for message_id, enclosures in files.items()
        for file in enclosures
    ]
    if rows:
        db.session.connection().execute(_ATTACH, rows)


def _draft_row(
    draft: Draft, email: str, holes: set[str], refusals: _Refusals, now: datetime
) -> dict[str, Any]:
    missing = holes - draft.values.keys()
    if missing:
        raise ValueError(f"no value for {', '.join(sorted(missing))}")
    reason = refusals.reason(email, draft.stream, draft.campaign)
    return _new_row(email, draft.to_name, now) | {
        "template": "",
        "subject": _one_line(draft.subject)[:300],
        "text": "",
        "html": "",
        "stencil_id": draft.stencil_id,
        "values": {name: draft.values[name] for name in sorted(holes)},
        "headers": _checked_headers(draft.headers),
        "dedupe_key": draft.dedupe_key,
        "regarding": draft.regarding,
        "stream": draft.stream,
        "campaign": draft.campaign,
        "batch": draft.batch,
        "not_before": draft.not_before or now,
        "state": MessageState.QUEUED if reason is None else MessageState.SUPPRESSED,
        "last_error": reason or "",
    }


def _new_row(email: str, name: str, now: datetime) -> dict[str, Any]:
    """What every new message begins with."""
    return {
        "to_email": email,
        "to_name": _one_line(name)[:160],
        "to_domain": email.rpartition("@")[2],
        "message_id": _new_message_id(),
        "created_at": now,
        "attempts": 0,
        "last_error": "",
        "state": MessageState.QUEUED,
    }


def _holes_of(ids: Collection[int]) -> dict[int, set[str]]:
    found = db.session.execute(sa.select(Stencil.id, Stencil.text, Stencil.html).where(Stencil.id.in_(ids)))
    return {row.id: stencils.holes(row.text, row.html) for row in found}


@dataclass(frozen=True)
class _Refusals:
    """Why nothing leaves for some of these addresses."""

    suppressed: Mapping[str, str]
    unsubscribed: set[tuple[str, str]]
    """Addresses, each with the campaign it left, or with nothing when it left all of them."""

    @classmethod
    def of(cls, emails: Collection[str], streams: Collection[Stream]) -> _Refusals:
        """Nobody unsubscribes from direct answers: without a solicitation among them, it is not asked."""
        asked = {"emails": list(emails)}
        connection = reading_connection()
        suppressed = connection.execute(_SUPPRESSED, asked)
        left = connection.execute(_UNSUBSCRIBED, asked) if Stream.SOLICITATION in streams else ()
        return cls(
            {row.email: row.reason for row in suppressed},
            {(row.email, row.campaign if row.scope is Scope.CAMPAIGN else "") for row in left},
        )

    def reason(self, email: str, stream: Stream, campaign: str) -> str | None:
        if email in self.suppressed:
            return self.suppressed[email]
        if stream is not Stream.SOLICITATION:
            return None
        has_left = (email, "") in self.unsubscribed or (email, campaign) in self.unsubscribed
        return UNSUBSCRIBED if has_left else None


def hold(batch: str, *, author: str, reason: str = "", now: datetime) -> bool:
    """Let nothing of this batch leave any more; `Hold.EVERYTHING` holds all batches. False when it was held.

    What a mail server is being handed at this instant still arrives. Direct answers are never held.
    """
    if not batch:
        raise ValueError("messages without a batch are never held")
    values = {"batch": batch, "since": now, "author": author[:200], "reason": reason[:300]}
    log.info("messages held", extra={"batch": batch})
    return _insert_once(Hold, values, ["batch"], Hold.batch) is not None


def release(batch: str) -> bool:
    """Let this batch leave again; False when it was not held. What holds everything is released apart."""
    log.info("messages released", extra={"batch": batch})
    return _row_count(db.session.execute(sa.delete(Hold).where(Hold.batch == batch))) > 0


def withdraw(batch: str, now: datetime) -> int:
    """Take back what has not left of this batch, for good; gives how many messages.

    What is under way may still leave; refused for now, it is not tried again (`delivery.record`).
    """
    if not batch:
        raise ValueError("messages without a batch are never withdrawn together")
    db.session.execute(
        sa.update(Message)
        .where(Message.batch == batch, Message.state == MessageState.SENDING)
        .values(settled_at=now)
        .execution_options(synchronize_session=False)
    )
    result = db.session.execute(
        sa.update(Message)
        .where(Message.batch == batch, Message.state.in_([MessageState.QUEUED, MessageState.RESERVED]))
        .values(
            state=MessageState.WITHDRAWN,
            leased_until=None,
            settled_at=now,
            last_error=CANCELLED,
        )
        .execution_options(synchronize_session=False)
    )
    return _row_count(result)


def withdraw_some(ids: Collection[int], *, now: datetime) -> set[int]:
    """Take back those of these messages that no worker has touched; gives the numbers of those taken back."""
    rows = db.session.execute(
        sa.update(Message)
        .where(Message.id.in_(ids), Message.state == MessageState.QUEUED)
        .values(
            state=MessageState.WITHDRAWN,
            settled_at=now,
            last_error="La personne a répondu avant le départ de ce message.",
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return set(rows.scalars())


def unsubscribe(email: str, *, scope: Scope, campaign: str = "", origin: str, now: datetime) -> bool:
    """Send no more solicitations to this address, from the next second on; False when that was so already.

    The messages of service that its owner asks for still leave.
    """
    if (scope is Scope.CAMPAIGN) != bool(campaign):
        raise ValueError("a campaign is left by its number, the others without")
    values = {
        "email": addresses.normalize(email),
        "scope": scope,
        "campaign": campaign,
        "since": now,
        "origin": _one_line(origin)[:200],
    }
    return _insert_once(Unsubscription, values, ["email", "scope", "campaign"], Unsubscription.id) is not None


def resubscribe(email: str, *, scope: Scope | None = None, campaign: str = "") -> bool:
    """Its owner wants solicitations again: of that scope, or all of them. False when nothing was refused."""
    theirs = sa.delete(Unsubscription).where(Unsubscription.email == addresses.normalize(email))
    if scope is not None:
        theirs = theirs.where(Unsubscription.scope == scope, Unsubscription.campaign == campaign)
    return _row_count(db.session.execute(theirs)) > 0


def unsubscribe_token(email: str, campaign: str, *, now: datetime) -> str:
    """What an unsubscribe link of this address carries; see `unsubscribe_tokens`."""
    return unsubscribe_tokens([email], campaign, now=now)[email]


def unsubscribe_tokens(emails: Iterable[str], campaign: str, *, now: datetime) -> dict[str, str]:
    """The unsubscribe token of each address in that campaign: always the same one, opaque, good for ever.

    It is computed, so that no list of them exists; its hash is kept, so that a link opens even after the
    secret of this installation has changed.
    """
    key = _settings().secret_key.encode()
    tokens: dict[str, str] = {}
    statement = _upsert(UnsubscribeLink).on_conflict_do_nothing(index_elements=["token_hash"])
    rest = iter(emails)
    while chunk := list(islice(rest, CHUNK)):
        rows = []
        for given in chunk:
            email = addresses.normalize(given)
            said = f"desabonnement\0{email}\0{campaign}".encode()
            digest = hmac.digest(key, said, "sha256")
            token = tokens[given] = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            rows.append(
                {
                    "token_hash": hash_token(token),
                    "email": email,
                    "campaign": campaign,
                    "created_at": now,
                }
            )
        db.session.connection().execute(statement, rows)
    return tokens


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
    refusals = _Refusals.of([message.to_email], {message.stream})
    if refusals.reason(message.to_email, message.stream, message.campaign) is not None:
        raise Conflict("Cette personne s’est désabonnée. Ce message ne peut plus lui être envoyé.")
    log.info("message queued again by a person", extra={"message_pk": message.id, "before": message.state})
    message.state = MessageState.QUEUED
    message.attempts = 0
    message.not_before = now
    message.leased_until = message.settled_at = None
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


def _insert_once(
    model: type[Any], values: dict[str, Any], conflict: list[str], returned: sa.ColumnElement[Any] | Any
) -> Any | None:
    """INSERT … ON CONFLICT DO NOTHING; gives what is asked of the new row, or None when it existed."""
    statement = _upsert(model).on_conflict_do_nothing(index_elements=conflict).returning(returned)
    return db.session.scalar(statement, values)


def _upsert(model: type[Any]) -> Any:
    """The INSERT of this database that knows ON CONFLICT."""
    return (postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert)(model)


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
    if text.isprintable():
        return text.strip()
    return "".join(letter if letter.isprintable() or letter == "\u00a0" else " " for letter in text).strip()


def _new_message_id() -> str:
    """Made once and kept: a retry is recognized as the same letter (RFC 5322 §3.6.4)."""
    host = urlsplit(_settings().public_url).hostname or "localhost"
    return f"<{secrets.token_hex(16)}@{host}>"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _row_count(result: sa.Result[Any]) -> int:
    count: int = result.rowcount  # type: ignore[attr-defined]  # an UPDATE or DELETE gives a CursorResult
    return count
