"""The way in without a link: choose the municipality, fill the form, prove that the address is read."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import Gone, NotFound
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.identifiers import new_token
from campaign.participations import letters, links, provenance, services
from campaign.participations.details import first_time
from campaign.participations.forms import NewLinkForm, ParticipationForm
from campaign.participations.models import State
from campaign.territory import queries as territories
from campaign.territory import search
from campaign.territory.models import Territory
from campaign.web.errors import keeps_typed
from campaign.web.limits import (
    FORM_LIMIT,
    ONE_ADDRESS_LIMIT,
    ONE_FORM_LIMIT,
    SEARCH_LIMIT,
    one_form,
    typed_address,
    was_accepted,
)

blueprint = Blueprint("participations", __name__)

SENT_FROM_HERE = "participation"
"""The last registration sent from this browser: it may be corrected until its address is verified."""


@blueprint.get("/inscription")
@limiter.limit(SEARCH_LIMIT, exempt_when=lambda: not request.args.get("q"))
def choose() -> ResponseReturnValue:
    """Which municipality? Suggestions with the script, a list of results without."""
    query = request.args.get("q", "").strip()
    found = search.search(query, limit=30) if query else None
    return render_template(
        "participations/choose.html", query=query, found=found, edition=campaigns.current_edition()
    )


def _territory_or_redirect(geo_code: str) -> tuple[Territory, ResponseReturnValue | None]:
    """The territory of today; a merged one leads to its successor."""
    territory = territories.get_territory(geo_code)
    if territory.valid_to is None:
        return territory, None
    successor = territories.find_successor(territory)
    if successor is None:
        raise NotFound(_("Cette municipalité n’existe plus. Cherchez celle d’aujourd’hui par son nom."))
    return successor, redirect(url_for(".register", geo_code=successor.geo_code), 301)


@blueprint.route("/inscription/<geo_code>", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@limiter.limit(ONE_ADDRESS_LIMIT, key_func=typed_address, methods=["POST"], deduct_when=was_accepted)
@keeps_typed
def register(geo_code: str) -> ResponseReturnValue:
    """The form of the flag raising."""
    edition = campaigns.current_edition()
    territory, elsewhere = _territory_or_redirect(geo_code)
    if elsewhere is not None:
        return elsewhere
    if request.method != "POST":
        form = ParticipationForm(
            edition=edition, zone=territory.time_zone, data=ParticipationForm.filled_with(first_time(edition))
        )
        form.cle.data = new_token()
        return _draw(form, territory, edition)
    form = ParticipationForm(request.form, edition=edition, zone=territory.time_zone)
    if g.get("stale_form"):
        return _draw(form, territory, edition, stale=g.stale_form)
    if form.is_robot:
        return redirect(url_for(".asked", geo_code=territory.geo_code), 303)
    if not form.validate():
        return _draw(form, territory, edition), 422
    return _receive(form, territory, edition)


def _receive(form: ParticipationForm, territory: Territory, edition: Edition) -> ResponseReturnValue:
    now = clock.now()
    details = form.to_details()
    needs_review = not provenance.is_known(territory, details.contact.email)
    try:
        with transaction(rereads=False):
            participation = services.register(
                edition,
                territory,
                details,
                author=replace(services.MUNICIPALITY_BY_FORM, ip=request.remote_addr or ""),
                now=now,
                receipt=form.receipt,
                corrects=session.get(SENT_FROM_HERE),
                needs_review=needs_review,
            )
            if participation.registered_at == now:
                token = links.ask_proof(participation, details.contact.email, now=now)
                letters.ask_verification(participation, token, now=now)
            session[SENT_FROM_HERE] = participation.id
    except services.AlreadyRegistered as refusal:
        here = territories.get_territory(territory.geo_code)
        return _draw(form, here, campaigns.current_edition(), already=refusal), 409
    if form.is_outside_week():
        flash(
            _("La date du lever est en dehors de la semaine. C’est accepté : vérifiez qu’elle est juste."),
            "warning",
        )
    return redirect(url_for(".asked", geo_code=territory.geo_code), 303)


def _draw(
    form: ParticipationForm,
    territory: Territory,
    edition: Edition,
    *,
    already: services.AlreadyRegistered | None = None,
    stale: str = "",
) -> str:
    return render_template(
        "participations/register.html",
        form=form,
        territory=territory,
        edition=edition,
        boroughs=territories.list_boroughs(territory),
        already=already,
        stale=stale,
        new_link_form=NewLinkForm(formdata=None, data={"municipality": territory.name}),
    )


@blueprint.get("/inscription/<geo_code>/merci")
def asked(geo_code: str) -> ResponseReturnValue:
    """One step left: the letter in the mailbox."""
    return render_template(
        "participations/asked.html",
        territory=territories.get_territory(geo_code),
        edition=campaigns.current_edition(),
    )


@blueprint.route("/inscription/confirmer/<token>", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
def confirm(token: str) -> ResponseReturnValue:
    """The link of the verification letter: POST confirms, the rest (a scanner’s HEAD) shows the button."""
    now = clock.now()
    try:
        proof = links.get_proof(token, now=now)
    except (NotFound, Gone) as refusal:
        return unknown_link(refusal)
    if request.method != "POST":
        participation = services.get_participation(proof.participation_id)
        return render_template(
            "participations/confirm.html",
            participation=participation,
            territory=participation.territory,
            edition=participation.edition,
        )
    with transaction():
        participation = services.confirm_by_proof(token, now=now)
        personal = links.issue(
            participation.edition, participation.territory, now=now, contact=participation.contact
        )
        if participation.state is State.CONFIRMED:
            letters.confirm_registration(participation, personal, now=now)
    return redirect(url_for(".personal", token=personal), 303)


def unknown_link(refusal: NotFound | Gone) -> ResponseReturnValue:
    """The same helpful page for a link unknown, expired, revoked or mistyped."""
    return render_template(
        "participations/unknown_link.html", form=NewLinkForm(formdata=None), stale=""
    ), refusal.status


@blueprint.route("/inscription/lien", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit("10 per hour", methods=["POST"])
@keeps_typed
def new_link() -> ResponseReturnValue:
    """Mail a new personal link, to an address that the municipality is known by; always the same answer."""
    form = NewLinkForm(request.form if request.method == "POST" else None)
    if request.method != "POST" or g.get("stale_form") or not form.validate():
        status = 422 if request.method == "POST" else 200
        return render_template(
            "participations/unknown_link.html", form=form, stale=g.get("stale_form", "")
        ), status
    edition = campaigns.current_edition()
    found = search.search(form.municipality.data, limit=5)
    now, email = clock.now(), form.email.data or ""
    for suggestion in found.suggestions:
        territory = territories.get_territory(suggestion.geo_code)
        if provenance.may_receive_link(territory, email):
            with transaction():
                token = links.issue(edition, territories.get_territory(suggestion.geo_code), now=now)
                letters.send_link(
                    edition,
                    territories.get_territory(suggestion.geo_code),
                    token,
                    to=email,
                    now=now,
                )
            break
    return redirect(url_for(".link_sent"), 303)


@blueprint.get("/inscription/lien/envoye")
def link_sent() -> ResponseReturnValue:
    """What is said whether or not something was sent."""
    return render_template("participations/link_sent.html")
