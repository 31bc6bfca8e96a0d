"""Who offers activities. An organizer that the team trusts publishes directly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from campaign.accounts.models import User
from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Organizer
from campaign.events.vocabulary import OrganizerKind
from campaign.i18n import _
from campaign.territory.names import fold, search_words

_NEW = {
    dialect: insert(Organizer).on_conflict_do_nothing(index_elements=["name_key", "email"])
    for dialect, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


def find_or_create(
    name: str, kind: OrganizerKind, *, email: str, region_code: str | None, now: datetime
) -> Organizer:
    """The organizer of that name behind that verified address; two requests at once give one."""
    key = _key(name)
    the_one = sa.select(Organizer).where(Organizer.name_key == key, Organizer.email == email)
    known = db.session.scalar(the_one)
    if known is None:
        values = {
            "name": name,
            "name_key": key,
            "kind": kind,
            "email": email,
            "region_code": region_code,
            "is_trusted": False,
            "created_at": now,
        }
        db.session.connection().execute(_NEW[db.engine.dialect.name], values)
        known = db.session.scalars(the_one).one()
    return known


def _key(name: str) -> str:
    return (search_words(name) or fold(name))[:200]


def get_organizer(number: int) -> Organizer:
    """That organizer, with whoever trusted it."""
    organizer = db.session.scalar(
        sa.select(Organizer).where(Organizer.id == number).options(joinedload(Organizer.trusted_by))
    )
    if organizer is None:
        raise NotFound(_("Cet organisme n’est pas connu."))
    return organizer


def select_organizers(region_codes: Collection[str] | None = None) -> sa.Select[Organizer]:
    """Those first met in these regions, or everywhere; the trusted ones first, then by name."""
    found = (
        sa.select(Organizer)
        .options(joinedload(Organizer.trusted_by))
        .order_by(Organizer.is_trusted.desc(), Organizer.name_key, Organizer.id)
    )
    return found if region_codes is None else found.where(Organizer.region_code.in_(region_codes))


def list_organizers(region_codes: Collection[str] | None = None) -> Sequence[Organizer]:
    """All of `select_organizers`."""
    return db.session.scalars(select_organizers(region_codes)).all()


def trust(organizer: Organizer, user: User | None, *, now: datetime) -> None:
    """What it proposes is published directly from now on. None when a command does it."""
    if not organizer.is_trusted:
        organizer.is_trusted, organizer.trusted_at = True, now
        organizer.trusted_by_id = user.id if user else None


def distrust(organizer: Organizer, user: User | None, *, now: datetime) -> None:
    """What it proposes is read before it is published, as for everybody. What is published stays."""
    if organizer.is_trusted:
        organizer.is_trusted, organizer.trusted_at = False, now
        organizer.trusted_by_id = user.id if user else None
