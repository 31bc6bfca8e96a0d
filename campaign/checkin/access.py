"""Who may open which door: the hosts of an event, and the team within its regions."""

from __future__ import annotations

import sqlalchemy as sa

from campaign.accounts.access import scope_of
from campaign.accounts.models import Role, User
from campaign.checkin.models import EventHost
from campaign.db import db
from campaign.errors import Refused
from campaign.events.models import Event
from campaign.i18n import _

DOOR_ROLES = (Role.ADMIN, Role.ORGANIZER, Role.COORDINATOR, Role.HOST)
"""Whoever may stand at a door; a host at those that were given to them, a coordinator in their regions."""


def region_of(event: Event) -> str | None:
    """The region that an event belongs to; its territory is loaded."""
    return event.territory.region_code if event.territory else event.region_code


def may_stand(role: Role, *, is_host: bool, is_in_scope: bool) -> bool:
    """Whether people of that role stand at a door that was given to them, or that is in their regions."""
    return is_host if role is Role.HOST else role in DOOR_ROLES and is_in_scope


def may_open(user: User, event: Event) -> bool:
    """Whether this person may see the list of that door; the event's territory is loaded."""
    return may_stand(
        user.role,
        is_host=user.role is Role.HOST and db.session.get(EventHost, (event.id, user.id)) is not None,
        is_in_scope=scope_of(user).allows(region_of(event)),
    )


def check(user: User, event: Event) -> None:
    """Refuse whoever may not, by address as well as by menu."""
    if not may_open(user, event):
        raise refusal()


def refusal() -> Refused:
    """What they are told."""
    return Refused(_("L’accueil de cet événement est confié à d’autres personnes."))


def select_doors(user: User) -> sa.Select[Event]:
    """The events at whose door this person may stand."""
    events = sa.select(Event)
    if user.role is Role.HOST:
        return events.join(EventHost, EventHost.event_id == Event.id).where(EventHost.user_id == user.id)
    return events
