"""Dated things as an iCalendar file: what feeds, personal calendars and e-mail attachments are made of.

Everything written comes from the entries themselves, never from the present instant, so that the same rows
always give the same bytes: a feed that has not changed keeps its ETag, and its readers get « 304 ».
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar.parser import Contentline
from werkzeug.urls import iri_to_uri

from campaign.events.vtimezone import vtimezone_lines

PRODUCT = "-//Pavois//Calendrier//FR"
DEFAULT_ZONE = "America/Toronto"
PIECE = 32
"""Entries of a piece of a long calendar, on average."""

COLOR = "midnightblue"
"""The nearest of the named colours of CSS to that of the pages: RFC 7986 takes no other."""

Status = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]

JOIN = "Participer en ligne"
"""What the button that leads to an online activity says."""

_CANCELLED_PREFIX = "ANNULÉ – "
_LINE_BREAK = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """One dated thing: either an instant (`starts_at`, aware) or whole days (`ends_on` is the last)."""

    uid: str
    sequence: int
    created_at: datetime
    updated_at: datetime
    zone: str
    title: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    description: str = ""
    location: str = ""
    url: str = ""
    status: Status = "CONFIRMED"
    latitude: float | None = None
    longitude: float | None = None
    categories: tuple[str, ...] = ()
    prefix: str | None = None
    """What stands before the title; by itself, « ANNULÉ » before that of what is cancelled."""
    picture: str = ""
    """The address of its picture, and the kind of file that it leads to."""
    picture_type: str = ""
    conference: str = ""
    """Where everybody may join it, online."""
    is_private: bool = False
    """For whoever holds the calendar: it is not to be shown around."""

    def __post_init__(self) -> None:
        if (self.starts_at is None) == (self.starts_on is None):
            raise ValueError("a calendar entry starts either at an instant or on a day")
        for instant in (self.starts_at, self.ends_at, self.created_at, self.updated_at):
            if instant is not None and instant.tzinfo is None:
                raise ValueError("a calendar entry takes aware instants only")

    @property
    def is_all_day(self) -> bool:
        return self.starts_on is not None


@dataclass(frozen=True, slots=True)
class WrittenEntry:
    """The text of one entry, ready to take its place in any calendar."""

    order: tuple[datetime, str]
    """Where it stands among the others."""
    zone: str
    """The time zone that the calendar must describe; empty when the entry needs none."""
    octets: bytes
    insistent: bytes
    """For readers that hide what is cancelled: confirmed, « ANNULÉ » in its title. Otherwise the same."""
    ends_piece: bool = False
    """A long calendar is cut after it: see `pieces`."""


def write_entry(entry: CalendarEntry) -> WrittenEntry:
    """The entry as text. It depends on nothing else: it may be kept as long as the entry does not change."""
    octets = _vevent(entry, entry.status)
    return WrittenEntry(
        order=_chronological(entry),
        zone=entry.zone if _is_written_in_zone(entry) else "",
        octets=octets,
        insistent=_vevent(entry, "CONFIRMED") if entry.status == "CANCELLED" else octets,
        ends_piece=zlib.crc32(entry.uid.encode()) % PIECE == 0,
    )


def write_calendar(
    entries: Iterable[CalendarEntry],
    *,
    name: str,
    description: str = "",
    url: str = "",
    source: str = "",
    refresh_hours: int = 12,
    method: str | None = None,
) -> bytes:
    """The whole file; see `join_calendar`, which feeds use with entries written beforehand."""
    return join_calendar(
        map(write_entry, entries),
        name=name,
        description=description,
        url=url,
        source=source,
        refresh_hours=refresh_hours,
        method=method,
    )


def join_calendar(
    entries: Iterable[WrittenEntry],
    *,
    name: str,
    description: str = "",
    url: str = "",
    source: str = "",
    refresh_hours: int = 12,
    method: str | None = None,
    is_insistent: bool = False,
) -> bytes:
    """The whole file, in the order of the events' instants whatever the order received.

    `url` is the page that shows the same calendar to people, `source` the address where the file is renewed.
    Feeds have no `method`; a file attached to an e-mail says "PUBLISH". An insistent calendar shows what is
    cancelled even in readers that hide it.
    """
    parts = pieces(
        entries,
        name=name,
        description=description,
        url=url,
        source=source,
        refresh_hours=refresh_hours,
        method=method,
        is_insistent=is_insistent,
    )
    return b"".join(octets for piece in parts for octets in piece)


Piece = tuple[bytes, ...]
"""Texts that stand together in a calendar."""


def pieces(
    entries: Iterable[WrittenEntry],
    *,
    name: str,
    description: str = "",
    url: str = "",
    source: str = "",
    refresh_hours: int = 12,
    method: str | None = None,
    is_insistent: bool = False,
) -> list[Piece]:
    """The file of `join_calendar` in pieces: its head, its entries by some thirty, its end.

    It is cut by the entries themselves, not by counting them: the same entries always make the same pieces,
    and one entry more, less or otherwise written leaves all pieces but its own as they were.
    """
    ordered = sorted(entries, key=attrgetter("order"))
    head = _head(name, description, url, source, refresh_hours, method)
    zones = {entry.zone for entry in ordered if entry.zone}
    if not ordered:
        # RFC 5545 refuses a calendar without any component, and so do some readers: it describes its zone.
        zones = {DEFAULT_ZONE}
    for zone in sorted(zones):
        head += vtimezone_lines(zone)
    return [(_written(head),), *_cut(ordered, is_insistent), (b"END:VCALENDAR\r\n",)]


def _cut(ordered: Sequence[WrittenEntry], is_insistent: bool) -> Iterable[Piece]:
    texts: list[bytes] = []
    for entry in ordered:
        texts.append(entry.insistent if is_insistent else entry.octets)
        if entry.ends_piece:
            yield tuple(texts)
            texts = []
    if texts:
        yield tuple(texts)


def _head(
    name: str, description: str, url: str, source: str, refresh_hours: int, method: str | None
) -> list[str]:
    """What the calendar says of itself."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN"]
    if method:
        lines.append(f"METHOD:{method}")
    title, summary = _escaped(_single_line(name)), _escaped(_single_line(description))
    lines += [f"NAME:{title}", f"X-WR-CALNAME:{title}", f"X-WR-TIMEZONE:{DEFAULT_ZONE}"]
    if summary:
        lines += [f"DESCRIPTION:{summary}", f"X-WR-CALDESC:{summary}"]
    if url:
        lines.append(f"URL:{_uri(url)}")
    if source:
        lines.append(f"SOURCE;VALUE=URI:{_uri(source)}")
    lines.append(f"COLOR:{COLOR}")
    return [
        *lines,
        f"REFRESH-INTERVAL;VALUE=DURATION:PT{refresh_hours}H",
        f"X-PUBLISHED-TTL:PT{refresh_hours}H",
    ]


