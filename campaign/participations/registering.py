"""Registering: the first to send the form, the same one again, or the town hall after a stranger."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from campaign.campaigns.models import Edition
from campaign.db import db, table_of, update_at_once
from campaign.errors import Conflict
from campaign.participations import states
from campaign.participations.answers import write_answers
from campaign.participations.authors import Author
from campaign.participations.ceremony import reinstate_if_called_off
from campaign.participations.claiming import claim
from campaign.participations.details import NOTICE_VERSION, ParticipationDetails
from campaign.participations.models import Channel, Participation, State, SubmissionReceipt, Track
from campaign.participations.moves import move, record, show_or_hide
from campaign.participations.people import masked_name
from campaign.territory.models import Territory


class AlreadyRegistered(Conflict):
    """Somebody of the municipality was first; `by` is their name, masked."""

    def __init__(self, participation: Participation, by: str) -> None:
        self.participation_id = participation.id
        self.by = by
        super().__init__("Votre municipalité est déjà inscrite par une personne de votre équipe.")


# Made once: putting such a statement together costs more than running it.
_editions = table_of(Edition)
_NEXT_NUMBER = (
    sa.update(_editions)
    .where(_editions.c.id == sa.bindparam("edition_id"))
    .values(last_number=_editions.c.last_number + 1)
    .returning(_editions.c.last_number)
)
_REMEMBER = sa.insert(table_of(SubmissionReceipt))


def register(
    edition: Edition,
    territory: Territory,
    details: ParticipationDetails,
    *,
    author: Author,
    now: datetime,
    receipt: str = "",
    needs_review: bool = False,
    corrects: int | None = None,
) -> Participation:
    """« Inscrite (à confirmer) »: it takes part once its address is verified or the team confirms.

    The same `receipt` sent twice gives the same participation. `corrects` is the participation that the same
    person sent before: as long as its address is not verified, their new answers replace the first ones.
    Raises `AlreadyRegistered` when somebody else was first.
    """
    participation = claim(edition, territory, author=author, now=now)
    if participation.state not in states.WAITING:
        if receipt and _is_receipt_of(receipt, participation):
            return participation
        is_own = participation.state is State.REGISTERED and participation.id == corrects
        if is_own or _may_be_taken_over(participation, author, needs_review=needs_review):
            participation.needs_review = needs_review
            after = "corrigée avant confirmation" if is_own else "reprise par la municipalité"
            return _take_over(participation, details, after, author=author, now=now, receipt=receipt)
        raise AlreadyRegistered(participation, masked_name(participation.contact))
    write_answers(participation, details, author=author, now=now)
    participation.channel = author.channel
    participation.registered_at = now
    # The link may be in the hands of the very person whom the team has yet to look at: it lifts no doubt.
    is_doubtful = author.channel is Channel.LINK and participation.needs_review
    participation.needs_review = needs_review or is_doubtful
    participation.notice_version = NOTICE_VERSION
    participation.decides_on = None
    if participation.state in (State.CANCELLED, State.DISCARDED):
        _start_anew(participation, author=author, now=now)
    else:
        move(participation, State.REGISTERED, author=author, now=now)
    if receipt:
        _remember(receipt, participation, now)
    # Last: until the end of the transaction, all who register wait here for their own number.
    participation.number = participation.number or _next_number(edition)
    update_at_once(participation)
    return participation


def _start_anew(participation: Participation, *, author: Author, now: datetime) -> None:
    """Back by a fresh form: the table has no such move, because the proof of address is asked again."""
    record(
        participation,
        Track.STATE,
        before=participation.state.value,
        after=State.REGISTERED.value,
        author=author,
        now=now,
        reason="Nouvelle inscription",
    )
    participation.state, participation.merged_into_id = State.REGISTERED, None
    reinstate_if_called_off(participation, author=author, now=now)
    show_or_hide(participation, now)


def _may_be_taken_over(participation: Participation, author: Author, *, needs_review: bool) -> bool:
    """A stranger's unverified registration never keeps the town hall out."""
    return (
        participation.state is State.REGISTERED
        and participation.needs_review
        and not needs_review
        and not author.is_team
    )


def _take_over(
    participation: Participation,
    details: ParticipationDetails,
    after: str,
    *,
    author: Author,
    now: datetime,
    receipt: str,
) -> Participation:
    participation.channel = author.channel
    participation.registered_at = now
    participation.contact = None
    write_answers(participation, details, author=author, now=now)
    record(participation, Track.DETAILS, before="", after=after, author=author, now=now)
    if receipt:
        _remember(receipt, participation, now)
    return participation


def _remember(receipt: str, participation: Participation, now: datetime) -> None:
    sent = {"key": receipt, "participation_id": participation.id, "received_at": now}
    db.session.connection().execute(_REMEMBER, sent)


def _is_receipt_of(receipt: str, participation: Participation) -> bool:
    known = db.session.get(SubmissionReceipt, receipt)
    return known is not None and known.participation_id == participation.id


def _next_number(edition: Edition) -> int:
    number: int = db.session.connection().scalars(_NEXT_NUMBER, {"edition_id": edition.id}).one()
    return number
