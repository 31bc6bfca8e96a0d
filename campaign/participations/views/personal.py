"""The personal link: one address at which a municipality registers, renews, changes, postpones, withdraws.

GET shows, whoever opens it (mail scanners included). Each form of the page posts to the same address with the
name
of its action; after it, the page is shown again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import TypeVar

from flask import Response, flash, g, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from campaign import clock
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import CampaignError, Gone, NotFound
from campaign.events.documents import calendar_entry, poster_content, showing
from campaign.events.ical import write_calendar
from campaign.events.models import Event
from campaign.events.poster import render_poster
from campaign.events.qr import qr_svg
from campaign.events.services import When
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.identifiers import new_token, slugify
from campaign.outbox.rendering import public_link
from campaign.participations import forms, letters, links, services, states
from campaign.participations.details import ParticipationDetails, Person, carried_over, details_of, first_time
from campaign.participations.models import Participation, ResolutionState, State
from campaign.participations.papers import resolution_content
from campaign.participations.resolution import resolution_text
from campaign.participations.services import Author
from campaign.participations.steps import coming_steps
from campaign.participations.views.registration import blueprint, unknown_link
from campaign.territory.models import Territory
from campaign.web.errors import keeps_typed
from campaign.web.filters import hour
from campaign.web.forms import PageForm
from campaign.web.limits import FORM_LIMIT, ONE_FORM_LIMIT, one_form

__all__ = ["blueprint"]

AUTHOR = services.MUNICIPALITY_BY_LINK


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What stands behind one personal link at one moment."""

    token: str
    edition: Edition
    territory: Territory
    participation: Participation | None
    now: datetime

    @property
    def state(self) -> State:
        return self.participation.state if self.participation else State.NOT_INVITED

    @property
    def is_registered(self) -> bool:
        return self.state in states.COUNTED or self.state is State.REGISTERED


def _open_desk(token: str, now: datetime) -> Desk:
    link = links.get_link(token, now=now)
    return Desk(
        token=token,
        edition=link.edition,
        territory=link.territory,
        participation=services.find_participation(link.edition_id, link.territory_id),
        now=now,
    )


@blueprint.route("/p/<token>", methods=["GET", "POST"])
@limiter.limit(FORM_LIMIT, methods=["POST"])
@limiter.limit(ONE_FORM_LIMIT, key_func=one_form, methods=["POST"])
@keeps_typed
def personal(token: str) -> ResponseReturnValue:
    """The page of one municipality in one edition."""
    try:
        desk = _open_desk(token, clock.now())
    except (NotFound, Gone) as refusal:
        return unknown_link(refusal)
    if request.method != "POST":
        return _draw(desk)
    act = ACTIONS.get(request.form.get("action", "inscrire"))
    if act is None:
        return _draw(
            desk, notice=_("Cette action n’existe pas. Choisissez l’un des boutons de la page.")
        ), 400
    if g.get("stale_form"):
        return _draw_typed(desk, notice=g.stale_form)
    try:
        return act(desk)
    except services.AlreadyRegistered as refusal:
        return _draw_typed(_open_desk(token, desk.now), already=refusal), 409
    except CampaignError as refusal:
        return _draw_typed(_open_desk(token, desk.now), notice=refusal.message), refusal.status


def _back(token: str) -> ResponseReturnValue:
    return redirect(url_for(".personal", token=token), 303)


SMALL_FORMS: dict[str, type[PageForm]] = {
    "reflexion": forms.UndecidedForm,
    "decliner": forms.DeclineForm,
    "passer": forms.HandOverForm,
    "reporter": forms.PostponeForm,
    "interieur": forms.IndoorsForm,
    "annuler": forms.CancelForm,
    "resolution": forms.ResolutionForm,
}
"""The short answers, by the name of their action."""


# --- the page ---------------------------------------------------------------------------------


def _last_details(desk: Desk) -> ParticipationDetails | None:
    last = services.find_last(desk.edition, desk.territory.id)
    return carried_over(last, desk.edition) if last else None


def _proposed(desk: Desk, last: ParticipationDetails | None) -> ParticipationDetails:
    """What the form shows: the answers given, else last time's, else the usual ones."""
    is_answered = desk.participation is not None and desk.participation.registered_at is not None
    if desk.participation is not None and is_answered and desk.state is not State.DISCARDED:
        return details_of(desk.participation)
    proposed = last or first_time(desk.edition)
    if not proposed.contact.email:
        proposed = replace(proposed, contact=replace(proposed.contact, email=desk.territory.email.lower()))
    return proposed


