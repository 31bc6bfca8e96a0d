"""The ledger of a mailing: who got what and why; and writing again to a chosen few."""

from __future__ import annotations

import logging

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import READERS, current_user, require, scope_of
from campaign.db import transaction
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.mailings import audiences, ledger, queries, services, timeline, words
from campaign.mailings.filters import Filters
from campaign.mailings.ledger import PAGE_LENGTH, Regions
from campaign.mailings.views.manage.case import (
    ACTORS,
    author_name,
    blueprint,
    edition_asked,
    kept,
    locked,
    regions_seen,
)
from campaign.outbox.words import MESSAGE_STATES
from campaign.territory import queries as territories
from campaign.web.filters import NBSP
from campaign.web.numbers import read_numbers
from campaign.web.spreadsheets import csv_response

log = logging.getLogger(__name__)

MOST_CHOSEN = 200
"""As many as one page of the ledger can have ticked, and more."""


@blueprint.get("/<key>/destinataires")
@require(*READERS)
def recipients(key: str) -> ResponseReturnValue:
    """Who got what and why, and what became of it."""
    return _ledger_page(key)


@blueprint.get("/<key>/destinataires.csv")
@require(*READERS)
def recipients_csv(key: str) -> ResponseReturnValue:
    """The ledger with the same filters, as a file for Excel."""
    edition, regions = edition_asked(), regions_seen()
    mailing = queries.get_mailing(edition, key)
    rows = ledger.ledger_rows(mailing, edition, _filters(), regions=regions)
    log.info("ledger exported", extra={"user": current_user().id, "mailing": mailing.id})
    name = f"destinataires-{mailing.key}-edition-{edition.number}.csv"
    return csv_response(name, ledger.LEDGER_COLUMNS, rows)


@blueprint.post("/<key>/renvoyer")
@require(*ACTORS)
def resend(key: str) -> ResponseReturnValue:
    """Write again to those ticked: says who gets a letter, and who cannot and why."""
    ids = read_numbers(request.form.getlist("recipient"))[:MOST_CHOSEN]
    if not ids:
        return _ledger_page(key, refusal=_("Cochez d’abord à qui renvoyer l’envoi."))
    try:
        with transaction():
            mailing, edition = locked(key)
            resent = services.resend(mailing, edition, ids, author=author_name(), now=clock.now())
            refused = [(each.email or each.name or "–", why) for each, why in resent.refused]
    except Conflict as refusal:
        return _ledger_page(key, refusal=refusal.message)
    if resent.queued:
        flash(_("Remis en file : %(letters)s.", letters=words.letters(len(resent.queued))), "success")
    for email, why in refused:
        flash(f"{email}{NBSP}: {why}", "warning")
    return redirect(url_for(".recipients", key=key, **(kept() | _filters().address())), 303)


def _ledger_page(key: str, *, refusal: str = "") -> ResponseReturnValue:
    edition, now, regions = edition_asked(), clock.now(), regions_seen()
    mailing = queries.get_mailing(edition, key)
    filters = _filters()
    total = ledger.count_rows(mailing, filters, regions=regions)
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(filters.page, pages)
    drawn = render_template(
        "mailings/recipients.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        entry=timeline.entry_of(mailing, edition, regions=regions, now=now),
        filters=filters,
        rows=ledger.list_rows(
            mailing, edition, filters, regions=regions, limit=PAGE_LENGTH, offset=(page - 1) * PAGE_LENGTH
        ),
        **_options(regions),
        total=total,
        page=page,
        pages=pages,
        refusal=refusal,
        chosen=set(request.form.getlist("recipient")),
    )
    return drawn, 409 if refusal else 200


def _filters() -> Filters:
    """Those of the address, when the person may see the region they name."""
    filters = Filters.read(request.args)
    if filters.region:
        scope_of(current_user()).check(filters.region)
    return filters


def _options(regions: Regions) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the filters offer, « all » first."""
    visible = [each for each in territories.list_regions() if regions is None or each.code in regions]
    return {
        "decision_options": [
            ("", _("Toutes")),
            *((each.value, label) for each, label in words.DECISIONS.items()),
        ],
        "reason_options": [
            ("", _("Tous")),
            *((each.value, label) for each, label in audiences.LABELS.items()),
        ],
        "state_options": [
            ("", _("Tous")),
            *((each.value, label) for each, label in MESSAGE_STATES.items()),
        ],
        "region_options": [("", _("Toutes")), *((each.code, each.name) for each in visible)],
    }
