"""Who takes part, as the public may read it: the whole list, and one municipality across the editions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events.models import Event, Opening, Session
from campaign.events.wording import Occasion
from campaign.participations import figures, states
from campaign.participations.models import Participation, State
from campaign.territory.atlas import Atlas, Spot, current_atlas
from campaign.territory.models import Territory, TerritoryKind


@dataclass(frozen=True, slots=True)
class Place:
    """A territory and whether it takes part in an edition."""

    spot: Spot
    takes_part: bool = False
    """Itself, or by its boroughs."""
    takes_part_itself: bool = False
    occasion: Occasion | None = None
    """Its published ceremony, called off or not."""
    boroughs: tuple[Place, ...] = ()
    """Those of its boroughs that take part themselves."""

    @property
    def geo_code(self) -> str:
        return self.spot.geo_code

    @property
    def name(self) -> str:
        return self.spot.name

    @property
    def label(self) -> str:
        return self.spot.label

    @property
    def is_through_boroughs(self) -> bool:
        """« par ses arrondissements »"""
        return self.takes_part and not self.takes_part_itself

    def flag_is_up(self, now: datetime) -> bool:
        """Its own ceremony, or that of one of its boroughs, has begun."""
        if not self.takes_part:
            return False
        occasions = [self.occasion, *(borough.occasion for borough in self.boroughs)]
        return any(each.has_begun(now) for each in occasions if each)


@dataclass(frozen=True, kw_only=True)
class Group:
    """The places of one MRC or region; « n sur n »."""

    code: str
    name: str
    places: tuple[Place, ...]
    groups: tuple[Group, ...] = ()
    """The MRC of a region."""

    @property
    def confirmed(self) -> int:
        return sum(place.takes_part for place in self.places)

    @property
    def total(self) -> int:
        return len(self.places)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The list of participants of an edition, region by region and MRC by MRC."""

    regions: tuple[Group, ...]
    others: tuple[Place, ...]
    """MRC and communities that take part, outside the figure of the municipalities."""

    @property
    def places(self) -> list[Place]:
        return [place for region in self.regions for place in region.places]

    def region(self, code: str) -> Group | None:
        return next((region for region in self.regions if region.code == code), None)


_TOLD_OF_EVENTS: tuple[Any, ...] = (
    Event.slug,
    Event.title,
    Event.kind.label("event_kind"),
    Event.state,
    Event.state_reason,
    Event.opening,
    Event.is_indoors,
    Event.time_zone,
    Event.place,
    Event.postponed_from_at,
    Session.starts_on,
    Session.starts_at,
)


# Made once: putting such a statement together costs more than running it.
_EDITION = sa.bindparam("edition_id", type_=sa.Integer)
_COUNTS = figures.counts(_EDITION)
_STANDINGS = (
    sa.select(Participation.territory_id, _COUNTS.label("takes_part"), *_TOLD_OF_EVENTS)
    .outerjoin(Event, sa.and_(Event.id == Participation.event_id, Event.is_published.is_(True)))
    .outerjoin(Session, sa.and_(Session.event_id == Event.id, Session.position == 0))
    .where(Participation.edition_id == _EDITION, sa.or_(_COUNTS, Event.id.is_not(None)))
)
"""Who takes part in an edition, or did and called it off, each with its published ceremony."""


def list_coverage(edition_id: int) -> Coverage:
    """Every local municipality of today with its standing, in one query beside the known list.

    Plain columns, not entities: a thousand rows are drawn on the home page.
    """
    atlas = current_atlas()
    places, others = _list_places(atlas.spots.values(), edition_id)
    return Coverage(regions=_regions(atlas, places), others=others)


def list_neighbours(edition_id: int, territory: Territory) -> Group | None:
    """The municipalities of the same MRC, itself included; None for a territory that lies in none."""
    mrc = territory.mrc
    if mrc is None:
        return None
    spots = [spot for spot in current_atlas().spots.values() if spot.mrc_code == mrc.code]
    places, _others = _list_places(
        spots, edition_id, Participation.territory_id.in_([each.id for each in spots])
    )
    return Group(code=mrc.code, name=mrc.name, places=places)


def _list_places(
    spots: Iterable[Spot], edition_id: int, *within: sa.ColumnElement[bool]
) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """The municipalities, each with the boroughs that take part, and the other territories that do."""
    rows = db.session.execute(_STANDINGS.where(*within), {"edition_id": edition_id})
    standings = {row.territory_id: row for row in rows}
    boroughs: dict[int | None, list[Place]] = defaultdict(list)
    places: list[tuple[Spot, Any]] = []
    others: list[Place] = []
    for spot in spots:
        row = standings.get(spot.id)
        takes_part = row is not None and row.takes_part
        if spot.is_local and (spot.exists_today or takes_part):
            places.append((spot, row))
        elif row is not None and takes_part:
            if spot.kind is TerritoryKind.BOROUGH:
                boroughs[spot.parent_id].append(Place(spot, True, True, _occasion(row)))
            elif not spot.is_local:
                others.append(Place(spot, True, True, _occasion(row)))
    return tuple(_place(spot, row, boroughs.get(spot.id, ())) for spot, row in places), tuple(others)


