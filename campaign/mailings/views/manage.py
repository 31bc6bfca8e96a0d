"""The edition's mailings on one timeline; each of them: its figures, its ledger, and what a person may do."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from campaign import clock
from campaign.accounts.access import READERS, current_user, require, scope_of
from campaign.accounts.models import Role
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.db import db, transaction
from campaign.errors import Conflict
from campaign.i18n import _
from campaign.mailings import audiences, ledger, queries, services, timeline, words
from campaign.mailings.audiences import Audience, InvalidAudience
from campaign.mailings.calendar import find_standard
from campaign.mailings.filters import Filters
from campaign.mailings.ledger import PAGE_LENGTH, Regions, Totals
from campaign.mailings.models import Decision, Mailing, MailingState
from campaign.mailings.plan import VARIANT_LABELS, Line
from campaign.mailings.timeline import Entry, Part
from campaign.outbox import queries as outbox_queries
from campaign.outbox.models import Hold, MessageState
from campaign.outbox.words import MESSAGE_STATES, message_mark
from campaign.territory import queries as territories
from campaign.web import typed
from campaign.web.filters import NBSP, capitalize_first, number
from campaign.web.filters import hour as hour_words
from campaign.web.numbers import read_numbers
from campaign.web.spreadsheets import csv_response

log = logging.getLogger(__name__)
blueprint = Blueprint("mailings", __name__, url_prefix="/gestion/envois")

ACTORS = (Role.ADMIN, Role.ORGANIZER)
"""Whoever lets a mailing leave, or stops it."""

LONGEST_REASON = 200
MOST_CHOSEN = 200
"""As many as one page of the ledger can have ticked, and more."""


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """Words and marks that the templates of this room use."""
    return {
        "mailing_states": words.STATES,
        "mailing_mark": words.state_mark,
        "mailing_classes": {each.value: label for each, label in words.CLASSES.items()},
        "natures": words.NATURES,
        "decisions": words.DECISIONS,
        "variants": VARIANT_LABELS,
        "message_states": MESSAGE_STATES,
        "message_mark": message_mark,
        "sentence_of": ledger.sentence_of,
        "capitalize_first": capitalize_first,
        "Decision": Decision,
        "MailingState": MailingState,
        "MessageState": MessageState,
        "Part": Part,
        "may_act": current_user().role in ACTORS,
        "kept": _kept(),
    }


# --- who, which ---------------------------------------------------------------------------------------


def _edition() -> Edition:
    """The edition of the address, else the current one."""
    asked = request.args.get("edition", type=int)
    return campaigns.current_edition() if asked is None else campaigns.get_edition(asked)


def _kept() -> dict[str, Any]:
    """The edition of the address, carried along."""
    asked = request.args.get("edition", type=int)
    return {} if asked is None else {"edition": asked}


def _regions() -> Regions:
    return scope_of(current_user()).region_codes


def _name() -> str:
    user = current_user()
    return user.name or user.email


def _locked(key: str) -> tuple[Mailing, Edition]:
    """The mailing to act on: two people, or a person and the worker, take turns."""
    edition = _edition()
    campaigns.check_open(edition)
    mailing = queries.get_mailing(edition, key)
    db.session.refresh(mailing, with_for_update=True)
    return mailing, edition


def _to_show(key: str) -> ResponseReturnValue:
    return redirect(url_for(".show", key=key, **_kept()), 303)


# --- the timeline -------------------------------------------------------------------------------------


@blueprint.get("")
@require(*READERS)
def list_mailings() -> ResponseReturnValue:
    """What leaves now, what comes next, drafts, what is past; and whether the worker is alive."""
    edition, now = _edition(), clock.now()
    entries = timeline.list_entries(edition, regions=_regions(), now=now)
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


def _hold(batch: str) -> Hold | None:
    return db.session.get(Hold, batch)


# --- one mailing --------------------------------------------------------------------------------------


@blueprint.get("/<key>")
@require(*READERS)
def show(key: str) -> ResponseReturnValue:
    """One mailing: for whom, when and why, where it stands, and its figures."""
    return _drawn(key)


def _drawn(key: str, *, refusal: str = "", reason: str = "") -> ResponseReturnValue:
    """Its page; after a refusal, with what was typed."""
    edition, now = _edition(), clock.now()
    mailing = queries.get_mailing(edition, key)
    entry = timeline.entry_of(mailing, edition, regions=_regions(), now=now)
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


# --- what a person does -------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Question:
    """A page that asks before acting."""

    title: str
    sentences: Sequence[str]
    button: str
    done: str
    is_perilous: bool = False
    asks_reason: bool = False
    back: str
    back_words: str = ""


Act = Callable[[Mailing, Edition, datetime], object]


def _ask(
    key: str, question: Callable[[Mailing, Edition, datetime], Question], act: Act
) -> ResponseReturnValue:
    """Draw the question; once answered, act in one transaction and go back to the mailing."""
    refusal = ""
    if request.method == "POST":
        now = clock.now()
        try:
            with transaction():
                mailing, edition = _locked(key)
                asked = question(mailing, edition, now)
                act(mailing, edition, now)
        except Conflict as conflict:
            refusal = conflict.message
        else:
            flash(asked.done, "success")
            return _to_show(key)
    edition = _edition()
    mailing = queries.get_mailing(edition, key)
    return _question_page(question(mailing, edition, clock.now()), edition=edition, refusal=refusal)


def _question_page(question: Question, *, edition: Edition | None, refusal: str) -> ResponseReturnValue:
    drawn = render_template(
        "mailings/confirm.html",
        question=question,
        edition=edition,
        refusal=refusal,
        reason=_typed_reason(),
        longest=LONGEST_REASON,
    )
    return drawn, 409 if refusal else 200


def _typed_reason() -> str:
    return typed.printable(request.form.get("reason", "")).strip()[:LONGEST_REASON]


def _back(key: str) -> str:
    return url_for(".show", key=key, **_kept())


@blueprint.route("/<key>/planifier", methods=["GET", "POST"])
@require(*ACTORS)
def schedule(key: str) -> ResponseReturnValue:
    """Put a draft on schedule."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        entry = timeline.entry_of(mailing, edition, regions=None, now=now)
        totals = Totals.of(services.preview(mailing, edition, now=now))
        return Question(
            title=_("Planifier « %(title)s »", title=mailing.title),
            sentences=[
                entry.moment.why,
                _(
                    "D’après les réponses d’aujourd’hui : %(leaving)s, sur %(considered)s. La liste se "
                    "décide au moment du départ.",
                    leaving=_letters(totals.leaving),
                    considered=_addresses(totals.considered),
                ),
                *([entry.warning] if entry.warning else []),
                _("Si son moment est arrivé, il vous reste dix minutes pour changer d’idée."),
            ],
            button=_("Planifier l’envoi"),
            done=_("L’envoi est planifié."),
            back=_back(key),
        )

    return _ask(
        key,
        question,
        lambda mailing, edition, now: services.schedule(mailing, edition, author=_name(), now=now),
    )