def _new_form(desk: Desk, last: ParticipationDetails | None) -> forms.ParticipationForm:
    form = forms.ParticipationForm(
        edition=desk.edition,
        zone=desk.territory.time_zone,
        data=forms.ParticipationForm.filled_with(_proposed(desk, last)),
    )
    form.cle.data = new_token()
    form.fiche.data = services.version_of(desk.participation)
    return form


def _typed_form(desk: Desk) -> forms.ParticipationForm:
    return forms.ParticipationForm(request.form, edition=desk.edition, zone=desk.territory.time_zone)


def _draw_typed(desk: Desk, *, notice: str = "", already: services.AlreadyRegistered | None = None) -> str:
    """The page again, with the form as it was typed and ready to be sent knowingly."""
    action = request.form.get("action", "inscrire")
    if action not in ("inscrire", "modifier"):
        kind = SMALL_FORMS.get(action)
        return _draw(desk, small=_small(kind, action) if kind else None, notice=notice, already=already)
    form = _typed_form(desk)
    form.validate()
    form.fiche.data = services.version_of(desk.participation)
    form.cle.data = new_token()
    return _draw(desk, form=form, notice=notice, already=already)


def _draw(
    desk: Desk,
    *,
    form: forms.ParticipationForm | None = None,
    small: PageForm | None = None,
    notice: str = "",
    already: services.AlreadyRegistered | None = None,
) -> str:
    last = None if desk.is_registered else _last_details(desk)
    is_changing = form is not None or "modifier" in request.args
    page = "registered" if desk.is_registered and not is_changing else "form"
    event = desk.participation.event if desk.participation else None
    event_url = public_link("events.show", slug=event.slug) if event else ""
    steps = (
        coming_steps(desk.participation, desk.edition, today=clock.today(desk.now))
        if desk.participation
        else ()
    )
    return render_template(
        f"participations/personal_{page}.html",
        desk=desk,
        form=form or (_new_form(desk, last) if page == "form" else None),
        small=_SmallForms(small),
        last=last,
        can_renew=last is not None and _can_renew(last),
        notice_text=notice,
        already=already,
        event=event,
        shown=showing(event, to_owner=True) if event else None,
        event_url=event_url,
        qr=Markup(qr_svg(event_url, title=_("Code QR de la page de l’événement"))) if event else "",  # noqa: S704 - drawn by us
        number=letters.number_of(desk.participation, campaigns.organization()) if desk.participation else "",
        resolution=resolution_text(resolution_content(desk.edition, desk.territory))
        if page == "registered"
        else "",
        steps=steps,
    )


def _can_renew(last: ParticipationDetails) -> bool:
    """One press is enough when nothing is missing: with a flag, an hour and a place."""
    return not last.raises_flag or bool(last.place and last.flag_on and last.flag_time)


class _SmallForms(dict[str, PageForm]):
    """The little forms of the page, each made when it is drawn; the one being corrected with its errors."""

    def __init__(self, current: PageForm | None) -> None:
        super().__init__({name: current for name, kind in SMALL_FORMS.items() if isinstance(current, kind)})

    def __missing__(self, name: str) -> PageForm:
        form = self[name] = SMALL_FORMS[name](formdata=None, prefix=f"{name}-")
        return form


_Small = TypeVar("_Small", bound=PageForm)


def _small(kind: type[_Small], name: str) -> _Small:
    return kind(request.form, prefix=f"{name}-")


# --- what each button does ------------------------------------------------------------------------


def _register(desk: Desk) -> ResponseReturnValue:
    form = _typed_form(desk)
    if not form.validate():
        return _draw(desk, form=form), 422
    return _register_with(desk, form.to_details(), receipt=form.receipt, is_outside=form.is_outside_week())


def _renew(desk: Desk) -> ResponseReturnValue:
    """« Comme l’an dernier »"""
    last = _last_details(desk)
    if desk.is_registered:
        return _back(desk.token)
    if last is None or not _can_renew(last):
        return _draw(desk, notice=_("Il manque quelques réponses. Complétez le formulaire ci-dessous.")), 409
    if not last.contact.email:
        last = replace(last, contact=Person(email=desk.territory.email.lower()))
    return _register_with(desk, last, receipt="", is_outside=False)


def _answering() -> Author:
    """Whoever fills the form, from where: a box ticked in it is a consent that must be proved."""
    return replace(AUTHOR, ip=request.remote_addr or "")


