"""One date of the calendar as programs take it: what its page tells, field by field, and nothing more.

Whom to ask is left to the page: a list of addresses would serve those who write to everybody.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign import clock
from campaign.agenda.index import Row
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.events import wording
from campaign.events.models import Event, EventDetails, EventState, Opening, Session
from campaign.events.pictures import name_of
from campaign.events.vocabulary import TYPES, Cost, Format
from campaign.territory.models import Mrc, Region
from campaign.web.filters import capitalize_first
from campaign.web.freshness import public_url

KEPT = 30_000
"""Records that one process keeps, of about two kilobytes each."""

AT_ONCE = 500
"""Dates read together when their record is missing."""

STATES = {
    EventState.TO_PLAN: "a-confirmer",
    EventState.PLANNED: "prevue",
    EventState.POSTPONED: "reportee",
    EventState.CANCELLED: "annulee",
    EventState.HELD: "tenue",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Names are those of the published files: they may be added to, never changed."""

    uid: str
    adresse: str
    titre: str
    type: str
    type_nom: str
    etat: str
    raison: str
    debut: str
    """The instant with its offset, or the day alone."""
    fin: str
    debut_prevu: str
    """Before it was postponed."""
    date_texte: str
    fuseau: str
    edition: int
    simulee: bool
    lieu: str
    municipalite_code: str
    municipalite: str
    mrc_code: str
    mrc: str
    region_code: str
    region: str
    latitude: float | None
    """Of the municipality, as the directory gives it; not of the place."""
    longitude: float | None
    format: str
    lien: str
    ouverture: str
    publics: tuple[str, ...]
    themes: tuple[str, ...]
    accessibilite: tuple[str, ...]
    langues: tuple[str, ...]
    cout: str
    prix: str
    inscription: str
    places: int | None
    organisme: str
    description: str
    image: str
    image_texte: str
    image_credit: str
    publiee_le: str
    modifiee_le: str
    """Of its last real change."""


@dataclass(frozen=True)
class _Names:
    """Of what surrounds a municipality."""

    mrcs: Mapping[str, str]
    regions: Mapping[str, str]


class Records:
    """The record of each date, made once per version; the calendar tells which version each has now."""

    def __init__(self, kept: int = KEPT) -> None:
        self.kept = kept
        self.made = 0
        """How many records have been made so far."""
        self._making = threading.Lock()
        self._known: dict[int, tuple[object, Record]] = {}

    def of(self, rows: Sequence[Row], territories: int) -> list[Record]:
        """The records of those dates, in their order; what left the calendar meanwhile is left out."""
        with self._making:
            missing = [row for row in rows if self._version(row, territories) != self._known_version(row)]
            names = _read_names() if missing else _Names({}, {})
            for some in _batches(missing):
                self._read(some, territories, names)
            found = [self._known[row.session_id][1] for row in rows if row.session_id in self._known]
            while len(self._known) > self.kept:
                del self._known[next(iter(self._known))]
        return found

    def _read(self, rows: Sequence[Row], territories: int, names: _Names) -> None:
        sittings = {sitting.id: sitting for sitting in _sittings([row.session_id for row in rows])}
        for row in rows:
            self._known.pop(row.session_id, None)
            if row.session_id in sittings:
                made = record(sittings[row.session_id], row, names)
                self._known[row.session_id] = self._version(row, territories), made
                self.made += 1

    def _version(self, row: Row, territories: int) -> object:
        return row.version, territories

    def _known_version(self, row: Row) -> object:
        known = self._known.get(row.session_id)
        return known[0] if known else None


def _batches(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    return (rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE))


_EVENT = joinedload(Session.event)
_SITTINGS = sa.select(Session).options(
    _EVENT.joinedload(Event.territory),
    _EVENT.joinedload(Event.edition).load_only(Edition.number, Edition.is_simulated),
    _EVENT.joinedload(Event.details).joinedload(EventDetails.picture),
)


def _sittings(numbers: Iterable[int]) -> Sequence[Session]:
    """Those that the public may still see."""
    return db.session.scalars(
        _SITTINGS.join(Session.event).where(
            Session.id.in_(numbers), Event.is_published.is_(True), Event.is_private.is_(False)
        )
    ).all()


