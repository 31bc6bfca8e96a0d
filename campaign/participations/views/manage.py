"""What the team does to a municipality's participation. Each page asks first, and works without script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import EDITORS, current_user, require, scope_of
from campaign.accounts.models import Role
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import transaction
from campaign.errors import CampaignError, Conflict, NotFound
from campaign.events.services import When
from campaign.i18n import _
from campaign.identifiers import new_token
from campaign.outbox.rendering import public_link
from campaign.participations import figures as figures_
from campaign.participations import letters, links, services, states, words
from campaign.participations.details import ParticipationDetails, carried_over, details_of, first_time
from campaign.participations.manage_forms import (
    FreezeForm,
    IndoorsForm,
    KitForm,
    LinkForm,
    MergeForm,
    PostponedForm,
    PublicReasonForm,
    ReasonForm,
    ResolutionForm,
    TeamParticipationForm,
)
from campaign.participations.models import Channel, Participation, ResolutionState, State
from campaign.participations.services import Author
from campaign.territory import queries as territories
from campaign.territory.models import Territory
from campaign.territory.names import label_for
from campaign.territory.search import search
from campaign.web.filters import hour
from campaign.web.forms import PageForm

blueprint = Blueprint("manage", __name__, url_prefix="/gestion")

MOST_SUGGESTED = 20


# --- who, what, which -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Case:
    """The file that a page is about."""

    edition: Edition
    territory: Territory
    participation: Participation | None


def _edition() -> Edition:
    """The edition of the address, else the current one; those kept as published are not touched."""
    number = request.args.get("edition", type=int)
    edition = campaigns.current_edition() if number is None else campaigns.get_edition(number)
    if edition.source_url:
        raise Conflict(_("Cette édition est conservée telle que publiée. Elle ne se modifie pas."))
    return edition


def _territory(geo_code: str) -> Territory:
    territory = territories.get_territory(geo_code)
    scope_of(current_user()).check(territory.region_code)
    return territory


def _case(geo_code: str) -> Case:
    edition, territory = _edition(), _territory(geo_code)
    return Case(
        edition=edition,
        territory=territory,
        participation=services.find_participation(edition.id, territory.id),
    )


def _locked(geo_code: str, now: datetime, *, opens_file: bool = False) -> Participation:
    """The participation of that file, locked until the transaction ends."""
    case = _case(geo_code)
    if case.participation is None and not opens_file:
        raise NotFound(_("Cette municipalité n’a pas de fiche dans cette édition."))
    return services.claim(case.edition, case.territory, author=_author(), now=now)


def _author(channel: str | None = None) -> Author:
    user = current_user()
    known = {each.value: each for each in (Channel.PHONE, Channel.MAIL)}
    return Author(name=user.name or user.email, channel=known.get(channel or "", Channel.TEAM), is_team=True)


def _kept() -> dict[str, Any]:
    """The edition of the address, carried along."""
    number = request.args.get("edition", "")
    return {"edition": number} if number else {}


def _back(geo_code: str) -> ResponseReturnValue:
    return redirect(url_for("board.municipality", geo_code=geo_code, **_kept()), 303)


def _sent() -> bool:
    return request.method == "POST"


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """How the templates of this room say a state."""
    return {"state_label": _state_label, "state_mark": _state_mark}


def _state_label(participation: Participation | None) -> str:
    return states.LABELS[participation.state if participation else State.NOT_INVITED]


def _state_mark(participation: Participation | None) -> str:
    return words.state_mark(participation.state if participation else State.NOT_INVITED)


# --- in the municipality's name ---------------------------------------------------------------------


@blueprint.route("/municipalites/<geo_code>/inscrire", methods=["GET", "POST"])
@require(*EDITORS)
def register(geo_code: str) -> ResponseReturnValue:
    """« Inscrite par la coordination, à confirmer par la municipalité »"""
    case = _case(geo_code)
    if case.territory.valid_to is not None:
        raise Conflict(_("Cette municipalité n’existe plus. Inscrivez celle d’aujourd’hui."))
    if not _sent():
        form = _participation_form(case, _proposed(case))
        return _draw_questions("register", case, form)
    form = _typed_form(case)
    if not form.validate():
        return _draw_questions("register", case, form), 422
    return _register(geo_code, form)


def _register(geo_code: str, form: TeamParticipationForm) -> ResponseReturnValue:
    now = clock.now()
    details = form.to_details()
    try:
        with transaction():
            case = _case(geo_code)
            participation = services.register(
                case.edition,
                case.territory,
                details,
                author=_author(form.channel.data),
                now=now,
                receipt=form.receipt,
            )
            if participation.registered_at == now:
                token = links.ask_proof(participation, details.contact.email, now=now)
                letters.ask_verification(participation, token, now=now, team_enters=True)
    except services.AlreadyRegistered:
        flash(_("Cette municipalité est déjà inscrite. Corrigez ses réponses s’il le faut."), "warning")
        return _back(geo_code)
    flash(
        _(
            "La municipalité est inscrite. Un courriel lui demande de confirmer; "
            "vous pouvez aussi la confirmer par téléphone."
        ),
        "success",
    )
    if form.is_outside_week():
        flash(_("La date du lever est en dehors de la semaine : vérifiez qu’elle est juste."), "warning")
    return _back(geo_code)


@blueprint.route("/municipalites/<geo_code>/corriger", methods=["GET", "POST"])
@require(*EDITORS)
def correct(geo_code: str) -> ResponseReturnValue:
    """The answers, corrected by the team."""
    case = _case(geo_code)
    if case.participation is None or case.participation.registered_at is None:
        raise NotFound(_("Cette municipalité n’est pas inscrite dans cette édition."))
    if not _sent():
        return _draw_questions("correct", case, _participation_form(case, details_of(case.participation)))
    form = _typed_form(case)
    if not form.validate():
        return _draw_questions("correct", case, form), 422
    now, details = clock.now(), form.to_details()
    try:
        with transaction():
            services.revise(
                _locked(geo_code, now),
                details,
                author=_author(form.channel.data),
                now=now,
                seen=form.fiche.data or None,
            )
    except services.ChangedMeanwhile as refusal:
        case = _case(geo_code)
        form.fiche.data = services.version_of(case.participation)
        return _draw_questions("correct", case, form, warning=refusal.message), 409
    flash(_("Les réponses sont corrigées."), "success")
    return _back(geo_code)


def _proposed(case: Case) -> ParticipationDetails:
    """The answers given before, else last time's, else the usual ones."""
    if case.participation is not None and case.participation.registered_at is not None:
        return details_of(case.participation)
    last = services.find_last(case.edition, case.territory.id)
    return carried_over(last, case.edition) if last else first_time(case.edition)