def _register_with(
    desk: Desk, details: ParticipationDetails, *, receipt: str, is_outside: bool
) -> ResponseReturnValue:
    with transaction():
        fresh = _open_desk(desk.token, desk.now)
        participation = services.register(
            fresh.edition, fresh.territory, details, author=_answering(), now=desk.now, receipt=receipt
        )
        _confirmed(participation, desk)
    if is_outside:
        flash(
            _("La date du lever est en dehors de la semaine. C’est accepté : vérifiez qu’elle est juste."),
            "warning",
        )
    return _back(desk.token)


def _confirmed(participation: Participation, desk: Desk) -> None:
    """Its own link is as good as a verified address."""
    services.confirm(participation, author=AUTHOR, now=desk.now)
    if participation.confirmed_at == desk.now:
        services.mark_verified(participation, now=desk.now)
        letters.confirm_registration(participation, desk.token, now=desk.now)


def _confirm(desk: Desk) -> ResponseReturnValue:
    with transaction():
        _confirmed(_registered(desk), desk)
    flash(_("Votre participation est confirmée. Merci!"), "success")
    return _back(desk.token)


def _revise(desk: Desk) -> ResponseReturnValue:
    form = _typed_form(desk)
    if not form.validate():
        return _draw(desk, form=form), 422
    with transaction():
        participation = _registered(desk)
        services.revise(
            participation, form.to_details(), author=_answering(), now=desk.now, seen=form.fiche.data or None
        )
        if participation.state is State.REGISTERED:
            _confirmed(participation, desk)
    flash(_("Vos changements sont enregistrés."), "success")
    return _back(desk.token)


def _registered(desk: Desk) -> Participation:
    """The participation, locked, inside the transaction."""
    fresh = _open_desk(desk.token, desk.now)
    participation = services.claim(fresh.edition, fresh.territory, author=AUTHOR, now=desk.now)
    if participation.registered_at is None or participation.state is State.DISCARDED:
        raise NotFound(_("Votre municipalité n’est pas encore inscrite. Remplissez le formulaire."))
    return participation


def _undecided(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.UndecidedForm, "reflexion")
    if not form.validate():
        return _draw(desk, small=form), 422
    with transaction():
        fresh = _open_desk(desk.token, desk.now)
        services.reflect(
            fresh.edition, fresh.territory, decides_on=form.decides_on.data, author=AUTHOR, now=desk.now
        )
    flash(_("C’est noté : prenez le temps d’en parler. Ce lien reste bon."), "success")
    return _back(desk.token)


def _decline(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.DeclineForm, "decliner")
    if not form.validate():
        return _draw(desk, small=form), 422
    with transaction():
        fresh = _open_desk(desk.token, desk.now)
        services.decline(
            fresh.edition, fresh.territory, author=AUTHOR, now=desk.now, reason=form.reason.data or ""
        )
    flash(
        _("C’est noté : nous ne vous écrirons plus cette année. Si vous changez d’idée, ce lien reste bon."),
        "success",
    )
    return _back(desk.token)


def _hand_over(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.HandOverForm, "passer")
    if not form.validate():
        return _draw(desk, small=form), 422
    with transaction():
        fresh = _open_desk(desk.token, desk.now)
        contact = services.hand_over(
            fresh.edition, fresh.territory, form.to_person(), author=AUTHOR, now=desk.now
        )
        links.revoke_all(fresh.edition.id, fresh.territory.id, because="La personne a changé", now=desk.now)
        to = contact.email if contact else fresh.territory.email
        if to:
            token = links.issue(fresh.edition, fresh.territory, now=desk.now, contact=contact)
            letters.send_link(
                fresh.edition, fresh.territory, token, to=to, now=desk.now,
                to_name=contact.full_name if contact else "",
            )  # fmt: skip
    return render_template("participations/handed_over.html", is_known=contact is not None)


def _postpone(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.PostponeForm, "reporter")
    if not form.validate():
        return _draw(desk, small=form), 422
    when = When(day=form.flag_on.data, at=form.flag_time.data)
    try:
        when.instant(desk.territory.time_zone)
    except clock.NonexistentTime as error:
        form.flag_time.errors = [
            _("Cette heure n’existe pas cette nuit-là : on avance l’heure. Inscrivez « %(hour)s ».",
              hour=hour(error.suggestion))
        ]  # fmt: skip
        return _draw(desk, small=form), 422
    with transaction():
        participation = _registered(desk)
        services.postpone(
            participation, when=when, reason=form.reason.data or "", author=AUTHOR, now=desk.now
        )
        letters.tell_change(participation, _own_url(desk), now=desk.now)
    flash(_("La cérémonie est reportée. La page publique et le calendrier suivent."), "success")
    return _back(desk.token)