@blueprint.route("/<key>/annuler", methods=["GET", "POST"])
@require(*ACTORS)
def cancel(key: str) -> ResponseReturnValue:
    """What has not left never will."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        tally = timeline.entry_of(mailing, edition, regions=None, now=now).tally
        return Question(
            title=_("Annuler « %(title)s »", title=mailing.title),
            sentences=[
                _("%(letters)s dans la file : plus rien ne partira.", letters=_letters(tally.waiting)),
                _(
                    "%(letters)s sur la route ou à destination : cela ne se reprend pas.",
                    letters=_letters(tally.gone),
                ),
            ],
            button=_("Annuler l’envoi"),
            done=_("L’envoi est annulé : plus rien n’en partira."),
            is_perilous=True,
            back=_back(key),
        )

    return _ask(
        key, question, lambda mailing, _edition, now: services.cancel(mailing, author=_name(), now=now)
    )


@blueprint.route("/<key>/reprendre", methods=["GET", "POST"])
@require(*ACTORS)
def resume(key: str) -> ResponseReturnValue:
    """Go on where it stopped."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        tally = timeline.entry_of(mailing, edition, regions=None, now=now).tally
        return Question(
            title=_("Reprendre « %(title)s »", title=mailing.title),
            sentences=[
                *([mailing.state_reason] if mailing.state_reason else []),
                _("%(letters)s dans la file.", letters=_letters(tally.waiting)),
                _(
                    "Qui a répondu, décliné ou s’est désabonné depuis la pause en est d’abord retiré. Les "
                    "refus déjà vus sont acceptés : seuls de nouveaux l’arrêteraient encore."
                ),
            ],
            button=_("Reprendre l’envoi"),
            done=_("L’envoi reprend là où il s’était arrêté."),
            back=_back(key),
        )

    return _ask(
        key,
        question,
        lambda mailing, edition, now: services.resume(mailing, edition, author=_name(), now=now),
    )