def _participation_form(case: Case, details: ParticipationDetails) -> TeamParticipationForm:
    form = TeamParticipationForm(
        edition=case.edition,
        zone=case.territory.time_zone,
        data=TeamParticipationForm.filled_with(details),
    )
    form.channel.data = Channel.PHONE.value
    form.cle.data = new_token()
    form.fiche.data = services.version_of(case.participation)
    return form


def _typed_form(case: Case) -> TeamParticipationForm:
    return TeamParticipationForm(request.form, edition=case.edition, zone=case.territory.time_zone)


def _draw_questions(page: str, case: Case, form: TeamParticipationForm, *, warning: str = "") -> str:
    return render_template(
        "participations/manage/questions.html",
        page=page,
        case=case,
        territory=case.territory,
        edition=case.edition,
        form=form,
        warning=warning,
        kept=_kept(),
    )


# --- one question, then done ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Question:
    """A page that asks before acting."""

    title: str
    text: str
    button: str
    done: str
    is_perilous: bool = False


Act = Callable[[Participation, PageForm, datetime], None]


def _ask(
    geo_code: str, question: Question, form: PageForm, act: Act, *, opens_file: bool = False
) -> ResponseReturnValue:
    """Draw the question; once answered, act in one transaction and go back to the file.

    With `opens_file`, a municipality that never answered gets its file then.
    """
    if not _sent() or not form.validate():
        case = _case(geo_code)
        drawn = render_template(
            "participations/manage/ask.html",
            case=case,
            territory=case.territory,
            question=question,
            form=form,
            kept=_kept(),
        )
        return drawn, 422 if _sent() else 200
    now = clock.now()
    try:
        with transaction():
            act(_locked(geo_code, now, opens_file=opens_file), form, now)
    except CampaignError as refusal:
        if refusal.status != 409:
            raise
        flash(refusal.message, "danger")
        return _back(geo_code)
    flash(question.done, "success")
    return _back(geo_code)


def _reason_form() -> ReasonForm:
    return ReasonForm(request.form if _sent() else None)


