"""An event as machines read it: the words of schema.org, from what people read on its page.

Each date is an `Event` of its own; several together are the `subEvent`s of one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from campaign.events.models import EventState
from campaign.events.sheet import DateLine, Sheet
from campaign.events.vocabulary import Cost, Format, SpokenLanguage

SCHEMA = "https://schema.org/"

Item: TypeAlias = "dict[str, str | Item | list[str | Item]]"
"""Properties by name; `@type` says of what. A value, another item, or several of them."""

MODES = {
    Format.IN_PERSON: SCHEMA + "OfflineEventAttendanceMode",
    Format.ONLINE: SCHEMA + "OnlineEventAttendanceMode",
    Format.HYBRID: SCHEMA + "MixedEventAttendanceMode",
}
LANGUAGE_CODES = {SpokenLanguage.FRENCH.value: "fr-CA", SpokenLanguage.ENGLISH.value: "en-CA"}
AGES = {"0-2-ans": "0-2", "3-5-ans": "3-5"}
AMOUNT = re.compile(r"(\d{1,4})(?:[.,](\d{2}))?\s*\$")


@dataclass(frozen=True, kw_only=True)
class Around:
    """What the sheet of an event does not say by itself."""

    url: str
    images: tuple[str, ...] = ()
    was_put_online: bool = False


def facts(sheet: Sheet, around: Around) -> Item:
    """The event, with a part for each of its dates when it has several."""
    whole = _common(sheet, around)
    if not sheet.is_several:
        return whole | _when(sheet.dates[0], around)
    kept = [line for line in sheet.dates if not line.is_off] or list(sheet.dates)
    known = [line for line in kept if line.starts]
    if known:
        whole["startDate"] = known[0].starts
        whole["endDate"] = known[-1].ends or known[-1].starts
    state = EventState.CANCELLED if sheet.is_off else EventState.PLANNED
    whole["eventStatus"] = _statuses(state, has_date=True, around=around)
    whole["subEvent"] = [_common(sheet, around) | _when(line, around) for line in sheet.dates]
    return whole


def _common(sheet: Sheet, around: Around) -> Item:
    told: Item = {
        "@type": "Event",
        "name": sheet.title,
        "description": sheet.description,
        "url": around.url,
        "image": list(around.images),
        "eventAttendanceMode": MODES[sheet.format],
        "location": _locations(sheet, around),
        "isAccessibleForFree": _is_free(sheet),
        "offers": _offer(sheet, around),
        "inLanguage": [LANGUAGE_CODES[value] for value, _ in sheet.languages if value in LANGUAGE_CODES],
        "typicalAgeRange": [AGES[value] for value, _ in sheet.audiences if value in AGES],
        "audience": [{"@type": "Audience", "audienceType": word} for _, word in sheet.audiences],
        "keywords": ", ".join([sheet.type[1], *(word for _, word in sheet.themes)]),
        "maximumAttendeeCapacity": str(sheet.capacity) if sheet.capacity else "",
    }
    if sheet.organizer:
        told["organizer"] = {"@type": "Organization", "name": sheet.organizer}
    return {name: value for name, value in told.items() if value}


def _when(line: DateLine, around: Around) -> Item:
    """An event postponed without a new date keeps the old one, as search engines ask."""
    told: Item = {
        "startDate": line.starts or line.planned_first,
        "endDate": line.ends,
        "previousStartDate": line.planned_first,
        "eventStatus": _statuses(line.state, has_date=bool(line.starts), around=around),
    }
    return {name: value for name, value in told.items() if value}


def _statuses(state: EventState, *, has_date: bool, around: Around) -> list[str | Item]:
    if state is EventState.CANCELLED:
        return [SCHEMA + "EventCancelled"]
    names = []
    if state is EventState.POSTPONED:
        names.append("EventRescheduled" if has_date else "EventPostponed")
    if around.was_put_online:
        names.append("EventMovedOnline")
    return [SCHEMA + name for name in names or ["EventScheduled"]]


def _locations(sheet: Sheet, around: Around) -> list[str | Item]:
    places: list[str | Item] = []
    if sheet.is_held_somewhere:
        places.append(_place(sheet))
    if sheet.is_online:
        places.append({"@type": "VirtualLocation", "url": sheet.online_url or around.url})
    return places


def _place(sheet: Sheet) -> Item:
    territory, region = sheet.territory, sheet.region
    address: Item = {"@type": "PostalAddress", "addressRegion": "QC", "addressCountry": "CA"}
    place: Item = {"@type": "Place", "address": address}
    if territory is not None:
        address["addressLocality"] = territory.name
    name = sheet.place or (territory.name if territory else region.name if region else "")
    if name:
        place["name"] = name
    if sheet.accessibility:
        place["amenityFeature"] = [
            {"@type": "LocationFeatureSpecification", "name": word, "value": "true"}
            for _, word in sheet.accessibility
        ]
    return place


def _is_free(sheet: Sheet) -> str:
    """Nothing where nobody said."""
    return "" if sheet.cost is Cost.UNKNOWN else "false" if sheet.cost is Cost.PRICE else "true"


def _offer(sheet: Sheet, around: Around) -> Item:
    """What it costs; an amount that nobody wrote in figures is not guessed."""
    if sheet.cost is Cost.DONATION:
        return {}
    found = AMOUNT.search(sheet.cost_text)
    price = "0" if sheet.cost is Cost.FREE else f"{found[1]}.{found[2] or '00'}" if found else ""
    if not price:
        return {}
    return {"@type": "Offer", "price": price, "priceCurrency": "CAD", "url": around.url}
