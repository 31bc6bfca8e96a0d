"""Days on which a town hall is closed, computed for any year, and municipal election periods."""

from __future__ import annotations

from datetime import date, timedelta

from campaign.web.filters import NBSP, full_date, long_date

MONDAY, SATURDAY, SUNDAY = 0, 5, 6

FIRST_SIMULTANEOUS_ELECTION = 2005
"""Since then all local municipalities vote together, every four years."""

CANDIDACY_OPENS = timedelta(days=44)
"""Before the vote. Read in the ministry's calendar of 2025 (19 September for 2 November), then applied to the
other years: the law counts the same way, but nobody has published the calendar of 2029 yet."""


def is_working_day(day: date) -> bool:
    """A town hall may be expected to be open."""
    return closing_reason(day) is None


def working_days_after(day: date, count: int) -> date:
    """The day by which something is done « en deux jours ouvrables » when it was asked for that day."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def closing_reason(day: date) -> str | None:
    """Why nobody is at the town hall that day, as it follows a date: « jour de l’Action de grâce »."""
    holiday = _holiday(day)
    if holiday is not None:
        return holiday
    return "jour de fin de semaine" if day.weekday() >= SATURDAY else None


def _holiday(day: date) -> str | None:
    """The closing days of the sending rules: those of the months of a campaign, from June to February."""
    fixed = {(6, 24): "jour de la Fête nationale", (7, 1): "jour de la fête du Canada"}
    if (day.month, day.day) in fixed:
        return fixed[day.month, day.day]
    if (day.month, day.day) >= (12, 25) or (day.month, day.day) <= (1, 2):
        return "dans le congé des Fêtes"
    if day == _nth(MONDAY, 1, day.year, 9):
        return "jour de la fête du Travail"
    if day == _nth(MONDAY, 2, day.year, 10):
        return "jour de l’Action de grâce"
    return None


def _nth(weekday: int, rank: int, year: int, month: int) -> date:
    """The first, second… such weekday of a month."""
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (rank - 1))


def municipal_election_on(year: int) -> date | None:
    """The day of the municipal general election: the first Sunday of November, every four years."""
    if year < FIRST_SIMULTANEOUS_ELECTION or (year - FIRST_SIMULTANEOUS_ELECTION) % 4:
        return None
    return _nth(SUNDAY, 1, year, 11)


def election_warning(day: date) -> str | None:
    """What to watch for in a message that leaves between the opening of candidacies and the municipal vote.

    Sure: the day of the vote (first Sunday of November, every four years); the title of the law does not
    apply to county municipalities nor to northern, Cree and Naskapi villages. Observed in 2025 only: the
    opening of candidacies 44 days before. Not checked in the text of the law: that a council no longer sits
    in the last 30 days, hence « peut ne pas siéger ».
    """
    vote = municipal_election_on(day.year)
    if vote is None or not vote - CANDIDACY_OPENS <= day <= vote:
        return None
    return (
        f"Le {full_date(day)} tombe en période électorale municipale (candidatures à partir du "
        f"{long_date(vote - CANDIDACY_OPENS)}, vote le {long_date(vote)}){NBSP}: ne nommez et ne montrez "
        "aucune personne candidate, et n’attendez pas de résolution, car le conseil peut ne pas siéger."
    )