@blueprint.route("/municipalites/<geo_code>/confirmer", methods=["GET", "POST"])
@require(*EDITORS)
def confirm(geo_code: str) -> ResponseReturnValue:
    """Confirmed by telephone: the note says by whom."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.confirm(participation, author=_author(form.channel.data), now=now, reason=form.reason.data)
        if participation.confirmed_at == now:
            token = links.issue(
                participation.edition, participation.territory, now=now, contact=participation.contact
            )
            letters.confirm_registration(participation, token, now=now)

    question = Question(
        title=_("Confirmer la participation"),
        text=_(
            "La municipalité entre dans les chiffres publics et reçoit son courriel de confirmation. "
            "Notez qui vous l’a confirmé, par exemple « Mme Tremblay, greffière, le 3 mai »."
        ),
        button=_("Confirmer la participation"),
        done=_("La participation est confirmée."),
    )
    return _ask(geo_code, question, _reason_form(), act)


@blueprint.post("/municipalites/<geo_code>/verifier")
@require(*EDITORS)
def approve(geo_code: str) -> ResponseReturnValue:
    """The team has looked: the public may see it."""
    now = clock.now()
    with transaction():
        services.approve(_locked(geo_code, now), author=_author(), now=now)
    flash(_("L’inscription est vérifiée."), "success")
    return _back(geo_code)


@blueprint.route("/municipalites/<geo_code>/annuler", methods=["GET", "POST"])
@require(*EDITORS)
def cancel(geo_code: str) -> ResponseReturnValue:
    """The municipality withdraws."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.cancel(participation, reason=form.reason.data, author=_author(form.channel.data), now=now)
        _tell_change(participation, now)

    question = Question(
        title=_("Annuler la participation"),
        text=_(
            "La municipalité sort des chiffres publics. Une cérémonie déjà annoncée reste visible, "
            "marquée « annulée », avec la raison. La participation pourra être rétablie."
        ),
        button=_("Annuler la participation"),
        done=_("La participation est annulée."),
        is_perilous=True,
    )
    return _ask(geo_code, question, PublicReasonForm(request.form if _sent() else None), act)


@blueprint.route("/municipalites/<geo_code>/decliner", methods=["GET", "POST"])
@require(*EDITORS)
def decline(geo_code: str) -> ResponseReturnValue:
    """« Pas cette année »; a municipality that never answered may say so by telephone."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.decline(
            participation.edition,
            participation.territory,
            author=_author(form.channel.data),
            now=now,
            reason=form.reason.data,
        )

    question = Question(
        title=_("Noter un refus pour cette année"),
        text=_(
            "La municipalité ne recevra plus de sollicitation pour cette édition. "
            "Elle pourra s’inscrire quand même si elle change d’idée."
        ),
        button=_("Noter le refus"),
        done=_("Le refus est noté : plus de sollicitation pour cette édition."),
        is_perilous=True,
    )
    return _ask(geo_code, question, _reason_form(), act, opens_file=True)


@blueprint.route("/municipalites/<geo_code>/retablir", methods=["GET", "POST"])
@require(*EDITORS)
def reinstate(geo_code: str) -> ResponseReturnValue:
    """It takes part after all."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        if participation.state is not State.CANCELLED:
            raise Conflict(_("Cette participation n’est pas annulée."))
        services.reinstate(participation, author=_author(form.channel.data), now=now, reason=form.reason.data)

    question = Question(
        title=_("Rétablir la participation"),
        text=_("La municipalité participe de nouveau, avec les mêmes réponses."),
        button=_("Rétablir la participation"),
        done=_("La participation est rétablie."),
    )
    return _ask(geo_code, question, _reason_form(), act)


@blueprint.route("/municipalites/<geo_code>/tenue", methods=["GET", "POST"])
@require(*EDITORS)
def mark_held(geo_code: str) -> ResponseReturnValue:
    """It took place; the reason is the evidence."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.mark_held(participation, author=_author(form.channel.data), now=now, reason=form.reason.data)

    question = Question(
        title=_("Marquer comme réalisée"),
        text=_("Notez la preuve : photo reçue, article de journal, appel."),
        button=_("Marquer comme réalisée"),
        done=_("La participation est réalisée."),
    )
    return _ask(geo_code, question, _reason_form(), act)


@blueprint.route("/municipalites/<geo_code>/pas-tenue", methods=["GET", "POST"])
@require(*EDITORS)
def undo_held(geo_code: str) -> ResponseReturnValue:
    """« Réalisée » was a mistake."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.undo_held(participation, author=_author(form.channel.data), now=now, reason=form.reason.data)

    question = Question(
        title=_("Revenir à « confirmée »"),
        text=_("La participation a été marquée « réalisée » par erreur."),
        button=_("Revenir à « confirmée »"),
        done=_("La participation est de nouveau confirmée."),
    )
    return _ask(geo_code, question, _reason_form(), act)


