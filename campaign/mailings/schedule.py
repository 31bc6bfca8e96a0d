"""When a mailing leaves: its rule, the days and hours allowed to its class, and the sentence that says why.

A rule is read on the clocks of the person who receives: « 35 jours avant, à 9 h » is a date, then 9 h where
they live, then an instant. Nothing here reads the present time or the database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from campaign import clock
from campaign.campaigns.holidays import closing_reason, is_working_day
from campaign.web.filters import NBSP, capitalize_first, full_date, local_hour, weekday
from campaign.web.filters import day_month as day_and_month

LATE_AFTER = timedelta(hours=48)
"""A mailing that the worker finds later than this waits for a person: its words may be out of season."""

UNDO = timedelta(minutes=10)
"""Between « Envoyer » and the first message: the time to change one’s mind."""

SPACING_DAYS = 10
"""Between two solicitations to one address, whoever sends them."""

MAX_DAYS = 400
MAX_HOURS = 72


class MailingClass(StrEnum):
    """What a mailing is for its reader; it says on which days and hours it may leave."""

    SERVICE = "service"
    SOLICITATION = "sollicitation"
    MEDIA = "medias"
    TEAM = "equipe"


@dataclass(frozen=True)
class Window:
    """Hours of a day in which a class of mailing may leave, the last one excluded."""

    opens: time
    closes: time
    weekdays: frozenset[int]
    days_in_words: str

    def allows_day(self, day: date) -> bool:
        return day.weekday() in self.weekdays and is_working_day(day)

    def allows_hour(self, wall_time: time) -> bool:
        return self.opens <= wall_time.replace(tzinfo=None) < self.closes


_WORKING_WEEK = frozenset(range(5))
_OFFICE_HOURS = Window(time(8), time(17), _WORKING_WEEK, "les jours ouvrables")

WINDOWS: Mapping[MailingClass, Window] = {
    MailingClass.SERVICE: _OFFICE_HOURS,
    # Mondays are for the weekend's mail, small town halls close on Fridays: an invitation is read between.
    MailingClass.SOLICITATION: Window(time(9), time(15), frozenset({1, 2, 3}), "du mardi au jeudi"),
    # A newsroom and the team can be asked something at office hours only. An embargo is told in the text: the
    # message leaves the working day before, not at 5 h in the morning.
    MailingClass.MEDIA: _OFFICE_HOURS,
    MailingClass.TEAM: _OFFICE_HOURS,
}


class Anchor(StrEnum):
    """The day or the instant from which a rule counts."""

    DAY_J = "jour_j"
    FIXED = "date_fixe"
    CEREMONY = "ceremonie"
    """The recipient's own ceremony. For a participation that has none, callers give day J."""
    REGISTERED = "inscription"
    SHIPPED = "expedition"
    COUNCIL = "seance_du_conseil"
    DRAFT = "brouillon"
    SESSION = "seance"
    """A session of a gathering or a training."""


_DAYS_ONLY = frozenset({Anchor.DAY_J, Anchor.FIXED, Anchor.COUNCIL})
"""Anchors that are a day, without an hour from which to count."""

PER_RECIPIENT = frozenset(
    {Anchor.CEREMONY, Anchor.REGISTERED, Anchor.SHIPPED, Anchor.COUNCIL, Anchor.DRAFT, Anchor.SESSION}
)
"""Anchors that differ from one recipient to the next: such a mailing leaves all along, not on one day."""


class Move(StrEnum):
    """Where a day that is not allowed goes."""

    FORWARD = "apres"
    BACKWARD = "avant"


