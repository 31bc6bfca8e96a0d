"""Reads microdata as the HTML Standard says, and knows the rules of schema.org for events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup
from bs4.element import Tag

SCHEMA = "https://schema.org/"

KNOWN = {
    "Event": {
        "about", "audience", "description", "doorTime", "duration", "endDate", "eventAttendanceMode",
        "eventStatus", "image", "inLanguage", "isAccessibleForFree", "keywords", "location",
        "maximumAttendeeCapacity", "name", "offers", "organizer", "previousStartDate", "startDate",
        "subEvent", "superEvent", "typicalAgeRange", "url",
    },
    "Place": {"address", "amenityFeature", "geo", "name", "url"},
    "VirtualLocation": {"description", "name", "url"},
    "PostalAddress": {"addressCountry", "addressLocality", "addressRegion", "postalCode", "streetAddress"},
    "LocationFeatureSpecification": {"name", "value"},
    "Organization": {"email", "name", "telephone", "url"},
    "Audience": {"audienceType", "geographicArea", "name"},
    "Offer": {"availability", "description", "price", "priceCurrency", "url", "validFrom"},
}  # fmt: skip
"""Each type that we use, with the properties of schema.org that could serve, its parents' included."""

REQUIRED = {
    "Event": {"name", "startDate", "location", "eventStatus", "eventAttendanceMode", "url"},
    "Place": {"address", "name"},
    "VirtualLocation": {"url"},
    "Offer": {"price", "priceCurrency"},
    "Organization": {"name"},
}
"""What search engines refuse an event without, or ask for."""

TYPES_OF = {
    "location": {"Place", "VirtualLocation"},
    "address": {"PostalAddress"},
    "organizer": {"Organization"},
    "offers": {"Offer"},
    "audience": {"Audience"},
    "subEvent": {"Event"},
    "amenityFeature": {"LocationFeatureSpecification"},
}
VALUES_OF = {
    "eventStatus": {
        "EventCancelled", "EventMovedOnline", "EventPostponed", "EventRescheduled", "EventScheduled",
    },
    "eventAttendanceMode": {
        "MixedEventAttendanceMode", "OfflineEventAttendanceMode", "OnlineEventAttendanceMode",
    },
}  # fmt: skip
DATES = {"startDate", "endDate", "previousStartDate"}

Item = dict[str, Any]
"""`@type`, then the list of the values of each property."""


def items(html: str) -> list[Item]:
    """The items of a page that belong to no other."""
    soup = BeautifulSoup(html, "html.parser")
    return [_item(tag) for tag in soup.select("[itemscope]:not([itemprop])")]


def _item(scope: Tag) -> Item:
    found: Item = {"@type": str(scope["itemtype"]).removeprefix(SCHEMA)}
    for tag in _own(scope):
        for name in str(tag["itemprop"]).split():
            found.setdefault(name, []).append(_item(tag) if tag.has_attr("itemscope") else _value(tag))
    return found


def _own(scope: Tag) -> Iterator[Tag]:
    for child in scope.find_all(True, recursive=False):
        if child.has_attr("itemprop"):
            yield child
        if not child.has_attr("itemscope"):
            yield from _own(child)


def _value(tag: Tag) -> str:
    attribute = {"meta": "content", "link": "href", "a": "href", "img": "src", "time": "datetime"}.get(
        tag.name
    )
    return str(tag[attribute]) if attribute else tag.get_text()


def faults(item: Item) -> Iterator[str]:
    """What schema.org, or those who read it, would refuse."""
    kind = item["@type"]
    names = item.keys() - {"@type"}
    yield from (f"{kind} has no property {name}" for name in names - KNOWN[kind])
    yield from (f"{kind} lacks {name}" for name in REQUIRED.get(kind, set()) - names)
    for name in names:
        for value in item[name]:
            yield from _faults_of(kind, name, value)


def _faults_of(kind: str, name: str, value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if value["@type"] not in TYPES_OF.get(name, set()):
            yield f"{kind}.{name} is a {value['@type']}"
        yield from faults(value)
    elif name in TYPES_OF:
        yield f"{kind}.{name} is a text: {value}"
    elif name in VALUES_OF and value.removeprefix(SCHEMA) not in VALUES_OF[name]:
        yield f"{kind}.{name} is unknown: {value}"
    elif name in DATES and "T" in value and not _has_offset(value):
        yield f"{kind}.{name} has no offset: {value}"
    elif not value.strip():
        yield f"{kind}.{name} is empty"


def _has_offset(text: str) -> bool:
    return text[-6] in "+-" and text[-3] == ":"