@blueprint.route("/municipalites/<geo_code>/rouvrir", methods=["GET", "POST"])
@require(*EDITORS)
def reopen(geo_code: str) -> ResponseReturnValue:
    """A file set aside starts again."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.reopen(participation, author=_author(form.channel.data), now=now, reason=form.reason.data)

    question = Question(
        title=_("Rouvrir la fiche"),
        text=_(
            "La fiche avait été écartée. Rouverte, elle redevient « non sollicitée », "
            "et la municipalité peut s’inscrire."
        ),
        button=_("Rouvrir la fiche"),
        done=_("La fiche est rouverte."),
    )
    return _ask(geo_code, question, _reason_form(), act)


@blueprint.route("/municipalites/<geo_code>/reporter", methods=["GET", "POST"])
@require(*EDITORS)
def postpone(geo_code: str) -> ResponseReturnValue:
    """« Reportée au … », told by telephone."""
    form = PostponedForm(request.form if _sent() else None)

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        when = When(day=form.flag_on.data, at=form.flag_time.data)
        author = _author(form.channel.data)
        services.postpone(participation, when=when, reason=form.reason.data, author=author, now=now)
        _tell_change(participation, now)

    question = Question(
        title=_("Reporter la cérémonie"),
        text=_("La page publique et les calendriers suivent; la municipalité reçoit un courriel."),
        button=_("Reporter la cérémonie"),
        done=_("La cérémonie est reportée."),
    )
    try:
        return _ask(geo_code, question, form, act)
    except clock.NonexistentTime as refusal:
        raise CampaignError(
            _(
                "Cette heure n’existe pas cette nuit-là : on avance l’heure. Inscrivez %(hour)s.",
                hour=hour(refusal.suggestion),
            )
        ) from refusal


@blueprint.route("/municipalites/<geo_code>/interieur", methods=["GET", "POST"])
@require(*EDITORS)
def move_indoors(geo_code: str) -> ResponseReturnValue:
    """« À l’intérieur », told by telephone."""

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.move_indoors(
            participation,
            place=form.place.data,
            reason=form.reason.data,
            author=_author(form.channel.data),
            now=now,
        )
        _tell_change(participation, now)

    question = Question(
        title=_("Déplacer la cérémonie à l’intérieur"),
        text=_("Même jour, même heure. La municipalité reçoit un courriel."),
        button=_("Déplacer la cérémonie"),
        done=_("La cérémonie aura lieu à l’intérieur."),
    )
    return _ask(geo_code, question, IndoorsForm(request.form if _sent() else None), act)


def _tell_change(participation: Participation, now: datetime) -> None:
    token = links.issue(
        participation.edition, participation.territory, now=now, contact=participation.contact
    )
    letters.tell_change(participation, public_link("participations.personal", token=token), now=now)


@blueprint.route("/municipalites/<geo_code>/resolution", methods=["GET", "POST"])
@require(*EDITORS)
def resolution(geo_code: str) -> ResponseReturnValue:
    """Where the council's resolution is."""
    known = _case(geo_code).participation
    form = ResolutionForm(
        request.form if _sent() else None,
        data={
            "state": known.resolution_state.value,
            "on": known.resolution_on,
            "number": known.resolution_number,
        }
        if known
        else None,
    )

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        services.set_resolution(
            participation,
            ResolutionState(form.state.data),
            on=form.on.data,
            number=form.number.data or "",
            author=_author(form.channel.data),
            now=now,
        )

    question = Question(
        title=_("Suivre la résolution"),
        text=_("Le numéro peut venir plus tard."),
        button=_("Enregistrer la résolution"),
        done=_("La résolution est notée."),
    )
    return _ask(geo_code, question, form, act)


@blueprint.route("/municipalites/<geo_code>/trousse", methods=["GET", "POST"])
@require(*EDITORS)
def kit(geo_code: str) -> ResponseReturnValue:
    """Where the kit is."""
    known = _case(geo_code).participation
    form = KitForm(
        request.form if _sent() else None, data={"state": known.kit_state.value} if known else None
    )

    def act(participation: Participation, form: PageForm, now: datetime) -> None:
        if isinstance(form, KitForm):
            services.set_kit(
                participation, form.kit_state, author=_author(), now=now, reason=form.reason.data or ""
            )

    question = Question(
        title=_("Suivre la trousse"),
        text=_("Une fois la trousse en préparation, le formulaire de la municipalité n’y change plus rien."),
        button=_("Enregistrer la trousse"),
        done=_("La trousse est notée."),
    )
    return _ask(geo_code, question, form, act)


# --- the wrong municipality, the same one twice -----------------------------------------------------


