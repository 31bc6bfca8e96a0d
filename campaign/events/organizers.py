"""Who offers activities. An organizer that the team trusts publishes directly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload

from campaign.accounts.models import User
from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event, EventDetails, Organizer
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


PAGE_LENGTH = 50


@dataclass(frozen=True, kw_only=True)
class OrganizerLine:
    """One organizer, and how many of its activities are in the calendar."""

    organizer: Organizer
    activities: int


@dataclass(frozen=True, kw_only=True)
class OrganizerPage:
    """One page of those known."""

    lines: Sequence[OrganizerLine]
    total: int
    page: int
    pages: int


def list_page(
    region_codes: Collection[str] | None = None, *, typed: str = "", page: int = 1
) -> OrganizerPage:
    """Those of `select_organizers` whose name or address has these words: two statements."""
    wanted = select_organizers(region_codes)
    for word in search_words(typed).split():
        wanted = wanted.where(
            sa.or_(
                Organizer.name_key.contains(word, autoescape=True),
                Organizer.email.contains(word, autoescape=True),
            )
        )
    counted = wanted.order_by(None).options().with_only_columns(Organizer.id).subquery()
    total = db.session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(max(page, 1), pages)
    published = (
        sa.select(sa.func.count(Event.id))
        .join(EventDetails, EventDetails.event_id == Event.id)
        .where(EventDetails.organizer_id == Organizer.id, Event.is_published.is_(True))
        .correlate(Organizer)
        .scalar_subquery()
    )
    rows = db.session.execute(
        wanted.add_columns(published).limit(PAGE_LENGTH).offset((page - 1) * PAGE_LENGTH)
    )
    return OrganizerPage(
        lines=[OrganizerLine(organizer=organizer, activities=number) for organizer, number in rows],
        total=total,
        page=page,
        pages=pages,
    )


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
