"""Reads a calendar as GNOME, KDE and Thunderbird's ancestors do: with libical, of which Debian has a package.

Times are converted by the library from the zones that the file describes; nothing of ours, nor of Python's,
takes part in it.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache

from tests.absence import Absence

LIBICAL = Absence("libical", "sudo apt install libical3")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Time(ctypes.Structure):
    """`struct icaltimetype`, in every version 3."""

    _fields_ = [
        *((name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second")),
        ("is_date", ctypes.c_int),
        ("is_daylight", ctypes.c_int),
        ("zone", ctypes.c_void_p),
    ]


@dataclass(frozen=True, kw_only=True)
class ReadEvent:
    """What libical understands of an event."""

    uid: str
    start: date | datetime
    end: date | datetime | None
    title: str
    description: str
    location: str
    status: str
    sequence: int
    changed: datetime
    stamped: datetime


@cache
def _library() -> ctypes.CDLL:
    name = ctypes.util.find_library("ical") or "libical.so.3"
    try:
        library = ctypes.CDLL(name)
    except OSError:
        LIBICAL.report()
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    for function, arguments, answer in (
        ("icalparser_parse_string", [text], pointer),
        ("icalcomponent_free", [pointer], None),
        ("icalcomponent_count_errors", [pointer], number),
        ("icalrestriction_check", [pointer], number),
        ("icalcomponent_string_to_kind", [text], number),
        ("icalcomponent_get_first_component", [pointer, number], pointer),
        ("icalcomponent_get_next_component", [pointer, number], pointer),
        ("icalproperty_string_to_kind", [text], number),
        ("icalcomponent_get_first_property", [pointer, number], pointer),
        ("icalproperty_get_value_as_string", [pointer], text),
        ("icalcomponent_as_ical_string", [pointer], text),
        ("icalcomponent_get_uid", [pointer], text),
        ("icalcomponent_get_summary", [pointer], text),
        ("icalcomponent_get_description", [pointer], text),
        ("icalcomponent_get_location", [pointer], text),
        ("icalcomponent_get_sequence", [pointer], number),
        ("icalcomponent_get_dtstart", [pointer], _Time),
        ("icalcomponent_get_dtend", [pointer], _Time),
        ("icalcomponent_get_dtstamp", [pointer], _Time),
        ("icalproperty_get_lastmodified", [pointer], _Time),
        ("icaltime_as_timet_with_zone", [_Time, pointer], ctypes.c_long),
        ("icaltime_is_null_time", [_Time], number),
        ("icalerror_set_errors_are_fatal", [number], None),
    ):
        bound = getattr(library, function)
        bound.argtypes, bound.restype = arguments, answer
    library.icalerror_set_errors_are_fatal(0)
    return library


def read(text: str) -> dict[str, ReadEvent]:
    """The events by UID; a file that libical finds anything wrong with is refused."""
    library = _library()
    with _parsed(text) as calendar:
        trouble = library.icalcomponent_count_errors(calendar)
        assert trouble == 0, library.icalcomponent_as_ical_string(calendar).decode()
        assert library.icalrestriction_check(calendar) == 1, "required properties are missing, or too many"
        found = [_event(library, each) for each in _components(library, calendar, b"VEVENT")]
    by_uid = {event.uid: event for event in found}
    assert len(by_uid) == len(found), "a UID is there twice"
    return by_uid


@contextmanager
def _parsed(text: str) -> Iterator[int]:
    library = _library()
    calendar = library.icalparser_parse_string(text.encode())
    assert calendar, "not a calendar"
    try:
        yield calendar
    finally:
        library.icalcomponent_free(calendar)


def _components(library: ctypes.CDLL, calendar: int, name: bytes) -> Iterator[int]:
    kind = library.icalcomponent_string_to_kind(name)
    found = library.icalcomponent_get_first_component(calendar, kind)
    while found:
        yield found
        found = library.icalcomponent_get_next_component(calendar, kind)


def _event(library: ctypes.CDLL, event: int) -> ReadEvent:
    def text(name: str) -> str:
        octets: bytes | None = getattr(library, f"icalcomponent_get_{name}")(event)
        return (octets or b"").decode()

    def value(name: bytes) -> int:
        found: int = library.icalcomponent_get_first_property(
            event, library.icalproperty_string_to_kind(name)
        )
        assert found, name
        return found

    changed = _moment(library, library.icalproperty_get_lastmodified(value(b"LAST-MODIFIED")))
    stamped = _moment(library, library.icalcomponent_get_dtstamp(event))
    start = _moment(library, library.icalcomponent_get_dtstart(event))
    assert isinstance(changed, datetime)
    assert isinstance(stamped, datetime)
    assert start is not None
    return ReadEvent(
        uid=text("uid"),
        start=start,
        end=_moment(library, library.icalcomponent_get_dtend(event)),
        title=text("summary"),
        description=text("description"),
        location=text("location"),
        status=library.icalproperty_get_value_as_string(value(b"STATUS")).decode(),
        sequence=library.icalcomponent_get_sequence(event),
        changed=changed,
        stamped=stamped,
    )


def _moment(library: ctypes.CDLL, time: _Time) -> date | datetime | None:
    if library.icaltime_is_null_time(time):
        return None
    if time.is_date:
        return date(time.year, time.month, time.day)
    return EPOCH + timedelta(seconds=library.icaltime_as_timet_with_zone(time, time.zone))
