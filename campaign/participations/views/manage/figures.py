"""The live figures, and those announced."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import current_user, require
from campaign.accounts.models import Role
from campaign.db import transaction
from campaign.i18n import _
from campaign.participations import figures as figures_
from campaign.participations.manage_forms import FreezeForm
from campaign.participations.views.manage.case import author_of, blueprint, edition_asked, kept, open_edition


@blueprint.get("/chiffres")
@require(Role.ADMIN, Role.ORGANIZER, Role.VIEWER)
def figures() -> ResponseReturnValue:
    """The live figures, and those announced with what separates them."""
    return _draw_figures(FreezeForm(None))


@blueprint.post("/chiffres")
@require(Role.ADMIN, Role.ORGANIZER)
def freeze() -> ResponseReturnValue:
    """Keep the figures of this instant as announced."""
    form = FreezeForm(request.form)
    if not form.validate():
        return _draw_figures(form), 422
    now = clock.now()
    with transaction():
        figures_.freeze(open_edition().id, label=form.label.data, author=author_of().name, now=now)
    flash(_("Le chiffre est figé : il ne changera plus."), "success")
    return redirect(url_for(".figures", **kept()), 303)


def _draw_figures(form: FreezeForm) -> str:
    edition = edition_asked()
    announced = figures_.list_frozen(edition.id)
    return render_template(
        "participations/manage/figures.html",
        edition=edition,
        live=figures_.compute(edition.id, now=clock.now()),
        announced=list(zip(announced, figures_.differences(announced), strict=True)),
        may_freeze=current_user().role in (Role.ADMIN, Role.ORGANIZER) and not edition.source_url,
        form=form,
        kept=kept(),
    )
