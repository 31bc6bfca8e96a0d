"""A new personal link, given by the team."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, require
from campaign.db import transaction
from campaign.i18n import _
from campaign.outbox.rendering import public_link
from campaign.participations import letters, links
from campaign.participations.manage_forms import LinkForm
from campaign.participations.views.manage.case import (
    blueprint,
    case_of,
    form_sent,
    is_sent,
    kept,
    territory_of,
)


@blueprint.route("/municipalites/<geo_code>/lien", methods=["GET", "POST"])
@require(*EDITORS)
def link(geo_code: str) -> ResponseReturnValue:
    """A new personal link: shown once, here, and mailed if asked.

    The answer to the POST is the page itself, for once: the token is kept nowhere, so no later page could
    show it, and an address that carried it would stay in histories and logs.
    """
    case = case_of(geo_code)
    contact = case.participation.contact if case.participation else None
    email = contact.email if contact and contact.email else case.territory.email
    form = LinkForm(form_sent(), data={"revoke": False, "mail": bool(email), "email": email})
    if not is_sent() or not form.validate():
        drawn = render_template(
            "participations/manage/link.html", case=case, territory=case.territory, form=form, kept=kept()
        )
        return drawn, 422 if is_sent() else 200
    token = _issue_link(geo_code, form)
    return render_template(
        "participations/manage/link_issued.html",
        territory=territory_of(geo_code),
        address=public_link("participations.personal", token=token),
        mailed_to=form.email.data if form.mail.data else "",
        was_revoked=form.revoke.data,
        kept=kept(),
    )


def _issue_link(geo_code: str, form: LinkForm) -> str:
    now = clock.now()
    with transaction():
        case = case_of(geo_code)
        contact = case.participation.contact if case.participation else None
        if form.revoke.data:
            links.revoke_all(
                case.edition.id, case.territory.id, because=_("Nouveau lien donné par l’équipe"), now=now
            )
        token = links.issue(case.edition, case.territory, now=now, contact=contact)
        if form.mail.data:
            letters.send_link(
                case.edition,
                case.territory,
                token,
                to=form.email.data,
                now=now,
                to_name=contact.full_name if contact and contact.email == form.email.data else "",
            )
    return token