@blueprint.route("/<key>/laisser-partir", methods=["GET", "POST"])
@require(*ACTORS)
def release(key: str) -> ResponseReturnValue:
    """Let a late mailing leave all the same."""

    def question(mailing: Mailing, edition: Edition, now: datetime) -> Question:
        entry = timeline.entry_of(mailing, edition, regions=None, now=now)
        totals = Totals.of(services.preview(mailing, edition, now=now))
        return Question(
            title=_("Laisser partir « %(title)s »", title=mailing.title),
            sentences=[
                mailing.state_reason,
                entry.moment.why,
                _("Relisez son texte : est-il encore de saison?"),
                _(
                    "D’après les réponses d’aujourd’hui : %(leaving)s. Il vous restera dix minutes pour "
                    "changer d’idée.",
                    leaving=_letters(totals.leaving),
                ),
            ],
            button=_("Laisser partir l’envoi"),
            done=_("L’envoi partira dans dix minutes, aux heures permises."),
            back=_back(key),
        )

    return _ask(
        key, question, lambda mailing, _edition, now: services.release(mailing, author=_name(), now=now)
    )


@blueprint.post("/<key>/brouillon")
@require(*ACTORS)
def unschedule(key: str) -> ResponseReturnValue:
    """Back to a draft, before anything has left."""
    try:
        with transaction():
            mailing, _edition = _locked(key)
            services.unschedule(mailing, now=clock.now())
    except Conflict as refusal:
        return _drawn(key, refusal=refusal.message)
    flash(_("L’envoi est revenu au brouillon : rien ne partira."), "success")
    return _to_show(key)


@blueprint.post("/<key>/pause")
@require(*ACTORS)
def pause(key: str) -> ResponseReturnValue:
    """Hold what is queued, at one press: every second counts."""
    reason, author = _typed_reason(), _name()
    try:
        with transaction():
            mailing, _edition = _locked(key)
            services.pause(
                mailing,
                author=author,
                reason=reason or _("Mis en pause par %(name)s.", name=author),
                now=clock.now(),
            )
    except Conflict as refusal:
        return _drawn(key, refusal=refusal.message, reason=reason)
    flash(_("L’envoi est en pause : rien n’en part, rien n’est perdu."), "success")
    return _to_show(key)


@blueprint.route("/tout-suspendre", methods=["GET", "POST"])
@require(*ACTORS)
def hold_everything() -> ResponseReturnValue:
    """« Tout suspendre »: nothing of any mailing leaves any more."""
    question = Question(
        title=_("Tout suspendre"),
        sentences=[
            _("Aucun envoi ne partira plus, et les messages en file attendront. Rien n’est perdu."),
            _("Les réponses directes partent toujours : accusés de réception, liens, clés de connexion."),
        ],
        button=_("Tout suspendre"),
        done=_("Tout est suspendu : plus aucun envoi ne part."),
        is_perilous=True,
        asks_reason=True,
        back=url_for(".list_mailings"),
        back_words=_("Revenir aux envois, sans rien suspendre"),
    )
    if request.method == "GET":
        return _question_page(question, edition=None, refusal="")
    author = _name()
    with transaction():
        services.hold_everything(
            author=author,
            reason=_typed_reason() or _("Suspendu par %(name)s.", name=author),
            now=clock.now(),
        )
    flash(question.done, "success")
    return redirect(url_for(".list_mailings"), 303)


