"""Personal feeds: the address that calendars come back to, and the pages where it is asked for."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import READERS, current_user, require
from campaign.agenda import personal
from campaign.agenda.feeds import INSISTENT, Feeds
from campaign.agenda.personal import Owner
from campaign.db import transaction
from campaign.errors import Gone, NotFound
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.participations import links
from campaign.territory.models import Territory
from campaign.web.freshness import public_url, revisions_read
from campaign.web.renewed import KEPT_BY_ONE_READER, answer_renewed

blueprint = Blueprint("personal_feeds", __name__)

FORM_LIMIT = "30 per 10 minutes"


@blueprint.get("/calendrier/prive/<token>.ics")
def feed(token: str) -> Response:
    """What the owner of that address may read now; the same refusal for every address that opens nothing."""
    found = personal.get_feed(token)
    numbers, today = revisions_read(), clock.today(clock.now())
    is_insistent = request.args.get("annules") == INSISTENT
    contents = personal.contents_of(found, today=today, is_insistent=is_insistent)
    feeds: Feeds = current_app.extensions["feeds"]
    file = feeds.get_own((found.id, is_insistent), contents, numbers)
    return answer_renewed(file, KEPT_BY_ONE_READER)


@blueprint.route("/gestion/mon-calendrier", methods=["GET", "POST"])
@require(*READERS)
@limiter.limit(FORM_LIMIT, methods=["POST"])
def of_team() -> ResponseReturnValue:
    """The calendar of a person of the team."""
    return _page("agenda/own_calendar.html", Owner(user=current_user()), url_for(".of_team"))


@blueprint.route("/p/<token>/calendrier", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
def of_town(token: str) -> ResponseReturnValue:
    """The calendar of a municipality, for whoever holds its personal link."""
    try:
        territory: Territory = links.get_link(token, now=clock.now()).territory
    except (NotFound, Gone):
        # That page says it in its own words, and offers another link.
        return redirect(url_for("participations.personal", token=token))
    owner = Owner(territory=territory)
    back = url_for("participations.personal", token=token)
    return _page("agenda/town_calendar.html", owner, url_for(".of_town", token=token), back=back)


def _page(template: str, owner: Owner, address: str, **values: object) -> ResponseReturnValue:
    """Shows whether an address is in use. The answer to whoever asks for one is the page itself, for once:
    the token is kept nowhere, so no later page could show it."""
    token = ""
    if request.method == "POST" and request.form.get("action") == "revoquer":
        with transaction():
            personal.revoke(owner, now=clock.now())
        flash(_("L’adresse ne sert plus : plus aucun calendrier ne s’y renouvelle."), "success")
        return redirect(address, 303)
    if request.method == "POST":
        with transaction():
            token = personal.issue(owner, now=clock.now())
    return render_template(
        template,
        owner=owner,
        feed=personal.find_feed(owner),
        issued=public_url(".feed", token=token) if token else "",
        insistent=public_url(".feed", token=token, annules=INSISTENT) if token else "",
        **values,
    )
