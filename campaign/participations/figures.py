"""The four public figures, as defined once for all, and their dated copies.

F1 « municipalités participantes »: distinct local municipalities whose participation is confirmed or done; a
borough
stands for its city, once. F2 « levers de drapeau »: ceremonies planned, postponed to a date, or held,
boroughs, MRC
and communities included. F3 « résolutions adoptées ». F4 « activités publiées ». A registration that the team
has
yet to check is in none of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from campaign.db import TERRITORIES, db
from campaign.events.models import Event, EventKind, EventState
from campaign.participations import states
from campaign.participations.models import FrozenFigure, Participation, ResolutionState
from campaign.territory.models import Territory, TerritoryKind
from campaign.web.freshness import is_reading, shared

FLAG_STATES = (EventState.PLANNED, EventState.POSTPONED, EventState.HELD)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """F1 to F4 at one instant."""

    as_of: datetime
    municipalities: int
    flags: int
    resolutions: int
    activities: int
    total: int
    """How many local municipalities there are."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What separates an announced figure from the live one, by name."""

    joined: tuple[str, ...]
    left: tuple[str, ...]


def counts(edition_id: int | sa.BindParameter[int]) -> sa.ColumnElement[bool]:
    """The condition under which a participation enters the public figures of that edition."""
    return sa.and_(
        Participation.edition_id == edition_id,
        Participation.state.in_(states.COUNTED),
        Participation.needs_review.is_(False),
    )


# A borough stands for its city, once.
_IS_MUNICIPAL = sa.or_(Territory.is_local.is_(True), Territory.kind == TerritoryKind.BOROUGH)
_MUNICIPALITY = sa.func.coalesce(Territory.parent_id, Territory.id)


def counted_territories(edition_id: int | sa.BindParameter[int]) -> sa.Select[int]:
    """The ids of F1: municipalities, boroughs replaced by their city, each once."""
    return (
        sa.select(_MUNICIPALITY.label("id"))
        .join(Participation, Participation.territory_id == Territory.id)
        .where(counts(edition_id), _IS_MUNICIPAL)
        .distinct()
    )


def _select_figures(edition_id: sa.BindParameter[int]) -> sa.Select[Any]:
    """F1 to F4 in one row; one passage over those that count."""
    f1 = sa.case((_IS_MUNICIPAL, _MUNICIPALITY))
    f2 = sa.case((sa.and_(Event.kind == EventKind.FLAG_RAISING, Event.state.in_(FLAG_STATES)), Event.id))
    f3 = sa.case((Participation.resolution_state == ResolutionState.ADOPTED, Participation.id))
    f4 = sa.select(sa.func.count(Event.id)).where(
        Event.edition_id == edition_id, Event.kind == EventKind.ACTIVITY, Event.is_published.is_(True)
    )
    return (
        sa.select(
            sa.func.count(f1.distinct()),
            sa.func.count(f2),
            sa.func.count(f3),
            f4.scalar_subquery(),
        )
        .select_from(Participation)
        .join(Territory, Territory.id == Participation.territory_id)
        .outerjoin(Event, Event.id == Participation.event_id)
        .where(counts(edition_id))
    )


# Made once: putting such a statement together costs more than running it.
_FIGURES = _select_figures(sa.bindparam("edition_id", type_=sa.Integer))
_TOTAL = sa.select(sa.func.count()).where(Territory.is_local.is_(True), Territory.valid_to.is_(None))


def compute(edition_id: int, *, now: datetime) -> Figures:
    """The live figures, in one query beside the known number of municipalities."""
    row = db.session.execute(_FIGURES, {"edition_id": edition_id}).one()
    return Figures(
        as_of=now,
        municipalities=row[0],
        flags=row[1],
        resolutions=row[2],
        activities=row[3],
        total=_total(),
    )


def _total() -> int:
    """How many municipalities there are today: a page that changes nothing counts them when the list did."""

    def count() -> int:
        return db.session.scalars(_TOTAL).one()

    return shared("municipalities", count, of=TERRITORIES) if is_reading() else count()


def freeze(edition_id: int, *, label: str, author: str, now: datetime) -> FrozenFigure:
    """Keep the figures as announced now, with the list of those counted."""
    live = compute(edition_id, now=now)
    frozen = FrozenFigure(
        edition_id=edition_id,
        as_of=now,
        label=label,
        author=author,
        municipalities=live.municipalities,
        flags=live.flags,
        resolutions=live.resolutions,
        activities=live.activities,
        geo_codes=_geo_codes(edition_id),
    )
    db.session.add(frozen)
    return frozen


def _geo_codes(edition_id: int) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(Territory.geo_code)
            .where(Territory.id.in_(counted_territories(edition_id)))
            .order_by(Territory.geo_code)
        )
    )


def list_frozen(edition_id: int) -> Sequence[FrozenFigure]:
    """The announced figures of that edition, the last one first."""
    return db.session.scalars(
        sa.select(FrozenFigure)
        .where(FrozenFigure.edition_id == edition_id)
        .order_by(FrozenFigure.as_of.desc(), FrozenFigure.id.desc())
    ).all()


def difference(frozen: FrozenFigure) -> Difference:
    """Who joined and who left since that figure was announced. The announced one never changes."""
    live = set(_geo_codes(frozen.edition_id))
    then = set(frozen.geo_codes)
    rows = db.session.execute(
        sa.select(Territory.geo_code, Territory.name)
        .where(Territory.geo_code.in_(live ^ then))
        .order_by(Territory.sort_key)
    ).all()
    return Difference(
        joined=tuple(name for code, name in rows if code in live),
        left=tuple(name for code, name in rows if code in then),
    )


def differences(announced: Sequence[FrozenFigure]) -> list[Difference]:
    """`difference` for a whole list of one edition's figures, in two queries whatever their number."""
    if not announced:
        return []
    live = set(_geo_codes(announced[0].edition_id))
    changed = set[str]().union(*(live ^ set(frozen.geo_codes) for frozen in announced))
    rows = db.session.execute(
        sa.select(Territory.geo_code, Territory.name)
        .where(Territory.geo_code.in_(changed))
        .order_by(Territory.sort_key)
    ).all()
    return [
        Difference(
            joined=tuple(name for code, name in rows if code in live and code not in frozen.geo_codes),
            left=tuple(name for code, name in rows if code in frozen.geo_codes and code not in live),
        )
        for frozen in announced
    ]
