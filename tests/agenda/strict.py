"""A calendar file read by the grammar of RFC 5545 and RFC 7986 alone: whatever strays from it is refused.

Written from the two documents, not from what we write: it knows nothing of our code. Only the components and
properties that a published calendar of events may hold are known to it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

LINE_OCTETS = 75
NAME = r"[A-Za-z0-9-]+"
SAFE = r'[^\x00-\x08\x0a-\x1f\x7f";:,]*'
QUOTED = r'"[^\x00-\x08\x0a-\x1f\x7f"]*"'
PARAMETER = re.compile(rf";({NAME})=((?:{QUOTED}|{SAFE})(?:,(?:{QUOTED}|{SAFE}))*)")
CONTENT = re.compile(rf"({NAME})((?:;{NAME}=(?:{QUOTED}|{SAFE})(?:,(?:{QUOTED}|{SAFE}))*)*):(.*)", re.DOTALL)

DATE = re.compile(r"\d{8}")
LOCAL = re.compile(r"\d{8}T\d{6}")
UTC_TIME = re.compile(r"\d{8}T\d{6}Z")
TEXT = re.compile(r"(?:[^\\;,]|\\[\\;,nN])*")
TEXTS = re.compile(r"(?:[^\\;]|\\[\\;,nN])*")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]+")
DURATION = re.compile(r"[+-]?P(?:\d+W|(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?)")
OFFSET = re.compile(r"[+-]\d{4}(?:\d{2})?")
RULE = re.compile(r"FREQ=[A-Z]+(?:;[A-Z]+=[A-Za-z0-9,+-]+)*")
NUMBER = re.compile(r"\d+")
COLOUR = re.compile(r"[a-z]+")
POINT = re.compile(r"(-?\d+(?:\.\d+)?);(-?\d+(?:\.\d+)?)")

ONCE, MANY = "once", "many"

PROPERTIES: dict[str, dict[str, tuple[str, re.Pattern[str] | set[str]]]] = {
    "VCALENDAR": {
        "VERSION": (ONCE, {"2.0"}),
        "PRODID": (ONCE, TEXT),
        "CALSCALE": (ONCE, {"GREGORIAN"}),
        "METHOD": (ONCE, {"PUBLISH"}),
        "NAME": (MANY, TEXT),
        "DESCRIPTION": (MANY, TEXT),
        "UID": (ONCE, TEXT),
        "LAST-MODIFIED": (ONCE, UTC_TIME),
        "URL": (ONCE, URI),
        "CATEGORIES": (MANY, TEXTS),
        "REFRESH-INTERVAL": (ONCE, DURATION),
        "SOURCE": (ONCE, URI),
        "COLOR": (ONCE, COLOUR),
        "IMAGE": (MANY, URI),
    },
    "VEVENT": {
        "UID": (ONCE, TEXT),
        "DTSTAMP": (ONCE, UTC_TIME),
        "CREATED": (ONCE, UTC_TIME),
        "LAST-MODIFIED": (ONCE, UTC_TIME),
        "SEQUENCE": (ONCE, NUMBER),
        "DTSTART": (ONCE, re.compile("|".join(each.pattern for each in (UTC_TIME, LOCAL, DATE)))),
        "DTEND": (ONCE, re.compile("|".join(each.pattern for each in (UTC_TIME, LOCAL, DATE)))),
        "SUMMARY": (ONCE, TEXT),
        "DESCRIPTION": (ONCE, TEXT),
        "LOCATION": (ONCE, TEXT),
        "URL": (ONCE, URI),
        "CATEGORIES": (MANY, TEXTS),
        "STATUS": (ONCE, {"CONFIRMED", "TENTATIVE", "CANCELLED"}),
        "CLASS": (ONCE, {"PUBLIC", "PRIVATE", "CONFIDENTIAL"}),
        "TRANSP": (ONCE, {"OPAQUE", "TRANSPARENT"}),
        "GEO": (ONCE, POINT),
        "COLOR": (ONCE, COLOUR),
        "IMAGE": (MANY, URI),
        "CONFERENCE": (MANY, URI),
    },
    "VTIMEZONE": {"TZID": (ONCE, TEXT), "LAST-MODIFIED": (ONCE, UTC_TIME), "TZURL": (ONCE, URI)},
    "STANDARD": {
        "DTSTART": (ONCE, LOCAL),
        "TZOFFSETFROM": (ONCE, OFFSET),
        "TZOFFSETTO": (ONCE, OFFSET),
        "RRULE": (ONCE, RULE),
        "TZNAME": (MANY, TEXT),
    },
}
PROPERTIES["DAYLIGHT"] = PROPERTIES["STANDARD"]

REQUIRED = {
    "VCALENDAR": {"VERSION", "PRODID"},
    "VEVENT": {"UID", "DTSTAMP", "DTSTART"},
    "VTIMEZONE": {"TZID"},
    "STANDARD": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
    "DAYLIGHT": {"DTSTART", "TZOFFSETFROM", "TZOFFSETTO"},
}
INSIDE = {"": {"VCALENDAR"}, "VCALENDAR": {"VEVENT", "VTIMEZONE"}, "VTIMEZONE": {"STANDARD", "DAYLIGHT"}}

VALUES = {"REFRESH-INTERVAL": "DURATION", "SOURCE": "URI", "IMAGE": "URI", "CONFERENCE": "URI"}
"""What RFC 7986 wants said, as these properties have no type of their own."""

PARAMETERS = {
    "DTSTART": {"VALUE", "TZID"},
    "DTEND": {"VALUE", "TZID"},
    "IMAGE": {"VALUE", "DISPLAY", "FMTTYPE", "ALTREP"},
    "CONFERENCE": {"VALUE", "FEATURE", "LABEL", "LANGUAGE"},
    "REFRESH-INTERVAL": {"VALUE"},
    "SOURCE": {"VALUE"},
}
CHOSEN = {
    "DISPLAY": {"BADGE", "GRAPHIC", "FULLSIZE", "THUMBNAIL"},
    "FEATURE": {"AUDIO", "CHAT", "FEED", "MODERATOR", "PHONE", "SCREEN", "VIDEO"},
}


class Astray(AssertionError):
    """What the grammar does not allow."""


@dataclass
class Property:
    name: str
    parameters: dict[str, str]
    value: str


@dataclass
class Component:
    name: str
    properties: list[Property] = field(default_factory=list)
    parts: list[Component] = field(default_factory=list)

    def all(self, name: str) -> list[Property]:
        """The properties of that name."""
        return [each for each in self.properties if each.name == name]

    def text(self, name: str) -> str:
        """The only value of that name, without its escapes; empty when there is none."""
        found = self.all(name)
        return unescaped(found[0].value) if found else ""


def unescaped(value: str) -> str:
    """A TEXT value as people read it."""
    return re.sub(r"\\(.)", lambda mark: "\n" if mark[1] in "nN" else mark[1], value)


def parse(octets: bytes) -> Component:
    """The calendar; `Astray` at the first thing that is not as the documents say."""
    calendar = _nested(_unfolded(octets))
    _check(calendar)
    zones = {zone.text("TZID") for zone in calendar.parts if zone.name == "VTIMEZONE"}
    for event in (each for each in calendar.parts if each.name == "VEVENT"):
        _check_period(event, zones)
    return calendar


def _unfolded(octets: bytes) -> list[str]:
    if not octets.endswith(b"\r\n"):
        raise Astray("the file does not end with a line")
    lines: list[str] = []
    for line in octets.removesuffix(b"\r\n").split(b"\r\n"):
        if len(line) > LINE_OCTETS or b"\r" in line or b"\n" in line:
            raise Astray(f"line too long, or with a break of another kind: {line!r}")
        # A line cut inside a letter does not decode by itself.
        text = line.decode("utf-8")
        if re.search("[\x00-\x08\x0a-\x1f\x7f]", text):
            raise Astray(f"a control character: {text!r}")
        if text.startswith((" ", "\t")):
            if not lines:
                raise Astray("a continuation of nothing")
            lines[-1] += text[1:]
        elif not text:
            raise Astray("an empty line")
        else:
            lines.append(text)
    return lines


def _nested(lines: list[str]) -> Component:
    root = Component("")
    stack = [root]
    for line in lines:
        read = _property(line)
        if read.name == "BEGIN":
            if read.value not in INSIDE.get(stack[-1].name, set()):
                raise Astray(f"{read.value} inside {stack[-1].name!r}")
            stack.append(Component(read.value))
            stack[-2].parts.append(stack[-1])
        elif read.name == "END":
            if len(stack) < 2 or stack.pop().name != read.value:
                raise Astray(f"the end of {read.value} ends something else")
        else:
            stack[-1].properties.append(read)
    if len(stack) != 1 or len(root.parts) != 1 or root.properties:
        raise Astray("not one whole calendar")
    return root.parts[0]


def _property(line: str) -> Property:
    read = CONTENT.fullmatch(line)
    if read is None:
        raise Astray(f"not a line of content: {line!r}")
    names = PARAMETER.findall(read[2])
    if len({name for name, _value in names}) != len(names):
        raise Astray(f"a parameter is there twice: {line!r}")
    return Property(read[1].upper(), {name.upper(): value.strip('"') for name, value in names}, read[3])


def _check(component: Component) -> None:
    known = PROPERTIES[component.name]
    counted = Counter(each.name for each in component.properties)
    if absent := REQUIRED[component.name] - counted.keys():
        raise Astray(f"{component.name} without {absent}")
    for each in component.properties:
        if each.name.startswith("X-"):
            continue
        if each.name not in known:
            raise Astray(f"{each.name} in {component.name}")
        often, kind = known[each.name]
        if often is ONCE and counted[each.name] > 1:
            raise Astray(f"{each.name} twice in {component.name}")
        is_right = each.value in kind if isinstance(kind, set) else kind.fullmatch(each.value)
        if not is_right:
            raise Astray(f"the value of {each.name}: {each.value!r}")
        _check_parameters(each)
    if component.name == "VCALENDAR" and not component.parts:
        raise Astray("a calendar without any component")
    if component.name == "VTIMEZONE" and not component.parts:
        raise Astray("a zone without any observance")
    for part in component.parts:
        _check(part)


def _check_parameters(read: Property) -> None:
    if unknown := read.parameters.keys() - PARAMETERS.get(read.name, set()):
        raise Astray(f"{unknown} with {read.name}")
    if read.name in VALUES and read.parameters.get("VALUE") != VALUES[read.name]:
        raise Astray(f"{read.name} does not say VALUE={VALUES[read.name]}")
    for name, words in CHOSEN.items():
        if name in read.parameters and not set(read.parameters[name].split(",")) <= words:
            raise Astray(f"{name}={read.parameters[name]}")
    if read.name == "GEO":
        latitude, longitude = map(float, read.value.split(";"))
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise Astray(f"nowhere on Earth: {read.value}")


def _check_period(event: Component, zones: set[str]) -> None:
    """Both ends of one kind, in a zone that the calendar describes, the second after the first."""
    bounds = [*event.all("DTSTART"), *event.all("DTEND")]
    kinds = set()
    for each in bounds:
        is_day = each.parameters.get("VALUE") == "DATE"
        zone = each.parameters.get("TZID")
        if is_day is not bool(DATE.fullmatch(each.value)):
            raise Astray(f"VALUE=DATE and {each.value} do not agree")
        if zone is not None and (is_day or each.value.endswith("Z") or zone not in zones):
            raise Astray(f"the zone {zone} of {each.value}")
        if zone is None and not is_day and not each.value.endswith("Z"):
            raise Astray(f"an hour of nowhere: {each.value}")
        kinds.add((is_day, zone))
    if len(kinds) != 1:
        raise Astray(f"two kinds of bounds: {kinds}")
    instants = [_instant(each.value) for each in bounds]
    if len(instants) == 2 and instants[1] - instants[0] <= timedelta(0):
        raise Astray(f"it ends before it starts: {bounds}")


def _instant(value: str) -> datetime:
    """To compare with one of the same kind only."""
    return datetime.fromisoformat(value.rstrip("Z"))
