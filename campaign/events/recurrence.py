"""« Chaque semaine jusqu’au … »: a repeated date, as separate ones that each may be moved or called off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import takewhile

from campaign.errors import Conflict
from campaign.events.content import Sitting
from campaign.i18n import _

MOST_DATES = 60
"""In one activity, a year of weeks fits."""


class Rhythm(StrEnum):
    ONCE = "une-fois"
    DAILY = "chaque-jour"
    WEEKLY = "chaque-semaine"
    FORTNIGHTLY = "deux-semaines"


RHYTHMS: Mapping[Rhythm, str] = {
    Rhythm.ONCE: _("Ne se répète pas"),
    Rhythm.DAILY: _("Chaque jour"),
    Rhythm.WEEKLY: _("Chaque semaine"),
    Rhythm.FORTNIGHTLY: _("Toutes les deux semaines"),
}

STEPS = {
    Rhythm.DAILY: timedelta(days=1),
    Rhythm.WEEKLY: timedelta(weeks=1),
    Rhythm.FORTNIGHTLY: timedelta(weeks=2),
}


class TooManyDates(Conflict):
    """More dates than one activity holds."""


def expand(sittings: Iterable[Sitting], rhythm: Rhythm, until: date | None) -> tuple[Sitting, ...]:
    """Each date and its repetitions up to that day, in order, each once. Hours are those of the clocks, so
    that 9 h 30 stays 9 h 30 when the clocks change."""
    found: set[Sitting] = set()
    for first in sittings:
        for sitting in _repeated(first, STEPS.get(rhythm), until):
            found.add(sitting)
            if len(found) > MOST_DATES:
                raise TooManyDates(
                    _(
                        "Une activité a au plus %(most)s dates. Choisissez un dernier jour plus proche.",
                        most=MOST_DATES,
                    )
                )
    return tuple(sorted(found, key=_order))


def _repeated(first: Sitting, step: timedelta | None, until: date | None) -> Iterable[Sitting]:
    if step is None or until is None:
        return (first,)
    later = (_moved(first, step * times) for times in range(1, MOST_DATES + 1))
    return (first, *takewhile(lambda sitting: sitting.day <= until, later))


def _moved(sitting: Sitting, by: timedelta) -> Sitting:
    return replace(
        sitting,
        day=sitting.day + by,
        last_day=sitting.last_day + by if sitting.last_day else None,
    )


def _order(sitting: Sitting) -> tuple[date, str, str, str]:
    return sitting.day, str(sitting.starts or ""), str(sitting.ends or ""), str(sitting.last_day or "")
