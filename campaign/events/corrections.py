"""A correction that moves or calls off what is published is told like a change; any other, to nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from campaign.events import changes, wording
from campaign.events.announcing import Post
from campaign.events.changes import Change, Done
from campaign.events.documents import showing
from campaign.events.models import Event, EventAction, EventDetails, EventMove, EventState, Session
from campaign.events.times import is_over
from campaign.events.vocabulary import Format
from campaign.i18n import _, ngettext
from campaign.territory.names import search_words


@dataclass(frozen=True, kw_only=True)
class Known:
    """An event as the public knew it before it was corrected."""

    former: Event
    standing: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Verdict:
    """What a correction comes down to, for whoever had noted the dates."""

    action: EventAction
    headline: str
    sitting_ids: frozenset[int]


def remember(event: Event) -> Known:
    """How it stands, before it is corrected; its details are loaded with their picture."""
    return Known(former=changes.copy_of(event), standing=changes.standing_of(event))


def announce(
    known: Known, event: Event, *, author: str, now: datetime, besides: str = ""
) -> EventMove | None:
    """Keep what was moved or called off, and write once to whoever follows the event; None when nothing was.

    Called once the correction is flushed. The address `besides` learns of it from another letter.
    """
    post = Post()
    move = gather(known, event, post, author=author, now=now)
    post.items.pop(besides, None)
    post.send(now=now)
    return move


def gather(known: Known, event: Event, post: Post, *, author: str, now: datetime) -> EventMove | None:
    """The same, where many events are corrected at once: the letters are left in `post`, for the caller to
    send."""
    former = known.former
    verdict = _judge(former, event, now) if former.is_published and event.is_published else None
    if verdict is None:
        return None
    event = changes.get_event(event.id)
    around = changes.read_around([event])
    change = Change(action=verdict.action, sitting_ids=verdict.sitting_ids)
    done = changes.note(former, event, known.standing, change, around, author=author, now=now)
    post.announce(_as_judged(done, verdict), around, tells=True)
    return done.move


def _as_judged(done: Done, verdict: _Verdict) -> Done:
    dates = tuple(
        replace(date, is_changed=date.sitting_id in verdict.sitting_ids) for date in done.effects.dates
    )
    return replace(done, effects=replace(done.effects, headline=verdict.headline, dates=dates))


def _judge(former: Event, event: Event, now: datetime) -> _Verdict | None:
    pairs = _pairs_ahead(former, event, now)
    off = {after.id for _before, after in pairs if _is_off(event, after)}
    kept = [(before, after) for before, after in pairs if after.id not in off]
    moved = [pair for pair in kept if _hours(former, pair[0]) != _hours(event, pair[1])]
    is_elsewhere = _whereabouts(former) != _whereabouts(event)
    told = off | {after.id for _before, after in (kept if is_elsewhere else moved)}
    if not told:
        return None
    action, headline = _words_of(event, moved, is_elsewhere=is_elsewhere, off=len(off))
    return _Verdict(action=action, headline=headline, sitting_ids=frozenset(told))


def _pairs_ahead(former: Event, event: Event, now: datetime) -> list[tuple[Session, Session]]:
    """Each date before and after, as far as anybody still counts on it: neither behind nor called off."""
    known = {row.id: row for row in former.sessions}
    pairs = [(known[row.id], row) for row in event.sessions if row.id in known]
    return [
        (before, after)
        for before, after in pairs
        if not _is_off(former, before) and not (is_over(former, before, now) and is_over(event, after, now))
    ]


def _is_off(event: Event, sitting: Session) -> bool:
    return wording.state_of(event, sitting) is EventState.CANCELLED


def _hours(event: Event, sitting: Session) -> tuple[object, ...]:
    """When it is, as far as the public knows."""
    shown = showing(event, sitting)
    return shown.day, shown.last_day, shown.starts_at, shown.ends_at


def _whereabouts(event: Event) -> tuple[object, ...]:
    """Where it is, as far as the public knows: an accent or a capital letter moves nobody."""
    details = event.details or EventDetails(format=Format.IN_PERSON)
    if details.format is Format.ONLINE:
        return Format.ONLINE, details.online_url if details.is_online_url_public else ""
    return event.territory_id, search_words(wording.place_text(wording.Occasion.of(event)))


def _words_of(
    event: Event, moved: Sequence[tuple[Session, Session]], *, is_elsewhere: bool, off: int
) -> tuple[EventAction, str]:
    """What it is, first of all: another day, another hour, another place, or a date called off."""
    if any(before.starts_on != after.starts_on for before, after in moved):
        return EventAction.POSTPONE, _("Nouvelle date")
    if moved:
        return EventAction.POSTPONE, _("Nouvel horaire")
    if not is_elsewhere:
        return EventAction.CANCEL, ngettext("Date annulée", "Dates annulées", off)
    if event.details is not None and event.details.format is Format.ONLINE:
        return EventAction.PUT_ONLINE, _("En ligne")
    return EventAction.MOVE, _("Nouveau lieu")
