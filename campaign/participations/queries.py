"""Who takes part, as the public may read it: the whole list, and one municipality across the editions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events.models import Event, Opening, Session
from campaign.events.wording import Occasion
from campaign.participations import figures, states
from campaign.participations.models import Participation, State
from campaign.territory.models import Mrc, Region, Territory, TerritoryKind
from campaign.territory.names import display_label
from campaign.territory.queries import list_mrcs, list_regions


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A territory of today and whether it takes part in an edition."""

    geo_code: str
    name: str
    label: str
    """The name, with designation and MRC where another municipality bears the same."""
    kind: TerritoryKind
    region_code: str | None
    mrc_code: str | None
    latitude: float | None
    longitude: float | None
    takes_part: bool
    occasion: Occasion | None
    """Its published ceremony, called off or not."""
    boroughs: tuple[Place, ...] = ()
    """Those of its boroughs that take part themselves."""
    takes_part_itself: bool = True

    @property
    def is_through_boroughs(self) -> bool:
        """« par ses arrondissements »"""
        return self.takes_part and not self.takes_part_itself

    def flag_is_up(self, now: datetime) -> bool:
        """Its own ceremony, or that of one of its boroughs, has begun."""
        occasions = [self.occasion, *(borough.occasion for borough in self.boroughs)]
        return self.takes_part and any(each.has_begun(now) for each in occasions if each)


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


_TOLD: tuple[Any, ...] = (
    Territory.id,
    Territory.geo_code,
    Territory.name,
    Territory.designation_name,
    Territory.is_homonym,
    Territory.kind,
    Territory.is_local,
    Territory.mrc_kind,
    Territory.region_code,
    Territory.mrc_code,
    Territory.parent_id,
    Territory.latitude,
    Territory.longitude,
)
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


def list_coverage(edition_id: int, region_code: str | None = None) -> Coverage:
    """Every local municipality of today with its standing, in three queries whatever their number.

    Plain columns, not entities: a thousand rows are drawn on the home page.
    """
    regions, mrcs = list_regions(), list_mrcs(region_code)
    within = Territory.region_code == region_code if region_code else sa.true()
    places, others = _list_places(
        edition_id, within, {mrc.code: mrc.name for mrc in mrcs}, {each.code: each.name for each in regions}
    )
    asked = [region for region in regions if region_code in (None, region.code)]
    return Coverage(regions=_regions(asked, mrcs, places), others=others)


def list_neighbours(edition_id: int, territory: Territory) -> Group | None:
    """The municipalities of the same MRC, itself included; None for a territory that lies in none."""
    mrc = territory.mrc
    if mrc is None:
        return None
    regions = {territory.region.code: territory.region.name} if territory.region else {}
    places, _others = _list_places(edition_id, Territory.mrc_code == mrc.code, {mrc.code: mrc.name}, regions)
    return Group(code=mrc.code, name=mrc.name, places=places)


def _list_places(
    edition_id: int,
    within: sa.ColumnElement[bool],
    mrc_names: Mapping[str, str],
    region_names: Mapping[str, str],
) -> tuple[tuple[Place, ...], tuple[Place, ...]]:
    """The municipalities, each with the boroughs that take part, and the other territories that do."""
    rows = db.session.execute(_standings(edition_id).where(within)).all()
    boroughs: dict[int | None, list[Place]] = defaultdict(list)
    for row in rows:
        if row.kind is TerritoryKind.BOROUGH:
            boroughs[row.parent_id].append(_place(row, mrc_names, region_names))
    places = tuple(
        _place(row, mrc_names, region_names, tuple(boroughs[row.id])) for row in rows if row.is_local
    )
    others = tuple(
        _place(row, mrc_names, region_names)
        for row in rows
        if not row.is_local and row.kind is not TerritoryKind.BOROUGH
    )
    return places, others


