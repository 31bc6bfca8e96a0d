"""Accounts, one-time links, passwords and sessions: everything that opens the team's door, and closes it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign.accounts import passwords, queries
from campaign.accounts.models import Role, SignInToken, User, UserRegion, UserSession
from campaign.db import db
from campaign.errors import Conflict, Gone, WrongArgument
from campaign.i18n import _
from campaign.identifiers import hash_token, new_token
from campaign.outbox import addresses, rendering
from campaign.outbox import services as outbox

log = logging.getLogger(__name__)

MAILED_LINK_LIFE = timedelta(minutes=30)
INVITATION_LIFE = timedelta(hours=24)
SESSION_LIFE = timedelta(days=7)
SEEN_EVERY = timedelta(minutes=5)
MAX_LINKS_PER_HOUR = 5
"""More would only fill a mailbox: whoever asks so often is not its owner, or does not receive them."""

KEPT_AFTER_END = timedelta(days=30)
"""Closed sessions are shown to their owner for a while: an unknown one is worth noticing."""


def save_user(
    email: str, role: Role, *, name: str | None = None, region_codes: Iterable[str] = (), now: datetime
) -> User:
    """Create the account of this address, or give it this role and these regions, and let it in again."""
    codes = sorted(set(region_codes))
    if role is Role.COORDINATOR and not codes:
        raise WrongArgument(_("Choisissez au moins une région : cette personne ne verra que celles-là."))
    try:
        address = addresses.normalize(email)
    except ValueError as error:
        raise WrongArgument(_("Vérifiez l’adresse courriel : elle n’a pas la bonne forme.")) from error
    user = queries.find_user(address)
    if user is None:
        user = User(email=address, name="", role=role, created_at=now)
        db.session.add(user)
        log.info("account created", extra={"role": role})
    user.role = role
    user.is_active = True
    if name is not None:
        user.name = " ".join(name.split())[:120]
    user.regions = [UserRegion(region_code=code) for code in (codes if role is Role.COORDINATOR else ())]
    db.session.flush()
    return user


def add_user(email: str, role: Role, *, name: str, region_codes: Iterable[str], now: datetime) -> User:
    """Open a new account; refused when the address has one (see `change_user`)."""
    if queries.find_user(email) is not None:
        raise Conflict(_("Cette adresse a déjà un compte. Modifiez-le plutôt dans la liste."))
    return save_user(email, role, name=name, region_codes=region_codes, now=now)


def change_user(
    user: User, *, name: str, role: Role, region_codes: Iterable[str], is_active: bool, now: datetime
) -> None:
    """Correct an account; closing it closes its sessions. The last administrator stays one."""
    keeps_power = role is Role.ADMIN and is_active
    if user.role is Role.ADMIN and user.is_active and not keeps_power and queries.count_admins() < 2:
        raise Conflict(
            _("C’est le seul compte d’administration. Donnez d’abord ce rôle à une autre personne.")
        )
    save_user(user.email, role, name=name, region_codes=region_codes, now=now)
    user.is_active = is_active
    if not is_active:
        close_all_sessions(user, now=now)
        db.session.execute(sa.delete(SignInToken).where(SignInToken.user_id == user.id))
    log.info("account changed", extra={"user": user.id, "role": role, "is_active": is_active})


def issue_link(user: User, *, life: timedelta, now: datetime) -> str:
    """A one-time sign-in token; only its hash is kept, so this is the only moment when it can be read."""
    token = new_token()
    db.session.add(
        SignInToken(user_id=user.id, token_hash=hash_token(token), created_at=now, expires_at=now + life)
    )
    db.session.flush()
    return token


def ask_for_link(email: str, *, next_address: str, now: datetime) -> None:
    """Mail a sign-in link to this address if it has an account.

    Says nothing about it, and writes the letter in both cases, so that the time taken says nothing either.
    """
    user = _find_active(email)
    if user is None or queries.count_recent_links(user, now - timedelta(hours=1)) >= MAX_LINKS_PER_HOUR:
        rendering.render("sign_in", _letter_context(new_token(), next_address, MAILED_LINK_LIFE))
        return
    token = issue_link(user, life=MAILED_LINK_LIFE, now=now)
    context = _letter_context(token, next_address, MAILED_LINK_LIFE)
    outbox.enqueue("sign_in", to=user.email, to_name=user.name, context=context, now=now)


def invite(user: User, *, now: datetime) -> None:
    """Mail the owner of an account a link that lasts a day."""
    if not user.is_active:
        raise Conflict(_("Ce compte est fermé. Ouvrez-le d’abord."))
    token = issue_link(user, life=INVITATION_LIFE, now=now)
    context = _letter_context(token, "", INVITATION_LIFE)
    outbox.enqueue("sign_in", to=user.email, to_name=user.name, context=context, now=now)


def sign_in_address(token: str) -> str:
    """The complete address that a one-time token opens."""
    return rendering.public_link("accounts.open_link", token=token)


def _letter_context(token: str, next_address: str, life: timedelta) -> dict[str, object]:
    more = {"next": next_address} if next_address else {}
    return {
        "address": rendering.public_link("accounts.open_link", token=token, **more),
        "minutes": int(life.total_seconds() // 60),
    }


def use_link(token: str, *, now: datetime) -> User:
    """Spend a one-time link. Of two that arrive together, one wins."""
    spent = db.session.scalar(
        sa.update(SignInToken)
        .where(
            SignInToken.token_hash == hash_token(token),
            SignInToken.used_at.is_(None),
            SignInToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(SignInToken.user_id)
    )
    user = db.session.get(User, spent) if spent is not None else None
    if user is None or not user.is_active:
        raise Gone(_("Ce lien de connexion a déjà servi ou n’est plus valable. Demandez-en un nouveau."))
    return user


def check_password(email: str, password: str) -> User | None:
    """The account that this address and password open, or None; takes as long either way."""
    user = _find_active(email)
    stored = user.password_hash if user else ""
    if not passwords.verify(stored, password) or user is None:
        return None
    if passwords.needs_rehash(stored):
        user.password_hash = passwords.make_hash(password)
    return user


def set_password(user: User, password: str, *, kept_session_id: int | None, now: datetime) -> None:
    """Choose a password; every other session is closed, since one of them may be why it changes."""
    user.password_hash = passwords.make_hash(password)
    close_all_sessions(user, besides=kept_session_id, now=now)
    log.info("password set", extra={"user": user.id})


def open_session(user: User, *, device: str, now: datetime) -> str:
    """Open a session on one device; gives the token that its cookie carries."""
    token = new_token()
    db.session.add(
        UserSession(
            user_id=user.id,
            token_hash=hash_token(token),
            device=device[:120],
            opened_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFE,
        )
    )
    user.last_signed_in_at = now
    db.session.flush()
    log.info("session opened", extra={"user": user.id})
    return token


def note_activity(session_id: int, now: datetime) -> None:
    """Remember that a session was used; once in five minutes is enough."""
    db.session.execute(
        sa.update(UserSession)
        .where(UserSession.id == session_id, UserSession.last_seen_at < now - SEEN_EVERY)
        .values(last_seen_at=now)
    )


def close_session(user: User, session_id: int, *, now: datetime) -> bool:
    """Close one of the person's own sessions; False when it is not one, or was closed already."""
    closed = db.session.scalar(
        sa.update(UserSession)
        .where(UserSession.id == session_id, UserSession.user_id == user.id, UserSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(UserSession.id)
    )
    return closed is not None


def close_all_sessions(user: User, *, besides: int | None = None, now: datetime) -> None:
    """Close every session of this account, except perhaps the one in hand."""
    db.session.execute(
        sa.update(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.revoked_at.is_(None),
            UserSession.id != (besides or 0),
        )
        .values(revoked_at=now)
    )


def forget_expired(now: datetime) -> int:
    """Drop links and sessions that ended long ago; gives how many."""
    limit = now - KEPT_AFTER_END
    links = db.session.scalars(
        sa.delete(SignInToken).where(SignInToken.expires_at < limit).returning(SignInToken.id)
    ).all()
    sessions = db.session.scalars(
        sa.delete(UserSession)
        .where(sa.or_(UserSession.expires_at < limit, UserSession.revoked_at < limit))
        .returning(UserSession.id)
    ).all()
    return len(links) + len(sessions)


def _find_active(email: str) -> User | None:
    try:
        user = queries.find_user(addresses.normalize(email))
    except ValueError:
        return None
    return user if user is not None and user.is_active else None
