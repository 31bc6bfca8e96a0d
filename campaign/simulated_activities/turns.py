"""What becomes of an activity after it was published: a few are called off or postponed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from campaign.events.content import ActivityContent
from campaign.events.models import EventKind


class Turn(StrEnum):
    """What becomes of an activity after it was published."""

    AS_PLANNED = "comme_prevu"
    CANCELLED = "annulee"
    POSTPONED = "reportee"
    TO_BE_CONFIRMED = "reportee_sans_date"
    ONE_DATE_CANCELLED = "une_date_annulee"
    ONE_DATE_POSTPONED = "une_date_reportee"


UNUSUAL_TURNS = (
    *[Turn.CANCELLED] * 7,
    *[Turn.POSTPONED] * 5,
    *[Turn.TO_BE_CONFIRMED] * 2,
    *[Turn.ONE_DATE_CANCELLED] * 3,
    *[Turn.ONE_DATE_POSTPONED] * 3,
)
REASONS = {
    Turn.CANCELLED: ("La personne qui devait l’animer est malade.", "La salle est fermée pour des travaux."),
    Turn.POSTPONED: ("La salle est prise ce jour-là.", "Une tempête est annoncée."),
    Turn.TO_BE_CONFIRMED: ("Le local a subi un dégât d’eau.",),
    Turn.ONE_DATE_CANCELLED: ("L’équipe est en formation ce jour-là.",),
    Turn.ONE_DATE_POSTPONED: ("La bibliothèque ferme plus tôt ce jour-là.",),
}


@dataclass(frozen=True, kw_only=True)
class Imagined:
    """One activity: what is said of it, since when it is in the calendar, and what became of it."""

    key: str
    """Its own, which stays the same each time the demonstration is made anew."""
    content: ActivityContent
    published_at: datetime
    turn: Turn = Turn.AS_PLANNED
    turned_at: datetime | None = None
    reason: str = ""


def with_turns(told: Sequence[Imagined], chance: Random, now: datetime) -> Iterator[Imagined]:
    """What happened afterwards to a few of the local ones."""
    local = [one for one in told if one.content.kind is EventKind.ACTIVITY]
    several = [one for one in local if len(one.content.sittings) > 1]
    single = [one for one in local if len(one.content.sittings) == 1 and one.content.sittings[0].starts]
    of_one_date = [turn for turn in UNUSUAL_TURNS if turn.value.startswith("une_date")]
    of_all = [turn for turn in UNUSUAL_TURNS if turn not in of_one_date]
    turns = dict(
        [
            *zip(
                (one.key for one in chance.sample(several, len(of_one_date))),
                of_one_date,
                strict=True,
            ),
            *zip((one.key for one in chance.sample(single, len(of_all))), of_all, strict=True),
        ]
    )
    for one in told:
        turn = turns.get(one.key)
        yield _turned(one, turn, chance, now) if turn else one


def _turned(one: Imagined, turn: Turn, chance: Random, now: datetime) -> Imagined:
    at = one.published_at + timedelta(days=chance.randint(1, 12), minutes=chance.randint(0, 300))
    reason = chance.choice(REASONS[turn])
    return replace(one, turn=turn, turned_at=min(at, now), reason=reason)
