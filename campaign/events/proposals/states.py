"""Where a proposal stands, who sees it there, and the public word for it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from campaign import clock
from campaign.campaigns.models import Edition
from campaign.events.models import Event, EventState, Proposal, ProposalState, Session
from campaign.events.wording import Label
from campaign.i18n import _

WAITING = (ProposalState.SUBMITTED, ProposalState.REVISED)
"""What the team has to read."""

OUTCOMES = (ProposalState.TO_CORRECT, ProposalState.PUBLISHED)

READABLE = (*WAITING, *OUTCOMES, ProposalState.WITHDRAWN)
"""What the team sees: an address that is not verified is nobody yet."""

STATE_WORDS: dict[ProposalState, Label] = {
    ProposalState.DRAFT: (_("brouillon"), "plain"),
    ProposalState.SUBMITTED: (_("soumise"), "info"),
    ProposalState.TO_CORRECT: (_("à corriger"), "warning"),
    ProposalState.PUBLISHED: (_("publiée"), "good"),
    ProposalState.REVISED: (_("modifiée (à revoir)"), "info"),
    ProposalState.WITHDRAWN: (_("retirée"), "off"),
}

ARCHIVED_AFTER = timedelta(days=60)
"""How long after its edition an activity counts as archived: cancelled ones leave calendars then, too."""


def may_change(proposal: Proposal) -> bool:
    """May its author still write in it?"""
    return proposal.state is not ProposalState.WITHDRAWN and not is_called_off(proposal)


def is_called_off(proposal: Proposal) -> bool:
    """Its event was cancelled."""
    return proposal.event is not None and proposal.event.state is EventState.CANCELLED


def state_label(proposal: Proposal, *, now: datetime) -> Label:
    """The public word of where it stands; « annulée », « passée » and « archivée » follow from its event,
    whose sessions and edition are loaded."""
    event = proposal.event
    if event is None:
        return STATE_WORDS[proposal.state]
    if event.state is EventState.CANCELLED:
        return _("annulée"), "off"
    if not event.is_published:
        return STATE_WORDS[ProposalState.WITHDRAWN]
    if proposal.state is not ProposalState.PUBLISHED or not _is_over(event, now):
        return STATE_WORDS[proposal.state]
    return (_("archivée"), "plain") if is_archived(event.edition, now) else (_("passée"), "plain")


def _is_over(event: Event, now: datetime) -> bool:
    last = max((_last_day(sitting, event.time_zone) or date.max for sitting in event.sessions), default=None)
    return last is not None and last < clock.today(now, event.time_zone)


def _last_day(sitting: Session, zone: str) -> date | None:
    if sitting.ends_at is not None:
        return clock.today(sitting.ends_at, zone)
    return sitting.ends_on or sitting.starts_on


def is_archived(edition: Edition, now: datetime) -> bool:
    """What took place in that edition is told as archived."""
    return edition.end_on is not None and edition.end_on + ARCHIVED_AFTER < clock.today(now)