def _read_names() -> _Names:
    mrcs, regions = sa.select(Mrc.code, Mrc.name), sa.select(Region.code, Region.name)
    return _Names(dict(db.session.execute(mrcs).all()), dict(db.session.execute(regions).all()))


def record(sitting: Session, row: Row, names: _Names) -> Record:
    """That date, told as far as the public may know."""
    event = sitting.event
    occasion = row.occasion
    details = event.details or EventDetails(format=Format.IN_PERSON, cost=Cost.FREE)
    is_open = occasion.is_open
    territory = event.territory
    point = row.place.point if row.place and is_open and details.format is not Format.ONLINE else None
    region_code = row.region
    _sequence, _own, event_at, own_at, _number = row.version
    return Record(
        uid=sitting.uid or event.uid,
        adresse=public_url("events.show", slug=event.slug),
        titre=occasion.full_title,
        type=row.type,
        type_nom=TYPES[row.type],
        etat=STATES[occasion.state],
        raison=occasion.state_reason,
        debut=wording.machine_instant(occasion) or "",
        fin=_end(occasion),
        debut_prevu=_planned(occasion),
        date_texte=_date_text(occasion),
        fuseau=event.time_zone,
        edition=event.edition.number,
        simulee=event.edition.is_simulated,
        lieu=wording.place_text(occasion),
        municipalite_code=territory.geo_code if territory else "",
        municipalite=territory.name if territory else "",
        mrc_code=(territory.mrc_code if territory else "") or "",
        mrc=names.mrcs.get(territory.mrc_code or "", "") if territory else "",
        region_code=region_code,
        region=names.regions.get(region_code, ""),
        latitude=point[0] if point else None,
        longitude=point[1] if point else None,
        format=details.format.value,
        lien=_link(event, details),
        ouverture=wording.OPENINGS[event.opening],
        publics=row.audiences,
        themes=row.themes,
        accessibilite=row.accessibility,
        langues=row.languages,
        cout="" if details.cost is Cost.UNKNOWN else details.cost.value,
        prix=details.price or "",
        inscription=details.registration or "" if is_open else "",
        places=details.max_participants if is_open else None,
        organisme=details.organizer_name or "",
        description="\n".join(filter(None, (event.description, row.workshops))),
        **_picture(details),
        publiee_le=_instant(event.created_at),
        modifiee_le=_instant(max(event_at, own_at or event_at)),
    )


def _instant(at: datetime) -> str:
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _end(occasion: wording.Occasion) -> str:
    if occasion.starts_at is None or not occasion.is_open:
        return occasion.ends_on.isoformat() if occasion.ends_on else ""
    return clock.to_local(occasion.ends_at, occasion.time_zone).isoformat() if occasion.ends_at else ""


def _planned(occasion: wording.Occasion) -> str:
    if occasion.state is not EventState.POSTPONED:
        return ""
    if occasion.postponed_from_at is not None and occasion.is_open:
        return clock.to_local(occasion.postponed_from_at, occasion.time_zone).isoformat()
    first = wording.first_day(occasion)
    return first.isoformat() if first else ""


def _date_text(occasion: wording.Occasion) -> str:
    """As a person reads it, beside what programs do."""
    told = ", ".join(filter(None, (wording.day_text(occasion), wording.hour_text(occasion))))
    return capitalize_first(told)


def _link(event: Event, details: EventDetails) -> str:
    """Where anybody may join; nothing for what is reserved to some."""
    is_for_all = event.opening is Opening.PUBLIC and details.is_online_url_public
    return details.online_url or "" if is_for_all and details.format is not Format.IN_PERSON else ""


def _picture(details: EventDetails) -> dict[str, Any]:
    picture = details.picture if details.picture_id else None
    if picture is None:
        return {"image": "", "image_texte": "", "image_credit": ""}
    key, _dot, extension = name_of(picture).partition(".")
    return {
        "image": public_url("images.show", key=key, extension=extension),
        "image_texte": picture.alt,
        "image_credit": picture.credit,
    }
