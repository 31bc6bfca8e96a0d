"""The edition's mailings on one timeline; each of them with its figures, and what a person may do."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import READERS, current_user, require
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import db
from campaign.i18n import _
from campaign.mailings import audiences, queries, services, timeline, words
from campaign.mailings.audiences import Audience, InvalidAudience
from campaign.mailings.calendar import find_standard
from campaign.mailings.models import Mailing, MailingState
from campaign.mailings.timeline import Entry
from campaign.mailings.views.manage.case import ACTORS, blueprint, edition_asked, regions_seen
from campaign.outbox import queries as outbox_queries
from campaign.outbox.models import Hold
from campaign.territory import queries as territories


@blueprint.get("")
@require(*READERS)
def list_mailings() -> ResponseReturnValue:
    """What leaves now, what comes next, drafts, what is past; and whether the worker is alive."""
    edition, now = edition_asked(), clock.now()
    entries = timeline.list_entries(edition, regions=regions_seen(), now=now)
    beat = outbox_queries.find_heartbeat(timeline.WORKER)
    return render_template(
        "mailings/list.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        editions=campaigns.list_editions(),
        parts=timeline.by_part(entries),
        held=_hold(Hold.EVERYTHING),
        beat=beat,
        beat_age=words.ago(now - beat) if beat else "",
        is_silent=beat is None or now - beat > timeline.SILENT_AFTER,
    )


@blueprint.get("/<key>")
@require(*READERS)
def show(key: str) -> ResponseReturnValue:
    """One mailing: for whom, when and why, where it stands, and its figures."""
    return draw_mailing(key)


def draw_mailing(key: str, *, refusal: str = "", reason: str = "") -> ResponseReturnValue:
    """Its page; after a refusal, with what was typed."""
    edition, now = edition_asked(), clock.now()
    mailing = queries.get_mailing(edition, key)
    entry = timeline.entry_of(mailing, edition, regions=regions_seen(), now=now)
    drawn = render_template(
        "mailings/show.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        entry=entry,
        mailing=mailing,
        standard=find_standard(key),
        audience=_audience_in_words(mailing, edition),
        held=_hold(services.batch_of(mailing)),
        all_held=_hold(Hold.EVERYTHING),
        actions=_actions(entry, edition) if current_user().role in ACTORS else [],
        may_pause=entry.state in services.MOVING and mailing.started_at is not None,
        refusal=refusal,
        reason=reason,
    )
    return drawn, 409 if refusal else 200


def _hold(batch: str) -> Hold | None:
    return db.session.get(Hold, batch)


def _audience_in_words(mailing: Mailing, edition: Edition) -> str:
    try:
        audience = Audience.from_json(mailing.audience)
    except InvalidAudience as problem:
        return str(problem)
    return audiences.in_words(
        audience,
        region_names={each.code: each.name for each in territories.list_regions()}
        if audience.regions
        else {},
        mrc_names={each.code: each.name for each in territories.list_mrcs()} if audience.mrcs else {},
        titles=queries.titles_of(edition.id),
    )


def _actions(entry: Entry, edition: Edition) -> list[tuple[str, str, str]]:
    """What can be done where it stands: (endpoint, words, kind of button)."""
    mailing, state = entry.mailing, entry.state
    if edition.source_url or mailing.is_automatic:
        return []
    actions = []
    if state in (MailingState.DRAFT, MailingState.CANCELLED) and entry.applies:
        actions.append((".schedule", _("Planifier l’envoi"), "primary"))
    if state is MailingState.WAITING:
        actions.append((".release", _("Laisser partir"), "primary"))
    if state is MailingState.PAUSED:
        actions.append((".resume", _("Reprendre l’envoi"), "primary"))
    if state in (MailingState.SCHEDULED, MailingState.WAITING) and mailing.started_at is None:
        actions.append((".unschedule", _("Revenir au brouillon"), "secondary"))
    if state not in (MailingState.DRAFT, *services.ENDED):
        actions.append((".cancel", _("Annuler l’envoi"), "danger"))
    return actions
