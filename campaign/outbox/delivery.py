"""Taking messages out of the queue, and writing down what became of them.

Nothing here commits, nothing here speaks to the outside: `campaign.jobs` opens the transactions and calls the
transport between them. A message goes through two locks of the same door:

- **reserved**: a worker took it among others and has done nothing with it. Its lease over, it is queued
  again;
- **sending**: committed before the transport is called. Its lease over, it may or may not have left: it
  becomes *uncertain*, and no machine ever sends it again by itself.

A lease is written `leased_until`, whose last digits are drawn at random: it tells its owner from any other
worker, whatever their clocks say. Whoever lost its lease changes nothing.

The statements are made once: putting one together costs more than running it.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from campaign.db import db
from campaign.outbox import owners, services, stencils
from campaign.outbox.letters import Answer, Enclosure, Letter, Verdict
from campaign.outbox.models import (
    Hold,
    Message,
    MessageState,
    Scope,
    Stream,
)

LEASE = timedelta(minutes=3)
"""How long a worker may count on what it took, by its own clock."""

GRACE = timedelta(minutes=2)
"""How much longer the others wait: two clocks may each be a minute wrong (`campaign.drift`)."""

RETRY_DELAYS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
"""A day and a half of patience: a server down for a night loses nothing."""

INTERRUPTED = "L’envoi a été interrompu\u00a0: le message est peut-être parti."


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How many may leave within a minute, all workers together."""

    per_minute: int
    per_domain: int


@dataclass(kw_only=True)
class Chunk:
    """Messages reserved by one line of a worker, in the order in which they leave."""

    lease: datetime
    rows: list[sa.Row[Any]] = field(repr=False)
    with_files: frozenset[int] = frozenset()
    stencils: dict[int, sa.Row[Any]] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def take(self, together: int) -> list[sa.Row[Any]]:
        """Those that leave next in one call: made of one stencil and without files, or one message alone."""
        first, *rest = self.rows[:together]
        group = [first]
        if self._is_shared(first):
            for row in rest:
                if not self._is_shared(row) or row.stencil_id != first.stencil_id:
                    break
                group.append(row)
        del self.rows[: len(group)]
        return group

    def _is_shared(self, row: sa.Row[Any]) -> bool:
        return row.stencil_id is not None and row.id not in self.with_files


_tables = Message.metadata.tables
_messages = _tables["message"]
_files = _tables["attachment"]
_stencils = _tables["stencil"]
_holds = _tables["hold"]
_suppressions = _tables["suppression"]
_unsubscriptions = _tables["unsubscription"]
_c = _messages.c


def _instant(name: str) -> sa.BindParameter[datetime]:
    return sa.bindparam(name, type_=_c.not_before.type)


_AMONG = _c.id.in_(sa.bindparam("ids", expanding=True))
_IS_THAT_ONE = _c.id == sa.bindparam("that", type_=_c.id.type)
"""A list of one is expanded anew at each execution, which costs as much as the statement."""
_IS_OURS = _c.leased_until == _instant("lease")
_IS_DUE = sa.and_(_c.state == MessageState.QUEUED, _c.not_before <= _instant("at"))

_IS_HELD = sa.and_(
    _c.batch != "",
    sa.exists()
    .where(sa.or_(_holds.c.batch == _c.batch, _holds.c.batch == Hold.EVERYTHING))
    .correlate(_messages),
)
_IS_SUPPRESSED = sa.exists().where(_suppressions.c.email == _c.to_email).correlate(_messages)
_IS_UNSUBSCRIBED = sa.and_(
    _c.stream == Stream.SOLICITATION,
    sa.exists()
    .where(
        _unsubscriptions.c.email == _c.to_email,
        sa.or_(_unsubscriptions.c.scope != Scope.CAMPAIGN, _unsubscriptions.c.campaign == _c.campaign),
    )
    .correlate(_messages),
)

_IS_ANYTHING_DUE = sa.select(
    sa.or_(
        sa.exists().where(_IS_DUE, ~_IS_HELD),
        sa.exists().where(
            sa.or_(_c.state == MessageState.RESERVED, _c.state == MessageState.SENDING),
            _c.leased_until < _instant("expired"),
        ),
    )
)

_CANDIDATES = (
    sa.select(_c.id, _c.to_domain)
    .where(_IS_DUE, ~_IS_HELD, _c.to_domain.not_in(sa.bindparam("full", expanding=True)))
    .order_by(_c.not_before, _c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True, of=_messages)
)
_RESERVE = (
    sa.update(_messages)
    .where(_AMONG, _c.state == MessageState.QUEUED)
    .values(
        state=MessageState.RESERVED,
        leased_until=_instant("new_lease"),
        leased_by=sa.bindparam("owner", type_=_c.leased_by.type),
    )
    .returning(_c.id, _c.stencil_id)
)
_WITH_FILES = (
    sa.select(_files.c.message_id)
    .where(_files.c.message_id.in_(sa.bindparam("ids", expanding=True)))
    .distinct()
)
_STENCILS = sa.select(_stencils).where(_stencils.c.id.in_(sa.bindparam("ids", expanding=True)))

