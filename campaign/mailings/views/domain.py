"""The page of the sending domain: what the DNS said lately, and a button to ask it again."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import require
from campaign.accounts.models import Role
from campaign.config import Settings
from campaign.db import db, transaction
from campaign.i18n import _
from campaign.outbox import domain, examination
from campaign.outbox.domain import Status, Subject

blueprint = Blueprint("domain", __name__, url_prefix="/gestion")

PURPOSES = {
    Subject.SPF: "quels serveurs peuvent envoyer en votre nom",
    Subject.DKIM: "la signature de vos messages",
    Subject.DMARC: "la consigne aux messageries",
    Subject.MX: "où arrivent les réponses",
}

STATUSES = {
    Status.RIGHT: "En règle",
    Status.WEAK: "À améliorer",
    Status.MISSING: "Absent",
    Status.WRONG: "À corriger",
    Status.UNREACHABLE: "Non vérifié",
    Status.UNKNOWN: "Inconnu",
}

MARKS = {
    Status.RIGHT: "confirmed",
    Status.WEAK: "waiting",
    Status.UNREACHABLE: "none",
    Status.UNKNOWN: "none",
}
"""The small pennant beside one of the four: filled, half, hollow; crossed for the others."""


@blueprint.get("/domaine")
@require(Role.ADMIN, Role.ORGANIZER)
def show() -> ResponseReturnValue:
    """What is known without asking anything: the DNS may be slow, the page never is."""
    settings = _settings()
    return render_template(
        "mailings/domain.html",
        domain=domain.domain_of(settings.mail_from),
        sender=settings.mail_from,
        excuse=domain.excuse_for(settings),
        last=examination.find_last(settings, now=clock.now()),
        minutes_kept=examination.KEPT.seconds // 60,
        purposes=PURPOSES,
        status_labels=STATUSES,
        status_mark=lambda status: MARKS.get(status, "off"),
    )


@blueprint.post("/domaine")
@require(Role.ADMIN, Role.ORGANIZER)
def examine() -> ResponseReturnValue:
    """Ask the DNS now, and keep what it said."""
    from campaign.outbox.resolving import Dns, open_resolver  # noqa: PLC0415 - three megabytes, seldom needed

    settings = _settings()
    db.session.rollback()  # no transaction stays open while the DNS is waited for
    health = domain.examine(settings, Dns(open_resolver(settings.dns_server)))
    if health.findings:
        with transaction():
            examination.keep(health, settings, now=clock.now())
    if health.is_silent:
        flash(domain.UNVERIFIED, "warning")
    elif health.findings:
        flash(_("Le DNS a répondu : voici ce qu’il dit maintenant."), "success")
    return redirect(url_for(".show"), 303)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