def _indoors(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.IndoorsForm, "interieur")
    if not form.validate():
        return _draw(desk, small=form), 422
    with transaction():
        participation = _registered(desk)
        services.move_indoors(
            participation, place=form.place.data, reason=form.reason.data or "", author=AUTHOR, now=desk.now
        )
        letters.tell_change(participation, _own_url(desk), now=desk.now)
    flash(_("La cérémonie aura lieu à l’intérieur. La page publique et le calendrier suivent."), "success")
    return _back(desk.token)


def _cancel(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.CancelForm, "annuler")
    if not form.validate():
        return _draw(desk, small=form), 422
    with transaction():
        participation = _registered(desk)
        services.cancel(participation, reason=form.reason.data, author=AUTHOR, now=desk.now)
        letters.tell_change(participation, _own_url(desk), now=desk.now)
    flash(_("Votre participation est annulée. Vous pouvez la rétablir par ce même lien."), "success")
    return _back(desk.token)


def _reinstate(desk: Desk) -> ResponseReturnValue:
    with transaction():
        participation = _registered(desk)
        services.reinstate(participation, author=AUTHOR, now=desk.now)
        if participation.confirmed_at == desk.now:
            letters.confirm_registration(participation, desk.token, now=desk.now)
    flash(_("Votre participation est rétablie. Merci!"), "success")
    return _back(desk.token)


def _adopt(desk: Desk) -> ResponseReturnValue:
    form = _small(forms.ResolutionForm, "resolution")
    if not form.validate():
        return _draw(desk, small=form), 422
    with transaction():
        participation = _registered(desk)
        services.set_resolution(
            participation,
            ResolutionState.ADOPTED,
            on=form.resolution_on.data,
            number=form.resolution_number.data,
            author=AUTHOR,
            now=desk.now,
        )
    flash(_("La résolution est enregistrée. Merci au conseil!"), "success")
    return _back(desk.token)


def _own_url(desk: Desk) -> str:
    return public_link("participations.personal", token=desk.token)


ACTIONS: dict[str, Callable[[Desk], ResponseReturnValue]] = {
    "inscrire": _register,
    "confirmer": _confirm,
    "comme-lan-dernier": _renew,
    "modifier": _revise,
    "reflexion": _undecided,
    "decliner": _decline,
    "passer": _hand_over,
    "reporter": _postpone,
    "interieur": _indoors,
    "annuler": _cancel,
    "retablir": _reinstate,
    "resolution": _adopt,
}


# --- papers -----------------------------------------------------------------------------------


@blueprint.get("/p/<token>/resolution.docx")
def resolution(token: str) -> ResponseReturnValue:
    """The model resolution with the municipality's name, to hand to the council."""
    from campaign.participations.resolution_word import (  # noqa: PLC0415 - Word: seven megabytes, rarely asked
        resolution_docx,
    )

    desk = _open_desk(token, clock.now())
    return send_file(
        BytesIO(resolution_docx(resolution_content(desk.edition, desk.territory))),
        mimetype="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        as_attachment=True,
        download_name=f"resolution-{slugify(desk.territory.name)}.docx",
    )


@blueprint.get("/p/<token>/lever-du-drapeau.ics")
def calendar_file(token: str) -> ResponseReturnValue:
    """The ceremony for one's own calendar: same UID as in the public feed."""
    desk, event = _desk_with_event(token)
    entry = calendar_entry(event, desk.territory, public_link("events.show", slug=event.slug), to_owner=True)
    if entry is None:
        raise NotFound(_("La date de la cérémonie n’est pas encore connue."))
    return Response(
        write_calendar([entry], name=event.title),
        mimetype="text/calendar",
        headers={"Content-Disposition": "attachment; filename=lever-du-drapeau.ics"},
    )


@blueprint.get("/p/<token>/affiche.pdf")
@limiter.limit("30 per minute")
def poster(token: str) -> ResponseReturnValue:
    """The poster of the ceremony, letter size."""
    desk, event = _desk_with_event(token)
    content = poster_content(
        event,
        desk.territory,
        desk.edition,
        campaigns.organization(),
        public_link("events.show", slug=event.slug),
    )
    return send_file(
        BytesIO(render_poster(content)),
        mimetype="application/pdf",
        download_name=f"affiche-{slugify(desk.territory.name)}.pdf",
    )


def _desk_with_event(token: str) -> tuple[Desk, Event]:
    desk = _open_desk(token, clock.now())
    if desk.participation is None or desk.participation.event is None:
        raise NotFound(_("Aucune cérémonie n’est prévue pour cette participation."))
    return desk, desk.participation.event
