"""The phone that speaks to a door, proved at each of its messages in one statement.

Whoever lost the role, the door or the region, whatever phone was cut off: they are refused at the next
message, by the transaction that would have taken it in. Whoever was signed out did not come so far (see
`accounts.access`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from campaign.accounts.models import Role, User, UserRegion
from campaign.checkin import access, services
from campaign.checkin.models import DoorDevice, EventHost
from campaign.checkin.services import Phone
from campaign.db import db, table_of
from campaign.errors import Gone, NotFound
from campaign.events.models import Event, Session
from campaign.i18n import _
from campaign.identifiers import hash_token
from campaign.territory.models import Territory


class Sitting(NamedTuple):
    """One at whose door people stand, and whom it awaits."""

    id: int
    cohort_id: int | None
    block: str


_event, _sitting, _territory = table_of(Event), table_of(Session), table_of(Territory)
_user, _region, _host = table_of(User), table_of(UserRegion), table_of(EventHost)
_device = table_of(DoorDevice)
_other = _device.alias("other")

_REGION = sa.case((_territory.c.id.is_not(None), _territory.c.region_code), else_=_event.c.region_code)
_STANDING = (
    sa.select(
        _user.c.role,
        _host.c.user_id.is_not(None).label("is_host"),
        sa.exists()
        .where(_region.c.user_id == _user.c.id, _region.c.region_code == _REGION)
        .label("is_their_region"),
        sa.exists()
        .where(
            _other.c.event_id == _event.c.id,
            _other.c.session_id == sa.bindparam("session"),
            _other.c.revoked_at.is_not(None),
        )
        .label("is_cut_off"),
        _device.c.id.label("device_id"),
        _device.c.revoked_at,
        _device.c.last_seen_at,
        _device.c.expires_at,
        _sitting.c.id.label("sitting_id"),
        _sitting.c.cohort_id,
        _sitting.c.block,
    )
    .select_from(
        _event.join(_user, _user.c.id == sa.bindparam("user"))
        .outerjoin(_territory, _territory.c.id == _event.c.territory_id)
        .outerjoin(_host, sa.and_(_host.c.event_id == _event.c.id, _host.c.user_id == _user.c.id))
        .outerjoin(
            _device,
            sa.and_(
                _device.c.token_hash == sa.bindparam("token"),
                _device.c.event_id == _event.c.id,
                _device.c.user_id == _user.c.id,
            ),
        )
        .outerjoin(_sitting, _sitting.c.event_id == _event.c.id)
    )
    .where(_event.c.id == sa.bindparam("event"), _user.c.is_active)
    .order_by(_sitting.c.position)
)


def get_phone(event_id: int, user_id: int, token: str, *, session_id: int) -> Phone:
    """The phone of that token, at that door, in the hands of who opened it.

    `Refused` to whoever may not stand there any more; `Gone` when it was cut off, so that it erases its list.
    """
    rows = (
        db.session.connection()
        .execute(
            _STANDING,
            {"event": event_id, "user": user_id, "session": session_id, "token": hash_token(token)},
        )
        .all()
    )
    if not rows:
        raise NotFound(_("Cet événement n’existe pas."))
    first = rows[0]
    is_in_scope = first.role is not Role.COORDINATOR or first.is_their_region
    if not access.may_stand(first.role, is_host=first.is_host, is_in_scope=is_in_scope):
        raise access.refusal()
    if first.is_cut_off or first.revoked_at is not None:
        raise Gone(services.CUT_OFF)
    if first.device_id is None:
        raise NotFound(_("Cet appareil n’est pas connu. Ouvrez de nouveau la liste."))
    return Phone(
        id=first.device_id,
        event_id=event_id,
        sittings=_sittings(rows),
        last_seen_at=first.last_seen_at,
        expires_at=first.expires_at,
    )


def _sittings(rows: Sequence[sa.Row[Any]]) -> list[Sitting]:
    return [Sitting(row.sitting_id, row.cohort_id, row.block) for row in rows if row.sitting_id is not None]
