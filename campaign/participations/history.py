"""Past participations as they were published: who took part, in which edition, and where we read it."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.history import load_editions, published_text
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import NotFound
from campaign.events.models import Event, EventKind, EventState, Opening, Session
from campaign.events.services import CEREMONY_LENGTH
from campaign.identifiers import slugify
from campaign.participations.models import (
    Channel,
    Mode,
    Participation,
    ParticipationMove,
    ResolutionState,
    State,
    Track,
)
from campaign.territory.grammar import with_a
from campaign.territory.models import Territory, TerritoryKind
from campaign.territory.names import official_name
from campaign.web.filters import full_date, hour

PUBLISHED_PARTICIPATIONS = Path(__file__).parent / "data" / "participations_publiques.csv"
AUTHOR = "Importation"
REASON = "Participation publiée"

BOROUGHS_NAMED_IN_THE_PLACE = {"66023": ("Mercier–Hochelaga-Maisonneuve", "66023-09")}
"""Where the published row names the city although its place names the borough that raised the flag."""


class Kind(StrEnum):
    """What the published page says was done."""

    FLAG = "lever_drapeau"
    MRC_FLAG = "drapeau_mrc"
    SUPPORT = "appui"
    ACTIVITIES = "activites"
    RESOLUTION = "resolution"


MODES = {
    Kind.FLAG: Mode.FLAG,
    Kind.MRC_FLAG: Mode.FLAG,
    Kind.SUPPORT: Mode.OTHER,
    Kind.ACTIVITIES: Mode.ACTIVITY,
    Kind.RESOLUTION: Mode.RESOLUTION,
}


@dataclass(frozen=True, kw_only=True)
class Published:
    """One published participation."""

    geo_code: str
    name: str
    year: int
    day: date | None
    at: time | None
    place: str
    kind: Kind
    note: str
    source_url: str

    @property
    def raises_flag(self) -> bool:
        return MODES[self.kind] is Mode.FLAG


def load(now: datetime) -> int:
    """Add the published editions and participations that are missing; how many participations were added.

    What is already there is left as it is, so loading again changes nothing. The directory comes first.
    """
    load_editions()
    editions = {edition.year: edition for edition in campaigns.list_editions()}
    published = list(read_published())
    territories = _territories({row.geo_code for row in published})
    taken = db.session.execute(sa.select(Participation.edition_id, Participation.territory_id))
    known = {(edition_id, territory_id) for edition_id, territory_id in taken}
    missing = [row for row in published if (editions[row.year].id, territories[row.geo_code].id) not in known]
    for row in missing:
        _add(row, editions[row.year], territories[row.geo_code], now)
    db.session.flush()
    return len(missing)


def read_published() -> Iterator[Published]:
    """The rows of the packaged file, with the borough or the MRC that acted as their territory."""
    with PUBLISHED_PARTICIPATIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            geo_code, name = _who(row)
            yield Published(
                geo_code=geo_code,
                name=official_name(name),
                year=int(row["year"]),
                day=date.fromisoformat(row["date"]) if row["date"] else None,
                at=time.fromisoformat(row["time"]) if row["time"] else None,
                place=published_text(row["place"]),
                kind=Kind(row["type"]),
                note=published_text(row["note"]),
                source_url=row["source_url"],
            )


def _who(row: Mapping[str, str]) -> tuple[str, str]:
    code, name = row["geo_code"], row["name"]
    if not code:
        named = re.search(r"mrc_code (\d{3})", row["note"])
        if named is None:
            raise ValueError(f"no territory in the published row « {name}, {row['year']} »")
        return named[1], name
    borough, borough_code = BOROUGHS_NAMED_IN_THE_PLACE.get(code, ("", ""))
    return (borough_code, borough) if borough and borough in row["place"] else (code, name)


def _territories(codes: set[str]) -> dict[str, Territory]:
    found = db.session.scalars(sa.select(Territory).where(Territory.geo_code.in_(codes)))
    territories = {territory.geo_code: territory for territory in found}
    if absent := codes - territories.keys():
        raise NotFound(
            f"Le répertoire n’a pas ces codes : {', '.join(sorted(absent))}. Chargez d’abord le répertoire."
        )
    return territories


def _add(row: Published, edition: Edition, territory: Territory, now: datetime) -> None:
    participation = Participation(
        edition_id=edition.id,
        territory_id=territory.id,
        territory_name=row.name,
        state=State.DONE,
        channel=Channel.IMPORT,
        modes=[MODES[row.kind]],
        other_mode="Appui officiel" if row.kind is Kind.SUPPORT else "",
        resolution_state=ResolutionState.ADOPTED if row.kind is Kind.RESOLUTION else ResolutionState.NONE,
        event=_ceremony(row, edition, territory, now) if row.raises_flag else None,
        source_url=row.source_url,
        source_note=row.note if row.raises_flag else _note_with_circumstances(row),
        created_at=now,
        updated_at=now,
    )
    db.session.add(participation)
    db.session.flush()
    db.session.add_all(_moves(participation, now))


def _ceremony(row: Published, edition: Edition, territory: Territory, now: datetime) -> Event:
    """The flag raising that was held; day and hour stay empty where the page does not tell them."""
    starts_at = clock.to_utc(row.day, row.at, territory.time_zone) if row.day and row.at else None
    title = f"Lever du drapeau {_at(row.name, territory)}"
    return Event(
        # The same in every installation, like the page it was read in.
        uid=str(uuid5(NAMESPACE_URL, f"{row.source_url}#{row.geo_code}")),
        slug=slugify(f"{title} {row.year}"),
        kind=EventKind.FLAG_RAISING,
        edition_id=edition.id,
        territory_id=territory.id,
        title=title,
        place=row.place,
        time_zone=territory.time_zone,
        opening=Opening.PUBLIC,
        state=EventState.HELD,
        is_published=True,
        sessions=[
            Session(
                starts_on=row.day,
                starts_at=starts_at,
                ends_at=starts_at + CEREMONY_LENGTH if starts_at else None,
            )
        ],
        created_at=now,
        updated_at=now,
    )


def _at(name: str, territory: Territory) -> str:
    return f"à la {name}" if territory.kind is TerritoryKind.MRC else with_a(name, territory.a_form)


def _note_with_circumstances(row: Published) -> str:
    """An activity is no ceremony: its day, hour and place are told in the note."""
    told = (full_date(row.day), hour(row.at), row.place)
    circumstances = ", ".join(part for part in told if part)
    return ". ".join(part for part in (circumstances[:1].upper() + circumstances[1:], row.note) if part)


def _moves(participation: Participation, now: datetime) -> Iterator[ParticipationMove]:
    tracks: list[tuple[Track, str, str]] = [(Track.STATE, State.NOT_INVITED, State.DONE)]
    if participation.event is not None:
        tracks.append((Track.CEREMONY, EventState.TO_PLAN, EventState.HELD))
    if participation.resolution_state is ResolutionState.ADOPTED:
        tracks.append((Track.RESOLUTION, ResolutionState.NONE, ResolutionState.ADOPTED))
    for track, before, after in tracks:
        yield ParticipationMove(
            participation_id=participation.id,
            track=track,
            before=before,
            after=after,
            author=AUTHOR,
            channel=Channel.IMPORT,
            reason=REASON,
            moved_at=now,
        )
