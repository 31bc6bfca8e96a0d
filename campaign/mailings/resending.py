"""Writing again to a chosen few whom a letter did not reach: who can be, who cannot and why."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Conflict
from campaign.mailings import departure, queries
from campaign.mailings.audiences import OF_TERRITORIES, Case, Reason, Who
from campaign.mailings.letters import Words
from campaign.mailings.models import Decision, Mailing, Recipient
from campaign.mailings.plan import Brief, Line, lay_out
from campaign.mailings.schedule import next_allowed
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState
from campaign.web.filters import NBSP

log = logging.getLogger(__name__)


class Way(StrEnum):
    """How an address can be written to again."""

    SAME_LETTER = "meme_lettre"
    """Another attempt of the very letter."""
    NEW_LETTER = "nouvelle_lettre"


@dataclass(frozen=True)
class Chance:
    """Whether an address can be written to again, and if not, why."""

    way: Way | None
    refusal: str = ""


_GOES_ON = "Son message attend déjà son départ."
_ARRIVED = "Son message est déjà parti."
_SAME_ADDRESS = "Son adresse n’a pas changé. Corrigez-la dans la fiche, puis renvoyez."
_SEVERAL = "Ses municipalités ont maintenant des adresses différentes. Écrivez à chacune."
_COMPLAINED = "Elle a signalé notre message comme pourriel."

_FIXED: Mapping[MessageState, str] = {
    MessageState.QUEUED: _GOES_ON,
    MessageState.RESERVED: _GOES_ON,
    MessageState.SENDING: _GOES_ON,
    MessageState.SENT: _ARRIVED,
    MessageState.DELIVERED: _ARRIVED,
    MessageState.COMPLAINED: _COMPLAINED,
}


def chance_of(recipient: Recipient, message: Message | None, current: Collection[str]) -> Chance:
    """What the ledger and the addresses of today allow; the answers given since are looked at when it leaves.

    `current` has the addresses at which its municipalities are reached today.
    """
    if len(set(current)) > 1:
        return Chance(None, _SEVERAL)
    address = next(iter(current), "")
    is_elsewhere = address not in ("", message.to_email if message else recipient.email)
    if recipient.decision is Decision.EXCLUDED:
        return _excluded(recipient, message, is_elsewhere)
    if message is None:
        return Chance(None, "Son message n’est plus gardé.")
    if message.state in _FIXED:
        return Chance(None, _FIXED[message.state])
    if message.state is MessageState.WITHDRAWN or is_elsewhere:
        return Chance(Way.NEW_LETTER)
    if message.state in (MessageState.FAILED, MessageState.UNCERTAIN):
        return Chance(Way.SAME_LETTER)
    return Chance(None, _SAME_ADDRESS)


def _excluded(recipient: Recipient, message: Message | None, is_elsewhere: bool) -> Chance:
    was_taken_out = message is not None and message.state is MessageState.WITHDRAWN
    if recipient.reason == Reason.TOO_LATE or was_taken_out:
        return Chance(Way.NEW_LETTER)
    if recipient.reason in (Reason.NO_ADDRESS, Reason.ADDRESS_REFUSED):
        return Chance(Way.NEW_LETTER) if is_elsewhere else Chance(None, _SAME_ADDRESS)
    return Chance(None, "Elle a été exclue de cet envoi.")


# --- doing it -----------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Resent:
    """What became of the addresses chosen."""

    queued: tuple[Recipient, ...]
    refused: tuple[tuple[Recipient, str], ...]
    """Each with the reason."""


def resend(
    mailing: Mailing,
    edition: Edition,
    brief: Brief,
    words: Mapping[str, Words],
    recipient_ids: Collection[int],
    *,
    author: str,
    now: datetime,
) -> Resent:
    """Queue a letter again for each of these that can have one. See `services.resend`."""
    titles = queries.titles_of(edition.id)
    recipients = _locked(mailing, recipient_ids)
    messages = _messages_of(recipients)
    cases = _cases_of(mailing, edition, brief, recipients, now=now)
    queued, refused = [], []
    for recipient in recipients:
        lines = lay_out(brief, cases[recipient.id], titles=titles, now=now)
        message = messages.get(recipient.message_id or 0)
        chance = chance_of(recipient, message, {line.email for line in lines})
        refusal = chance.refusal or _refusal(mailing, recipient, lines)
        if not refusal and chance.way is Way.SAME_LETTER and message is not None:
            refusal = _again(message, brief, lines[0], author=author, now=now)
        elif not refusal:
            refusal = _anew(mailing, edition, brief, words, recipient, message, lines[0], author, now)
        if refusal:
            refused.append((recipient, refusal))
        else:
            queued.append(recipient)
    log.info("letters queued again by a person", extra={"mailing": mailing.id, "count": len(queued)})
    db.session.flush()
    return Resent(queued=tuple(queued), refused=tuple(refused))


def _locked(mailing: Mailing, ids: Collection[int]) -> Sequence[Recipient]:
    """Who presses second waits here, and then finds the letters queued."""
    return db.session.scalars(
        sa.select(Recipient)
        .where(Recipient.mailing_id == mailing.id, Recipient.id.in_(ids))
        .order_by(Recipient.id)
        .with_for_update()
        .options(selectinload(Recipient.territories))
        .execution_options(populate_existing=True)
    ).all()


def _messages_of(recipients: Sequence[Recipient]) -> dict[int, Message]:
    ids = [recipient.message_id for recipient in recipients if recipient.message_id]
    found = db.session.scalars(
        sa.select(Message)
        .where(Message.id.in_(ids))
        .order_by(Message.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {message.id: message for message in found}


def _cases_of(
    mailing: Mailing, edition: Edition, brief: Brief, recipients: Sequence[Recipient], *, now: datetime
) -> dict[int, list[Case]]:
    """The cases of today of each recipient: its municipalities, else the person."""
    who = brief.audience.who
    if who in (Who.CONTACTS, Who.MEDIA):
        ids = [recipient.contact_id for recipient in recipients if recipient.contact_id]
        cases = queries.contact_cases(mailing, edition, brief.audience, ids, now=now)
    else:
        cases = queries.load_cases(mailing, edition, brief.audience, now=now)
    if who in OF_TERRITORIES:
        by_place = {case.place.id: case for case in cases if case.place}
        return {
            recipient.id: [by_place[place.id] for place in recipient.territories if place.id in by_place]
            for recipient in recipients
        }
    return {
        recipient.id: [
            case
            for case in cases
            if (case.contact_id and case.contact_id == recipient.contact_id) or case.email == recipient.email
        ]
        for recipient in recipients
    }


def _refusal(mailing: Mailing, recipient: Recipient, lines: Sequence[Line]) -> str:
    """What was answered since, what the law says of the address, or another row that has it already."""
    if not lines:
        return "Elle n’est plus dans le public de cet envoi."
    line = lines[0]
    if line.exclusion is not None:
        return f"{line.exclusion.detail}."
    if line.key == recipient.key:
        return ""
    is_known = sa.exists().where(Recipient.mailing_id == mailing.id, Recipient.key == line.key)
    return (
        "Cet envoi a déjà été adressé à sa nouvelle adresse."
        if db.session.scalar(sa.select(is_known))
        else ""
    )


def _again(message: Message, brief: Brief, line: Line, *, author: str, now: datetime) -> str:
    """Another attempt of the same letter, at an hour that its class allows."""
    try:
        outbox.resend(message, author=author, now=now)
    except Conflict as refusal:
        return refusal.message
    message.not_before = next_allowed(brief.mailing_class, now, line.zone)
    return ""


def _anew(
    mailing: Mailing,
    edition: Edition,
    brief: Brief,
    words: Mapping[str, Words],
    recipient: Recipient,
    message: Message | None,
    line: Line,
    author: str,
    now: datetime,
) -> str:
    """Another letter, to the address of today; the row tells both."""
    again = replace(line, key=f"{line.key}:{_rank(message)}" if message else line.key)
    written = departure.queue(mailing, edition, brief, [again], words, now=now)
    if again.key not in written:
        return _GOES_ON
    before = ""
    if message is not None:
        before = f" Avant{NBSP}: message {message.id} à {message.to_email}."
    recipient.key, recipient.email, recipient.name = line.key, line.email, line.name[:200]
    recipient.variant, recipient.decision, recipient.reason = line.variant, Decision.INCLUDED, ""
    recipient.message_id = written[again.key]
    recipient.detail = f"Renvoyé par {author}.{before} {line.note}".strip()[:300]
    return ""


def _rank(message: Message) -> int:
    """2 for the second letter of a row, and so on: the queue takes each only once."""
    last = (message.dedupe_key or "").rpartition(":")[2]
    return int(last) + 1 if last.isdecimal() else 2
