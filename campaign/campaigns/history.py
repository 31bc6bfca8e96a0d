"""The past editions, as the organizers published them (`data/README.md` says from where)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from campaign.campaigns.models import Edition
from campaign.campaigns.queries import list_editions
from campaign.campaigns.week import FIRST_YEAR
from campaign.db import db
from campaign.web.filters import MONTHS, NBSP

PUBLISHED_EDITIONS = Path(__file__).parent / "data" / "gstp_editions.csv"


def load_editions() -> int:
    """Add the published editions that are not there yet; how many were added. Nothing is ever rewritten."""
    known = {edition.number for edition in list_editions()}
    added = [Edition(**facts) for facts in _published() if facts["number"] not in known]
    db.session.add_all(added)
    db.session.flush()
    return len(added)


def _published() -> Iterator[dict[str, Any]]:
    with PUBLISHED_EDITIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            number = int(row["edition"])
            start_on = date.fromisoformat(row["start"]) if row["start"] else None
            yield {
                "number": number,
                # The 4th has no published dates, but its year is known: there was one each year.
                "year": FIRST_YEAR + number - 1,
                "start_on": start_on,
                "end_on": date.fromisoformat(row["end"]) if row["end"] else None,
                "flag_on": start_on if number >= FIRST_WITH_FLAGS else None,
                "theme": published_text(row["theme"]),
                "published_figure": row["municipalities_announced"],
                "source_url": row["source_url"],
            }


FIRST_WITH_FLAGS = 8
"""The simultaneous flag raising began in 2023; before, an edition had no day J."""


def published_text(text: str) -> str:
    """What a page published, with our apostrophes and the spaces of Québec French."""
    for sign in "!?;":
        text = text.replace(f" {sign}", sign)
    text = text.replace("'", "’").replace(" :", f"{NBSP}:")
    text = re.sub(rf"(?<=\d) (?={'|'.join(MONTHS)})", NBSP, text)
    return text.replace("\u00ab ", f"«{NBSP}").replace(" \u00bb", f"{NBSP}»")
