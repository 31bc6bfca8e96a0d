"""How something that has a date is told in words: day, hour, place, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from campaign import clock
from campaign.events import parallel
from campaign.events.models import Event, EventKind, EventState, Opening, Session
from campaign.events.vocabulary import ActivityType
from campaign.i18n import _
from campaign.web.filters import (
    MONTHS,
    NBSP,
    capitalize_first,
    date_range,
    day_month,
    full_date,
    hour,
    local_hour,
)

Label = tuple[str, str]
"""A word, and the kind that the component `label` draws."""


KIND_TYPES = {
    EventKind.FLAG_RAISING: ActivityType.FLAG_RAISING.value,
    EventKind.GATHERING: "rassemblement",
    EventKind.TRAINING: "formation",
    EventKind.MEETING: "rencontre",
    EventKind.LAUNCH: "lancement",
}
"""The type of what is not an activity follows from its kind."""

MASCULINE = frozenset({EventKind.GATHERING, EventKind.LAUNCH})
"""« annulé » rather than « annulée »."""

OPENINGS = {
    Opening.PUBLIC: "Ouvert au public",
    Opening.CLOSED: "Cérémonie réservée aux personnes invitées par la municipalité",
    Opening.INVITATION: "Sur invitation",
    Opening.RESERVED: "Réservé à la clientèle de l’organisme",
}
"""Who may come."""

ALWAYS = datetime.min.replace(tzinfo=UTC)


def type_of(event: Event) -> str:
    """The type of an event whose details are loaded, as addresses write it; its word is in
    `vocabulary.TYPES`."""
    if event.kind in KIND_TYPES:
        return KIND_TYPES[event.kind]
    known = event.details.activity_type if event.details else None
    return (known or ActivityType.OTHER).value


def state_of(event: Event, sitting: Session | None) -> EventState:
    """How one sitting stands: called off with its event, or as it was itself moved or called off."""
    if event.state is EventState.CANCELLED or sitting is None or sitting.state is None:
        return event.state
    return sitting.state


def begun_since(state: EventState | None, starts_at: datetime | None) -> datetime | None:
    """From when an event counts as begun: its hour at its place, or always once somebody said that it took
    place. None when it was called off, or has no hour yet."""
    if state is None or state is EventState.CANCELLED:
        return None
    return ALWAYS if state is EventState.HELD else starts_at


class Occasion(NamedTuple):
    """What is told of an event. A closed ceremony keeps its day; its hour and its place are not told.

    A tuple, because the table of a region makes a hundred of them.
    """

    slug: str
    title: str
    kind: EventKind
    state: EventState
    state_reason: str
    opening: Opening
    is_indoors: bool
    time_zone: str
    place: str
    starts_on: date | None
    starts_at: datetime | None
    postponed_from_at: datetime | None
    postponed_from_on: date | None = None
    ends_on: date | None = None
    ends_at: datetime | None = None
    month_on: date | None = None
    """The month in which it is expected, while its day is not known."""
    part: str = ""
    """« Atelier B – Lire ensemble »: the title of one sitting among others."""

    @classmethod
    def of(cls, event: Event, sitting: Session | None = None) -> Occasion:
        """One sitting of an event whose sessions are loaded, with its own title and room; when none is named,
        the event, at the moment of the first."""
        part, room = (sitting.title, sitting.place) if sitting is not None else ("", "")
        if sitting is None:
            sitting = event.sessions[0] if event.sessions else None
        alone = sitting is not None and sitting.state is not None and event.state is not EventState.CANCELLED
        return cls(
            slug=event.slug,
            title=event.title,
            kind=event.kind,
            state=state_of(event, sitting),
            state_reason=sitting.state_reason if sitting and alone else event.state_reason,
            opening=event.opening,
            is_indoors=event.is_indoors,
            time_zone=event.time_zone,
            place=place_of(event, room),
            starts_on=sitting.starts_on if sitting else None,
            starts_at=sitting.starts_at if sitting else None,
            postponed_from_at=sitting.postponed_from_at if sitting and alone else event.postponed_from_at,
            postponed_from_on=sitting.postponed_from_on if sitting and alone else None,
            ends_on=sitting.ends_on if sitting else None,
            ends_at=sitting.ends_at if sitting else None,
            month_on=sitting.month_on if sitting and sitting.starts_on is None else None,
            part=part,
        )

    @classmethod
    def of_entry(cls, event: Event, entry: parallel.Entry) -> Occasion:
        """What the public is told as one thing: one sitting, or workshops to choose from."""
        if len(entry) == 1:
            return cls.of(event, entry[0])
        rows = parallel.going_on(entry)
        return cls.of(event, parallel.spokesman(entry))._replace(
            part=capitalize_first(entry[0].block),
            place=event.place,
            starts_at=min((row.starts_at for row in rows if row.starts_at), default=None),
            ends_at=max((row.ends_at for row in rows if row.ends_at), default=None),
            ends_on=max((row.ends_on for row in rows if row.ends_on), default=None),
        )

    @property
    def full_title(self) -> str:
        """« Grand rassemblement – Atelier B »"""
        return titled(self.title, self.part)

    @property
    def is_open(self) -> bool:
        """Its hour and place may be told."""
        return self.opening is not Opening.CLOSED

    @property
    def is_cancelled(self) -> bool:
        return self.state is EventState.CANCELLED

    def has_begun(self, now: datetime) -> bool:
        """Its hour has come at its place, or somebody said that it took place."""
        since = begun_since(self.state, self.starts_at)
        return since is not None and since <= now


def titled(title: str, part: str) -> str:
    """The title of an event and that of one of its parts, unless they are the same."""
    return f"{title} – {part}" if part and part != title else title


def place_of(event: Event, room: str) -> str:
    """« Salle 204, Centre communautaire »: a room is one of the place of the event; what has a comma is a
    whole address, and stands alone."""
    if not room or not event.place or "," in room or event.place in room:
        return room or event.place
    return f"{room}, {event.place}"


@dataclass(frozen=True, kw_only=True)
class AgendaLine:
    """One line of the component `agenda_item`, ready to draw."""

    slug: str
    title: str
    day: date | None
    when: str
    where: str
    note: str
    labels: tuple[Label, ...]
    machine: str | None
    off: bool


def agenda_line(occasion: Occasion, *, now: datetime, title: str = "", where: str = "") -> AgendaLine:
    """The line of a list; `title` and `where` replace what the event itself says."""
    return AgendaLine(
        slug=occasion.slug,
        title=title or occasion.full_title,
        day=occasion.starts_on,
        when=hour_text(occasion) or month_text(occasion),
        where=where or place_text(occasion),
        note=change_text(occasion),
        labels=tuple(labels(occasion, now=now)),
        machine=machine_instant(occasion),
        off=occasion.is_cancelled,
    )


def day_text(occasion: Occasion) -> str:
    """« lundi 15 novembre 2027 », « du 15 au 21 novembre 2027 », « en février 2028 (date à confirmer) »"""
    if occasion.month_on is not None:
        return _("%(month)s (date à confirmer)", month=month_text(occasion))
    if occasion.starts_on is None:
        return _("date à confirmer")
    if occasion.ends_on is not None and occasion.ends_on != occasion.starts_on:
        return date_range(occasion.starts_on, occasion.ends_on)
    return full_date(occasion.starts_on)


def month_text(occasion: Occasion) -> str:
    """« en février 2028 », while no more is known."""
    month = occasion.month_on
    if month is None:
        return ""
    return _("en %(month)s", month=f"{MONTHS[month.month - 1]}{NBSP}{month.year}")


def hour_text(occasion: Occasion) -> str:
    """« 10 h », with the zone in words where clocks differ from those of almost all of Québec; « de 10 h à
    11 h 30 » for an activity, whose end people ask for."""
    if not occasion.is_open:
        return ""
    if occasion.starts_at is None:
        is_awaited = occasion.starts_on is not None and occasion.ends_on is None
        return _("heure à confirmer") if is_awaited else ""
    if occasion.ends_at is None or occasion.kind is EventKind.FLAG_RAISING:
        return local_hour(occasion.starts_at, occasion.time_zone)
    begins = hour(clock.to_local(occasion.starts_at, occasion.time_zone).time())
    return _("de %(begins)s à %(ends)s", begins=begins, ends=local_hour(occasion.ends_at, occasion.time_zone))


def place_text(occasion: Occasion) -> str:
    """Where, unless the ceremony is closed."""
    return occasion.place if occasion.is_open else ""


def workshops_text(event: Event, entry: parallel.Entry) -> str:
    """« Au choix : Atelier A – Jouer dehors (salle 204); Atelier B – Lire ensemble (annulé). »"""
    if len(entry) == 1:
        return ""
    hours = {(row.starts_at, row.ends_at) for row in parallel.going_on(entry)}
    told = "; ".join(_workshop(event, row, tells_hour=len(hours) > 1) for row in entry)
    return _("Au choix : %(workshops)s.", workshops=told)


def _workshop(event: Event, row: Session, *, tells_hour: bool) -> str:
    occasion = Occasion.of(event, row)
    if not occasion.is_open:
        return row.title or event.title
    hour_ = hour_text(occasion) if tells_hour and row.starts_at else ""
    around = [_("annulé")] if occasion.is_cancelled else [row.place, hour_]
    note = ", ".join(filter(None, around))
    return f"{row.title or event.title} ({note})" if note else row.title or event.title


def machine_instant(occasion: Occasion) -> str | None:
    """The instant, or the day alone, as machines read it; the hour of a closed ceremony stays unsaid."""
    if occasion.starts_at is not None and occasion.is_open:
        return clock.to_local(occasion.starts_at, occasion.time_zone).isoformat()
    return occasion.starts_on.isoformat() if occasion.starts_on else None


def opening_text(occasion: Occasion) -> str:
    """Who may come."""
    return OPENINGS[occasion.opening]


def change_text(occasion: Occasion) -> str:
    """Why it was called off or moved, and when it was first planned."""
    sentences = []
    first = first_day(occasion)
    if occasion.state is EventState.POSTPONED and first is not None:
        day, is_masculine = full_date(first), occasion.kind in MASCULINE
        masculine = _("D’abord prévu le %(day)s.", day=day)
        sentences.append(masculine if is_masculine else _("D’abord prévue le %(day)s.", day=day))
    if occasion.state_reason:
        sentences.append(_("Raison donnée : %(reason)s", reason=occasion.state_reason))
    return " ".join(sentences)


def first_day(occasion: Occasion) -> date | None:
    """The day for which it was planned before it was postponed."""
    if occasion.postponed_from_at is not None:
        return clock.to_local(occasion.postponed_from_at, occasion.time_zone).date()
    return occasion.postponed_from_on


def labels(occasion: Occasion, *, now: datetime) -> list[Label]:
    """The quiet words beside a title."""
    words: list[Label] = []
    if occasion.is_cancelled:
        words.append((_("annulé") if occasion.kind in MASCULINE else _("annulée"), "off"))
    elif occasion.has_begun(now) and occasion.kind is EventKind.FLAG_RAISING:
        words.append((_("drapeau hissé"), "good"))
    elif occasion.state is EventState.POSTPONED:
        words.append((_postponed(occasion), "warning"))
    if occasion.is_indoors and not occasion.is_cancelled:
        words.append((_("à l’intérieur"), "info"))
    if occasion.opening is Opening.INVITATION:
        words.append((_("sur invitation"), "plain"))
    elif occasion.opening is Opening.CLOSED:
        words.append((_("sans public"), "plain"))
    elif occasion.opening is Opening.RESERVED:
        words.append((_("réservée à la clientèle"), "plain"))
    return words


def _postponed(occasion: Occasion) -> str:
    is_masculine = occasion.kind in MASCULINE
    if occasion.starts_on is None:
        return _("reporté, date à confirmer") if is_masculine else _("reportée, date à confirmer")
    day = day_month(occasion.starts_on)
    return _("reporté au %(day)s", day=day) if is_masculine else _("reportée au %(day)s", day=day)