@blueprint.route("/municipalites/<geo_code>/fusionner", methods=["GET", "POST"])
@require(*EDITORS)
def merge(geo_code: str) -> ResponseReturnValue:
    """Find the right file, look at both, then set this one aside in its favour."""
    case = _case(geo_code)
    if case.participation is None:
        raise NotFound(_("Cette municipalité n’a pas de fiche dans cette édition."))
    form = MergeForm(request.form if _sent() else None, data={"target": request.args.get("cible", "")})
    target = _target(form.target.data or "", case.territory)
    if _sent() and form.validate() and target is not None:
        return _merge(geo_code, target.geo_code, form.reason.data)
    typed = request.args.get("q", "").strip()
    found = search(typed, limit=MOST_SUGGESTED) if typed else None
    other = services.find_participation(case.edition.id, target.id) if target else None
    drawn = render_template(
        "participations/manage/merge.html",
        case=case,
        territory=case.territory,
        target=target,
        source_label=label_for(case.territory),
        target_label=label_for(target) if target else "",
        other=other,
        takes_answers=_is_registered(case.participation) and not _is_registered(other),
        form=form,
        typed=typed,
        found=found,
        kept=_kept(),
    )
    return drawn, 422 if _sent() else 200


def _is_registered(participation: Participation | None) -> bool:
    return participation is not None and participation.state not in states.WAITING


def _target(geo_code: str, source: Territory) -> Territory | None:
    """The file to keep, if it is in the person's regions and not the one that leaves."""
    if not geo_code:
        return None
    if geo_code == source.geo_code:
        raise Conflict(_("Une fiche ne peut pas être fusionnée avec elle-même. Choisissez l’autre."))
    return _territory(geo_code)


def _merge(geo_code: str, target_code: str, reason: str) -> ResponseReturnValue:
    now = clock.now()
    try:
        with transaction():
            duplicate = _locked(geo_code, now)
            target = _territory(target_code)
            into = services.claim(duplicate.edition, target, author=_author(), now=now)
            is_taking_over = into.state in states.WAITING
            services.merge(duplicate, into, author=_author(), now=now, reason=reason)
            if is_taking_over and into.state in states.COUNTED:
                # The links of the wrong town are dead: its clerk receives the one of the right town.
                token = links.issue(into.edition, into.territory, now=now, contact=into.contact)
                letters.confirm_registration(into, token, now=now)
    except Conflict as refusal:
        flash(refusal.message, "danger")
        return _back(geo_code)
    flash(_("La fiche est écartée. Voici celle qui reste."), "success")
    return _back(target_code)


# --- the personal link ------------------------------------------------------------------------------


@blueprint.route("/municipalites/<geo_code>/lien", methods=["GET", "POST"])
@require(*EDITORS)
def link(geo_code: str) -> ResponseReturnValue:
    """A new personal link: shown once, here, and mailed if asked.

    The answer to the POST is the page itself, for once: the token is kept nowhere, so no later page could
    show it, and an address that carried it would stay in histories and logs.
    """
    case = _case(geo_code)
    contact = case.participation.contact if case.participation else None
    email = contact.email if contact and contact.email else case.territory.email
    form = LinkForm(
        request.form if _sent() else None, data={"revoke": False, "mail": bool(email), "email": email}
    )
    if not _sent() or not form.validate():
        drawn = render_template(
            "participations/manage/link.html", case=case, territory=case.territory, form=form, kept=_kept()
        )
        return drawn, 422 if _sent() else 200
    token = _issue_link(geo_code, form)
    return render_template(
        "participations/manage/link_issued.html",
        territory=_territory(geo_code),
        address=public_link("participations.personal", token=token),
        mailed_to=form.email.data if form.mail.data else "",
        was_revoked=form.revoke.data,
        kept=_kept(),
    )


def _issue_link(geo_code: str, form: LinkForm) -> str:
    now = clock.now()
    with transaction():
        case = _case(geo_code)
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


# --- the figures ------------------------------------------------------------------------------------


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
        figures_.freeze(_edition().id, label=form.label.data, author=_author().name, now=now)
    flash(_("Le chiffre est figé : il ne changera plus."), "success")
    return redirect(url_for(".figures", **_kept()), 303)


def _draw_figures(form: FreezeForm) -> str:
    number = request.args.get("edition", type=int)
    edition = campaigns.current_edition() if number is None else campaigns.get_edition(number)
    announced = figures_.list_frozen(edition.id)
    return render_template(
        "participations/manage/figures.html",
        edition=edition,
        live=figures_.compute(edition.id, now=clock.now()),
        announced=list(zip(announced, figures_.differences(announced), strict=True)),
        may_freeze=current_user().role in (Role.ADMIN, Role.ORGANIZER) and not edition.source_url,
        form=form,
        kept=_kept(),
    )