class InvalidRule(ValueError):
    """A rule that cannot be computed. Its message is a French sentence for the organizer."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When a mailing leaves, counted from an anchor.

    With `at`, it leaves at that hour of the recipient's day, `days` after the anchor's. Without it, it leaves
    when the clocks show the anchor's own hour `days` later, plus `hours` and `minutes`.
    """

    anchor: Anchor = Anchor.DAY_J
    days: int = 0
    hours: int = 0
    minutes: int = 0
    at: time | None = time(9)
    on: date | None = None
    """The day of a « date fixe »."""
    move: Move = Move.FORWARD
    only_in_election_year: bool = False

    def __post_init__(self) -> None:
        for is_wrong, sentence in (
            (abs(self.days) > MAX_DAYS, f"Choisissez au plus {MAX_DAYS} jours avant ou après."),
            (not 0 <= self.hours <= MAX_HOURS, f"Choisissez de 0 à {MAX_HOURS} heures après."),
            (not 0 <= self.minutes <= 59, "Choisissez de 0 à 59 minutes."),
            (self.anchor is Anchor.FIXED and self.on is None, "Inscrivez la date de l’envoi."),
            (self.anchor is not Anchor.FIXED and self.on is not None, "Choisissez une date ou un délai."),
            (self.anchor is Anchor.FIXED and self.days != 0, "Une date fixe ne se décale pas. Changez-la."),
            (self.at is not None and bool(self.hours or self.minutes), "Choisissez une heure ou un délai."),
            (self.at is None and self.anchor in _DAYS_ONLY, "Inscrivez l’heure de l’envoi."),
            (self.at is not None and self.at.tzinfo is not None, "L’heure est celle de chaque destinataire."),
        ):
            if is_wrong:
                raise InvalidRule(sentence)

    def applies_in(self, year: int, election_on: date | None) -> bool:
        """The edition of that year has this mailing at all."""
        return not self.only_in_election_year or (election_on is not None and election_on.year == year)

    def to_json(self) -> dict[str, str | int | bool]:
        """The anchor, `at` (empty when there is none), and what differs from the defaults."""
        told: dict[str, str | int | bool] = {
            "anchor": self.anchor.value,
            "at": f"{self.at:%H:%M}" if self.at else "",
        }
        for name in ("days", "hours", "minutes"):
            if value := getattr(self, name):
                told[name] = value
        if self.on is not None:
            told["on"] = self.on.isoformat()
        if self.move is not Move.FORWARD:
            told["move"] = self.move.value
        if self.only_in_election_year:
            told["only_in_election_year"] = True
        return told

    @classmethod
    def from_json(cls, told: object) -> Rule:
        """The rule as `to_json` wrote it; anything else raises `InvalidRule`."""
        if not isinstance(told, Mapping):
            raise InvalidRule("La règle d’envoi est illisible.")
        unknown = set(told) - set(cls.__dataclass_fields__)
        if unknown:
            name = min(map(str, unknown))
            raise InvalidRule(f"La règle d’envoi contient «{NBSP}{name}{NBSP}», qui n’existe pas.")
        numbers = {name: _whole(told.get(name, 0)) for name in ("days", "hours", "minutes")}
        only = told.get("only_in_election_year", False)
        if not isinstance(only, bool):
            raise InvalidRule("La règle d’envoi est illisible.")
        try:
            return cls(
                anchor=Anchor(told["anchor"]),
                at=time.fromisoformat(told["at"]) if told["at"] else None,
                on=date.fromisoformat(told["on"]) if "on" in told else None,
                move=Move(told.get("move", Move.FORWARD)),
                only_in_election_year=only,
                **numbers,
            )
        except InvalidRule:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidRule("La règle d’envoi est illisible.") from error


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise InvalidRule("La règle d’envoi est illisible.")
    return value


@dataclass(frozen=True, kw_only=True)
class Due:
    """When one recipient's message leaves, and why then."""

    instant: datetime
    """Aware UTC."""
    why: str
    asked_on: date
    """The day the rule says, before any move."""
    is_moved: bool

    def is_late(self, now: datetime) -> bool:
        """So late that a person decides."""
        return now - self.instant > LATE_AFTER


def due_at(
    rule: Rule,
    mailing_class: MailingClass,
    *,
    anchor_day: date | None = None,
    anchor_instant: datetime | None = None,
    zone_name: str,
) -> Due:
    """When the message leaves for somebody in that zone.

    Give the day of the anchor, or its instant when it has an hour; nothing for a fixed date. A rule that
    counts from an hour still nobody knows (a ceremony « à planifier ») counts from noon.
    """
    asked = _asked(rule, anchor_day, anchor_instant, zone_name)
    moved = _allowed(rule, WINDOWS[mailing_class], asked)
    return Due(
        instant=_instant(moved, zone_name),
        why=_why(rule, mailing_class, asked, moved, zone_name),
        asked_on=asked.wall.date(),
        is_moved=moved != asked.wall,
    )


