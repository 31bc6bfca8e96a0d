"""« Me prévenir si cette activité change »: asking, proving the address, stopping.

The address of the letter is opened by mail gateways, which change nothing, and posted to by mail programs,
which have neither cookie nor token of ours (RFC 8058).
"""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.campaigns.queries import organization
from campaign.db import transaction
from campaign.errors import Conflict, NotFound
from campaign.events import following, wording
from campaign.events.change_forms import FollowForm
from campaign.events.models import Event, Follower
from campaign.events.queries import get_published
from campaign.events.times import is_over
from campaign.extensions import csrf, limiter
from campaign.web.errors import keeps_typed
from campaign.web.limits import (
    FORM_LIMIT,
    ONE_ADDRESS_LIMIT,
    ONE_FORM_LIMIT,
    one_form,
    typed_address,
    was_accepted,
)

blueprint = Blueprint("following", __name__)

CONFIRM, STOP = "confirmer", "arreter"


@blueprint.route("/evenements/<slug>/suivre", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@limiter.limit(ONE_ADDRESS_LIMIT, key_func=typed_address, methods=["POST"], deduct_when=was_accepted)
@keeps_typed
def ask(slug: str) -> ResponseReturnValue:
    """One question: the address to write to."""
    event = get_published(slug)
    form = FollowForm(request.form if request.method == "POST" else None)
    stale = g.get("stale_form", "")
    if request.method != "POST" or stale or not (form.is_robot or form.validate()):
        return _draw(event, form, stale, 422 if request.method == "POST" else 200)
    if not form.is_robot:
        with transaction():
            following.follow(get_published(slug), form.email.data, now=clock.now())
    return redirect(url_for(".asked", slug=slug), 303)


def _draw(event: Event, form: FollowForm, stale: str, status: int) -> Response:
    now = clock.now()
    response = make_response(
        render_template(
            "events/follow.html",
            event=event,
            day=wording.day_text(wording.Occasion.of(event)),
            is_over=all(is_over(event, row, now) for row in event.sessions),
            form=form,
            stale=stale,
            **_frame(event),
        ),
        status,
    )
    response.headers["Cache-Control"] = "no-store"  # it holds the token of a form
    return response


@blueprint.get("/evenements/<slug>/suivre/envoye")
def asked(slug: str) -> ResponseReturnValue:
    """One step left: the letter in the mailbox. The same words for every address."""
    event = get_published(slug)
    return render_template("events/follow_asked.html", event=event, **_frame(event))


@blueprint.get("/suivi/<token>")
def show(token: str) -> ResponseReturnValue:
    """Confirm, or stop; opening it changes nothing."""
    try:
        follower, event = following.get_follower(token)
    except NotFound as refusal:
        return _gone(refusal.message), 404
    return _page(token, follower, event)


@blueprint.post("/suivi/<token>")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF carries no types
def act(token: str) -> ResponseReturnValue:
    """Confirm or stop, at once; done twice it is the same. The answer is the page, never a redirect."""
    gesture = request.form.get("geste", "")
    if request.form.get("List-Unsubscribe") == "One-Click" or gesture == STOP:
        everything = request.args.get("tout") == "oui"
        with transaction():
            following.stop(token, everything=everything)
        return _gone("")
    try:
        if gesture == CONFIRM:
            with transaction():
                following.confirm(token, now=clock.now())
        follower, event = following.get_follower(token)
    except (NotFound, Conflict) as refusal:
        return _gone(refusal.message), refusal.status
    return _page(token, follower, event), 200 if gesture == CONFIRM else 400


def _page(token: str, follower: Follower, event: Event) -> str:
    return render_template(
        "events/followed.html",
        token=token,
        address=follower.email,
        is_verified=follower.verified_at is not None,
        event=event,
        day=wording.day_text(wording.Occasion.of(event)),
        CONFIRM=CONFIRM,
        STOP=STOP,
        **_frame(event),
    )


def _gone(message: str) -> str:
    return render_template("events/follow_stopped.html", message=message, organization=organization())


def _frame(event: Event) -> dict[str, object]:
    return {"organization": organization(), "edition_is_simulated": event.edition.is_simulated}
