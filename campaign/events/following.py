"""« Me prévenir si cette activité change »: an address that asked, verified before anything is sent to it.

It serves for that alone, and is forgotten a month after the event.
"""

from __future__ import annotations

import base64
import hmac
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload, selectinload

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.config import Settings
from campaign.db import db
from campaign.errors import Conflict, NotFound
from campaign.events import wording
from campaign.events.models import Event, Follower, Session
from campaign.events.times import is_over
from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.outbox import addresses
from campaign.outbox import services as outbox
from campaign.outbox.rendering import public_link

KEPT_AFTER = timedelta(days=30)
"""How long an address is kept once the event is over."""

KEPT_UNVERIFIED = timedelta(days=7)

_UNKNOWN = _("Ce lien ne mène à aucune demande. Peut-être l’avez-vous déjà retirée.")


def follow(event: Event, email: str, *, now: datetime) -> None:
    """Write to that address to ask whether it is really theirs; whoever follows already receives the link to
    stop. The event's sessions and edition are loaded."""
    if all(is_over(event, row, now) for row in event.sessions):
        raise Conflict(_("Cette activité est passée : il n’y a plus rien à suivre."))
    address = addresses.normalize(email)
    token = _token(event, address)
    insert = postgresql.insert if db.engine.dialect.name == "postgresql" else sqlite.insert
    values = {
        "event_id": event.id,
        "email": address,
        "token_hash": hash_token(token),
        "created_at": now,
        "verified_at": None,
    }
    db.session.execute(
        insert(Follower).values(values).on_conflict_do_nothing(index_elements=["event_id", "email"])
    )
    known = db.session.scalars(
        sa.select(Follower).where(Follower.event_id == event.id, Follower.email == address)
    ).one()
    outbox.enqueue(
        "follow_verification",
        to=address,
        context={
            "event": event,
            "day": wording.day_text(wording.Occasion.of(event)),
            "is_following": known.verified_at is not None,
            "follow_url": link_of(known, event),
            "organization": campaigns.organization(),
            "edition_is_simulated": event.edition.is_simulated,
        },
        now=now,
        # Once an hour: nobody floods a mailbox that is not theirs by pressing again.
        dedupe_key=f"follow:{event.id}:{hash_token(address)[:24]}:{now:%Y%m%d%H}",
    )


def link_of(follower: Follower, event: Event) -> str:
    """The address by which its owner confirms, then stops: always the same, opaque.

    It is computed, so that each letter may name it; its hash is kept, so that the links of earlier letters
    are known by it.
    """
    token = _token(event, follower.email)
    hashed = hash_token(token)
    if follower.token_hash != hashed:  # the secret of this installation has changed
        follower.token_hash = hashed
    return public_link("following.show", token=token)


def _token(event: Event, email: str) -> str:
    settings: Settings = current_app.extensions["settings"]
    said = f"suivi\0{event.uid}\0{email}".encode()
    digest = hmac.digest(settings.secret_key.encode(), said, "sha256")
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def get_follower(token: str) -> tuple[Follower, Event]:
    """Whose link that is, and the event that it is about."""
    row = db.session.execute(
        sa.select(Follower, Event)
        .join(Event, Follower.event_id == Event.id)
        .where(Follower.token_hash == hash_token(token))
        .options(joinedload(Event.edition), selectinload(Event.sessions))
    ).one_or_none()
    if row is None:
        raise NotFound(_UNKNOWN)
    return row[0], row[1]


def confirm(token: str, *, now: datetime) -> None:
    """The address is read: it is told of changes from now on."""
    follower, _event = get_follower(token)
    if follower.verified_at is None:
        follower.verified_at = now


def stop(token: str, *, everything: bool = False) -> None:
    """Forget the address for that event, or for all those that it follows; done twice, it is the same."""
    hashed = hash_token(token)
    theirs = sa.select(Follower.email).where(Follower.token_hash == hashed)
    chosen = Follower.email.in_(theirs.scalar_subquery()) if everything else Follower.token_hash == hashed
    db.session.execute(sa.delete(Follower).where(chosen).execution_options(synchronize_session=False))


def forget_old(now: datetime) -> int:
    """Forget who followed what is over for a month, and who never confirmed; gives how many."""
    last_days = sa.select(
        Session.event_id,
        sa.func.max(sa.func.coalesce(Session.ends_on, Session.starts_on, Session.postponed_from_on)).label(
            "last_on"
        ),
    ).group_by(Session.event_id)
    of_event = last_days.subquery()
    limit = clock.today(now) - KEPT_AFTER
    over = sa.select(of_event.c.event_id).where(of_event.c.last_on < limit)
    result = db.session.execute(
        sa.delete(Follower)
        .where(
            sa.or_(
                Follower.event_id.in_(over),
                sa.and_(Follower.verified_at.is_(None), Follower.created_at < now - KEPT_UNVERIFIED),
            )
        )
        .execution_options(synchronize_session=False)
    )
    return int(result.rowcount)  # type: ignore[attr-defined]  # a DELETE gives a CursorResult
