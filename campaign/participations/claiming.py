"""The one participation of a municipality in an edition: found, or claimed for oneself until the end."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from campaign.campaigns.models import Edition
from campaign.db import db, insert_unless_there, key_of
from campaign.errors import NotFound
from campaign.events.models import Event
from campaign.participations import states
from campaign.participations.authors import Author
from campaign.participations.models import Participation, State
from campaign.territory.models import Territory

# Made once: putting such a statement together costs more than running it.
_LOADED = sa.select(Participation).options(
    joinedload(Participation.edition),
    joinedload(Participation.territory).joinedload(Territory.mrc),
    joinedload(Participation.territory).joinedload(Territory.region),
    joinedload(Participation.event).selectinload(Event.sessions),
    joinedload(Participation.contact),
    joinedload(Participation.second_contact),
)
_THE_ONE = (
    Participation.edition_id == sa.bindparam("edition_id"),
    Participation.territory_id == sa.bindparam("territory_id"),
)
_OF_TERRITORY = _LOADED.where(*_THE_ONE)
_IS_IT = Participation.id == sa.bindparam("id")
_BY_ID = _LOADED.where(_IS_IT)
_LOCK = sa.select(Participation).where(*_THE_ONE).with_for_update()
_LAST = (
    _LOADED.join(Edition, Participation.edition_id == Edition.id)
    .where(
        Participation.territory_id == sa.bindparam("territory_id"),
        Participation.state.in_(states.COUNTED),
        Edition.number < sa.bindparam("number"),
    )
    .order_by(Edition.number.desc())
    .limit(1)
)


def find_participation(edition_id: int, territory_id: int) -> Participation | None:
    """The participation with all that its pages show, or None when the municipality never answered."""
    return db.session.scalar(_OF_TERRITORY, {"edition_id": edition_id, "territory_id": territory_id})


def get_participation(participation_id: int) -> Participation:
    """That participation with all that its pages show."""
    found = db.session.scalar(_BY_ID, {"id": participation_id})
    if found is None:
        raise NotFound("Cette participation n’existe pas.")
    return found


def find_last(edition: Edition, territory_id: int) -> Participation | None:
    """The most recent participation of an earlier edition that took place, to fill the form with."""
    asked = {"territory_id": territory_id, "number": edition.number}
    found: Participation | None = db.session.scalar(_LAST, asked)
    return found


def claim(edition: Edition, territory: Territory, *, author: Author, now: datetime) -> Participation:
    """The single participation of that territory in that edition, locked until the transaction ends.

    The database's unique constraint makes it single: of two people in the same second, one waits here and
    then sees what the other did.
    """
    the_one = {"edition_id": key_of(edition), "territory_id": key_of(territory)}
    again = {"populate_existing": True}
    claimed = db.session.scalar(_LOCK, the_one, execution_options=again)
    if claimed is None:
        claimed = _new(the_one, territory, author=author, now=now)
        if not insert_unless_there(claimed, *the_one):
            claimed = db.session.scalars(_LOCK, the_one, execution_options=again).one()
    if claimed.event_id or claimed.contact_id or claimed.second_contact_id:
        # Once locked, it is read again whole: what another transaction has just written comes with it.
        return db.session.scalars(_BY_ID, {"id": claimed.id}, execution_options=again).one()
    nobody_yet = dict.fromkeys(("event", "contact", "second_contact"))
    for name, related in {"edition": edition, "territory": territory, **nobody_yet}.items():
        set_committed_value(claimed, name, related)
    return claimed


def _new(the_one: dict[str, int], territory: Territory, *, author: Author, now: datetime) -> Participation:
    """The first trace of a municipality in an edition: nobody has asked it anything yet."""
    return Participation(
        **the_one,
        territory_name=territory.name,
        state=State.NOT_INVITED,
        channel=author.channel,
        modes=[],
        created_at=now,
        updated_at=now,
    )
