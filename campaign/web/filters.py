"""How dates, hours, numbers and telephones are written in Québec French."""

from __future__ import annotations

import re
from datetime import date, datetime, time

from flask import Flask

from campaign import clock

NBSP = "\u00a0"
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def ordinal_day(day: date) -> str:
    """« 1er » for the first of the month, a plain number after."""
    return "1er" if day.day == 1 else str(day.day)


def long_date(day: date | None) -> str:
    """« 15 novembre 2027 »"""
    if day is None:
        return ""
    return f"{ordinal_day(day)}{NBSP}{MONTHS[day.month - 1]}{NBSP}{day.year}"


def day_month(day: date | None) -> str:
    """« 15 novembre »"""
    return "" if day is None else f"{ordinal_day(day)}{NBSP}{MONTHS[day.month - 1]}"


def weekday(day: date) -> str:
    """« lundi »"""
    return DAYS[day.weekday()]


def full_date(day: date | None) -> str:
    """« lundi 15 novembre 2027 »"""
    return "" if day is None else f"{weekday(day)} {long_date(day)}"


def date_range(start: date | None, end: date | None) -> str:
    """« du 15 au 21 novembre 2027 », « du 29 novembre au 5 décembre 2027 », « le 15 novembre 2027 »."""
    if start is None or end is None:
        return ""
    if start == end:
        return f"le {long_date(start)}"
    if (start.year, start.month) == (end.year, end.month):
        return f"du {ordinal_day(start)} au {long_date(end)}"
    first = day_month(start) if start.year == end.year else long_date(start)
    return f"du {first} au {long_date(end)}"


def hour(moment: time | datetime | None) -> str:
    """« 10 h », « 9 h 30 »"""
    if moment is None:
        return ""
    return f"{moment.hour}{NBSP}h" + (f"{NBSP}{moment.minute:02d}" if moment.minute else "")


def local_hour(instant: datetime | None, zone: str) -> str:
    """The hour at the place, with the zone in words where it is not the one of almost all of Québec."""
    if instant is None:
        return ""
    words = "" if zone == clock.EASTERN else f", {clock.ZONE_WORDS.get(zone, zone)}"
    return hour(clock.to_local(instant, zone)) + words


def local_day(instant: datetime, zone: str = clock.EASTERN) -> date:
    """The day at the place, to write with another filter."""
    return clock.today(instant, zone)


def as_of(instant: datetime) -> str:
    """« en date du 22 novembre 2026 à 9 h 30 »"""
    local = clock.to_local(instant, clock.EASTERN)
    return f"en date du {long_date(local)} à {hour(local)}"


def stamp(instant: datetime | None) -> str:
    """« 22 novembre 2026 à 9 h 30 »"""
    if instant is None:
        return ""
    local = clock.to_local(instant, clock.EASTERN)
    return f"{long_date(local)} à {hour(local)}"


def number(value: float) -> str:
    """« 1 098 », « 1,5 »"""
    text = f"{value:,}".replace(",", NBSP).replace(".", ",")
    return text.removesuffix(",0")


def ordinal(value: int) -> str:
    """« 1re », « 12e » (édition is feminine)."""
    return "1re" if value == 1 else f"{value}e"


def telephone(digits: str, extension: str = "") -> str:
    """« 418 756-3554, poste 12 »; what is not ten digits is shown as it is."""
    if re.fullmatch(r"\d{10}", digits):
        digits = f"{digits[:3]}{NBSP}{digits[3:6]}-{digits[6:]}"
    return f"{digits}, poste{NBSP}{extension}" if extension and digits else digits


def capitalize_first(text: str) -> str:
    """« la Ville de Varennes » → « La Ville de Varennes »; the rest keeps its capitals."""
    return text[:1].upper() + text[1:]


def weight(size_bytes: int) -> str:
    """« 220 ko », « 1,4 Mo »: what a file weighs."""
    if size_bytes < 1_000_000:
        return f"{max(round(size_bytes / 1000), 1)}{NBSP}ko"
    return f"{size_bytes / 1_000_000:.1f}{NBSP}Mo".replace(".", ",")


def init_app(app: Flask) -> None:
    """Make them filters of every template."""
    for filter_ in (
        long_date,
        day_month,
        weekday,
        full_date,
        date_range,
        hour,
        local_hour,
        local_day,
        as_of,
        stamp,
        number,
        ordinal,
        telephone,
        capitalize_first,
        weight,
    ):
        app.add_template_filter(filter_)