def _vevent(entry: CalendarEntry, status: Status) -> bytes:
    """One event, under that status; what is cancelled says so in its title too, and takes nobody's time."""
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_single_line(entry.uid)}",
        f"DTSTAMP:{_utc(entry.updated_at)}",
        f"CREATED:{_utc(entry.created_at)}",
        f"LAST-MODIFIED:{_utc(entry.updated_at)}",
        f"SEQUENCE:{entry.sequence}",
        *_period_lines(entry),
        *_word_lines(entry),
        f"STATUS:{status}",
        f"CLASS:{'PRIVATE' if entry.is_private else 'PUBLIC'}",
    ]
    if entry.is_all_day or entry.status == "CANCELLED":
        lines.append("TRANSP:TRANSPARENT")
    if entry.latitude is not None and entry.longitude is not None:
        lines.append(f"GEO:{entry.latitude:.6f};{entry.longitude:.6f}")
    if entry.picture:
        kind = f";FMTTYPE={entry.picture_type}" if entry.picture_type else ""
        lines.append(f"IMAGE;VALUE=URI;DISPLAY=BADGE{kind}:{_uri(entry.picture)}")
    if entry.conference:
        lines.append(f"CONFERENCE;VALUE=URI;FEATURE=VIDEO;LABEL={JOIN}:{_uri(entry.conference)}")
    return _written([*lines, "END:VEVENT"])


