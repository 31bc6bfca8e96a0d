"""Dates of activities as people write them in a cell: one, several, with or without hours, whole days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time

from campaign.events.content import Sitting
from campaign.web import typed
from campaign.web.filters import MONTHS, NBSP
from campaign.web.tables import as_day, as_hour
from campaign.web.typed import Unreadable

MOST_DATES = 60
HINT = (
    f"Inscrivez par exemple «{NBSP}15 novembre 2027{NBSP}» ou "
    f"«{NBSP}15 nov. 10{NBSP}h; 17 nov. 10{NBSP}h{NBSP}»."
)

_HOUR = r"(?:\d{1,2}\s*(?:h|:)\s*(?:\d{2})?(?::00)?|\d{1,2}\s+heures?|midi)"
_HOURS = re.compile(
    rf"[\s,]*(?:\bà|\bde|\bdès)?\s*(?P<starts>{_HOUR})(?:\s*(?:à|-|–|au|jusqu[’']à)\s*(?P<ends>{_HOUR}))?\s*$",
    re.IGNORECASE,
)
_SPAN = re.compile(r"^(?:du\s+)?(?P<first>.+?)\s+(?:au|–|-)\s+(?P<last>.+)$", re.IGNORECASE)
_MONTH = re.compile(rf"({'|'.join(MONTHS)}|janv|févr|fevr|avr|juil|sept|oct|nov|déc|dec)\b\.?", re.IGNORECASE)


def read_dates(
    written: str, *, starts: str = "", ends: str = "", last_day: str = "", year: int
) -> tuple[Sitting, ...]:
    """The sittings of one row. Raises `Unreadable` with a sentence that says how to mend it.

    Hours beside a date win over those of their own columns; a date without a year is of that year.
    """
    opens, closes = read_hour_cell(starts), read_hour_cell(ends)
    last = read_day_cell(last_day, year) if last_day else None
    parts = [part.strip() for part in re.split(r"[;\n]", written) if part.strip()]
    if len(parts) > MOST_DATES:
        raise Unreadable(f"Une activité a au plus {MOST_DATES} dates.")
    if last and len(parts) > 1:
        raise Unreadable(f"Un dernier jour va avec une seule date. {HINT}")
    sittings = [one for part in parts for one in _one(part, opens, closes, last, year)]
    if len(set(sittings)) < len(sittings):
        raise Unreadable("Une date est écrite deux fois.")
    return tuple(sorted(sittings, key=lambda one: (one.day, one.starts or time())))


def _one(
    part: str, opens: time | None, closes: time | None, last: date | None, year: int
) -> Iterator[Sitting]:
    hours = _HOURS.search(part)
    if hours and hours.start() and not as_day(part):
        part, opens = part[: hours.start()].strip(" ,"), read_hour_cell(hours["starts"])
        closes = read_hour_cell(hours["ends"]) if hours["ends"] else closes
    span = None if _is_day(part, year) else _SPAN.match(part)
    if span:
        last = read_day_cell(span["last"], year)
        first = _first_of_span(span["first"], last, year)
    else:
        first = read_day_cell(part, year)
    if closes and not opens:
        raise Unreadable("L’heure de la fin est là, sans celle du début.")
    if last and last < first:
        raise Unreadable("Le dernier jour vient avant le premier.")
    if last and last != first and opens:
        raise Unreadable(
            "Des jours qui se suivent n’ont pas d’heure. Pour une heure chaque jour, "
            "écrivez chaque date, séparée par un point-virgule."
        )
    yield Sitting(day=first, starts=opens, ends=closes, last_day=last if last != first else None)


def _is_day(text: str, year: int) -> bool:
    try:
        read_day_cell(text, year)
    except Unreadable:
        return False
    return True


def _first_of_span(text: str, last: date, year: int) -> date:
    """« 15 » of « du 15 au 21 novembre » takes the month of the last day."""
    plain = re.sub(r"^[a-zé]+\s+(?=\d)|er$", "", text.strip().lower())
    if plain.isdecimal():
        return typed.read_day(f"{last.year}-{last.month:02d}-{int(plain):02d}")
    return read_day_cell(text, year)


def read_day_cell(text: str, year: int) -> date:
    """A day as typed, as a spreadsheet keeps it, or without its year."""
    serial = as_day(text)
    if serial is not None:
        return serial
    text = re.sub(r"\s+00:00$", "", text)
    if not re.search(r"\d{4}", text) and _MONTH.search(text):
        text = f"{text.rstrip(' .,')} {year}"
    return typed.read_day(text)


def read_hour_cell(text: str) -> time | None:
    """An hour as typed or as a spreadsheet keeps it; None for an empty cell."""
    if not text:
        return None
    return as_hour(text) or typed.read_hour(text.strip())
