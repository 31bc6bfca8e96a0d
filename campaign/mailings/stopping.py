"""A person stops what leaves, lets it go on, or calls it off: one mailing, or everything."""

from __future__ import annotations

from datetime import datetime

from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Conflict
from campaign.mailings import departure, hours
from campaign.mailings.answers import take_out_answered
from campaign.mailings.briefs import brief_of
from campaign.mailings.departure import batch_of
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.schedule import LATE_AFTER
from campaign.outbox import queries as outbox_queries
from campaign.outbox import services as outbox
from campaign.outbox.models import Hold

MOVING = (MailingState.SCHEDULED, MailingState.LEAVING)


def pause(mailing: Mailing, *, author: str, reason: str, now: datetime) -> None:
    """Hold what is queued and decide nothing more, without losing anything."""
    if mailing.state not in (*MOVING, MailingState.DONE):
        raise Conflict("Cet envoi n’est pas en route. Il n’y a rien à mettre en pause.")
    mailing.state = MailingState.PAUSED
    mailing.state_reason = reason[:300]
    outbox.hold(batch_of(mailing), author=author, reason=reason, now=now)
    db.session.flush()


def resume(mailing: Mailing, edition: Edition, *, author: str, now: datetime) -> None:
    """Go on where it stopped. Who answered in the meantime is taken out of the queue first.

    The refusals seen so far are accepted: only new ones stop it again.
    """
    if mailing.state is not MailingState.PAUSED:
        raise Conflict("Cet envoi n’est pas en pause. Rechargez la page pour voir où il en est.")
    incidents = outbox_queries.incident_rates(batch_of(mailing))
    mailing.accepted_bounces = incidents.hard_bounces + incidents.failed
    mailing.accepted_complaints = incidents.complaints
    mailing.state = MailingState.LEAVING if mailing.started_at else MailingState.SCHEDULED
    mailing.state_reason = f"Reprise demandée par {author}."[:300]
    brief = brief_of(mailing, edition)
    moment = departure.first_moment(brief)
    if moment is not None and now > moment + LATE_AFTER:
        mailing.earliest_at = now  # however late: the person who resumes it knows
    departure.take_out(mailing, edition, brief, now=now)
    hours.put_off(now=now)
    outbox.release(batch_of(mailing))
    db.session.flush()


def cancel(mailing: Mailing, *, author: str, now: datetime) -> int:
    """« Annuler l’envoi »: what has not left never will. Gives the number of letters taken back."""
    if mailing.state is MailingState.CANCELLED or mailing.state is MailingState.DRAFT:
        raise Conflict("Cet envoi n’est pas en route. Il n’y a rien à annuler.")
    withdrawn = outbox.withdraw(batch_of(mailing), now)
    outbox.release(batch_of(mailing))
    mailing.state = MailingState.CANCELLED
    mailing.state_reason = f"Annulé par {author}."[:300]
    mailing.finished_at = now
    db.session.flush()
    return withdrawn


def hold_everything(*, author: str, reason: str, now: datetime) -> None:
    """« Tout suspendre »: no mailing decides or leaves. Direct answers (a receipt, a key) still do."""
    outbox.hold(Hold.EVERYTHING, author=author, reason=reason, now=now)


def release_everything(*, now: datetime) -> None:
    """Let mailings go on. Who answered in the meantime is taken out of the queue first."""
    take_out_answered(now=now)
    hours.put_off(now=now)
    outbox.release(Hold.EVERYTHING)