_begin = (
    sa.update(_messages)
    .where(
        _IS_OURS,
        _c.state == MessageState.RESERVED,
        ~_IS_HELD,
        ~_IS_SUPPRESSED,
        ~_IS_UNSUBSCRIBED,
    )
    .values(state=MessageState.SENDING, attempts=_c.attempts + 1, leased_until=_instant("new_lease"))
    .returning(
        *(_c.id, _c.attempts, _c.to_email, _c.to_name, _c.subject, _c.text, _c.html),
        *(_c.stencil_id, _c["values"].label("filling"), _c.headers, _c.message_id, _c.created_at),
    )
)
_BEGIN_ONE, _BEGIN_MANY = _begin.where(_IS_THAT_ONE), _begin.where(_AMONG)
_FILES = sa.select(_files).where(_files.c.message_id == sa.bindparam("message")).order_by(_files.c.id)

_reserved = sa.update(_messages).where(_AMONG, _IS_OURS, _c.state == MessageState.RESERVED)
_TURN_SUPPRESSED_AWAY = _reserved.where(_IS_SUPPRESSED).values(
    state=MessageState.SUPPRESSED,
    leased_until=None,
    last_error=sa.select(_suppressions.c.reason)
    .where(_suppressions.c.email == _c.to_email)
    .correlate(_messages)
    .scalar_subquery(),
)
_TURN_UNSUBSCRIBED_AWAY = _reserved.where(_IS_UNSUBSCRIBED).values(
    state=MessageState.SUPPRESSED, leased_until=None, last_error=services.UNSUBSCRIBED
)
_GIVE_BACK = _reserved.values(state=MessageState.QUEUED, leased_until=None)
_RENEW = _reserved.values(leased_until=_instant("new_lease"))

_IS_TAKEN = sa.or_(_c.state == MessageState.RESERVED, _c.state == MessageState.SENDING)
_OWNERS = sa.select(_c.leased_by).where(_IS_TAKEN, _c.leased_by != "").distinct()
_expired = sa.update(_messages).where(
    sa.or_(
        _c.leased_until < _instant("expired"),
        _c.leased_by.in_(sa.bindparam("dead", expanding=True)),
    )
)
_RETURN_EXPIRED = _expired.where(_c.state == MessageState.RESERVED).values(
    state=MessageState.QUEUED, leased_until=None
)
_SET_EXPIRED_ASIDE = _expired.where(_c.state == MessageState.SENDING).values(
    state=MessageState.UNCERTAIN, last_error=INTERRUPTED
)

# An attempt longer than its lease was set aside as uncertain: its own answer settles it.
_sending = sa.update(_messages).where(
    _IS_OURS, sa.or_(_c.state == MessageState.SENDING, _c.state == MessageState.UNCERTAIN)
)
_mark_sent = _sending.values(
    state=MessageState.SENT, sent_at=_instant("at"), leased_until=None, last_error=""
).returning(_c.id)
_MARK_ONE_SENT, _MARK_MANY_SENT = _mark_sent.where(_IS_THAT_ONE), _mark_sent.where(_AMONG)
_failed = _sending.where(_IS_THAT_ONE)
_MARK = _failed.values(
    state=sa.bindparam("new_state", type_=_c.state.type),
    leased_until=None,
    last_error=sa.bindparam("reason"),
).returning(_c.id)
_MARK_UNCERTAIN = _failed.values(state=MessageState.UNCERTAIN, last_error=sa.bindparam("reason")).returning(
    _c.id
)
_IS_TAKEN_BACK = _c.settled_at.is_not(None)
"""Its batch was withdrawn during the attempt (`services.withdraw`)."""
_POSTPONE = _failed.values(
    state=sa.case(
        (_IS_TAKEN_BACK, sa.literal(MessageState.WITHDRAWN, _c.state.type)),
        else_=sa.literal(MessageState.QUEUED, _c.state.type),
    ),
    leased_until=None,
    last_error=sa.case((_IS_TAKEN_BACK, services.CANCELLED), else_=sa.bindparam("reason")),
    not_before=_instant("again_at"),
).returning(_c.state)

_USED = sa.union_all(
    sa.select(_c.to_domain).where(_c.sent_at > _instant("a_minute_ago"), _c.sent_at <= _instant("soon")),
    sa.select(_c.to_domain).where(
        _c.state.in_([MessageState.RESERVED, MessageState.SENDING]),
        _c.leased_until > _instant("taken_since"),
    ),
).subquery()
_USED_BY_DOMAIN = sa.select(_USED.c.to_domain, sa.func.count()).group_by(_USED.c.to_domain)

