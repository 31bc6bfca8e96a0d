"""The pages of the calendar, as families search them."""

from __future__ import annotations

from dataclasses import replace

from tests.benchmarks.cases import READER, Case
from tests.benchmarks.load import COUNTER, Request

ADDRESSES = {
    "calendar": "/calendrier",
    "filtered": "/calendrier?region=16&public=0-2-ans&cout=gratuit",
    "search": "/calendrier?q=tout-petits+doudou",
    "month": "/calendrier?vue=mois",
    "map": "/calendrier?vue=carte",
}
ANEW = f"/calendrier?q=doudou&page=900{COUNTER}"
"""The last page of a search under an address that nobody asked before: it is drawn, whatever is kept."""


def cases() -> list[Case]:
    """Each page after an edit, and from memory; then searches that are all different."""
    pages = [
        Case(name=name, kind="gzip", requests=[Request(path=path, headers=READER)])
        for name, path in ADDRESSES.items()
    ]
    anew = Request(path=ANEW, headers=READER)
    return [
        *(each for page in pages for each in (replace(page, is_kept=True), page)),
        Case(name="anew", kind="drawn", requests=[anew]),
    ]
