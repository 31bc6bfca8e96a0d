"""A mailing that too many addresses refuse, or that too many people call spam, stops by itself."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign.db import db
from campaign.i18n import ngettext
from campaign.mailings.departure import batch_of
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.stopping import MOVING, pause
from campaign.outbox import queries as outbox_queries
from campaign.web.filters import NBSP, number

log = logging.getLogger(__name__)


MAX_BOUNCES = 0.05

MAX_COMPLAINTS = 0.003
"""Above these shares of what left, a mailing stops by itself (domain §5.2 D3)."""

INCIDENTS_TOLD = timedelta(days=7)

FEWEST_TO_JUDGE = 20
"""One dead address among the first three letters says nothing of a list."""


def is_above_limits(*, now: datetime) -> bool:
    """Whether a mailing has to be stopped."""
    return any(_why_stop(mailing) for mailing in _running(now))


def stop_above_limits(*, now: datetime) -> list[Mailing]:
    """Pause each mailing that too many addresses refuse, or that too many people call spam; gives those."""
    stopped = []
    for mailing in _running(now):
        reason = _why_stop(mailing)
        if reason:
            log.warning("mailing stopped by its incidents", extra={"mailing": mailing.id})
            pause(mailing, author="Pavois", reason=reason, now=now)
            stopped.append(mailing)
    return stopped


def _running(now: datetime) -> Sequence[Mailing]:
    """Those that leave, or left in the last days: providers tell of refusals and complaints afterwards."""
    return db.session.scalars(
        sa.select(Mailing).where(
            Mailing.started_at.is_not(None),
            sa.or_(
                Mailing.state.in_(MOVING),
                sa.and_(Mailing.state == MailingState.DONE, Mailing.finished_at > now - INCIDENTS_TOLD),
            ),
        )
    ).all()


def _why_stop(mailing: Mailing) -> str:
    incidents = outbox_queries.incident_rates(batch_of(mailing))
    refused = incidents.hard_bounces + incidents.failed
    bounces = refused - mailing.accepted_bounces
    complaints = incidents.complaints - mailing.accepted_complaints
    gone = incidents.sent + refused
    if bounces > 0 and gone >= FEWEST_TO_JUDGE and bounces / gone > MAX_BOUNCES:
        said = (
            ngettext("%(num)d message refusé", "%(num)d messages refusés", bounces)
            if incidents.failed
            else ngettext("%(num)d adresse refusée", "%(num)d adresses refusées", bounces)
        )
        return f"Arrêté de lui-même{NBSP}: {said} sur {number(gone)}."
    if complaints > 0 and complaints / gone > MAX_COMPLAINTS:
        said = ngettext("%(num)d plainte", "%(num)d plaintes", complaints)
        return f"Arrêté de lui-même{NBSP}: {said} pour {number(gone)} messages."
    return ""
