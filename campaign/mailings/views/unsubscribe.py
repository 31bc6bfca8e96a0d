"""Leaving the solicitations: GET shows, POST acts (RFC 8058), and nothing is asked but what to leave.

Mail programs post here by themselves, without cookie nor token; gateways open every link and must change
nothing.
"""

from __future__ import annotations

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.db import transaction
from campaign.errors import NotFound
from campaign.extensions import csrf
from campaign.mailings import unsubscribing
from campaign.outbox import queries as outbox
from campaign.outbox.models import Scope, UnsubscribeLink

blueprint = Blueprint("unsubscribe", __name__)

BACK = "reabonner"


@blueprint.get("/desabonnement/<token>")
def show(token: str) -> ResponseReturnValue:
    """What can be left, and what has been; opening it changes nothing."""
    try:
        link = outbox.open_unsubscribe(token)
    except NotFound:
        return _unknown()
    return _page(link, token)


@blueprint.post("/desabonnement/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF carries no types
def act(token: str) -> ResponseReturnValue:
    """Leave at once, or come back; done twice it is the same. The answer is the page, never a redirect."""
    try:
        with transaction():
            link = outbox.open_unsubscribe(token)
            is_understood = _act(link)
    except NotFound:
        return _unknown()
    if not is_understood:
        return _page(link, token, is_lost=True), 400
    return _page(link, token)


def _act(link: UnsubscribeLink) -> bool:
    """Do what the form says; False when it says nothing that we know."""
    now, asked = clock.now(), request.form.get("portee", "")
    if request.form.get("List-Unsubscribe") == "One-Click":
        unsubscribing.leave(link, Scope.ORGANIZATION, origin=unsubscribing.ONE_CLICK, now=now)
    elif asked in set(Scope):
        unsubscribing.leave(link, Scope(asked), origin=unsubscribing.PAGE, now=now)
    elif asked == BACK:
        unsubscribing.come_back(link, now=now)
    else:
        return False
    return True


def _page(link: UnsubscribeLink, token: str, *, is_lost: bool = False) -> str:
    number = int(link.campaign) if link.campaign.isdecimal() else None
    return render_template(
        "mailings/unsubscribe.html",
        token=token,
        address=unsubscribing.masked(link.email),
        number=number,
        left=unsubscribing.list_unsubscriptions(link.email),
        carrier=campaigns.organization(),
        is_lost=is_lost,
        Scope=Scope,
        back=BACK,
        scope_words=unsubscribing.scope_words,
    )


def _unknown() -> ResponseReturnValue:
    return make_response(
        render_template("mailings/unsubscribe_unknown.html", carrier=campaigns.organization()), 404
    )
