"""The packaged directory as the tests read it: with the csv module alone, not with our own reader."""

import csv
from functools import cache

from campaign.territory.directory import DATA


@cache
def entities() -> tuple[dict[str, str], ...]:
    with (DATA / "municipalites.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def names() -> tuple[str, ...]:
    return tuple(sorted({row["name"] for row in entities()}))
