"""An activity told in full, in the words of the public page: for whoever proposes it, and whoever reads it
before it is published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import TypeVar

from campaign import clock
from campaign.events.content import ActivityContent, Sitting
from campaign.events.models import Opening
from campaign.events.vocabulary import (
    ACCESSIBILITY,
    ACTIVITY_TYPES,
    AUDIENCES,
    COSTS,
    FORMATS,
    LANGUAGES,
    ORGANIZER_KINDS,
    THEMES,
    Cost,
    Format,
)
from campaign.events.wording import OPENINGS
from campaign.i18n import _
from campaign.territory import queries as territories
from campaign.territory.models import Territory
from campaign.territory.names import label_for
from campaign.web.filters import date_range, full_date, hour, telephone

Fact = tuple[str, str]
"""A name and what is said; an empty value is not shown."""

_Word = TypeVar("_Word", bound=StrEnum)


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Ready to draw by `events/proposal_parts.html`."""

    title: str
    kind: str
    description: str
    dates: tuple[str, ...]
    facts: tuple[Fact, ...]
    unpublished: tuple[Fact, ...]
    """What the team reads and the public does not."""

    def by_name(self) -> dict[str, object]:
        """All that it says: a text, or several."""
        return {
            _("Titre"): self.title,
            _("Type"): self.kind,
            _("Description"): self.description,
            _("Dates"): self.dates,
            **dict(self.facts),
            **dict(self.unpublished),
        }


def summary_of(content: ActivityContent, *, joining: str = "") -> Summary:
    """All that this says; asks for the territory. `joining` is said of registration where people register
    here."""
    territory = territories.find_territory(content.geo_code) if content.geo_code else None
    zone = territory.time_zone if territory else clock.EASTERN
    contact = (
        (_("Personne-ressource"), content.contact_name),
        (_("Courriel"), content.contact_email),
        (_("Téléphone"), telephone(content.contact_phone) if content.contact_phone else ""),
    )
    link = ((_("Lien"), content.online_url),)
    link_is_public = content.is_online_url_public
    return Summary(
        title=content.title,
        kind=ACTIVITY_TYPES[content.activity_type],
        description=content.description,
        dates=tuple(sitting_text(sitting, zone) for sitting in content.sittings),
        facts=(
            (_("Formule"), FORMATS[content.format] if content.format is not Format.IN_PERSON else ""),
            (_("Lieu"), content.place),
            (_("Territoire"), _where(content, territory)),
            *(link if link_is_public else ()),
            (_("Pour qui"), _words(content.audiences, AUDIENCES)),
            (_("Qui peut venir"), "" if content.opening is Opening.PUBLIC else OPENINGS[content.opening]),
            (_("Coût"), content.price if content.cost is Cost.PRICE else COSTS.get(content.cost, "")),
            (_("Inscription"), joining or content.registration or _("Sans inscription")),
            (_("Organisme"), content.organizer_name),
            (_("Accessibilité"), _words(content.accessibility, ACCESSIBILITY)),
            (_("Langue"), _words(content.languages, LANGUAGES)),
            (_("Thèmes"), _words(content.themes, THEMES)),
            (_("Places"), str(content.max_participants or "")),
            (_("En cas de mauvais temps"), content.rain_plan),
            (_("Mots-clics"), content.hashtags),
            *(contact if content.is_contact_public else ()),
        ),
        unpublished=(
            (_("Type d’organisme"), ORGANIZER_KINDS[content.organizer_kind]),
            *(() if link_is_public else link),
            *(() if content.is_contact_public else contact),
        ),
    )


def sitting_text(sitting: Sitting, zone: str = clock.EASTERN) -> str:
    """« lundi 15 novembre 2027, de 10 h à 11 h », « du 15 au 21 novembre 2027 »"""
    if sitting.starts is None:
        return _days(sitting.day, sitting.last_day)
    words = clock.ZONE_WORDS.get(zone, "") if zone != clock.EASTERN else ""
    hours = _hours(sitting.starts, sitting.ends)
    return ", ".join(part for part in (full_date(sitting.day), hours, words) if part)


def _days(first: date, last: date | None) -> str:
    return full_date(first) if last is None or last == first else date_range(first, last)


def _hours(starts: time, ends: time | None) -> str:
    if ends is None:
        return hour(starts)
    return _("de %(begins)s à %(ends)s", begins=hour(starts), ends=hour(ends))


def _where(content: ActivityContent, territory: Territory | None) -> str:
    if territory is not None:
        return label_for(territory)
    return _region_name(content.region_code) if content.region_code else _("Tout le Québec, en ligne")


def _region_name(code: str) -> str:
    return next((region.name for region in territories.list_regions() if region.code == code), "")


def _words(values: Iterable[_Word], words: Mapping[_Word, str]) -> str:
    return ", ".join(words[value] for value in values)
