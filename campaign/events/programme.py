"""The programme of an event in words: each sitting, and what is said in it, as everybody may read it.

Links to join online are not in it: they are for the people registered.
"""

from __future__ import annotations

from dataclasses import dataclass

from campaign.events import wording
from campaign.events.models import Event, EventState, ItemKind, ProgrammeItem, Session
from campaign.i18n import _
from campaign.web.filters import local_hour

ITEM_KINDS = {
    ItemKind.ADDRESS: _("Allocution"),
    ItemKind.TALK: _("Conférence"),
    ItemKind.PRESENTATION: _("Présentation"),
    ItemKind.PANEL: _("Panel"),
    ItemKind.WORKSHOP: _("Atelier"),
    ItemKind.BREAK: _("Pause"),
    ItemKind.OTHER: _("Autre partie"),
}


@dataclass(frozen=True, kw_only=True)
class ItemTold:
    """One part of a sitting."""

    id: int
    kind: str
    title: str
    hour: str
    who: str
    """« Julie Cailliau, directrice, Observatoire des tout-petits », as it was typed."""
    is_confirmed: bool


@dataclass(frozen=True, kw_only=True)
class SittingTold:
    """One sitting, with what is said in it."""

    id: int
    title: str
    day: str
    hour: str
    place: str
    group: str
    block: str
    is_off: bool
    is_dated: bool
    items: tuple[ItemTold, ...]

    @property
    def when(self) -> str:
        return ", ".join(filter(None, (self.day, self.hour)))


def programme_of(event: Event) -> tuple[SittingTold, ...]:
    """Every sitting in the order of its instant; its groups, sittings and their programme are loaded."""
    groups = {cohort.id: cohort.name for cohort in event.cohorts}
    return tuple(_sitting(event, one, groups.get(one.cohort_id or 0, "")) for one in in_order(event.sessions))


def in_order(sittings: list[Session]) -> list[Session]:
    """By day and hour; what has only a month comes in it, what has nothing comes last."""
    return sorted(sittings, key=_rank)


def _rank(row: Session) -> tuple[str, str, int]:
    day = row.starts_on or row.month_on
    hour = row.starts_at.isoformat() if row.starts_at else ""
    return (day.isoformat() if day else "9999", hour, row.position)


def programme_to_tell(event: Event) -> tuple[SittingTold, ...]:
    """The same, when there is more to tell than the dates, which the page tells elsewhere."""
    told = programme_of(event)
    return told if any(one.title or one.items or one.group or one.block for one in told) else ()


def _sitting(event: Event, row: Session, group: str) -> SittingTold:
    occasion = wording.Occasion.of(event, row)
    return SittingTold(
        id=row.id,
        title=row.title,
        day=wording.day_text(occasion),
        hour=wording.hour_text(occasion),
        place=row.place,
        group=group,
        block=row.block,
        is_off=occasion.state is EventState.CANCELLED,
        is_dated=row.starts_on is not None,
        items=tuple(_item(event, one) for one in row.programme),
    )


def _item(event: Event, item: ProgrammeItem) -> ItemTold:
    return ItemTold(
        id=item.id,
        kind="" if item.kind is ItemKind.OTHER else ITEM_KINDS[item.kind],
        title=item.title,
        hour=local_hour(item.starts_at, event.time_zone) if item.starts_at else "",
        who=", ".join(filter(None, (item.speaker, item.speaker_title, item.institution))),
        is_confirmed=item.is_confirmed,
    )
