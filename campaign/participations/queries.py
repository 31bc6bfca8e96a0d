"""Who takes part, as the public may read it: the whole list, and one municipality across the editions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from campaign.campaigns.models import Edition
from campaign.db import TERRITORIES, db
from campaign.events.models import Event, EventState, Opening, Session
from campaign.events.wording import Occasion, begun_since
from campaign.participations import figures, states
from campaign.participations.models import Participation, State
from campaign.territory.atlas import Atlas, Spot, current_atlas
from campaign.territory.models import Territory, TerritoryKind
from campaign.web.freshness import shared, unless_changed


class Place(NamedTuple):
    """A territory and whether it takes part in an edition. A tuple: a page is drawn from four hundred."""

    spot: Spot
    takes_part: bool = False
    """Itself, or by its boroughs."""
    takes_part_itself: bool = False
    begun_since: datetime | None = None
    """From when its own ceremony, or the first of those of its boroughs, counts as begun."""

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
        return self.begun_since is not None and self.begun_since <= now


class Area(NamedTuple):
    """A region or an MRC, and the keys of its municipalities in alphabetical order."""

    code: str
    name: str
    keys: tuple[int, ...]
    areas: tuple[Area, ...] = ()
    """The MRC of a region."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """The places of one MRC or region; « n sur n ». No page needs all of them at both heights."""

    area: Area
    everyone: Mapping[int, Place]

    @property
    def code(self) -> str:
        return self.area.code

    @property
    def name(self) -> str:
        return self.area.name

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(map(self.everyone.__getitem__, self.area.keys))

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The MRC of a region."""
        return tuple(Group(area=area, everyone=self.everyone) for area in self.area.areas)

    @cached_property
    def taking_part(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.takes_part)

    @property
    def confirmed(self) -> int:
        return len(self.taking_part)

    @property
    def total(self) -> int:
        return len(self.area.keys)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """The list of participants of an edition, region by region and MRC by MRC."""

    regions: tuple[Group, ...]
    others: tuple[Place, ...]
    """MRC and communities that take part, outside the figure of the municipalities."""
    gone: frozenset[int]
    """The keys of those that take part and are no municipality of today any more."""

    @cached_property
    def places(self) -> tuple[Place, ...]:
        return tuple(place for region in self.regions for place in region.places)

    @cached_property
    def taking_part(self) -> tuple[Place, ...]:
        """Those of `places`."""
        return tuple(place for region in self.regions for place in region.taking_part)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Of those that take part, to mark them on a map."""
        return frozenset(place.geo_code for place in self.taking_part)

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
_FIRST_SITTING = sa.and_(Session.event_id == Event.id, Session.position == 0)
_CEREMONY = sa.and_(Event.id == Participation.event_id, Event.is_published.is_(True))
_TAKING_PART = (
    sa.select(Participation.territory_id, Event.state, Session.starts_at)
    .outerjoin(Event, _CEREMONY)
    .outerjoin(Session, _FIRST_SITTING)
    .where(_COUNTS)
)
"""Who takes part in an edition, and no more than says whose flag is up."""
_CEREMONIES = (
    sa.select(Participation.territory_id, _COUNTS.label("takes_part"), *_TOLD_OF_EVENTS)
    .outerjoin(Event, _CEREMONY)
    .outerjoin(Session, _FIRST_SITTING)
    .where(
        Participation.edition_id == _EDITION,
        Participation.territory_id.in_(sa.bindparam("territory_ids", expanding=True)),
        sa.or_(_COUNTS, Event.id.is_not(None)),
    )
)
"""Who of a few territories takes part, or did and called it off, each with its published ceremony."""

Occasions = Mapping[int, Occasion]
"""The published ceremonies by the key of their territory, called off or not."""


def _read(statement: sa.Select[*tuple[Any, ...]], asked: Mapping[str, object]) -> Sequence[Any]:
    """Plain columns, straight from the connection: the session would look for entities in each row."""
    return db.session.connection().execute(statement, asked).all()


def list_coverage(edition_id: int) -> Coverage:
    """Every local municipality of today with its standing, in one query beside the known list.

    Only those who take part are looked at one by one: the others are as they were. So is everyone when the
    change was of something else: a resolution, a place, an activity.
    """
    rows = _read(_TAKING_PART, {"edition_id": edition_id})
    standings = [tuple(row) for row in rows]  # compared in a tenth of the time that rows take
    atlas = current_atlas()
    return unless_changed(("coverage", edition_id), (atlas, standings), lambda: _cover(atlas, standings))


def _cover(atlas: Atlas, standings: Iterable[Standing]) -> Coverage:
    places = _list_places(atlas, standings)
    gone = frozenset(
        key for key, place in places.items() if place.spot.is_local and not place.spot.exists_today
    )
    layout = shared(("layout", gone), lambda: _lay_out(atlas, gone), of=TERRITORIES)
    everyone = {**layout.silent, **places}
    return Coverage(
        regions=tuple(Group(area=area, everyone=everyone) for area in layout.regions),
        others=tuple(places[key] for key in layout.others if key in places),
        gone=gone,
    )


def list_occasions(edition_id: int, places: Iterable[Place]) -> Occasions:
    """The published ceremonies of some places, for a table that tells of them."""
    return _list_occasions(_list_ceremonies(edition_id, [place.spot.id for place in places]))


def list_neighbours(edition_id: int, territory: Territory) -> tuple[Group, Occasions] | None:
    """The municipalities of the same MRC, itself included, and their ceremonies; None outside of any MRC."""
    mrc = territory.mrc
    if mrc is None:
        return None
    atlas, code = current_atlas(), mrc.code
    around = [spot for spot in atlas.spots.values() if spot.mrc_code == code]
    rows = _list_ceremonies(edition_id, [spot.id for spot in around])
    taking_part = _list_places(
        atlas, ((row.territory_id, row.state, row.starts_at) for row in rows if row.takes_part)
    )
    places = {
        spot.id: taking_part.get(spot.id) or Place(spot)
        for spot in around
        if spot.is_local and (spot.exists_today or spot.id in taking_part)
    }
    area = Area(code, mrc.name, tuple(places))
    return Group(area=area, everyone=places), _list_occasions(rows)


def _list_ceremonies(edition_id: int, territory_ids: Sequence[int]) -> Sequence[Any]:
    asked = {"edition_id": edition_id, "territory_ids": territory_ids}
    return _read(_CEREMONIES, asked)


def _list_occasions(rows: Iterable[Any]) -> Occasions:
    return {row.territory_id: occasion for row in rows if (occasion := _occasion(row))}


Standing = tuple[int, EventState | None, datetime | None]
"""The key of a territory that takes part; the state and the hour of its published ceremony, if it has one."""


def _list_places(atlas: Atlas, standings: Iterable[Standing]) -> dict[int, Place]:
    """The territories that take part, by key; a city also stands for its boroughs."""
    places: dict[int, Place] = {}
    boroughs: list[Place] = []
    for key, state, starts_at in standings:
        spot = atlas.spots.get(key)
        if spot is not None:
            places[key] = Place(spot, True, True, begun_since(state, starts_at))
            if spot.kind is TerritoryKind.BOROUGH:
                boroughs.append(places[key])
    for borough in boroughs:
        city = atlas.spots.get(borough.spot.parent_id or 0)
        if city is not None and city.is_local and (city.exists_today or city.id in places):
            places[city.id] = _together(places.get(city.id) or Place(city), borough)
    return places


def _together(city: Place, borough: Place) -> Place:
    since = [each for each in (city.begun_since, borough.begun_since) if each]
    return Place(city.spot, True, city.takes_part_itself, min(since, default=None))


@dataclass(frozen=True, kw_only=True)
class _Layout:
    """What the list of participants is made of before anybody answers."""

    silent: Mapping[int, Place]
    regions: tuple[Area, ...]
    others: tuple[int, ...]
    """The keys of MRC and communities, which count when they take part."""


def _lay_out(atlas: Atlas, gone: Collection[int]) -> _Layout:
    """The municipalities of today and those `gone` in their MRC, the MRC in their region.

    An MRC without municipality is left out.
    """
    silent: dict[int, Place] = {}
    by_region: dict[str | None, list[int]] = defaultdict(list)
    by_mrc: dict[str | None, list[int]] = defaultdict(list)
    for key, spot in atlas.spots.items():
        if spot.is_local and (spot.exists_today or key in gone):
            silent[key] = Place(spot)
            by_region[spot.region_code].append(key)
            by_mrc[spot.mrc_code].append(key)
    mrcs: dict[str, list[Area]] = defaultdict(list)
    for mrc in atlas.mrcs:
        if mrc.code in by_mrc:
            mrcs[mrc.region_code].append(Area(mrc.code, mrc.name, tuple(by_mrc[mrc.code])))
    return _Layout(
        silent=silent,
        regions=tuple(
            Area(region.code, region.name, tuple(by_region[region.code]), tuple(mrcs[region.code]))
            for region in atlas.regions
        ),
        others=tuple(
            key
            for key, spot in atlas.spots.items()
            if not spot.is_local and spot.kind is not TerritoryKind.BOROUGH
        ),
    )


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


def list_public_participations(territory: Territory) -> Sequence[Participation]:
    """What a territory did across the editions, latest first, as far as the public may know.

    With what was done by the municipalities merged into it, under their names of then, and by its boroughs. A
    participation that was called off stays as long as its ceremony is on show.
    """
    lineage = sorted(current_atlas().lineage(territory.id))
    return db.session.scalars(_PUBLIC_RECORD, {"lineage": lineage}).all()


_PUBLIC_RECORD = (
    sa.select(Participation)
    .join(Participation.edition)
    .outerjoin(Participation.event)
    .where(
        Participation.territory_id.in_(sa.bindparam("lineage", expanding=True)),
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
)

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
    chosen = _spread(_read(_COMING, asked), limit)
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
