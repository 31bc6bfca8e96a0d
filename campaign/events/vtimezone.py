"""The time zones of Québec as iCalendar text: VTIMEZONE blocks with the yearly rule, written by us.

Generated blocks list each change one by one and start an hour late, so two widespread readers place every
summer event an hour off. A rule per half-year is shorter, never ends, and reads alike everywhere. The rules
are those in force since 2007, before the first edition of any campaign; the tests hold them against the zone
database.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Observance:
    """A part of the year with one offset: how it is called, where the clock comes from and goes to."""

    kind: str
    name: str
    offset_from: str
    offset_to: str
    starts: str
    rule: str = ""

    def lines(self) -> list[str]:
        return [
            f"BEGIN:{self.kind}",
            f"DTSTART:{self.starts}",
            *([f"RRULE:{self.rule}"] if self.rule else []),
            f"TZNAME:{self.name}",
            f"TZOFFSETFROM:{self.offset_from}",
            f"TZOFFSETTO:{self.offset_to}",
            f"END:{self.kind}",
        ]


def _with_daylight_time(
    standard_name: str, standard: str, daylight_name: str, daylight: str
) -> tuple[_Observance, ...]:
    """Second Sunday of March to first Sunday of November, both at 2:00 on the clock about to change."""
    return (
        _Observance(
            "DAYLIGHT",
            daylight_name,
            standard,
            daylight,
            "20070311T020000",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=2SU",
        ),
        _Observance(
            "STANDARD",
            standard_name,
            daylight,
            standard,
            "20071104T020000",
            "FREQ=YEARLY;BYMONTH=11;BYDAY=1SU",
        ),
    )


_OBSERVANCES: dict[str, tuple[_Observance, ...]] = {
    "America/Toronto": _with_daylight_time("EST", "-0500", "EDT", "-0400"),
    "America/Halifax": _with_daylight_time("AST", "-0400", "ADT", "-0300"),
    "America/Blanc-Sablon": (_Observance("STANDARD", "AST", "-0400", "-0400", "20070101T000000"),),
}


def vtimezone_lines(zone: str) -> list[str]:
    """The content lines of one zone, without line ends; ValueError for a zone that Québec does not use."""
    if zone not in _OBSERVANCES:
        raise ValueError(f"no calendar block for the time zone {zone!r}")
    lines = ["BEGIN:VTIMEZONE", f"TZID:{zone}"]
    for observance in _OBSERVANCES[zone]:
        lines += observance.lines()
    return [*lines, "END:VTIMEZONE"]
