"""The number by which a municipality and the team speak of a participation: « GSTP-2027-0412 »."""

from __future__ import annotations

from campaign.campaigns.models import Edition


def participation_number(edition: Edition, number: int, prefix: str = "GSTP") -> str:
    """Said aloud on the phone and printed: the prefix of the organization, the year, four digits."""
    return f"{prefix}-{edition.year}-{number:04d}"
