"""Which editions exist, which one is current, and who carries the campaign."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from campaign.campaigns.models import Edition, Organization
from campaign.campaigns.week import Week, coming_year, number_of, week_of
from campaign.db import db, reading_connection, table_of
from campaign.errors import Conflict, NotFound
from campaign.i18n import _

BIGGEST_NUMBER = 2**31 - 1
"""An address may ask for any number; no database takes a bigger one."""

_CURRENT = sa.select(Edition).where(Edition.source_url == "").order_by(Edition.number.desc()).limit(1)
_CARRIER = sa.select(Organization).order_by(Organization.id).limit(1)
_editions, _organizations = table_of(Edition), table_of(Organization)
_current = (
    sa.select(_editions).where(_editions.c.source_url == "").order_by(_editions.c.number.desc()).limit(1)
).subquery()
_CARRIER_ALONE = sa.select(_organizations).order_by(_organizations.c.id).limit(1)
_carrier = _CARRIER_ALONE.subquery()
_always = sa.select(sa.literal(1).label("one")).subquery()
_BOTH = sa.select(_current, _carrier).select_from(
    _always.outerjoin(_current, sa.true()).outerjoin(_carrier, sa.true())
)
# Asked by every page: made once, because putting a statement together costs more than running it.


def current_edition() -> Edition:
    """The open edition with the highest number; editions loaded from what was published are closed."""
    return known(find_current_edition())


def known(edition: Edition | None) -> Edition:
    """That edition; refuses in words when none is open."""
    if edition is None:
        raise NotFound(_("Aucune édition n’est ouverte pour le moment. Revenez un peu plus tard."))
    return edition


def find_current_edition() -> Edition | None:
    """Like `current_edition`, for callers that have something to say when none is open."""
    return db.session.scalar(_CURRENT)


def get_edition(number: int) -> Edition:
    """The edition of that number (« 12e édition »)."""
    is_possible = 0 < number <= BIGGEST_NUMBER
    found = sa.select(Edition).where(Edition.number == number)
    edition = db.session.scalar(found) if is_possible else None
    if edition is None:
        raise NotFound(_("Il n’y a pas d’édition de ce numéro. Choisissez-en une dans la liste."))
    return edition


def get_open_edition(number: int) -> Edition:
    """Like `get_edition`, for those who would change it: refuses what is kept as published."""
    edition = get_edition(number)
    check_open(edition)
    return edition


def check_open(edition: Edition) -> None:
    """Refuse an edition loaded from what was published."""
    if edition.source_url:
        raise Conflict(_("Cette édition est conservée telle que publiée. Elle ne se modifie pas."))


def next_to_open(today: date) -> tuple[int, Week]:
    """The number and the usual week of the edition that follows all those known."""
    latest = db.session.scalar(sa.select(sa.func.max(Edition.year)))
    year = max(coming_year(today), latest + 1 if latest else 0)
    highest = db.session.scalar(sa.select(sa.func.max(Edition.number))) or 0
    return max(number_of(year), highest + 1), week_of(year)


def find_edition_of(year: int) -> Edition | None:
    """The edition held that year."""
    return db.session.scalar(sa.select(Edition).where(Edition.year == year))


def list_editions() -> Sequence[Edition]:
    """Every edition, the latest first."""
    return db.session.scalars(sa.select(Edition).order_by(Edition.number.desc())).all()


def organization() -> Organization:
    """Who carries the campaign; an unsaved, nameless one before `services.set_organization`."""
    return organization_in(db.session())


def organization_in(session: Session) -> Organization:
    """The same, read by that session."""
    return session.scalar(_CARRIER) or _nobody()


def letterhead() -> Organization:
    """Who carries the campaign, as letters tell: a copy of no session, to be read only."""
    row = reading_connection().execute(_CARRIER_ALONE).one_or_none()
    return _nobody() if row is None else Organization(**row._mapping)


def current_edition_and_organization() -> tuple[Edition | None, Organization]:
    """Both in one query, for the frame of a page: copies of no session, which threads share to read only."""
    row = db.session.connection().execute(_BOTH).one()._mapping
    edition = {column.key: row[_current.c[column.key]] for column in _editions.c}
    carrier = {column.key: row[_carrier.c[column.key]] for column in _organizations.c}
    return (
        None if edition["id"] is None else Edition(**edition),
        _nobody() if carrier["id"] is None else Organization(**carrier),
    )


def _nobody() -> Organization:
    return Organization(
        campaign_name="Grande semaine des tout-petits",
        prefix="GSTP",
        name="",
        postal_address="",
        contact="",
        privacy_officer="",
    )