@blueprint.route("/tout-reprendre", methods=["GET", "POST"])
@require(*ACTORS)
def release_everything() -> ResponseReturnValue:
    """Let the mailings go on."""
    question = Question(
        title=_("Reprendre les envois"),
        sentences=[
            _(
                "Les messages en file partiront, et les envois dont le moment est venu aussi. Qui a répondu, "
                "décliné ou s’est désabonné depuis en est d’abord retiré."
            ),
            _("Un envoi mis en pause à part le reste."),
        ],
        button=_("Reprendre les envois"),
        done=_("Les envois reprennent."),
        back=url_for(".list_mailings"),
        back_words=_("Revenir aux envois, sans rien reprendre"),
    )
    if request.method == "GET":
        return _question_page(question, edition=None, refusal="")
    with transaction():
        services.release_everything(now=clock.now())
    flash(question.done, "success")
    return redirect(url_for(".list_mailings"), 303)


def _letters(count: int) -> str:
    if not count:
        return str(_("aucun message"))
    return f"{number(count)}{NBSP}{_('messages') if count > 1 else _('message')}"


def _addresses(count: int) -> str:
    if not count:
        return str(_("aucune adresse"))
    return f"{number(count)}{NBSP}{_('adresses') if count > 1 else _('adresse')}"


# --- simulations --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The instant of a simulation, as typed and as understood."""

    day: str
    hour: str
    instant: datetime
    problem: str = ""


def _asked(entry: Entry) -> Asked:
    """From the address; without one, the moment of the mailing, or now when it has none or is past."""
    now = entry.now
    usual = max(entry.moment.instant or now, now)
    wall = clock.to_local(usual, clock.EASTERN)
    day, hour = request.args.get("date", "").strip(), request.args.get("heure", "").strip()
    asked = Asked(day=wall.date().isoformat(), hour=hour_words(wall), instant=usual)
    if not day and not hour:
        return asked
    try:
        return Asked(day=day, hour=hour, instant=_instant(day, hour, wall))
    except typed.Unreadable as problem:
        return Asked(day=day, hour=hour, instant=usual, problem=str(problem))


def _instant(day: str, hour: str, usual: datetime) -> datetime:
    on: date = typed.read_day(day) if day else usual.date()
    at: time = typed.read_hour(hour) if hour else usual.time()
    try:
        return clock.to_utc(on, at, clock.EASTERN)
    except clock.NonexistentTime as jump:
        return clock.to_utc(on, jump.suggestion, clock.EASTERN)


