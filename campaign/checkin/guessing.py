"""Guessing codes: whoever gives too many that do not exist waits, and the log says so without naming them.

Each phone has its own count, so that a volunteer who reads the tickets of another event stops nobody else at
the door. The account has a wider one, which all its phones share: a session that was stolen opens as many
phones as it likes, and guesses no faster for it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from werkzeug.exceptions import TooManyRequests

from campaign.checkin.models import ScanResult
from campaign.extensions import limiter
from campaign.identifiers import hash_token

log = logging.getLogger(__name__)

OF_A_PHONE = RateLimitItemPerMinute(10)
"""A door meets a few each hour; a machine that guesses gives them by thousands."""
OF_AN_ACCOUNT = RateLimitItemPerMinute(60)
"""Several phones that are wrong at once are still at a door; as many again are made by a machine."""
WAIT_SECONDS = 60
WRONG = (ScanResult.UNKNOWN, ScanResult.OTHER_EVENT)


@dataclass(frozen=True)
class Guesser:
    """Whose wrong codes are counted together: an account, and what it holds in its hand."""

    user_id: int
    hand: str

    @classmethod
    def with_phone(cls, user_id: int, token: str) -> Guesser:
        """A phone that opened the list of a door; its token is counted, never kept."""
        return cls(user_id, f"appareil {hash_token(token)}")

    @classmethod
    def with_browser(cls, user_id: int, session_id: int) -> Guesser:
        """The pages that admit without any list: there is one browser for each sign-in."""
        return cls(user_id, f"page {session_id}")

    def has_guessed_too_much(self) -> bool:
        """Whether this phone, or all those of the account together, gave too many in the minute."""
        return not (
            limiter.limiter.test(OF_A_PHONE, "wrong-codes", str(self.user_id), self.hand)
            and limiter.limiter.test(OF_AN_ACCOUNT, "wrong-codes", str(self.user_id))
        )


def check(guesser: Guesser) -> None:
    """Make them wait who gave too many wrong codes in the minute."""
    if guesser.has_guessed_too_much():
        raise TooManyRequests(retry_after=WAIT_SECONDS)


def count(results: Iterable[ScanResult], guesser: Guesser, *, event_id: int) -> None:
    """Remember the wrong ones among these; say it once, when they become too many.

    A phone that comes back after hours without network tells all of its own at once: they weigh on the others
    no more than those of a minute.
    """
    wrong = min(sum(result in WRONG for result in results), OF_A_PHONE.amount)
    if not wrong:
        return
    limiter.limiter.hit(OF_A_PHONE, "wrong-codes", str(guesser.user_id), guesser.hand, cost=wrong)
    limiter.limiter.hit(OF_AN_ACCOUNT, "wrong-codes", str(guesser.user_id), cost=wrong)
    if guesser.has_guessed_too_much():
        log.warning("wrong codes at a door", extra={"user": guesser.user_id, "event": event_id})
