"""The doors that a person may stand at, and one of them with what its pages say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from campaign import clock
from campaign.accounts.access import scope_of
from campaign.accounts.models import Role, User
from campaign.checkin import access
from campaign.checkin.models import EventHost
from campaign.checkin.services import sessions_of
from campaign.db import db
from campaign.events.models import Event, EventState, Session
from campaign.events.queries import AROUND
from campaign.i18n import _
from campaign.registrations import queries
from campaign.registrations.models import Attendee, RegistrationRules
from campaign.web.filters import day_month, local_hour


def list_doors(user: User, *, since: date) -> Sequence[Event]:
    """The events with registrations, of that day or later, whose list this person may open; soonest first."""
    takes_registrations = sa.or_(
        sa.exists().where(RegistrationRules.event_id == Event.id),
        sa.exists().where(Attendee.event_id == Event.id),
    )
    last_day = (
        sa.select(sa.func.max(sa.func.coalesce(Session.ends_on, Session.starts_on)))
        .where(Session.event_id == Event.id)
        .scalar_subquery()
    )
    events = db.session.scalars(
        access.select_doors(user)
        .where(takes_registrations, last_day >= since, Event.state != EventState.CANCELLED)
        .order_by(last_day, Event.id)
        .options(*AROUND)
    ).all()
    if user.role is Role.HOST:  # the statement has kept to the events that are theirs
        return events
    scope = scope_of(user)
    return [event for event in events if scope.allows(access.region_of(event))]


def get_door(event_id: int, user: User) -> Event:
    """That event with its sittings; `Refused` to whoever may not stand at its door."""
    event = queries.get_event(event_id)
    access.check(user, event)
    return event


def sitting_text(event: Event, sitting: Session) -> str:
    """« 13 octobre, 9 h, Atelier B »: one sitting among those of its event."""
    hour = local_hour(sitting.starts_at, event.time_zone) if sitting.starts_at else ""
    return ", ".join(part for part in (day_month(sitting.starts_on), hour, sitting.title) if part)


def sitting_at(event: Event, *, now: datetime) -> int:
    """The sitting at whose door one stands then: the one that is on or begins within the hour, else
    the first of the day, else the next; 0 when no day is known."""
    known = sessions_of(event)
    today = clock.today(now, event.time_zone)
    of_today = [sitting for sitting in known if sitting.starts_on == today]
    begun = [each for each in of_today if each.starts_at and each.starts_at <= now + timedelta(hours=1)]
    ahead = [sitting for sitting in known if sitting.starts_on and sitting.starts_on > today]
    chosen = next(iter([*reversed(begun), *of_today, *ahead, *known]), None)
    return chosen.id if chosen else 0


def list_hosts() -> Sequence[User]:
    """Everybody whose account is for standing at doors."""
    return db.session.scalars(
        sa.select(User).where(User.role == Role.HOST, User.is_active).order_by(User.name, User.email)
    ).all()


def hosts_of(event_id: int) -> set[int]:
    """The accounts to which that door was given."""
    return set(db.session.scalars(sa.select(EventHost.user_id).where(EventHost.event_id == event_id)))


def give_to(event_id: int, chosen: set[int]) -> None:
    """That door is theirs from now on, and nobody else's."""
    allowed = {user.id for user in list_hosts()}
    standing = hosts_of(event_id)
    gone = standing - chosen
    if gone:
        db.session.execute(
            sa.delete(EventHost).where(EventHost.event_id == event_id, EventHost.user_id.in_(gone))
        )
    db.session.add_all(
        EventHost(event_id=event_id, user_id=number) for number in sorted((chosen & allowed) - standing)
    )
    db.session.flush()


REFUSALS = {
    "deja_admise": _("Déjà enregistré"),
    "annulee": _("Inscription annulée"),
    "autre_seance": _("Inscrit à une autre séance"),
    "autre_evenement": _("Billet d’un autre événement"),
    "inconnue": _("Code inconnu"),
}
"""Why somebody is not let in, in words."""
