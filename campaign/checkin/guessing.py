"""Guessing codes: whoever gives too many that do not exist waits, and the log says so without naming them."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from limits import RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from campaign.checkin.models import ScanResult
from campaign.extensions import limiter

log = logging.getLogger(__name__)

WRONG_CODES = RateLimitItemPerMinute(10)
"""A door meets a few each hour; a machine that guesses gives them by thousands."""
WAIT_SECONDS = 60
WRONG = (ScanResult.UNKNOWN, ScanResult.OTHER_EVENT)


def check(user_id: int) -> None:
    """Make them wait who gave too many wrong codes in the minute."""
    if not limiter.limiter.test(WRONG_CODES, "wrong-codes", str(user_id)):
        raise TooManyRequests(retry_after=WAIT_SECONDS)


def count(results: Iterable[ScanResult], *, user_id: int, event_id: int) -> None:
    """Remember the wrong ones among these; say it once, when they become too many."""
    wrong = sum(result in WRONG for result in results)
    if not wrong:
        return
    for _each in range(min(wrong, WRONG_CODES.amount)):
        limiter.limiter.hit(WRONG_CODES, "wrong-codes", str(user_id))
    if not limiter.limiter.test(WRONG_CODES, "wrong-codes", str(user_id)):
        log.warning("wrong codes at a door", extra={"user": user_id, "event": event_id})