@blueprint.get("/<key>/simulation")
@require(*READERS)
def simulation(key: str) -> ResponseReturnValue:
    """Every address that the mailing would consider at that instant, what it would get and why."""
    edition, now, regions = _edition(), clock.now(), _regions()
    mailing = queries.get_mailing(edition, key)
    asked = _asked(timeline.entry_of(mailing, edition, regions=regions, now=now))
    lines = ledger.visible_lines(services.preview(mailing, edition, now=asked.instant), regions)
    wanted = request.args.get("motif", "").strip()[:200]
    chosen = [line for line in lines if not wanted or _group(line) == wanted]
    pages = max(1, -(-len(chosen) // PAGE_LENGTH))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    return render_template(
        "mailings/simulation.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        asked=asked,
        totals=Totals.of(lines),
        lines=chosen[(page - 1) * PAGE_LENGTH : page * PAGE_LENGTH],
        reason_of=ledger.reason_of,
        names_of=lambda line: ledger.names_of(line, regions),
        wanted=wanted,
        total=len(chosen),
        page=page,
        pages=pages,
    )


def _group(line: Line) -> str:
    """How the totals name what becomes of it."""
    if line.exclusion is None:
        return Decision.INCLUDED.value
    return ledger.sentence_of(line.exclusion.reason, line.exclusion.detail)


@blueprint.get("/<key>/simulation.csv")
@require(*READERS)
def simulation_csv(key: str) -> ResponseReturnValue:
    """The whole simulation as a file for Excel."""
    edition, regions = _edition(), _regions()
    mailing = queries.get_mailing(edition, key)
    asked = _asked(timeline.entry_of(mailing, edition, regions=regions, now=clock.now()))
    lines = ledger.visible_lines(services.preview(mailing, edition, now=asked.instant), regions)
    log.info("simulation exported", extra={"user": current_user().id, "mailing": mailing.id})
    day = clock.today(asked.instant).isoformat()
    return csv_response(
        f"simulation-{mailing.key}-{day}.csv", ledger.PREVIEW_COLUMNS, ledger.preview_rows(lines, regions)
    )


# --- the ledger ---------------------------------------------------------------------------------------


@blueprint.get("/<key>/destinataires")
@require(*READERS)
def recipients(key: str) -> ResponseReturnValue:
    """Who got what and why, and what became of it."""
    return _ledger_page(key)


def _ledger_page(key: str, *, refusal: str = "") -> ResponseReturnValue:
    edition, now, regions = _edition(), clock.now(), _regions()
    mailing = queries.get_mailing(edition, key)
    filters = _filters()
    total = ledger.count_rows(mailing, filters, regions=regions)
    pages = max(1, -(-total // PAGE_LENGTH))
    page = min(filters.page, pages)
    drawn = render_template(
        "mailings/recipients.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        entry=timeline.entry_of(mailing, edition, regions=regions, now=now),
        filters=filters,
        rows=ledger.list_rows(
            mailing, edition, filters, regions=regions, limit=PAGE_LENGTH, offset=(page - 1) * PAGE_LENGTH
        ),
        **_options(regions),
        total=total,
        page=page,
        pages=pages,
        refusal=refusal,
        chosen=set(request.form.getlist("recipient")),
    )
    return drawn, 409 if refusal else 200


def _filters() -> Filters:
    """Those of the address, when the person may see the region they name."""
    filters = Filters.read(request.args)
    if filters.region:
        scope_of(current_user()).check(filters.region)
    return filters


def _options(regions: Regions) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the filters offer, « all » first."""
    visible = [each for each in territories.list_regions() if regions is None or each.code in regions]
    return {
        "decision_options": [
            ("", _("Toutes")),
            *((each.value, label) for each, label in words.DECISIONS.items()),
        ],
        "reason_options": [
            ("", _("Tous")),
            *((each.value, label) for each, label in audiences.LABELS.items()),
        ],
        "state_options": [
            ("", _("Tous")),
            *((each.value, label) for each, label in MESSAGE_STATES.items()),
        ],
        "region_options": [("", _("Toutes")), *((each.code, each.name) for each in visible)],
    }


@blueprint.get("/<key>/destinataires.csv")
@require(*READERS)
def recipients_csv(key: str) -> ResponseReturnValue:
    """The ledger with the same filters, as a file for Excel."""
    edition, regions = _edition(), _regions()
    mailing = queries.get_mailing(edition, key)
    rows = ledger.ledger_rows(mailing, edition, _filters(), regions=regions)
    log.info("ledger exported", extra={"user": current_user().id, "mailing": mailing.id})
    name = f"destinataires-{mailing.key}-edition-{edition.number}.csv"
    return csv_response(name, ledger.LEDGER_COLUMNS, rows)


@blueprint.post("/<key>/renvoyer")
@require(*ACTORS)
def resend(key: str) -> ResponseReturnValue:
    """Write again to those ticked: says who gets a letter, and who cannot and why."""
    ids = read_numbers(request.form.getlist("recipient"))[:MOST_CHOSEN]
    if not ids:
        return _ledger_page(key, refusal=_("Cochez d’abord à qui renvoyer l’envoi."))
    try:
        with transaction():
            mailing, edition = _locked(key)
            resent = services.resend(mailing, edition, ids, author=_name(), now=clock.now())
            refused = [(each.email or each.name or "–", why) for each, why in resent.refused]
    except Conflict as refusal:
        return _ledger_page(key, refusal=refusal.message)
    if resent.queued:
        flash(_("Remis en file : %(letters)s.", letters=_letters(len(resent.queued))), "success")
    for email, why in refused:
        flash(f"{email}{NBSP}: {why}", "warning")
    return redirect(url_for(".recipients", key=key, **(_kept() | _filters().address())), 303)