def _place(spot: Spot, row: Any, boroughs: Sequence[Place]) -> Place:
    if row is None:
        return Place(spot, bool(boroughs), boroughs=tuple(boroughs))
    takes_part_itself = bool(row.takes_part)
    takes_part = takes_part_itself or bool(boroughs)
    return Place(spot, takes_part, takes_part_itself, _occasion(row), tuple(boroughs))


def _occasion(row: Any) -> Occasion | None:
    if row.slug is None:
        return None
    return Occasion(
        slug=row.slug,
        title=row.title,
        kind=row.event_kind,
        state=row.state,
        state_reason=row.state_reason,
        opening=row.opening,
        is_indoors=row.is_indoors,
        time_zone=row.time_zone,
        place=row.place,
        starts_on=row.starts_on,
        starts_at=row.starts_at,
        postponed_from_at=row.postponed_from_at,
    )


def _regions(atlas: Atlas, places: Iterable[Place]) -> tuple[Group, ...]:
    """The places in their MRC, the MRC in their region; an MRC without municipality is left out."""
    by_region: dict[str | None, list[Place]] = defaultdict(list)
    by_mrc: dict[str | None, list[Place]] = defaultdict(list)
    for place in places:
        by_region[place.spot.region_code].append(place)
        by_mrc[place.spot.mrc_code].append(place)
    mrc_groups: dict[str, list[Group]] = defaultdict(list)
    for mrc in atlas.mrcs:
        if mrc.code in by_mrc:
            group = Group(code=mrc.code, name=mrc.name, places=tuple(by_mrc[mrc.code]))
            mrc_groups[mrc.region_code].append(group)
    return tuple(
        Group(
            code=region.code,
            name=region.name,
            places=tuple(by_region[region.code]),
            groups=tuple(mrc_groups[region.code]),
        )
        for region in atlas.regions
    )


def list_public_participations(territory: Territory) -> Sequence[Participation]:
    """What a territory did across the editions, latest first, as far as the public may know.

    With what was done by the municipalities merged into it, under their names of then, and by its boroughs. A
    participation that was called off stays as long as its ceremony is on show.
    """
    return db.session.scalars(
        sa.select(Participation)
        .join(Participation.edition)
        .outerjoin(Participation.event)
        .where(
            Participation.territory_id.in_(_lineage(territory.id)),
            Participation.needs_review.is_(False),
            sa.or_(
                Participation.state.in_(states.COUNTED),
                sa.and_(Participation.state == State.CANCELLED, Event.is_published.is_(True)),
            ),
        )
        .options(
            contains_eager(Participation.edition),
            contains_eager(Participation.event).selectinload(Event.sessions),
            joinedload(Participation.territory),
        )
        .order_by(Edition.number.desc(), Participation.territory_name)
    ).all()


def _lineage(territory_id: int) -> sa.CompoundSelect[int]:
    """A territory, those merged into it one after the other, and its boroughs."""
    lineage = sa.select(Territory.id).where(Territory.id == territory_id).cte("lineage", recursive=True)
    merged = sa.select(Territory.id).join(lineage, Territory.successor_id == lineage.c.id)
    everyone = lineage.union(merged)
    boroughs = sa.select(Territory.id).where(
        Territory.parent_id == territory_id, Territory.kind == TerritoryKind.BOROUGH
    )
    return sa.select(everyone.c.id).union(boroughs)


_COMING = (
    sa.select(*_TOLD_OF_EVENTS, Territory.region_code)
    .join(Participation, Participation.event_id == Event.id)
    .join(Session, Session.event_id == Event.id)
    .join(Territory, Event.territory_id == Territory.id)
    .where(
        _COUNTS,
        Event.is_published.is_(True),
        Event.opening == Opening.PUBLIC,
        Session.position == 0,
        Session.starts_on >= sa.bindparam("today"),
    )
    .order_by(Session.starts_on, Session.starts_at, Territory.sort_key)
    .limit(sa.bindparam("most"))
)


def list_coming_ceremonies(edition_id: int, *, today: date, limit: int) -> list[Occasion]:
    """The next ceremonies that receive the public, of different regions as far as possible."""
    asked = {"edition_id": edition_id, "today": today, "most": limit * 8}
    chosen = _spread(db.session.execute(_COMING, asked).all(), limit)
    return [occasion for row in chosen if (occasion := _occasion(row))]


def _spread(rows: Sequence[Any], limit: int) -> list[Any]:
    """The first ceremony of each region, then the first of the others, back in their order."""
    seen: set[str | None] = set()
    firsts: list[int] = []
    rest: list[int] = []
    for position, row in enumerate(rows):
        (rest if row.region_code in seen else firsts).append(position)
        seen.add(row.region_code)
    return [rows[position] for position in sorted([*firsts, *rest][:limit])]
