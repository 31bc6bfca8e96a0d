"""What a mailing says, to whom and when: its words, the letter on real records, its plan, a new one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter.util import get_remote_address

from campaign import clock
from campaign.accounts.access import READERS, current_user, find_signed_in, require, scope_of
from campaign.accounts.models import Role, User
from campaign.campaigns import queries as campaigns
from campaign.campaigns.models import Edition
from campaign.contacts.models import Language
from campaign.db import db, transaction
from campaign.errors import Conflict
from campaign.extensions import limiter
from campaign.i18n import _
from campaign.identifiers import new_uid
from campaign.mailings import departure, placeholders, queries, samples, services, timeline, versions
from campaign.mailings import words as labels
from campaign.mailings.audiences import LABELS, Audience, Case, Ceremony, Reason, in_words
from campaign.mailings.calendar import find_standard
from campaign.mailings.forms import AddForm, EnglishForm, PlanForm, TextForm
from campaign.mailings.letters import Desk, Shown, Words
from campaign.mailings.models import Mailing
from campaign.mailings.plan import VARIANT_LABELS, Line, lay_out
from campaign.mailings.samples import Sample
from campaign.mailings.schedule import PER_RECIPIENT, Anchor
from campaign.mailings.schedule import in_words as rule_in_words
from campaign.mailings.versions import Origin, Slot
from campaign.mailings.wording import MAX_PREHEADER, MAX_SUBJECT, MissingValue, filled_with, limits
from campaign.outbox import services as outbox
from campaign.outbox.models import Message, MessageState, Stream
from campaign.territory import queries as territories
from campaign.web.security import framed_letter

blueprint = Blueprint("words", __name__, url_prefix="/gestion/envois")

WRITERS = (Role.ADMIN, Role.ORGANIZER)
"""Whoever changes what leaves."""

TRIALS = "30 per hour"
"""For one person: enough to try each variant on each record."""

DARK = "sombre"


@blueprint.context_processor
def _vocabulary() -> dict[str, object]:
    """Words that the templates of this room use."""
    return {
        "mailing_states": labels.STATES,
        "mailing_mark": labels.state_mark,
        "variants": VARIANT_LABELS,
        "Origin": Origin,
        "may_write": current_user().role in WRITERS,
        "kept": _kept(),
        "most_subject": MAX_SUBJECT,
        "most_preheader": MAX_PREHEADER,
    }


def _edition() -> Edition:
    """The edition of the address, else the current one."""
    asked = request.args.get("edition", type=int)
    return campaigns.current_edition() if asked is None else campaigns.get_edition(asked)


def _kept() -> dict[str, Any]:
    asked = request.args.get("edition", type=int)
    return {} if asked is None else {"edition": asked}


def _read(key: str) -> tuple[Mailing, Edition]:
    edition = _edition()
    return queries.get_mailing(edition, key), edition


def _locked(key: str) -> tuple[Mailing, Edition]:
    """The mailing to change: two people, or a person and the worker, take turns."""
    mailing, edition = _read(key)
    campaigns.check_open(edition)
    db.session.refresh(mailing, with_for_update=True)
    return mailing, edition


def _name() -> str:
    user = current_user()
    return user.name or user.email


def _may_change(mailing: Mailing, edition: Edition) -> bool:
    return current_user().role in WRITERS and services.is_open(mailing) and not edition.source_url


# --- the words ----------------------------------------------------------------------------------------


@blueprint.get("/<key>/texte")
@require(*READERS)
def text(key: str) -> ResponseReturnValue:
    """The words of a variant, to read or to write; what a phone would cut; what changes since last year."""
    mailing, edition = _read(key)
    slot = _slot(mailing, edition)
    now = versions.standing(mailing, edition, slot)
    return _draw_text(
        mailing, edition, slot, _text_form(slot)(data=TextForm.filled_with(now.text, now.version))
    )


@blueprint.post("/<key>/texte")
@require(*WRITERS)
def write(key: str) -> ResponseReturnValue:
    """Keep a new version."""
    mailing, edition = _read(key)
    slot = _slot(mailing, edition)
    form = _text_form(slot)()
    if not form.validate():
        return _draw_text(mailing, edition, slot, form), 422
    try:
        is_new = _keep(key, slot, form)
    except Conflict as refusal:
        mailing, edition = _read(key)
        form.forget_version(versions.standing(mailing, edition, slot).version)
        return _draw_text(mailing, edition, slot, form, refusal=refusal.message), 409
    flash(_("Le texte est enregistré.") if is_new else _("Rien n’a changé."), "success")
    return redirect(_address(".text", key, slot), 303)


def _keep(key: str, slot: Slot, form: TextForm) -> bool:
    """False when these words stand already; refused when somebody else wrote since the page was opened."""
    with transaction():
        mailing, edition = _locked(key)
        standing = versions.standing(mailing, edition, slot)
        if standing.text == form.to_text():
            return False
        if str(standing.version) != form.known.data:
            raise Conflict(
                _(
                    "Quelqu’un a enregistré un autre texte pendant que vous écriviez. Comparez avec "
                    "l’historique, puis enregistrez de nouveau : le vôtre deviendra la version courante."
                )
            )
        services.write_text(
            mailing,
            form.to_text(),
            variant=slot.variant,
            language=slot.language,
            author=_name(),
            now=clock.now(),
        )
    return True


def _slot(mailing: Mailing, edition: Edition) -> Slot:
    return versions.find_slot(
        mailing,
        edition,
        variant=request.args.get("variante", ""),
        language=request.args.get("langue", ""),
    )


def _text_form(slot: Slot) -> type[TextForm]:
    return EnglishForm if slot.is_english else TextForm


def _address(endpoint: str, key: str, slot: Slot, **values: Any) -> str:
    where: dict[str, Any] = {
        "variante": slot.variant or None,
        "langue": slot.language if slot.is_english else None,
    }
    return url_for(endpoint, key=key, **where, **_kept(), **values)


def _draw_text(mailing: Mailing, edition: Edition, slot: Slot, form: TextForm, *, refusal: str = "") -> str:
    standing = versions.standing(mailing, edition, slot)
    return render_template(
        "mailings/text.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        slot=slot,
        tabs=_tabs(mailing, edition, slot, ".text"),
        form=form,
        refusal=refusal,
        standing=standing,
        may_change=_may_change(mailing, edition),
        limits=limits(standing.text) if standing.text and not slot.is_english else [],
        lengths={name: len(filled_with(form[name].data or "")) for name in ("subject", "preheader")},
        changes=versions.compare(mailing, edition, slot),
        written=versions.list_versions(mailing, slot),
        holes=[
            (name, meaning, placeholders.EXAMPLES[name])
            for name, meaning in placeholders.PLACEHOLDERS.items()
        ],
        here=_address(".write", mailing.key, slot),
        history=_address(".history", mailing.key, slot),
        look=_address(".look", mailing.key, slot),
    )


def _tabs(mailing: Mailing, edition: Edition, current: Slot, endpoint: str) -> list[tuple[str, str, bool]]:
    """The slots as links: address, words, whether it is this one."""
    return [
        (_address(endpoint, mailing.key, each), slot_label(each), each == current)
        for each in versions.slots(mailing, edition)
    ]


def slot_label(slot: Slot) -> str:
    """« De retour », « Français », « Anglais (facultatif) »."""
    if slot.is_english:
        return _("Anglais (facultatif)")
    return VARIANT_LABELS.get(slot.variant, slot.variant) or _("Français")


@blueprint.get("/<key>/texte/versions")
@require(*READERS)
def history(key: str) -> ResponseReturnValue:
    """Every version of the words, who wrote it and when, with what it changed."""
    mailing, edition = _read(key)
    slot = _slot(mailing, edition)
    return render_template(
        "mailings/history.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        tabs=_tabs(mailing, edition, slot, ".history"),
        written=versions.with_changes(mailing, edition, slot),
        inherited=versions.compare(mailing, edition, slot),
        may_change=_may_change(mailing, edition),
        back=_address(".text", key, slot),
    )


@blueprint.post("/<key>/texte/versions/<int:version>/reprendre")
@require(*WRITERS)
def restore(key: str, version: int) -> ResponseReturnValue:
    """Write an earlier version again: nothing of what came since is lost."""
    with transaction():
        mailing, _edition_of_it = _locked(key)
        kept = versions.get_version(mailing, version)
        slot = Slot(kept.variant, kept.language)
        services.write_text(
            mailing,
            versions.text_of(kept),
            variant=kept.variant,
            language=kept.language,
            author=_name(),
            now=clock.now(),
        )
    flash(_("La version est reprise : c’est de nouveau le texte de cet envoi."), "success")
    return redirect(_address(".text", key, slot), 303)


# --- the letter on real records -----------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class _Showing:
    """What the address asks to see."""

    mailing: Mailing
    edition: Edition
    words: Mapping[str, Words]
    variant: str
    choices: list[Sample]
    sample: Sample
    past: Mapping[int, Ceremony]
    is_dark: bool

    @property
    def address(self) -> dict[str, Any]:
        """The same again, as words of an address."""
        return {
            "key": self.mailing.key,
            "variante": self.variant or None,
            "exemple": self.sample.key,
            "langue": "en" if self.is_bilingual else None,
            "mode": DARK if self.is_dark else None,
            **_kept(),
        }

    @property
    def is_bilingual(self) -> bool:
        return self.sample.reader.language is Language.FRENCH_AND_ENGLISH

    def letter(self) -> Shown:
        desk = Desk(departure.setting_of(self.mailing, self.edition, now=clock.now()), now=clock.now())
        return samples.show(desk, self.words[self.variant], self.sample, past=self.past)


def _showing(key: str, asked: Mapping[str, str]) -> _Showing:
    mailing, edition = _read(key)
    cases, lines = _considered(mailing, edition)
    ids = [case.place.id for case in cases if case.place and case.is_returning]
    past = queries.past_ceremonies(edition, ids)
    choices = samples.pick(lines, cases, past=past) or [samples.MADE_UP]
    chosen = next((each for each in choices if each.key == asked.get("exemple")), choices[0])
    words = services.words_of(mailing, edition)
    variant = next((each for each in (asked.get("variante"), chosen.variant) if each in words), "")
    return _Showing(
        mailing=mailing,
        edition=edition,
        words=words,
        variant=variant if variant in words else next(iter(words), ""),
        choices=choices,
        sample=_in_english(chosen) if asked.get("langue") == "en" else chosen,
        past=past,
        is_dark=asked.get("mode") == DARK,
    )


def _considered(mailing: Mailing, edition: Edition) -> tuple[list[Case], list[Line]]:
    """The real cases of the mailing that this person may see, and the plan made of them."""
    now, scope = clock.now(), scope_of(current_user())
    audience = Audience.from_json(mailing.audience)
    cases = [
        case
        for case in queries.load_cases(mailing, edition, audience, now=now)
        if scope.allows(case.place.region_code if case.place else None)
    ]
    brief = services.brief_of(mailing, edition)
    return cases, lay_out(brief, cases, titles=queries.titles_of(edition.id), now=now)


def _in_english(sample: Sample) -> Sample:
    """The same record, as if its reader had asked for English too."""
    return replace(
        sample,
        cases=tuple(replace(case, language=Language.FRENCH_AND_ENGLISH) for case in sample.cases),
    )


@blueprint.get("/<key>/apercu")
@require(*READERS)
def look(key: str) -> ResponseReturnValue:
    """The letter as one real record would read it; opens nothing, writes nothing."""
    return _draw_look(_showing(key, request.args))


def _draw_look(showing: _Showing, *, refusal: str = "") -> str:
    shown, missing = None, ""
    if showing.words:
        try:
            shown = showing.letter()
        except MissingValue as hole:
            missing = str(hole)
    return render_template(
        "mailings/look.html",
        edition=showing.edition,
        edition_is_simulated=showing.edition.is_simulated,
        mailing=showing.mailing,
        showing=showing,
        shown=shown,
        missing=missing,
        refusal=refusal,
        tabs=[
            (
                url_for(".look", **{**showing.address, "variante": each}),
                slot_label(Slot(each)),
                each == showing.variant,
            )
            for each in showing.words
        ],
        options=[
            (each.key, _("%(name)s – %(why)s", name=each.name, why=each.label)) for each in showing.choices
        ],
        cut=samples.cut,
        sender=campaigns.organization().campaign_name,
        has_english=any(each.english for each in showing.words.values()),
        to=current_user().email,
    )


@blueprint.get("/<key>/apercu/lettre")
@require(*READERS)
def letter(key: str) -> ResponseReturnValue:
    """The HTML of the letter, for the sandboxed frame of the page above."""
    showing = _showing(key, request.args)
    try:
        html = showing.letter().html if showing.words else ""
    except MissingValue:  # the page around the frame says which field
        html = ""
    return framed_letter(samples.in_mode(html, is_dark=showing.is_dark))


def _who_tries() -> str:
    person = find_signed_in()
    return f"person:{person.user.id}" if person else get_remote_address()


@blueprint.post("/<key>/essai")
@require(*WRITERS)
@limiter.limit(TRIALS, key_func=_who_tries)
def trial(key: str) -> ResponseReturnValue:
    """« M’envoyer un essai »: to the signed-in person alone, with links that open nothing."""
    user = current_user()
    try:
        services.check_sender(campaigns.organization())
        with transaction():
            showing = _showing(key, request.form)
            refused = _send_trial(showing, user)
            address = showing.address
    except Conflict as refusal:
        return _draw_look(_showing(key, request.form), refusal=refusal.message), 409
    if refused:
        flash(_("Rien ne part à votre adresse : %(reason)s", reason=refused), "warning")
    else:
        flash(_("Un essai part à %(email)s.", email=user.email), "success")
    return redirect(url_for(".look", **address), 303)


def _send_trial(showing: _Showing, user: User) -> str:
    """Queue the letter for that person; gives why it does not leave, if it does not."""
    now = clock.now()
    desk = Desk(departure.setting_of(showing.mailing, showing.edition, now=now), now=now)
    if not showing.words:
        raise Conflict(_("Cet envoi n’a pas encore de texte. Écrivez-le, puis recommencez."))
    try:
        composed = samples.compose(desk, showing.words[showing.variant], showing.sample, past=showing.past)
    except MissingValue as hole:
        raise Conflict(
            _("Rien ne remplit le champ « %(name)s » : le texte est à corriger.", name=hole)
        ) from hole
    draft = outbox.Draft(
        to=user.email,
        to_name=user.name,
        subject=_("[Essai] %(subject)s", subject=composed.subject),
        stencil_id=composed.stencil_id,
        values=composed.values,
        dedupe_key=f"essai:{new_uid()}",
        stream=Stream.SERVICE,
        batch="",
    )
    (message_id,) = outbox.enqueue_many([draft], now=now).values()
    message = db.session.get_one(Message, message_id)
    return message.last_error if message.state is MessageState.SUPPRESSED else ""


# --- the plan -----------------------------------------------------------------------------------------


@blueprint.get("/<key>/plan")
@require(*READERS)
def plan(key: str) -> ResponseReturnValue:
    """When it leaves and why then, to whom, and how many that makes today."""
    mailing, edition = _read(key)
    return _draw_plan(mailing, edition, _plan_form(mailing, edition, is_sent=False))


@blueprint.post("/<key>/plan")
@require(*WRITERS)
def change(key: str) -> ResponseReturnValue:
    """Another moment or another audience."""
    mailing, edition = _read(key)
    form = _plan_form(mailing, edition, is_sent=True)
    if not form.validate():
        return _draw_plan(mailing, edition, form), 422
    chosen = form.to_plan()
    try:
        with transaction():
            mailing, edition = _locked(key)
            services.change_plan(
                mailing,
                rule=chosen.rule,
                audience=chosen.audience,
                nature=chosen.nature,
                groups_by_address=chosen.groups_by_address,
                signed_by_coordinator=chosen.signed_by_coordinator,
                now=clock.now(),
            )
    except Conflict as refusal:
        form.refuse(refusal)
        mailing, edition = _read(key)
        return _draw_plan(mailing, edition, form), 409
    flash(_("Le plan est enregistré."), "success")
    return redirect(url_for(".plan", key=key, **_kept()), 303)


def _plan_form(mailing: Mailing, edition: Edition, *, is_sent: bool) -> PlanForm:
    regions = [(each.code, each.name) for each in territories.list_regions()]
    mrcs = sorted(((each.code, each.name) for each in territories.list_mrcs()), key=lambda each: each[1])
    titles = queries.titles_of(edition.id)
    # Not to be filled from a request that is no form of ours: a refused mailing is drawn as it stands.
    return PlanForm(
        request.form if is_sent else None, mailing=mailing, regions=regions, mrcs=mrcs, titles=titles
    )


def _draw_plan(mailing: Mailing, edition: Edition, form: PlanForm) -> str:
    lines = services.preview(mailing, edition, now=clock.now())
    scope = scope_of(current_user())
    seen = [
        line
        for line in lines
        if any(scope.allows(case.place.region_code if case.place else None) for case in line.cases)
    ]
    excluded = Counter(line.exclusion.reason for line in seen if line.exclusion)
    return render_template(
        "mailings/plan_form.html",
        edition=edition,
        edition_is_simulated=edition.is_simulated,
        mailing=mailing,
        standard=find_standard(mailing.key),
        form=form,
        may_change=_may_change(mailing, edition),
        moment=timeline.moment_of(mailing, edition),
        rule=rule_in_words(form.rule),
        opens={each.value: "a-date" if each is Anchor.FIXED else "a-delai" for each in Anchor},
        is_rolling=form.rule.anchor in PER_RECIPIENT,
        audience=_audience_in_words(form.told, edition),
        included=len(seen) - sum(excluded.values()),
        considered=len(seen),
        excluded=[(LABELS[reason], excluded[reason]) for reason in Reason if excluded[reason]],
    )


def _audience_in_words(audience: Audience, edition: Edition) -> str:
    return in_words(
        audience,
        region_names={each.code: each.name for each in territories.list_regions()},
        mrc_names={each.code: each.name for each in territories.list_mrcs()},
        titles=queries.titles_of(edition.id),
    )


# --- a new one ----------------------------------------------------------------------------------------


@blueprint.get("/ajouter")
@require(*WRITERS)
def add() -> ResponseReturnValue:
    """Ask what it is, before its words and its plan."""
    return _draw_add(AddForm())


@blueprint.post("/ajouter")
@require(*WRITERS)
def create() -> ResponseReturnValue:
    """A mailing of the organizers' own, in the current edition."""
    form = AddForm()
    if not form.validate():
        return _draw_add(form), 422
    added = form.to_added()
    try:
        with transaction():
            edition = campaigns.current_edition()
            mailing = services.add_mailing(
                edition,
                title=added.title,
                mailing_class=added.mailing_class,
                nature=added.nature,
                now=clock.now(),
            )
            key = mailing.key
    except Conflict as refusal:
        form.refuse(refusal)
        return _draw_add(form), 409
    flash(
        _("L’envoi est ajouté en brouillon. Choisissez quand il part et à qui, puis écrivez son texte."),
        "success",
    )
    return redirect(url_for(".plan", key=key), 303)


def _draw_add(form: AddForm) -> str:
    edition = campaigns.current_edition()
    return render_template(
        "mailings/add.html", form=form, edition=edition, edition_is_simulated=edition.is_simulated
    )