def next_allowed(mailing_class: MailingClass, instant: datetime, zone_name: str) -> datetime:
    """That instant when the class may leave then, else the start of its next window in that zone."""
    window = WINDOWS[mailing_class]
    wall = _wall(instant, zone_name)
    if window.allows_day(wall.date()) and window.allows_hour(wall.time()):
        return instant.astimezone(UTC)
    return _instant(_next_opening(window, wall), zone_name)


def is_too_soon(last_day: date | None, day: date) -> bool:
    """A solicitation that day would come less than ten days after the last one."""
    return last_day is not None and (day - last_day).days < SPACING_DAYS


@dataclass(frozen=True)
class _Asked:
    """The wall time that the rule says, before any check."""

    wall: datetime
    hour_is_unknown: bool = False


def _asked(rule: Rule, anchor_day: date | None, anchor_instant: datetime | None, zone_name: str) -> _Asked:
    given = [each for each in (anchor_day, anchor_instant, rule.on) if each is not None]
    if len(given) != 1:
        raise ValueError("a rule counts from one day or one instant")
    if anchor_instant is not None:
        start = _wall(anchor_instant, zone_name)
    else:
        start = datetime.combine(rule.on or anchor_day or date.min, time(12))
    shifted = start + timedelta(days=rule.days)
    if rule.at is not None:
        return _Asked(datetime.combine(shifted.date(), rule.at))
    delay = timedelta(hours=rule.hours, minutes=rule.minutes)
    if delay:
        # A delay is real time: an hour after 1 h 30, on the night of the change, is not an hour on the wall.
        exact = anchor_instant if anchor_instant and not rule.days else _instant(shifted, zone_name)
        shifted = _wall(exact + delay, zone_name)
    return _Asked(shifted, hour_is_unknown=anchor_instant is None)


def _allowed(rule: Rule, window: Window, asked: _Asked) -> datetime:
    """The asked wall time when it is allowed, else the nearest one on the side that the rule prefers.

    A wall time chosen by the organizer keeps its hour on the day to which it moves: « 13 h » stays 13 h. What
    counts from an event goes to the opening of the next window, so that late never overtakes early.
    """
    wall = asked.wall
    if window.allows_day(wall.date()) and window.allows_hour(wall.time()):
        return wall
    if rule.move is Move.BACKWARD:
        return _before(window, wall)
    if rule.at is not None and window.allows_hour(wall.time()):
        return datetime.combine(_next_opening(window, wall).date(), rule.at)
    return _next_opening(window, wall)


def _next_opening(window: Window, wall: datetime) -> datetime:
    day = wall.date()
    if wall.time() >= window.opens:
        day += timedelta(days=1)
    while not window.allows_day(day):
        day += timedelta(days=1)
    return datetime.combine(day, window.opens)


def _before(window: Window, wall: datetime) -> datetime:
    """The same hour on the last allowed day before; the opening of a day when that hour is not allowed."""
    day = wall.date()
    if wall.time() < window.opens:
        day -= timedelta(days=1)
    while not window.allows_day(day):
        day -= timedelta(days=1)
    return datetime.combine(day, wall.time() if window.allows_hour(wall.time()) else window.opens)


def _wall(instant: datetime, zone_name: str) -> datetime:
    return clock.to_local(instant, zone_name).replace(tzinfo=None, fold=0)


def _instant(wall: datetime, zone_name: str) -> datetime:
    """An hour that the clocks jump over is the one at which they land."""
    try:
        return clock.to_utc(wall.date(), wall.time(), zone_name)
    except clock.NonexistentTime as jump:
        return clock.to_utc(wall.date(), jump.suggestion, zone_name)


_CLASS_WORDS = {
    MailingClass.SERVICE: "un message de service",
    MailingClass.SOLICITATION: "une sollicitation",
    MailingClass.MEDIA: "un avis aux médias",
    MailingClass.TEAM: "un message à l’équipe",
}

