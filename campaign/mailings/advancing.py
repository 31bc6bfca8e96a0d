"""At each tick, the next addresses of what is due are decided, by small batches."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.errors import Conflict
from campaign.mailings import departure, queries
from campaign.mailings.audiences import Case, Who
from campaign.mailings.briefs import brief_of, plan_of, words_of
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.plan import Brief, Line, is_late, keys_due, lay_out, may_leave
from campaign.mailings.schedule import PER_RECIPIENT
from campaign.mailings.scheduling import check_sender
from campaign.mailings.stopping import MOVING
from campaign.outbox import queries as outbox_queries
from campaign.outbox.models import Hold
from campaign.web.filters import NBSP

log = logging.getLogger(__name__)


BATCH = 200
"""Addresses decided in one transaction: a few tens of milliseconds during which others wait to write."""

AFTER_THE_WEEK = timedelta(days=120)
"""Mailings that follow each recipient's own moment end this long after the week."""


def list_moving(now: datetime) -> list[int]:
    """The mailings that may have something to do at this instant; none while everything is held."""
    if outbox_queries.is_held(Hold.EVERYTHING):
        return []
    rows = db.session.execute(
        sa.select(Mailing, Edition)
        .join(Edition, Mailing.edition_id == Edition.id)
        .where(Mailing.state.in_(MOVING))
        .order_by(Mailing.id)
    )
    moments = _Moments(now)
    return [mailing.id for mailing, edition in rows if moments.have_come(mailing, edition)]


class _Moments:
    """Whether mailings have somebody to consider; the answers are read once for all of them."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self._participants: dict[int, list[Case]] = {}

    def have_come(self, mailing: Mailing, edition: Edition) -> bool:
        brief = plan_of(mailing, edition)
        if brief.rule.anchor not in PER_RECIPIENT:
            moment = departure.first_moment(brief)
            return moment is not None and moment <= self.now
        if _is_past(edition, self.now):
            return True
        states = brief.audience.states
        cases = (case for case in self._answers(edition) if not states or case.answers.state in states)
        due = keys_due(brief, cases, self.now)
        return bool(due) and not due <= queries.decided_keys(mailing)

    def _answers(self, edition: Edition) -> list[Case]:
        if edition.id not in self._participants:
            self._participants[edition.id] = queries.load_participants(edition)
        return self._participants[edition.id]


def _is_past(edition: Edition, now: datetime) -> bool:
    """So long after the week that nothing follows anybody's moment any more."""
    return edition.end_on is not None and clock.today(now) > edition.end_on + AFTER_THE_WEEK


def advance(mailing_id: int, *, now: datetime) -> int:
    """Decide the next addresses of a mailing and queue their letters; gives how many, none when it is over.

    The caller commits after each call. Two workers never decide together: the row of the mailing is locked,
    and whoever finds it taken goes elsewhere.
    """
    mailing = db.session.scalar(
        sa.select(Mailing)
        .where(Mailing.id == mailing_id, Mailing.state.in_(MOVING))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if mailing is None or outbox_queries.is_held(Hold.EVERYTHING):
        return 0
    edition = db.session.get_one(Edition, mailing.edition_id)
    try:
        check_sender(campaigns.organization())
    except Conflict as missing:
        _wait(mailing, str(missing))
        return 0
    brief = brief_of(mailing, edition)
    lines = _undecided(mailing, edition, brief, now=now)
    ready = [line for line in lines if may_leave(brief, line, now)]
    if brief.rule.anchor not in PER_RECIPIENT and any(is_late(brief, line, now) for line in ready):
        _wait(mailing, "En retard de plus de 48 heures : quelqu’un décide s’il part encore.")
        return 0
    if ready:
        if mailing.started_at is None:
            mailing.started_at = now
        mailing.state = MailingState.LEAVING
        departure.decide(mailing, edition, brief, ready[:BATCH], words_of(mailing, edition), now=now)
    elif _is_over(mailing, edition, brief, lines, now=now):
        mailing.state, mailing.finished_at = MailingState.DONE, now
        log.info("mailing decided", extra={"mailing": mailing.id})
    db.session.flush()
    return len(ready[:BATCH])


def _undecided(mailing: Mailing, edition: Edition, brief: Brief, *, now: datetime) -> list[Line]:
    """The lines that the ledger does not have yet; of a long list, the next ones."""
    titles = queries.titles_of(edition.id)
    if brief.audience.who in (Who.CONTACTS, Who.MEDIA):
        cases = queries.next_contacts(mailing, edition, brief.audience, now=now, limit=BATCH)
        return lay_out(brief, cases, titles=titles, now=now)
    # One that follows each recipient's moment considers those to whom it may apply, not the whole list.
    is_rolling = brief.rule.anchor in PER_RECIPIENT
    cases = queries.load_cases(mailing, edition, brief.audience, now=now, may_apply_only=is_rolling)
    if not is_rolling:
        # Once for a town, though its address may change while the others wait for their hour.
        written_to = queries.places_written_to(mailing)
        cases = [case for case in cases if case.place is None or case.place.id not in written_to]
    decided = queries.decided_keys(mailing)
    return [line for line in lay_out(brief, cases, titles=titles, now=now) if line.key not in decided]


def _is_over(
    mailing: Mailing, edition: Edition, brief: Brief, lines: Sequence[Line], *, now: datetime
) -> bool:
    return _is_past(edition, now) if brief.rule.anchor in PER_RECIPIENT else not lines


def set_aside(mailing_id: int) -> None:
    """An accident that nobody foresaw: the mailing waits for a person, and keeps no other waiting."""
    mailing = db.session.scalar(
        sa.select(Mailing).where(Mailing.id == mailing_id, Mailing.state.in_(MOVING)).with_for_update()
    )
    if mailing is not None:
        _wait(mailing, f"Un incident l’empêche de partir{NBSP}: le journal du planificateur dit lequel.")


def _wait(mailing: Mailing, reason: str) -> None:
    mailing.state = MailingState.WAITING
    mailing.state_reason = reason[:300]
    log.warning("mailing waits for a person", extra={"mailing": mailing.id})
    db.session.flush()
