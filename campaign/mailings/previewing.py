"""What a mailing would do with each address, as if its moment had come."""

from __future__ import annotations

from datetime import datetime

from campaign.campaigns.models import Edition
from campaign.mailings import queries
from campaign.mailings.briefs import brief_of
from campaign.mailings.models import Mailing
from campaign.mailings.plan import Brief, Line, excluded_by_time, lay_out
from campaign.mailings.schedule import PER_RECIPIENT


def preview(mailing: Mailing, edition: Edition, *, now: datetime) -> list[Line]:
    """Every address that the mailing would consider at that instant, with what it would get and why.

    What the ledger holds already is not read: it is the mailing as if nothing of it had left.
    """
    brief = brief_of(mailing, edition)
    cases = queries.load_cases(mailing, edition, brief.audience, now=now)
    lines = lay_out(brief, cases, titles=queries.titles_of(edition.id), now=now)
    return [_told_in_time(brief, line, now) for line in lines]


def _told_in_time(brief: Brief, line: Line, now: datetime) -> Line:
    """A mailing of one moment is previewed as if it had come; the others tell who is to wait."""
    if brief.rule.anchor not in PER_RECIPIENT or not line.included:
        return line
    exclusion = excluded_by_time(brief, line, now)
    return line if exclusion is None else line.without(exclusion)
