"""Scheduling a mailing, letting it leave, stopping it: the plan follows the answers at each tick.

A mailing leaves by small batches, each in a transaction of its own (`campaign.jobs` opens them): the ledger's
row and the letter are written together or not at all. Stopped anywhere and started again, it goes on with
those whom the ledger does not have; the unique keys of the ledger and of the queue forbid a second one.

A file for each step: `drafting`, `scheduling`, `advancing` at each tick, `stopping` by a person, `incidents`
by itself, `answers` that come meanwhile. What pages, jobs and commands ask of them is asked here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.mailings import resending
from campaign.mailings.advancing import advance, list_moving, set_aside
from campaign.mailings.answers import has_newly_invited, has_queued, mark_invited, take_out_answered
from campaign.mailings.briefs import applies, brief_of, latest_texts, words_of
from campaign.mailings.departure import batch_of
from campaign.mailings.drafting import ENDED, add_mailing, change_plan, is_open, open_calendar, write_text
from campaign.mailings.incidents import is_above_limits, stop_above_limits
from campaign.mailings.models import Mailing
from campaign.mailings.previewing import preview
from campaign.mailings.resending import Resent
from campaign.mailings.scheduling import check_sender, release, schedule, unschedule
from campaign.mailings.stopping import MOVING, cancel, hold_everything, pause, release_everything, resume

__all__ = [
    "ENDED", "MOVING",
    "add_mailing", "advance", "applies", "batch_of", "brief_of", "cancel", "change_plan", "check_sender",
    "has_newly_invited", "has_queued", "hold_everything", "is_above_limits", "is_open", "latest_texts",
    "list_moving", "mark_invited", "open_calendar", "pause", "preview", "release", "release_everything",
    "resend", "resume", "schedule", "set_aside", "stop_above_limits", "take_out_answered", "unschedule",
    "words_of", "write_text",
]  # fmt: skip


def resend(
    mailing: Mailing, edition: Edition, recipient_ids: Collection[int], *, author: str, now: datetime
) -> Resent:
    """Write again to a chosen few whom a letter did not reach; gives who gets one, and who cannot and why.

    A letter that failed, or may not have left, leaves again as it is. An address that was refused, and has
    changed since, gets a new letter; so does one for which it was too late, or that was taken back. Nobody
    who answered meanwhile is asked again, and pressing twice sends once.
    """
    check_sender(campaigns.organization())
    return resending.resend(
        mailing,
        edition,
        brief_of(mailing, edition),
        words_of(mailing, edition),
        recipient_ids,
        author=author,
        now=now,
    )
