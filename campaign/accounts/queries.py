"""Who has an account, and which sessions are open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from campaign.accounts.models import Role, SignInToken, User, UserSession
from campaign.db import db, table_of
from campaign.errors import NotFound
from campaign.i18n import _
from campaign.identifiers import hash_token


def find_user(email: str) -> User | None:
    """The account of this address (in lower case)."""
    return db.session.scalar(sa.select(User).where(User.email == email))


def get_user(user_id: int) -> User:
    """That account."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound(_("Ce compte n’existe pas."))
    return user


def list_users() -> Sequence[User]:
    """Open accounts first, by name."""
    return sorted(
        db.session.scalars(sa.select(User)).all(),
        key=lambda user: (not user.is_active, (user.name or user.email).casefold()),
    )


def count_admins() -> int:
    """How many open accounts may manage the others."""
    return (
        db.session.scalar(
            sa.select(sa.func.count()).select_from(User).where(User.role == Role.ADMIN, User.is_active)
        )
        or 0
    )


class OpenSession(NamedTuple):
    """An open session, and of its account what every page asks."""

    id: int
    user_id: int
    name: str
    role: Role
    opened_at: datetime
    last_seen_at: datetime


_session, _user = table_of(UserSession), table_of(User)
_OPEN = (
    sa.select(
        _session.c.id,
        _session.c.user_id,
        sa.func.coalesce(sa.func.nullif(_user.c.name, ""), _user.c.email),
        _user.c.role,
        _session.c.opened_at,
        _session.c.last_seen_at,
    )
    .join_from(_session, _user, _user.c.id == _session.c.user_id)
    .where(
        _session.c.token_hash == sa.bindparam("token"),
        _session.c.revoked_at.is_(None),
        _session.c.expires_at > sa.bindparam("now"),
        _user.c.is_active,
    )
)
"""Put together once: it is asked at each request of somebody who is signed in."""


def find_open_session(token: str, now: datetime) -> OpenSession | None:
    """The session that this token opens, unless it ended, was revoked, or its account was closed."""
    told = {"token": hash_token(token), "now": now}
    row = db.session.connection().execute(_OPEN, told).first()
    return OpenSession(*row) if row is not None else None


def list_open_sessions(user: User, now: datetime) -> Sequence[UserSession]:
    """This person's devices, the last used first."""
    return db.session.scalars(
        sa.select(UserSession)
        .where(UserSession.user_id == user.id, UserSession.revoked_at.is_(None), UserSession.expires_at > now)
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    ).all()


def count_recent_links(user: User, since: datetime) -> int:
    """How many links this account asked for since that instant."""
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(SignInToken)
            .where(SignInToken.user_id == user.id, SignInToken.created_at > since)
        )
        or 0
    )


def find_usable_link(token: str, now: datetime) -> SignInToken | None:
    """The one-time link, when it can still be spent."""
    return db.session.scalar(
        sa.select(SignInToken).where(
            SignInToken.token_hash == hash_token(token),
            SignInToken.used_at.is_(None),
            SignInToken.expires_at > now,
        )
    )
