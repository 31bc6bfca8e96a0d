"""The team's list of activities as a file for Excel: one line each, codes kept as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from campaign import clock
from campaign.db import db
from campaign.events import activities, proposals, queries
from campaign.events.content import ActivityContent
from campaign.events.listing import STANDINGS, Line
from campaign.events.models import Event, Opening, Proposal
from campaign.events.summary import sitting_text
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    ORGANIZER_KINDS,
    THEMES,
    TYPES,
)
from campaign.events.wording import OPENINGS
from campaign.outbox.rendering import public_link
from campaign.territory.models import Territory
from campaign.web.filters import telephone
from campaign.web.spreadsheets import typed

HEADER = (
    "numéro", "état", "type", "titre", "description", "première date (ISO)", "dernière date (ISO)", "dates",
    "formule", "lieu", "code", "municipalité", "MRC", "code de région", "région", "lien en ligne",
    "organisme", "type d’organisme", "qui peut venir", "publics", "coût", "montant", "inscription", "places",
    "accessibilité", "langues", "thèmes", "personne-ressource", "courriel", "téléphone",
    "coordonnées publiées", "proposée par", "soumise le (ISO)", "page publique",
)  # fmt: skip
CHUNK = 500
Value = TypeVar("Value", bound=StrEnum)


def rows(lines: Sequence[Line], region_names: Mapping[str, str]) -> Iterator[tuple[str, ...]]:
    """Each line with all that is known of it, in the same order; a few statements for each few hundreds."""
    for start in range(0, len(lines), CHUNK):
        some = lines[start : start + CHUNK]
        events = _events(line.event_id for line in some if line.event_id)
        proposed = _proposals(line.proposal_id for line in some if line.proposal_id)
        for line in some:
            event, proposal = events.get(line.event_id or 0), proposed.get(line.proposal_id or 0)
            if event is not None or proposal is not None:
                yield tuple(_cells(line, event, proposal, region_names))


def _events(numbers: Iterable[int]) -> dict[int, Event]:
    found = sa.select(Event).where(Event.id.in_(list(numbers))).options(*queries.AROUND)
    return {event.id: event for event in db.session.scalars(found)}


def _proposals(numbers: Iterable[int]) -> dict[int, Proposal]:
    found = (
        sa.select(Proposal)
        .where(Proposal.id.in_(list(numbers)))
        .options(joinedload(Proposal.territory).joinedload(Territory.mrc))
    )
    return {proposal.id: proposal for proposal in db.session.scalars(found)}


def _cells(
    line: Line, event: Event | None, proposal: Proposal | None, region_names: Mapping[str, str]
) -> Iterator[str]:
    content = _content(event, proposal)
    territory = event.territory if event else proposal.territory if proposal else None
    zone = territory.time_zone if territory else clock.EASTERN
    yield f"A{line.event_id}" if line.event_id else f"P{line.proposal_id}"
    yield STANDINGS[line.standing][0]
    yield TYPES[line.type]
    yield typed(content.title)
    yield typed(content.description)
    yield line.first_on.isoformat() if line.first_on else ""
    yield line.last_on.isoformat() if line.last_on else ""
    yield "; ".join(sitting_text(one, zone) for one in content.sittings)
    yield FORMATS[content.format]
    yield typed(content.place)
    yield _code(territory.geo_code if territory else "")
    yield typed(territory.name) if territory else ""
    yield territory.mrc.name if territory and territory.mrc else ""
    yield _code(line.region_code or "")
    yield region_names.get(line.region_code or "", "")
    yield typed(content.online_url)
    yield typed(content.organizer_name)
    yield ORGANIZER_KINDS[content.organizer_kind]
    yield OPENINGS[Opening(content.opening)]
    yield _all(AUDIENCES, content.audiences)
    yield COSTS.get(content.cost, "")
    yield typed(content.price)
    yield typed(content.registration)
    yield str(content.max_participants or "")
    yield _all(ACCESSIBILITY, content.accessibility)
    yield _all(LANGUAGES, content.languages)
    yield _all(THEMES, content.themes)
    yield typed(content.contact_name)
    yield typed(content.contact_email)
    yield telephone(content.contact_phone) if content.contact_phone else ""
    yield "oui" if content.is_contact_public else ""
    yield typed(proposal.email) if proposal else ""
    yield clock.today(proposal.submitted_at).isoformat() if proposal and proposal.submitted_at else ""
    yield public_link("events.show", slug=event.slug) if event and event.is_published else ""


def _content(event: Event | None, proposal: Proposal | None) -> ActivityContent:
    if event is not None:
        return activities.content_of(event)
    assert proposal is not None  # noqa: S101 - one of the two is there
    return proposals.written(proposal)


def _code(code: str) -> str:
    """Kept as text by Excel, zeros included."""
    return f'="{code}"' if code else ""


def _all(words: Mapping[Value, str], chosen: Iterable[Value]) -> str:
    told = set(chosen)
    return ", ".join(word for value, word in words.items() if value in told)