def _period_lines(entry: CalendarEntry) -> list[str]:
    if entry.starts_on is not None:
        day_after = (entry.ends_on or entry.starts_on) + timedelta(days=1)
        return [f"DTSTART;VALUE=DATE:{entry.starts_on:%Y%m%d}", f"DTEND;VALUE=DATE:{day_after:%Y%m%d}"]
    bounds = [
        (name, at) for name, at in (("DTSTART", entry.starts_at), ("DTEND", entry.ends_at)) if at is not None
    ]
    if not _is_written_in_zone(entry):
        return [f"{name}:{_utc(at)}" for name, at in bounds]
    zone = ZoneInfo(entry.zone)
    return [f"{name};TZID={entry.zone}:{at.astimezone(zone):%Y%m%dT%H%M%S}" for name, at in bounds]


def _word_lines(entry: CalendarEntry) -> list[str]:
    prefix = entry.prefix
    if prefix is None:
        prefix = _CANCELLED_PREFIX if entry.status == "CANCELLED" else ""
    words = {
        "SUMMARY": _escaped(prefix + _single_line(entry.title)),
        "DESCRIPTION": _escaped(_clean(entry.description)),
        "LOCATION": _escaped(_single_line(entry.location, separator=", ")),
        "URL": _uri(entry.url),
        "CATEGORIES": ",".join(_escaped(_single_line(category)) for category in entry.categories),
    }
    return [f"{name}:{value}" for name, value in words.items() if value]


def _written(lines: Iterable[str]) -> bytes:
    """Lines of at most 75 octets; most are short already, and seeing it costs less than asking to fold."""
    encoded = ((line, line.encode()) for line in lines)
    return b"".join((octets if len(octets) <= 75 else _folded(line)) + b"\r\n" for line, octets in encoded)


def _folded(line: str) -> bytes:
    octets: bytes = Contentline(line).to_ical()  # type: ignore[no-untyped-call]  # the library leaves it untyped
    return octets


def _is_written_in_zone(entry: CalendarEntry) -> bool:
    """Whether the entry's clock time says which instant it is.

    In November one hour comes twice, and a clock time with a zone always means its first passage. An entry
    that starts or ends in the second one is written in UTC.
    """
    if entry.starts_at is None:
        return False
    zone = ZoneInfo(entry.zone)
    instants = [instant for instant in (entry.starts_at, entry.ends_at) if instant is not None]
    return not any(instant.astimezone(zone).fold for instant in instants)


def _chronological(entry: CalendarEntry) -> tuple[datetime, str]:
    if entry.starts_at is not None:
        return entry.starts_at, entry.uid
    assert entry.starts_on is not None  # noqa: S101 - the entry refuses to have neither
    return datetime.combine(entry.starts_on, time.min, ZoneInfo(entry.zone)), entry.uid


def _clean(text: str) -> str:
    """Text that any reader takes: one kind of line break, no tab, no control character, no lone surrogate."""
    return _UNWRITABLE.sub("", _LINE_BREAK.sub("\n", text)).replace("\t", " ").strip()


def _single_line(text: str, separator: str = " ") -> str:
    return separator.join(part.strip(" ") for part in _clean(text).split("\n") if part.strip(" "))


def _uri(address: str) -> str:
    """An address as RFC 3986 writes it: in ASCII, without any space."""
    return iri_to_uri("".join(_clean(address).split()))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