_ONE_AT_A_TIME = sa.text("SELECT pg_advisory_xact_lock(hashtext('pavois.outbox.pace'))")
"""Two workers that count at the same moment would both take what is left of the minute."""

MINUTE = timedelta(minutes=1)


def is_anything_due(now: datetime) -> bool:
    """Whether a worker has something to do at this instant; one small query, no lock."""
    connection = db.session.connection()
    found: bool | None = connection.scalar(_IS_ANYTHING_DUE, {"at": now, "expired": now - GRACE})
    return bool(found) or bool(_dead(connection))


def settle_expired(now: datetime) -> int:
    """What dead workers left: the reserved leave later, those under way become uncertain. Gives how many
    became uncertain.

    A worker of this machine is seen to be dead at once; one of another, when its lease is over.
    """
    connection = db.session.connection()
    asked = {"expired": now - GRACE, "dead": _dead(connection)}
    connection.execute(_RETURN_EXPIRED, asked)
    return connection.execute(_SET_EXPIRED_ASIDE, asked).rowcount


def _dead(connection: Connection) -> list[str]:
    """The processes that hold messages and are certainly no more."""
    return [owner for owner in connection.scalars(_OWNERS) if owners.is_dead(owner)]


def reserve(now: datetime, most: int, pace: Pace | None = None) -> Chunk:
    """Take the messages that have been due for longest. The caller commits before anything is sent.

    Workers step over each other's rows (SKIP LOCKED on PostgreSQL; on SQLite they take turns). Domains that
    had their share of the minute are left for the next one, and keep nobody else waiting.
    """
    connection = db.session.connection()
    lease = _new_lease(now)
    places = _places(connection, now, most, pace)
    if not places:
        return Chunk(lease=lease, rows=[])
    rows = connection.execute(_RESERVE, {"ids": [*places], "new_lease": lease, "owner": owners.me()}).all()
    shared = {row.stencil_id for row in rows if row.stencil_id is not None}
    known = connection.execute(_STENCILS, {"ids": [*shared]}) if shared else ()
    return Chunk(
        lease=lease,
        rows=sorted(rows, key=lambda row: places[row.id]),
        with_files=frozenset(connection.scalars(_WITH_FILES, {"ids": [*places]})),
        stencils={row.id: row for row in known},
    )


def _places(connection: Connection, now: datetime, most: int, pace: Pace | None) -> dict[int, int]:
    """The messages that may leave now, each with its place."""
    used: Counter[str] = Counter()
    if pace is not None:
        used = _used(connection, now)
        most = min(most, pace.per_minute - used.total())
    places: dict[int, int] = {}
    full = _full(used, pace)
    while len(places) < most:
        asked = {"at": now, "full": full, "most": most}
        for message, domain in connection.execute(_CANDIDATES, asked):
            is_free = pace is None or not domain or used[domain] < pace.per_domain
            if is_free and message not in places and len(places) < most:
                places[message] = len(places)
                used[domain] += 1
        known, full = full, _full(used, pace)
        if full == known:
            break
    return places


def _full(used: Counter[str], pace: Pace | None) -> list[str]:
    """The domains that had their share."""
    if pace is None:
        return []
    return sorted(domain for domain, count in used.items() if domain and count >= pace.per_domain)


