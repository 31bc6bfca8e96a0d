"""The municipalities that a person answers for, as the team types them: codes or names."""

from __future__ import annotations

import re

from campaign.i18n import _
from campaign.territory import queries as territories
from campaign.territory import search
from campaign.territory.models import Territory
from campaign.territory.names import search_key

_BETWEEN = re.compile(r"[;,\n]+")
_CODE = re.compile(r"[0-9]{5}(?:-[0-9]{2})?|C-[0-9]+")


class UnknownPlace(ValueError):
    """Not understood; the message is a French sentence for the person who typed it."""


def read_places(text: str) -> tuple[Territory, ...]:
    """« 07105, Rimouski » → the two municipalities, each once. A homonym asks for its code."""
    typed = [part.strip() for part in _BETWEEN.split(text) if part.strip()]
    found = [_read_place(part) for part in typed]
    return tuple({place.id: place for place in found}.values())


def write_places(places: list[Territory]) -> str:
    """What `read_places` reads back: names where they are alone to bear them, codes otherwise."""
    return "; ".join(place.geo_code if place.is_homonym else place.name for place in places)


def _read_place(typed: str) -> Territory:
    place = territories.find_territory(typed) if _CODE.fullmatch(typed) else _find_by_name(typed)
    if place is None:
        raise UnknownPlace(
            _("«\u00a0%(typed)s\u00a0» n’est pas reconnue. Inscrivez le nom exact ou le code.", typed=typed)
        )
    return territories.find_successor(place) or place


def _find_by_name(typed: str) -> Territory | None:
    same = [
        each
        for each in search.search(typed, limit=10).suggestions
        if search_key(each.name) == search_key(typed)
    ]
    if len(same) > 1:
        choices = "; ".join(f"{each.geo_code} pour {each.label}" for each in same)
        raise UnknownPlace(
            _(
                "Plusieurs municipalités s’appellent «\u00a0%(typed)s\u00a0». "
                "Inscrivez le code\u00a0: %(choices)s.",
                typed=typed,
                choices=choices,
            )
        )
    return territories.find_territory(same[0].geo_code) if same else None
