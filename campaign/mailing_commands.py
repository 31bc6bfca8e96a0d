"""The mailings of the current edition, from a terminal: what they are, putting one on schedule, previews."""

from __future__ import annotations

import argparse
import csv
import sys

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import NotFound, WrongArgument
from campaign.mailings import ledger, queries, services, timeline, words
from campaign.mailings.models import Mailing
from campaign.mailings.timeline import Moment
from campaign.terminal import application, check_schema, say, settings_here
from campaign.web.filters import full_date, hour

AUTHOR = "La ligne de commande"


def run_list(_options: argparse.Namespace) -> None:
    """One line for each mailing: key, instant, state, title."""
    with application(settings_here()):
        check_schema()
        edition = campaigns.current_edition()
        mailings = queries.list_mailings(edition)
        width = max((len(mailing.key) for mailing in mailings), default=0)
        for mailing in mailings:
            applies = services.applies(mailing, edition)
            moment = timeline.moment_of(mailing, edition)
            when = _instant(moment) if applies else "pas cette année"
            state = "automatique" if mailing.is_automatic else words.STATES[mailing.state].lower()
            say(f"{mailing.key:{width}}  {when:25}  {state:20}  {mailing.title}")


def run_schedule(options: argparse.Namespace) -> None:
    """Put a draft on schedule, and say when it leaves."""
    with application(settings_here()):
        check_schema()
        with transaction():
            edition = campaigns.current_edition()
            mailing = _mailing(edition, options.key)
            services.schedule(mailing, edition, author=AUTHOR, now=clock.now())
            moment = timeline.moment_of(mailing, edition)
            title = mailing.title
    say(f"« {title} » est planifié. {moment.why}")
    if moment.instant is not None:
        local = clock.to_local(moment.instant, clock.EASTERN)
        say(f"Départ : {full_date(local.date())}, {hour(local)} ({_instant(moment)}).")


def run_preview(options: argparse.Namespace) -> None:
    """Every address considered at that instant, with the decision and its reason, as CSV."""
    with application(settings_here()):
        check_schema()
        edition = campaigns.current_edition()
        mailing = _mailing(edition, options.key)
        lines = services.preview(mailing, edition, now=options.now or clock.now())
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(ledger.PREVIEW_COLUMNS)
        writer.writerows(ledger.preview_rows(lines))


def _mailing(edition: Edition, key: str) -> Mailing:
    try:
        return queries.get_mailing(edition, key)
    except NotFound as missing:
        raise WrongArgument(f"{missing} La commande « mailing list » donne les clés.") from missing


def _instant(moment: Moment) -> str:
    """Without doubt for other programs, on the clocks of most of Québec for people."""
    if moment.instant is None:
        return "selon le destinataire"
    return clock.to_local(moment.instant, clock.EASTERN).isoformat(timespec="minutes")
