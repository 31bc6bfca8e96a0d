"""How something that has a date is told in words: day, hour, place, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from campaign import clock
from campaign.events.documents import OPENINGS
from campaign.events.models import Event, EventKind, EventState, Opening
from campaign.i18n import _
from campaign.web.filters import day_month, full_date, local_hour

Label = tuple[str, str]
"""A word, and the kind that the component `label` draws."""


ALWAYS = datetime.min.replace(tzinfo=UTC)


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

    @classmethod
    def of(cls, event: Event) -> Occasion:
        """The first sitting of an event whose sessions are loaded."""
        sitting = event.sessions[0] if event.sessions else None
        return cls(
            slug=event.slug,
            title=event.title,
            kind=event.kind,
            state=event.state,
            state_reason=event.state_reason,
            opening=event.opening,
            is_indoors=event.is_indoors,
            time_zone=event.time_zone,
            place=event.place,
            starts_on=sitting.starts_on if sitting else None,
            starts_at=sitting.starts_at if sitting else None,
            postponed_from_at=event.postponed_from_at,
        )

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
        title=title or occasion.title,
        day=occasion.starts_on,
        when=hour_text(occasion),
        where=where or place_text(occasion),
        note=change_text(occasion),
        labels=tuple(labels(occasion, now=now)),
        machine=machine_instant(occasion),
        off=occasion.is_cancelled,
    )


def day_text(occasion: Occasion) -> str:
    """« lundi 15 novembre 2027 »"""
    return full_date(occasion.starts_on) if occasion.starts_on else _("date à confirmer")


def hour_text(occasion: Occasion) -> str:
    """« 10 h », with the zone in words where clocks differ from those of almost all of Québec."""
    if not occasion.is_open:
        return ""
    if occasion.starts_at is None:
        return _("heure à confirmer") if occasion.starts_on else ""
    return local_hour(occasion.starts_at, occasion.time_zone)


def place_text(occasion: Occasion) -> str:
    """Where, unless the ceremony is closed."""
    return occasion.place if occasion.is_open else ""


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
    if occasion.state is EventState.POSTPONED and occasion.postponed_from_at is not None:
        first = clock.to_local(occasion.postponed_from_at, occasion.time_zone)
        sentences.append(_("D’abord prévu le %(day)s.", day=full_date(first.date())))
    if occasion.state_reason:
        sentences.append(_("Raison donnée : %(reason)s", reason=occasion.state_reason))
    return " ".join(sentences)


def labels(occasion: Occasion, *, now: datetime) -> list[Label]:
    """The quiet words beside a title."""
    words: list[Label] = []
    if occasion.is_cancelled:
        words.append((_("annulée"), "off"))
    elif occasion.has_begun(now) and occasion.kind is EventKind.FLAG_RAISING:
        words.append((_("drapeau hissé"), "good"))
    elif occasion.state is EventState.POSTPONED:
        words.append((_("reportée au %(day)s", day=day_month(occasion.starts_on)), "warning"))
    if occasion.is_indoors and not occasion.is_cancelled:
        words.append((_("à l’intérieur"), "info"))
    if occasion.opening is Opening.INVITATION:
        words.append((_("sur invitation"), "plain"))
    elif occasion.opening is Opening.CLOSED:
        words.append((_("sans public"), "plain"))
    return words
