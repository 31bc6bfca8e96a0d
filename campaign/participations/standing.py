"""Where a municipality stands when it does not register: invited, undecided, declined, withdrawn, back."""

from __future__ import annotations

from datetime import date, datetime

from campaign.campaigns.models import Edition
from campaign.errors import Conflict
from campaign.participations.authors import Author
from campaign.participations.ceremony import cancel_ceremony
from campaign.participations.claiming import claim
from campaign.participations.confirming import confirm
from campaign.participations.models import Participation, State, Track
from campaign.participations.moves import move, record
from campaign.territory.models import Territory


def invite(edition: Edition, territory: Territory, *, author: Author, now: datetime) -> Participation:
    """The first message was delivered."""
    participation = claim(edition, territory, author=author, now=now)
    if participation.state is State.NOT_INVITED:
        move(participation, State.INVITED, author=author, now=now)
    return participation


def reflect(
    edition: Edition, territory: Territory, *, decides_on: date | None, author: Author, now: datetime
) -> Participation:
    """« Pas encore décidé : prévenez-moi après la séance du conseil du … »"""
    participation = claim(edition, territory, author=author, now=now)
    move(participation, State.UNDECIDED, author=author, now=now)
    participation.decides_on = decides_on
    participation.updated_at = now
    return participation


def decline(
    edition: Edition, territory: Territory, *, author: Author, now: datetime, reason: str = ""
) -> Participation:
    """« Pas cette année »: no more solicitation for this edition; changing one's mind stays possible."""
    participation = claim(edition, territory, author=author, now=now)
    move(participation, State.DECLINED, author=author, now=now, reason=reason)
    return participation


def cancel(participation: Participation, *, reason: str, author: Author, now: datetime) -> None:
    """The municipality withdraws, and says why; it stays in history and may come back."""
    if participation.event is not None:
        cancel_ceremony(participation, reason=reason, author=author, now=now)
    move(participation, State.CANCELLED, author=author, now=now, reason=reason)


def reinstate(participation: Participation, *, author: Author, now: datetime, reason: str = "") -> None:
    """It takes part after all, with the same answers."""
    confirm(participation, author=author, now=now, reason=reason or "La participation est rétablie")


def reopen(participation: Participation, *, author: Author, now: datetime, reason: str) -> None:
    """A record was set aside by mistake: it is again one that never answered."""
    if participation.state is not State.DISCARDED or not author.is_team:
        raise Conflict("Cette fiche n’est pas écartée : il n’y a rien à rouvrir.")
    record(
        participation,
        Track.STATE,
        before=participation.state.value,
        after=State.NOT_INVITED.value,
        author=author,
        now=now,
        reason=reason,
    )
    participation.state = State.NOT_INVITED
    participation.merged_into = None
    participation.needs_review = False
