"""The raising of the flag: postponed, moved indoors, called off, held; the file keeps each of them."""

from __future__ import annotations

from datetime import datetime

from campaign import clock
from campaign.errors import Conflict
from campaign.events import services as events
from campaign.events.models import Event, EventState
from campaign.events.services import When
from campaign.participations.authors import Author
from campaign.participations.models import Participation, State, Track
from campaign.participations.moves import move, record
from campaign.territory import grammar
from campaign.territory.models import Territory, TerritoryKind


def ceremony_title(territory: Territory) -> str:
    """« Lever du drapeau aux Escoumins », « … à la MRC des Maskoutains »"""
    if territory.kind is TerritoryKind.MRC:
        return f"Lever du drapeau à la {grammar.legal_name('MRC', territory.name, territory.de_form)}"
    return f"Lever du drapeau {grammar.with_a(territory.name, territory.a_form)}"


def postpone(
    participation: Participation, *, when: When, reason: str, author: Author, now: datetime, place: str = ""
) -> None:
    """« Reportée au … »; said twice (a double click), it is recorded once.

    The team may note afterwards that it took place on another day; a town hall postpones to a day to come.
    """
    event = _ceremony(participation)
    if abs(when.day.year - participation.edition.year) > 1:
        raise Conflict(
            f"Inscrivez une date de l’édition {participation.edition.year} : celle-ci en est loin."
        )
    if when.day < clock.today(now, event.time_zone) and not author.is_team:
        raise Conflict("Cette date est passée. Inscrivez le jour où la cérémonie aura lieu.")
    before = event.state
    if events.postpone(event, when=when, reason=reason, place=place or event.place, now=now):
        _record_ceremony(participation, before, author=author, now=now, reason=reason)


def move_indoors(
    participation: Participation, *, place: str, reason: str, author: Author, now: datetime
) -> None:
    """« À l’intérieur »: same day and hour, another place."""
    event = _ceremony(participation)
    if not events.move_indoors(event, place=place, reason=reason, now=now):
        return
    record(
        participation,
        Track.CEREMONY,
        before=event.state.value,
        after="a_l_interieur",
        author=author,
        now=now,
        reason=reason,
    )


def cancel_ceremony(participation: Participation, *, reason: str, author: Author, now: datetime) -> None:
    """No flag is raised after all; the participation itself goes on."""
    event = _ceremony(participation)
    if event.state is EventState.CANCELLED:
        return
    before = event.state
    events.cancel(event, reason=reason, now=now)
    _record_ceremony(participation, before, author=author, now=now, reason=reason)


def reinstate_ceremony(
    participation: Participation, *, author: Author, now: datetime, reason: str = ""
) -> None:
    """It takes place after all: as planned before it was called off, or on its first day."""
    event = _ceremony(participation)
    before = event.state
    if before is EventState.CANCELLED:
        events.reinstate(event, now=now)
    elif not events.unpostpone(event, now=now):
        raise Conflict("La cérémonie n’est ni reportée ni annulée : il n’y a rien à rétablir.")
    _record_ceremony(participation, before, author=author, now=now, reason=reason)


def reinstate_if_called_off(participation: Participation, *, author: Author, now: datetime) -> None:
    """The municipality takes part again: its ceremony comes back with it, if there is a flag to raise."""
    event = participation.event
    if event is not None and event.state is EventState.CANCELLED and participation.raises_flag:
        events.reinstate(event, now=now)
        _record_ceremony(participation, EventState.CANCELLED, author=author, now=now)


def ceremony_restored(
    participation: Participation, before: EventState, *, author: Author, now: datetime, reason: str
) -> None:
    """A change of the ceremony was undone, and stands as it did before it: the file keeps both."""
    _record_ceremony(participation, before, author=author, now=now, reason=reason)


def mark_held(participation: Participation, *, author: Author, now: datetime, reason: str = "") -> None:
    """The ceremony took place: « réalisée » (from the report, or by the team with evidence)."""
    if participation.event is not None and participation.event.state is not EventState.HELD:
        before = participation.event.state
        events.mark_held(participation.event, now=now)
        _record_ceremony(participation, before, author=author, now=now, reason=reason)
    move(participation, State.DONE, author=author, now=now, reason=reason)


def undo_held(participation: Participation, *, author: Author, now: datetime, reason: str) -> None:
    """« Réalisée » was said by mistake: back to « confirmée », and the ceremony is ahead again."""
    move(participation, State.CONFIRMED, author=author, now=now, reason=reason)
    event = participation.event
    if event is not None and event.state is EventState.HELD:
        events.undo_held(event, now=now)
        _record_ceremony(participation, EventState.HELD, author=author, now=now, reason=reason)


def _ceremony(participation: Participation) -> Event:
    if participation.event is None:
        raise Conflict("Aucune cérémonie n’est prévue pour cette participation.")
    return participation.event


def _record_ceremony(
    participation: Participation, before: EventState, *, author: Author, now: datetime, reason: str = ""
) -> None:
    after = _ceremony(participation).state
    record(
        participation,
        Track.CEREMONY,
        before=before.value,
        after=after.value,
        author=author,
        now=now,
        reason=reason,
    )
