"""A correction that moves or calls off what is published is told like a change; any other, to nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from campaign.events import changes, wording
from campaign.events.announcing import Post
from campaign.events.changes import Change, Done, Effects
from campaign.events.changes.effects import effects
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
    verdict = _judge(former, event, now)
    if verdict is None:
        return None
    event = changes.get_event(event.id)
    around = changes.read_around([event])
    if not (former.is_published and event.is_published) and not around.attending.get(event.id):
        return None
    change = Change(action=verdict.action, sitting_ids=verdict.sitting_ids)
    done = changes.note(former, event, known.standing, change, around, author=author, now=now)
    post.announce(_as_judged(done, verdict), around, tells=True)
    return done.move


def foresee(event: Event, after: Event, *, now: datetime) -> Effects | None:
    """What `announce` would tell of a correction made on a copy of the event; None when that is nothing, or
    when nobody holds what it changes."""
    verdict = _judge(event, after, now)
    if verdict is None:
        return None
    around = changes.read_around([event])
    change = Change(action=verdict.action, sitting_ids=verdict.sitting_ids)
    seen = _judged(effects(event, after, change, around, now=now), verdict)
    # Whoever is registered is told only of the dates that they come to.
    attending = sum(
        bool(person.sitting_ids & verdict.sitting_ids) for person in around.attending.get(event.id, ())
    )
    seen = replace(seen, attending=attending)
    return seen if seen.letters else None


def _as_judged(done: Done, verdict: _Verdict) -> Done:
    return replace(done, effects=_judged(done.effects, verdict))


def _judged(seen: Effects, verdict: _Verdict) -> Effects:
    dates = tuple(replace(date, is_changed=date.sitting_id in verdict.sitting_ids) for date in seen.dates)
    return replace(seen, headline=verdict.headline, dates=dates)


def _judge(former: Event, event: Event, now: datetime) -> _Verdict | None:
    pairs = _pairs_ahead(former, event, now)
    off = {after.id for _before, after in pairs if _is_off(event, after)}
    kept = [(before, after) for before, after in pairs if after.id not in off]
    moved = [pair for pair in kept if _hours(former, pair[0]) != _hours(event, pair[1])]
    elsewhere = [pair for pair in kept if _whereabouts(former, pair[0]) != _whereabouts(event, pair[1])]
    told = off | {after.id for _before, after in (*moved, *elsewhere)}
    if not told:
        return None
    action, headline = _words_of(event, moved, is_elsewhere=bool(elsewhere), off=len(off))
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
    month_on = sitting.month_on if shown.day is None else None
    return shown.day, shown.last_day, shown.starts_at, shown.ends_at, month_on


def _whereabouts(event: Event, sitting: Session) -> tuple[object, ...]:
    """Where it is, as far as the public knows: an accent or a capital letter moves nobody."""
    details = event.details or EventDetails(format=Format.IN_PERSON)
    if details.format is Format.ONLINE:
        return Format.ONLINE, details.online_url if details.is_online_url_public else ""
    return event.territory_id, search_words(wording.place_text(wording.Occasion.of(event, sitting)))


def _words_of(
    event: Event, moved: Sequence[tuple[Session, Session]], *, is_elsewhere: bool, off: int
) -> tuple[EventAction, str]:
    """What it is, first of all: another day, another hour, another place, or a date called off."""
    if moved and all(before.starts_on is None and before.state is None for before, _after in moved):
        is_known = any(after.starts_on is not None for _before, after in moved)
        return EventAction.POSTPONE, _("Date confirmée") if is_known else _("Nouvelle date prévue")
    if any(before.starts_on != after.starts_on for before, after in moved):
        return EventAction.POSTPONE, _("Nouvelle date")
    if moved:
        return EventAction.POSTPONE, _("Nouvel horaire")
    if not is_elsewhere:
        return EventAction.CANCEL, ngettext("Date annulée", "Dates annulées", off)
    if event.details is not None and event.details.format is Format.ONLINE:
        return EventAction.PUT_ONLINE, _("En ligne")
    return EventAction.MOVE, _("Nouveau lieu")