_ANCHOR_WORDS = {
    Anchor.CEREMONY: ("la cérémonie", "de la cérémonie"),
    Anchor.REGISTERED: ("l’inscription", "de l’inscription"),
    Anchor.SHIPPED: ("l’expédition de la trousse", "de l’expédition de la trousse"),
    Anchor.COUNCIL: ("la séance du conseil", "de la séance du conseil"),
    Anchor.DRAFT: ("le début du brouillon", "du début du brouillon"),
    Anchor.SESSION: ("la séance", "de la séance"),
}


def in_words(rule: Rule) -> str:
    """The rule without its hour: « J−35 », « Jour J », « 1 h 30 après la cérémonie », « Date fixe »."""
    if rule.anchor is Anchor.FIXED:
        return "Date fixe"
    if rule.anchor is Anchor.DAY_J:
        return f"J{'−' if rule.days < 0 else '+'}{abs(rule.days)}" if rule.days else "Jour J"
    plain, with_de = _ANCHOR_WORDS[rule.anchor]
    if rule.days in (-1, 1) and not (rule.hours or rule.minutes):
        return f"{'La veille' if rule.days < 0 else 'Le lendemain'} {with_de}"
    count = [_days(abs(rule.days))] if rule.days else []
    if rule.hours or rule.minutes:
        count.append(_delay(rule.hours, rule.minutes))
    if count:
        return f"{' et '.join(count)} {'avant' if rule.days < 0 else 'après'} {plain}"
    return f"Le jour {with_de}" if rule.at is not None else f"Dès {plain}"


def _days(count: int) -> str:
    return f"{count}{NBSP}jour" + ("s" if count > 1 else "")


def _delay(hours: int, minutes: int) -> str:
    if not hours:
        return f"{minutes}{NBSP}minutes" if minutes > 1 else f"{minutes}{NBSP}minute"
    return f"{hours}{NBSP}h" + (f"{NBSP}{minutes:02d}" if minutes else "")


def _why(rule: Rule, mailing_class: MailingClass, asked: _Asked, moved: datetime, zone_name: str) -> str:
    said = in_words(rule)
    if asked.hour_is_unknown:
        said += " (heure inconnue, comptée à partir de midi)"
    if moved == asked.wall:
        return f"{said}{NBSP}: {full_date(moved.date())}, {_hour(moved, zone_name)}."
    verb = "avancé" if moved < asked.wall else "reporté"
    said = capitalize_first(said.removeprefix("Dès "))
    fallen = f"{said} tombe le {full_date(asked.wall.date())}{_reason(mailing_class, asked.wall, zone_name)}"
    return f"{fallen}{NBSP}: {verb} {_target(asked.wall, moved)}{_hour(moved, zone_name)}."


def _target(asked: datetime, moved: datetime) -> str:
    """« au mardi 12 octobre, », or « à » when only the hour moves."""
    if moved.date() == asked.date():
        return "à "
    if moved.year != asked.year:
        return f"au {full_date(moved.date())}, "
    return f"au {weekday(moved)} {day_and_month(moved)}, "


def _reason(mailing_class: MailingClass, wall: datetime, zone_name: str) -> str:
    """Why that moment is not allowed, as it follows the date."""
    window = WINDOWS[mailing_class]
    closed = closing_reason(wall.date())
    if closed is not None and (wall.weekday() in _WORKING_WEEK or window.weekdays == _WORKING_WEEK):
        return f", {closed}"
    words = _CLASS_WORDS[mailing_class]
    if not window.allows_day(wall.date()):
        return f", et {words} part {window.days_in_words}"
    hours = f"de {_hour_of(window.opens)} à {_hour_of(window.closes)}"
    return f" à {_hour(wall, zone_name)}, et {words} part {hours}"


def _hour(wall: datetime, zone_name: str) -> str:
    return local_hour(_instant(wall, zone_name), zone_name)


def _hour_of(wall_time: time) -> str:
    return f"{wall_time.hour}{NBSP}h"