def _standings(edition_id: int) -> sa.Select[Any]:
    """Today's local municipalities, and whatever else takes part, each with its published ceremony."""
    counts = figures.counts(edition_id)
    of_edition = sa.and_(Participation.territory_id == Territory.id, Participation.edition_id == edition_id)
    published = sa.and_(Event.id == Participation.event_id, Event.is_published.is_(True))
    first_sitting = sa.and_(Session.event_id == Event.id, Session.position == 0)
    exists_today = sa.and_(Territory.is_local.is_(True), Territory.valid_to.is_(None))
    told: list[Any] = [*_TOLD, counts.label("takes_part"), *_TOLD_OF_EVENTS]
    return (
        sa.select(*told)
        .select_from(Territory)
        .outerjoin(Participation, of_edition)
        .outerjoin(Event, published)
        .outerjoin(Session, first_sitting)
        .where(sa.or_(exists_today, counts))
        .order_by(Territory.sort_key, Territory.geo_code)
    )


def _place(
    row: sa.Row[Any],
    mrc_names: Mapping[str, str],
    region_names: Mapping[str, str],
    boroughs: tuple[Place, ...] = (),
) -> Place:
    takes_part = bool(row.takes_part)
    return Place(
        geo_code=row.geo_code,
        name=row.name,
        label=_label(row, mrc_names, region_names),
        kind=row.kind,
        region_code=row.region_code,
        mrc_code=row.mrc_code,
        latitude=row.latitude,
        longitude=row.longitude,
        takes_part=takes_part or bool(boroughs),
        takes_part_itself=takes_part,
        occasion=_occasion(row),
        boroughs=boroughs,
    )


def _label(row: sa.Row[Any], mrc_names: Mapping[str, str], region_names: Mapping[str, str]) -> str:
    if not row.is_homonym:
        name: str = row.name
        return name
    return display_label(
        row.name,
        row.designation_name,
        mrc_name=mrc_names.get(row.mrc_code) if row.mrc_kind == "MRC" else None,
        region_name=region_names.get(row.region_code),
    )


def _occasion(row: sa.Row[Any]) -> Occasion | None:
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


def _regions(regions: Iterable[Region], mrcs: Iterable[Mrc], places: Iterable[Place]) -> tuple[Group, ...]:
    """The places in their MRC, the MRC in their region; an MRC without municipality is left out."""
    by_region: dict[str | None, list[Place]] = defaultdict(list)
    by_mrc: dict[str | None, list[Place]] = defaultdict(list)
    for place in places:
        by_region[place.region_code].append(place)
        by_mrc[place.mrc_code].append(place)
    mrc_groups: dict[str, list[Group]] = defaultdict(list)
    for mrc in mrcs:
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
        for region in regions
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


def list_coming_ceremonies(edition_id: int, *, today: date, limit: int) -> list[Event]:
    """The next ceremonies that receive the public, of different regions as far as possible."""
    candidates = db.session.scalars(
        sa.select(Event)
        .join(Participation, Participation.event_id == Event.id)
        .join(Event.sessions)
        .join(Event.territory)
        .where(
            figures.counts(edition_id),
            Event.is_published.is_(True),
            Event.opening == Opening.PUBLIC,
            Session.starts_on >= today,
        )
        .options(selectinload(Event.sessions), contains_eager(Event.territory))
        .order_by(Session.starts_on, Session.starts_at, Territory.sort_key)
        .limit(limit * 8)
    ).all()
    return _spread(candidates, limit)


def _spread(events: Sequence[Event], limit: int) -> list[Event]:
    """The first event of each region, then the first of the others, back in their order."""
    seen: set[str | None] = set()
    firsts: list[Event] = []
    rest: list[Event] = []
    for event in events:
        region = event.territory.region_code if event.territory else None
        (rest if region in seen else firsts).append(event)
        seen.add(region)
    chosen = {event.id for event in [*firsts, *rest][:limit]}
    return [event for event in events if event.id in chosen]