def _used(connection: Connection, now: datetime) -> Counter[str]:
    """What left in the last minute or is about to, by domain; what the dead hold counts for a minute."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ONE_AT_A_TIME)
    # What others sent while this one waited for its turn to count is later than its own `now`.
    asked = {"a_minute_ago": now - MINUTE, "soon": now + MINUTE, "taken_since": now + LEASE - MINUTE}
    return Counter({row[0]: row[1] for row in connection.execute(_USED_BY_DOMAIN, asked)})


def begin(chunk: Chunk, together: int, now: datetime) -> list[Letter]:
    """Take the next letters out of the chunk, about to leave; none when the chunk is empty.

    The caller commits before they are sent. Those that are held, refused by their reader or taken by somebody
    else in the meantime do not leave, though the chunk was reserved minutes ago.
    """
    connection = db.session.connection()
    while chunk:
        _renew(connection, chunk, now)
        group = chunk.take(together)
        lease = _new_lease(now)
        asked = {"lease": chunk.lease, "new_lease": lease} | _those([row.id for row in group])
        statement = _BEGIN_ONE if len(group) == 1 else _BEGIN_MANY
        begun = {row.id: row for row in connection.execute(statement, asked)}
        if len(begun) < len(group):
            _turn_away(connection, [row.id for row in group if row.id not in begun], chunk.lease)
        if begun:
            return [_letter(connection, chunk, begun[row.id], lease) for row in group if row.id in begun]
    return []


def _those(ids: list[int]) -> dict[str, Any]:
    return {"that": ids[0]} if len(ids) == 1 else {"ids": ids}


def _renew(connection: Connection, chunk: Chunk, now: datetime) -> None:
    """Each minute, so that what a living worker holds is known from what a dead one left."""
    if chunk.lease - now > LEASE - MINUTE:
        return
    lease = _new_lease(now)
    asked = {"ids": [row.id for row in chunk.rows], "lease": chunk.lease, "new_lease": lease}
    connection.execute(_RENEW, asked)
    chunk.lease = lease


def _turn_away(connection: Connection, ids: list[int], lease: datetime) -> None:
    asked = {"ids": ids, "lease": lease}
    for statement in (_TURN_SUPPRESSED_AWAY, _TURN_UNSUBSCRIBED_AWAY, _GIVE_BACK):
        connection.execute(statement, asked)


def give_back(chunk: Chunk) -> None:
    """Put what was reserved and has not begun to leave back into the queue at once."""
    if chunk:
        asked = {"ids": [row.id for row in chunk.rows], "lease": chunk.lease}
        db.session.connection().execute(_GIVE_BACK, asked)
        chunk.rows.clear()


def record(letters: Sequence[Letter], answers: Sequence[Answer], now: datetime) -> list[MessageState | None]:
    """Write down what became of each attempt; None for a message that somebody settled in the meantime."""
    connection = db.session.connection()
    accepted = [
        letter for letter, answer in zip(letters, answers, strict=True) if answer.verdict is Verdict.ACCEPTED
    ]
    marked: set[int] = set()
    if accepted:
        asked = {"lease": accepted[0].leased_until, "at": now} | _those([each.id for each in accepted])
        statement = _MARK_ONE_SENT if len(accepted) == 1 else _MARK_MANY_SENT
        marked = set(connection.scalars(statement, asked))
    return [
        (MessageState.SENT if letter.id in marked else None)
        if answer.verdict is Verdict.ACCEPTED
        else _record_failure(connection, letter, answer, now)
        for letter, answer in zip(letters, answers, strict=True)
    ]


def _record_failure(
    connection: Connection, letter: Letter, answer: Answer, now: datetime
) -> MessageState | None:
    asked: dict[str, Any] = {"that": letter.id, "lease": letter.leased_until, "reason": answer.reason[:500]}
    statement = _MARK
    if answer.verdict is Verdict.UNKNOWN:
        state, statement = MessageState.UNCERTAIN, _MARK_UNCERTAIN
    elif answer.verdict is Verdict.REFUSED:
        state = MessageState.BOUNCED if answer.is_address_dead else MessageState.FAILED
    elif letter.attempts > len(RETRY_DELAYS):
        state = MessageState.FAILED
    else:
        state, statement = MessageState.QUEUED, _POSTPONE
        delay = RETRY_DELAYS[letter.attempts - 1]
        asked["again_at"] = now + max(delay, answer.wait or delay)
    if statement is _MARK:
        asked["new_state"] = state
    recorded = connection.scalar(statement, asked)
    if recorded is None:
        return None
    if statement is _POSTPONE:
        return MessageState(recorded)
    if state is MessageState.BOUNCED:
        services.suppress(letter.to_email, answer.reason, now)
    return state


def _letter(connection: Connection, chunk: Chunk, row: sa.Row[Any], lease: datetime) -> Letter:
    text, html, pattern = row.text, row.html, None
    if row.stencil_id is not None:
        pattern = chunk.stencils[row.stencil_id]
        text, html = stencils.fill(pattern.text, row.filling), stencils.fill_html(pattern.html, row.filling)
    return Letter(
        id=row.id,
        leased_until=lease,
        attempts=row.attempts,
        to_email=row.to_email,
        to_name=row.to_name,
        subject=row.subject,
        text=text,
        html=html,
        headers=row.headers,
        message_id=row.message_id,
        written_at=row.created_at,
        enclosures=tuple(_enclosures(connection, row.id)) if row.id in chunk.with_files else (),
        stencil_id=row.stencil_id,
        stencil_text=pattern.text if pattern else "",
        stencil_html=pattern.html if pattern else "",
        values=row.filling,
    )


def _enclosures(connection: Connection, message: int) -> Iterator[Enclosure]:
    for file in connection.execute(_FILES, {"message": message}):
        yield Enclosure(
            filename=file.filename, content_type=file.content_type, content_id=file.content_id, data=file.data
        )


def _new_lease(now: datetime) -> datetime:
    """The end of a new lease, told from every other by its last digits."""
    return now + LEASE + timedelta(microseconds=secrets.randbelow(10_000_000))
