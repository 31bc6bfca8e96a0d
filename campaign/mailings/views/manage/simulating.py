"""What a mailing would do at any instant, address by address."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime, time

from flask import render_template, request
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import READERS, current_user, require
from campaign.mailings import ledger, queries, services, timeline
from campaign.mailings.ledger import PAGE_LENGTH, Totals
from campaign.mailings.models import Decision
from campaign.mailings.plan import Line
from campaign.mailings.timeline import Entry
from campaign.mailings.views.manage.case import blueprint, edition_asked, regions_seen
from campaign.web import typed
from campaign.web.filters import hour as hour_words
from campaign.web.spreadsheets import csv_response

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The instant of a simulation, as typed and as understood."""

    day: str
    hour: str
    instant: datetime
    problem: str = ""


@blueprint.get("/<key>/simulation")
@require(*READERS)
def simulation(key: str) -> ResponseReturnValue:
    """Every address that the mailing would consider at that instant, what it would get and why."""
    edition, now, regions = edition_asked(), clock.now(), regions_seen()
    mailing = queries.get_mailing(edition, key)
    asked = _asked(timeline.entry_of(mailing, edition, regions=regions, now=now))
    lines = ledger.visible_lines(services.preview(mailing, edition, now=asked.instant), regions)
    wanted = request.args.get("motif", "").strip()[:200]
    chosen = [line for line in lines if not wanted or _group(line) == wanted]
    pages = max(1, -(-len(chosen) // PAGE_LENGTH))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "mailings/simulation.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        asked=asked,
        totals=Totals.of(lines),
        lines=chosen[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH],
        reason_of=ledger.reason_of,
        names_of=lambda line: ledger.names_of(line, regions),
        wanted=wanted,
        total=len(chosen),
        page=page,
        pages=pages,
    )


@blueprint.get("/<key>/simulation.csv")
@require(*READERS)
def simulation_csv(key: str) -> ResponseReturnValue:
    """The whole simulation as a file for Excel."""
    edition, regions = edition_asked(), regions_seen()
    mailing = queries.get_mailing(edition, key)
    asked = _asked(timeline.entry_of(mailing, edition, regions=regions, now=clock.now()))
    lines = ledger.visible_lines(services.preview(mailing, edition, now=asked.instant), regions)
    log.info("simulation exported", extra={"user": current_user().id, "mailing": mailing.id})
    day = clock.today(asked.instant).isoformat()
    return csv_response(
        f"simulation-{mailing.key}-{day}.csv", ledger.PREVIEW_COLUMNS, ledger.preview_rows(lines, regions)
    )


def _asked(entry: Entry) -> Asked:
    """From the address; without one, the moment of the mailing, or now when it has none or is past."""
    now = entry.now
    usual = max(entry.moment.instant or now, now)
    wall = clock.to_local(usual, clock.EASTERN)
    day, hour = request.args.get("date", "").strip(), request.args.get("heure", "").strip()
    asked = Asked(day=wall.date().isoformat(), hour=hour_words(wall), instant=usual)
    if not day and not hour:
        return asked
    try:
        return Asked(day=day, hour=hour, instant=_instant(day, hour, wall))
    except typed.Unreadable as problem:
        return Asked(day=day, hour=hour, instant=usual, problem=str(problem))


def _instant(day: str, hour: str, usual: datetime) -> datetime:
    on: date = typed.read_day(day) if day else usual.date()
    at: time = typed.read_hour(hour) if hour else usual.time()
    try:
        return clock.to_utc(on, at, clock.EASTERN)
    except clock.NonexistentTime as jump:
        return clock.to_utc(on, jump.suggestion, clock.EASTERN)


def _group(line: Line) -> str:
    """How the totals name what becomes of it."""
    if line.exclusion is None:
        return Decision.INCLUDED.value
    return ledger.sentence_of(line.exclusion.reason, line.exclusion.detail)
